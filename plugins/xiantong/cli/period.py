"""Commands that close periods and open them again."""

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
    Datasets,
    OnePeriod,
    OneReporter,
    PeriodArgument,
    Reason,
    dataset_ids,
    given_period,
)
from xiantong.cli.terminal import UserError, out, period_of, print_json
from xiantong.county_time import moment_zh
from xiantong.deployment import Deployment
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.closing import Closing

app = typer.Typer(
    no_args_is_help=True,
    help="Close a period, reopen it, list what was decided.\n\n"
    "A closed period takes no deliveries: a correction goes back with the reason of the closing and "
    "how to ask for reopening, and so does a first delivery that comes too late. Nothing of the "
    "history is ever changed.\n\n"
    "[cyan]xiantong period close 2023-10 --reason '10月月报已发布'[/]\n\n"
    "[cyan]xiantong period reopen 2023-10 -d energy.power_unit --reason '机组漏报' --until 2023-12-20[/]",
)


@app.command("close")
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
    from xiantong.closing import ClosingError, close_period

    deployment = Deployment(Settings())
    try:
        recorded = close_period(
            deployment, given_period(period), reason=reason, by=by or getpass.getuser(),
            datasets=dataset_ids(deployment, dataset), reporter=reporter,
        )  # fmt: skip
    except ClosingError as error:
        raise UserError(str(error)) from error
    _tell_closings(recorded, as_json)


@app.command("reopen")
def reopen(
    period: PeriodArgument,
    reason: Reason,
    dataset: Datasets = None,
    reporter: OneReporter = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="Last day on which deliveries go through."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let deliveries for a closed period through again.

    [cyan]xiantong period reopen 2023-10 -d energy.power_unit --reason '机组漏报' --until 2023-12-20[/]
    """
    from xiantong.closing import ClosingError, reopen_period

    deployment = Deployment(Settings())
    try:
        recorded = reopen_period(
            deployment, given_period(period), reason=reason, by=by or getpass.getuser(),
            datasets=dataset_ids(deployment, dataset), reporter=reporter,
            until=until.date() if until else None,
        )  # fmt: skip
    except ClosingError as error:
        raise UserError(str(error)) from error
    _tell_closings(recorded, as_json)


@app.command("list")
def show_periods(
    period: OnePeriod = None,
    as_json: AsJson = False,
) -> None:
    """Every closing and reopening, the newest first, with what it means now.

    [cyan]xiantong period list[/]

    [cyan]xiantong period list 2023-10 --json[/]
    """
    from xiantong.closing import list_periods

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
    from xiantong.closing import ClosingKind

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
