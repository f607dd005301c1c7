"""Commands of the county office: closed periods, arrangements with reporters, reminders."""

from __future__ import annotations

import getpass
import warnings
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from xiantong.cli.terminal import PROBLEMS, UserError, contract_of, err, out, period_of, print_json
from xiantong.closing import (
    Closing,
    ClosingError,
    ClosingKind,
    close_period,
    list_periods,
    reopen_period,
)
from xiantong.county_time import county_today, moment_zh, start_of_county_day, utc_now
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import (
    Arrangement,
    ArrangementError,
    ArrangementKind,
    UnknownYearWarning,
    exempt,
    extend,
    list_arrangements,
    withdraw,
)
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.reminders import Reminder

period_app = typer.Typer(
    no_args_is_help=True,
    help="Close a period, reopen it, list what was decided.\n\n"
    "A closed period takes no deliveries: a correction goes back with the reason of the closing and "
    "how to ask for reopening, and so does a first delivery that comes too late. Nothing of the "
    "history is ever changed.\n\n"
    "[cyan]xiantong period close 2023-10 --reason '10月月报已发布'[/]\n\n"
    "[cyan]xiantong period reopen 2023-10 -d energy.power_unit --reason '机组漏报' --until 2023-12-20[/]",
)
arrange_app = typer.Typer(
    no_args_is_help=True,
    help="Agree with one reporter on another due date, or that nothing is owed.\n\n"
    "[cyan]xiantong arrange extend 980121000000energy 2023-10 --to 2023-11-20 --reason '系统切换'[/]\n\n"
    "[cyan]xiantong arrange exempt 980121000000energy 2023-10 -d energy.power_unit --reason '机组停运'[/]\n\n"
    "[cyan]xiantong arrange list[/]",
)

PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="2023-10, 2023-Q3, 2023-S2 or 2023.", show_default=False)]  # fmt: skip
ReporterArgument = Annotated[str, typer.Argument(metavar="REPORTER", help="Reporter code.", show_default=False)]  # fmt: skip
Datasets = Annotated[list[str] | None, typer.Option("--dataset", "-d", help="Only this dataset; again for more.")]  # fmt: skip
OneDataset = Annotated[str | None, typer.Option("--dataset", "-d", help="Only this dataset.")]
Department = Annotated[str | None, typer.Option(help="Only the datasets of this department.")]
Reason = Annotated[str, typer.Option(help="Why; kept for ever and told to the reporters.")]
By = Annotated[str | None, typer.Option(help="Who decided; default: the user of this machine.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
_DAY = ["%Y-%m-%d"]
Granted = Annotated[datetime | None, typer.Option(formats=_DAY, help="Day on which it was agreed; default: now.")]  # fmt: skip
OneReporter = Annotated[str | None, typer.Option(help="Only this reporter.")]
OnePeriod = Annotated[str | None, typer.Argument(help="Only this period.")]


@period_app.command("close")
def close(
    period: PeriodArgument,
    reason: Reason,
    dataset: Datasets = None,
    reporter: OneReporter = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Close a period: its figures stand, further deliveries go back.

    [cyan]xiantong period close 2023-10 --reason '10月月报已发布'[/]

    [cyan]xiantong period close 2023-10 -d energy.power_unit --reporter 980121000000energy --reason '已核定'[/]
    """
    deployment = Deployment(Settings())
    try:
        recorded = close_period(
            deployment, _period(period), reason=reason, by=by or getpass.getuser(),
            datasets=_datasets(deployment, dataset), reporter=reporter,
        )  # fmt: skip
    except ClosingError as error:
        raise UserError(str(error)) from error
    _tell_closings(recorded, as_json)


@period_app.command("reopen")
def reopen(
    period: PeriodArgument,
    reason: Reason,
    dataset: Datasets = None,
    reporter: OneReporter = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="Last day on which deliveries go through."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let deliveries for a closed period through again.

    [cyan]xiantong period reopen 2023-10 -d energy.power_unit --reason '机组漏报' --until 2023-12-20[/]
    """
    deployment = Deployment(Settings())
    try:
        recorded = reopen_period(
            deployment, _period(period), reason=reason, by=by or getpass.getuser(),
            datasets=_datasets(deployment, dataset), reporter=reporter,
            until=until.date() if until else None,
        )  # fmt: skip
    except ClosingError as error:
        raise UserError(str(error)) from error
    _tell_closings(recorded, as_json)


@period_app.command("list")
def show_periods(
    period: OnePeriod = None,
    as_json: AsJson = False,
) -> None:
    """Every closing and reopening, the newest first, with what it means now.

    [cyan]xiantong period list[/]

    [cyan]xiantong period list 2023-10 --json[/]
    """
    deployment = Deployment(Settings())
    rows = list_periods(deployment, period_of(period)) if deployment.has_ledger else []
    if as_json:
        print_json([_closing_json(row.closing) | {"state": row.state} for row in rows])
        return
    table = Table("period", "dataset", "reporter", "decision", "now", "when", "until", "by", "reason")  # fmt: skip
    for row in rows:
        c = row.closing
        table.add_row(
            str(c.period), str(c.dataset or "all"), escape(c.reporter_code or "all"), c.kind.value,
            f"[{_STATE_STYLE[row.state]}]{row.state}[/]", moment_zh(c.decided_at),
            str(c.until or ""), escape(c.decided_by), escape(c.reason),
        )  # fmt: skip
    out().print(table if rows else "no period was ever closed")


_STATE_STYLE = {"closed": "red", "open": "green", "over": "dim"}


def _tell_closings(recorded: list[Closing], as_json: bool) -> None:
    if as_json:
        print_json([_closing_json(closing) for closing in recorded])
        return
    for c in recorded:
        done = "[red]closed[/]" if c.kind is ClosingKind.CLOSE else "[green]open again[/]"
        until = f" until {c.until}" if c.until else ""
        who = f" for {escape(c.reporter_code)}" if c.reporter_code else ""
        out().print(f"{done} {c.period} {c.dataset or 'all datasets'}{who}{until}")


def _closing_json(closing: Closing) -> dict[str, Any]:
    return {
        name: str(value) if name in ("dataset", "period", "kind") and value else value
        for name, value in (asdict(closing) | {"dataset": closing.dataset, "period": closing.period}).items()
        if name != "seq"
    }  # fmt: skip


@arrange_app.command("extend")
def extend_due_date(
    reporter: ReporterArgument,
    period: PeriodArgument,
    to: Annotated[datetime, typer.Option(formats=_DAY, help="The new due date.")],
    reason: Reason,
    dataset: OneDataset = None,
    department: Department = None,
    granted: Granted = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Grant a reporter another due date. What is delivered before it was granted keeps the old one.

    [cyan]xiantong arrange extend 980121000000energy 2023-10 --to 2023-11-20 --reason '系统切换'[/]
    """
    deployment = Deployment(Settings())
    try:
        made = extend(
            deployment, reporter, _period(period), to.date(), reason=reason,
            by=by or getpass.getuser(), dataset=_dataset(deployment, dataset),
            department=department, granted_at=_morning(granted),
        )  # fmt: skip
    except ArrangementError as error:
        raise UserError(str(error)) from error
    _tell_arrangement(made, as_json)


@arrange_app.command("exempt")
def exempt_reporter(
    reporter: ReporterArgument,
    period: PeriodArgument,
    reason: Reason,
    dataset: OneDataset = None,
    department: Department = None,
    granted: Granted = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let a reporter off for a period.

    [cyan]xiantong arrange exempt 980121000000energy 2023-10 -d energy.power_unit --reason '机组停运'[/]
    """
    deployment = Deployment(Settings())
    try:
        made = exempt(
            deployment, reporter, _period(period), reason=reason, by=by or getpass.getuser(),
            dataset=_dataset(deployment, dataset), department=department,
            granted_at=_morning(granted),
        )  # fmt: skip
    except ArrangementError as error:
        raise UserError(str(error)) from error
    _tell_arrangement(made, as_json)


@arrange_app.command("withdraw")
def withdraw_arrangement(
    number: Annotated[int, typer.Argument(help="Its number in xiantong arrange list.", show_default=False)],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take an arrangement back. What was delivered under it stays judged by it.

    [cyan]xiantong arrange withdraw 3 --reason '误录'[/]
    """
    try:
        made = withdraw(Deployment(Settings()), number, reason=reason, by=by or getpass.getuser())
    except ArrangementError as error:
        raise UserError(str(error)) from error
    _tell_arrangement(made, as_json)


@arrange_app.command("list")
def show_arrangements(
    period: OnePeriod = None,
    reporter: OneReporter = None,
    as_json: AsJson = False,
) -> None:
    """Everything that was ever arranged, with what holds now.

    [cyan]xiantong arrange list[/]

    [cyan]xiantong arrange list 2023-10 --reporter 980121000000energy --json[/]
    """
    deployment = Deployment(Settings())
    known = list_arrangements(deployment) if deployment.has_ledger else None
    wanted, now = period_of(period), utc_now()
    rows = [
        (a, known is not None and a.kind is not ArrangementKind.WITHDRAW and not known.is_withdrawn(a, now))
        for a in known or ()
        if wanted in (None, a.period) and reporter in (None, a.reporter_code)
    ]  # fmt: skip
    if as_json:
        print_json([_arrangement_json(a) | {"holds": holds} for a, holds in rows])
        return
    table = Table("no", "period", "reporter", "for", "what", "due", "holds", "granted", "by", "reason")  # fmt: skip
    for a, holds in rows:
        what = f"withdraws {a.withdraws}" if a.withdraws else a.kind.value
        table.add_row(
            str(a.seq), str(a.period), escape(a.reporter_code),
            str(a.dataset or a.department or "all"), what, str(a.due_at or ""),
            "[green]yes[/]" if holds else "[dim]no[/]", moment_zh(a.granted_at),
            escape(a.decided_by), escape(a.reason),
        )  # fmt: skip
    out().print(table if rows else "nothing was arranged")


def _tell_arrangement(made: Arrangement, as_json: bool) -> None:
    if as_json:
        print_json(_arrangement_json(made))
        return
    what = {
        ArrangementKind.EXTEND: f"due on {made.due_at}",
        ArrangementKind.EXEMPT: "owes nothing",
        ArrangementKind.WITHDRAW: f"arrangement {made.withdraws} is withdrawn",
    }[made.kind]
    scope = made.dataset or made.department or "all datasets"
    out().print(f"{made.seq}: {escape(made.reporter_code)} {made.period} {scope}: {what}")


def _arrangement_json(arrangement: Arrangement) -> dict[str, Any]:
    values = asdict(arrangement)
    return values | {
        "kind": arrangement.kind.value,
        "period": arrangement.period.label,
        "dataset": arrangement.dataset and str(arrangement.dataset),
    }


def _period(text: str) -> Period:
    period = period_of(text)
    if period is None:
        raise UserError("a period is wanted, such as 2023-10")
    return period


def _dataset(deployment: Deployment, text: str | None) -> DatasetId | None:
    return contract_of(deployment.catalogue, text).id if text else None


def _datasets(deployment: Deployment, texts: list[str] | None) -> list[DatasetId]:
    return [contract_of(deployment.catalogue, text).id for text in texts or ()]


def _morning(day: datetime | None) -> datetime | None:
    return None if day is None else start_of_county_day(day.date())


def remind(
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=_DAY, help="The day to speak for; default today."),
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
