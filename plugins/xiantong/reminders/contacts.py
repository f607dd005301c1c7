"""Where a reporter reads its messages: ``contacts.csv`` with ``reporter_code,mail,webhook``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xiantong.csv_rows import csv_rows
from xiantong.reminders.transport import TransportError, split_robot


class ContactError(ValueError):
    """A line of the contacts cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Addresses of one reporter; several mail addresses are separated by ``;``."""

    reporter_code: str
    mail: tuple[str, ...] = ()
    webhook: str | None = None


def read_contacts(path: Path) -> dict[str, Contact]:
    """Contacts by reporter; none where there is no such file. Raises ``ContactError``."""
    if not path.exists():
        return {}
    found: dict[str, Contact] = {}
    for line, row in csv_rows(path):
        try:
            contact = _contact(row)
        except (KeyError, ValueError) as error:
            raise ContactError(
                f"{path}, line {line}: {error}; expected reporter_code,mail,webhook such as "
                "980121000000energy,office@energy.example,https://…"
            ) from error
        if contact.reporter_code in found:
            raise ContactError(f"{path}, line {line}: {contact.reporter_code} stands twice")
        found[contact.reporter_code] = contact
    return found


def _contact(row: dict[str, str]) -> Contact:
    code = row["reporter_code"]
    if not code:
        raise ValueError("no reporter_code")
    mail = tuple(a.strip() for a in row.get("mail", "").split(";") if a.strip())
    for address in mail:
        name, _, host = address.rpartition("@")
        if not name or not host or any(c.isspace() or ord(c) < 32 for c in address):
            raise ValueError(f"{address!r} is no mail address")
    webhook = row.get("webhook") or None
    if webhook:
        try:
            split_robot(webhook)
        except TransportError as error:
            raise ValueError(f"{webhook!r} is {error}") from error
    return Contact(code, mail, webhook)
