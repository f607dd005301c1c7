"""The command that tells reporters what they owe."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from xiantong.cli.options import (
    DAY,
    AsJson,
)
from xiantong.cli.terminal import PROBLEMS, UserError, err, out, print_json
from xiantong.county_time import county_today
from xiantong.deployment import Deployment
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.reminders import Reminder


def remind(
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=DAY, help="The day to speak for; default today."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would go; send and record nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell every reporter in one message what is due, overdue or came back.

    Before the due date, on it, on the day after, then every few working days; never twice a day,
    never on days off. By mail (XIANTONG_SMTP) and webhook, to the addresses of contacts.csv. Exit
    status 1 when a message could not be sent; it is tried again the next time.

    [cyan]xiantong remind --dry-run[/]

    [cyan]XIANTONG_SMTP='smtp://mail.county.example?from=tongji@county.example' xiantong remind[/]
    """
    from xiantong.reminders import ContactError, send_reminders
    from xiantong.reminders.send import planned
    from xiantong.reporting_calendar import UnknownYearWarning

    deployment = Deployment(Settings())
    when = day.date() if day else county_today()
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always", UnknownYearWarning)
        try:
            if dry_run:
                _show_reminders(when, planned(deployment, when), as_json)
                return
            summary = send_reminders(deployment, when)
        except (ContactError, ValueError) as error:
            raise UserError(str(error)) from error
        finally:
            for text in dict.fromkeys(str(w.message) for w in noticed):
                err().print(f"[yellow]{escape(text)}[/]")
    if as_json:
        print_json(summary.as_json())
    else:
        out().print(str(summary))
        for (reporter, channel), fault in summary.failed.items():
            out().print(f"[red]not sent[/] {escape(reporter)} {channel}: {escape(fault)}")
    if summary.failed:
        raise typer.Exit(PROBLEMS)


def _show_reminders(day: date, reminders: list[Reminder], as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "reporter_code": r.reporter_code, "reporter_name": r.reporter_name,
                    "channels": r.channels, "has_address": r.contact is not None,
                    "items": [asdict(i) | {"dataset": str(i.dataset), "period": str(i.period)} for i in r.items],
                    "subject": r.subject, "text": r.text,
                }
                for r in reminders
            ]
        )  # fmt: skip
        return
    if not reminders:
        out().print(f"{day}: nobody is to be reminded")
    for reminder in reminders:
        to = ", ".join(reminder.contact.mail) if reminder.contact else "[red]no address[/]"
        out().print(f"[bold]{escape(reminder.subject)}[/] → {', '.join(reminder.channels)} {to}")
        out().print(escape(reminder.text), end="\n\n")
