"""Commands for extensions and exemptions of single reporters."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from xiantong.cli.options import (
    DAY,
    AsJson,
    By,
    Department,
    Granted,
    OneDataset,
    OnePeriod,
    OneReporter,
    PeriodArgument,
    Reason,
    ReporterArgument,
    dataset_id,
    given_period,
    morning,
)
from xiantong.cli.terminal import UserError, out, period_of, print_json
from xiantong.county_time import moment_zh, utc_now
from xiantong.deployment import Deployment
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.reporting_calendar import Arrangement

app = typer.Typer(
    no_args_is_help=True,
    help="Agree with one reporter on another due date, or that nothing is owed.\n\n"
    "[cyan]xiantong arrange extend 980121000000energy 2023-10 --to 2023-11-20 --reason '系统切换'[/]\n\n"
    "[cyan]xiantong arrange exempt 980121000000energy 2023-10 -d energy.power_unit --reason '机组停运'[/]\n\n"
    "[cyan]xiantong arrange list[/]",
)


@app.command("extend")
def extend_due_date(
    reporter: ReporterArgument,
    period: PeriodArgument,
    to: Annotated[datetime, typer.Option(formats=DAY, help="The new due date.")],
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
    from xiantong.reporting_calendar import ArrangementError, extend

    deployment = Deployment(Settings())
    try:
        made = extend(
            deployment, reporter, given_period(period), to.date(), reason=reason,
            by=by or getpass.getuser(), dataset=dataset_id(deployment, dataset),
            department=department, granted_at=morning(granted),
        )  # fmt: skip
    except ArrangementError as error:
        raise UserError(str(error)) from error
    _tell_arrangement(made, as_json)


@app.command("exempt")
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
    from xiantong.reporting_calendar import ArrangementError, exempt

    deployment = Deployment(Settings())
    try:
        made = exempt(
            deployment, reporter, given_period(period), reason=reason, by=by or getpass.getuser(),
            dataset=dataset_id(deployment, dataset), department=department,
            granted_at=morning(granted),
        )  # fmt: skip
    except ArrangementError as error:
        raise UserError(str(error)) from error
    _tell_arrangement(made, as_json)


@app.command("withdraw")
def withdraw_arrangement(
    number: Annotated[int, typer.Argument(help="Its number in xiantong arrange list.", show_default=False)],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take an arrangement back. What was delivered under it stays judged by it.

    [cyan]xiantong arrange withdraw 3 --reason '误录'[/]
    """
    from xiantong.reporting_calendar import ArrangementError, withdraw

    try:
        made = withdraw(Deployment(Settings()), number, reason=reason, by=by or getpass.getuser())
    except ArrangementError as error:
        raise UserError(str(error)) from error
    _tell_arrangement(made, as_json)


@app.command("list")
def show_arrangements(
    period: OnePeriod = None,
    reporter: OneReporter = None,
    as_json: AsJson = False,
) -> None:
    """Everything that was ever arranged, with what holds now.

    [cyan]xiantong arrange list[/]

    [cyan]xiantong arrange list 2023-10 --reporter 980121000000energy --json[/]
    """
    from xiantong.reporting_calendar import ArrangementKind, list_arrangements

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
    from xiantong.reporting_calendar import ArrangementKind

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
