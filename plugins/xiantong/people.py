"""Which user of Airflow reports for whom: ``people.csv``.

Airflow knows its users and their passwords; this file only says what they are here:

``user,name,role,reporter_code`` with role ``reporter`` (sees and hands in what one reporter owes) or
``office`` (the county office, sees everything; no ``reporter_code``). Who is not listed sees nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Reporter
from xiantong.csv_rows import csv_rows

OFFICE, REPORTER = "office", "reporter"
BUREAU = "bureau"


class PeopleError(ValueError):
    """``people.csv`` says something that cannot be; the message names the line."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user. ``reporter`` is None for the county office."""

    user: str
    name: str
    reporter: Reporter | None = None

    @property
    def is_office(self) -> bool:
        return self.reporter is None

    @property
    def reporter_code(self) -> str | None:
        return self.reporter.reporter_code if self.reporter else None

    @property
    def sees_unnamed(self) -> bool:
        """Whether deliveries that name no reporter are the person's to look after: the office, and
        the bureau into whose folder they were put. They may be any other reporter's."""
        return self.reporter is None or self.reporter.kind == BUREAU

    def reports(self, contract: Contract) -> bool:
        """Whether the person may hand in this dataset: everything for the office; for a bureau the
        datasets of its department, for any other reporter those that it owes."""
        reporter = self.reporter
        if reporter is None:
            return True
        if reporter.kind == BUREAU:
            return contract.id.department == reporter.department
        return contract.is_owed_by(reporter)

    def may_see(self, contract: Contract, reporter_code: str | None) -> bool:
        """Whether the person may see a submission of ``reporter_code``, the original included."""
        if self.reporter is None:
            return True
        if reporter_code is None:
            return self.sees_unnamed and self.reports(contract)
        return reporter_code == self.reporter.reporter_code and self.reports(contract)


@dataclass(frozen=True)
class People:
    """Everybody who is listed, by the name of the user."""

    by_user: Mapping[str, Person] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, catalogue: Catalogue) -> Self:
        """Nobody where there is no file. Raises ``PeopleError``."""
        if not path.exists():
            return cls()
        reporters = catalogue.reporter_by_code
        found: dict[str, Person] = {}
        for line, row in csv_rows(path):
            where = f"{path.name}, line {line}"
            user, code = row.get("user") or "", row.get("reporter_code") or None
            role = row.get("role")
            if not user or user in found:
                raise PeopleError(f"{where}: {'a user is listed twice' if user else 'no user'}")
            if role not in (OFFICE, REPORTER) or (role == OFFICE) != (code is None):
                raise PeopleError(
                    f"{where}: role is {OFFICE} without or {REPORTER} with a reporter_code"
                )
            if code is not None and code not in reporters:
                raise PeopleError(f"{where}: {code} is not in reporters.csv")
            reporter = reporters[code] if code else None
            found[user] = Person(user, row.get("name") or user, reporter)
        return cls(found)


def user_roles(path: Path) -> dict[str, str]:
    """Users and their roles, without looking at the reporters."""
    if not path.exists():
        return {}
    return {row["user"]: row.get("role") or "" for _, row in csv_rows(path) if row.get("user")}


def user_names(path: Path) -> dict[str, str]:
    """Users and what they are called, without looking at the reporters."""
    if not path.exists():
        return {}
    return {
        row["user"]: row.get("name") or row["user"] for _, row in csv_rows(path) if row.get("user")
    }
