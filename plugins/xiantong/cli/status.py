"""The command that says who owes what, and what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from xiantong.cli.options import AsJson
from xiantong.cli.terminal import (
    UserError,
    contract_of,
    out,
    period_of,
    print_json,
    shown,
)
from xiantong.county_time import county_day, county_today
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.ledger import Submission
    from xiantong.periods import Period
    from xiantong.reporting_calendar import StatusRow

SHOWN_UNNAMED = 20


def status(
    period: Annotated[
        str | None, typer.Option(help="Only this period, one row per reporter.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", help="Only this dataset.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            help="Only this state: due, missing, arrived, returned, accepted, late, exempt."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day to look from; default today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Who owes what, what came, and what became of it. Extensions, exemptions and closed periods of
    the county office count; days are days in the county.

    Files of which nobody can tell the sender belong to no row; they are listed apart for a month.

    [cyan]xiantong status[/]                                counts per dataset

    [cyan]xiantong status --period 2023-10[/]               one row per dataset and reporter

    [cyan]xiantong status -d energy.power_unit --state missing[/]
    """
    from xiantong.reporting_calendar import State, read_board, unnamed_files

    deployment = Deployment(Settings())
    catalogue = deployment.catalogue
    wanted = contract_of(catalogue, dataset).id if dataset else None
    if state and state not in set(State):
        raise UserError(f"{state!r} is not a state; there are: {', '.join(State)}")
    day, of_period = as_of.date() if as_of else county_today(), period_of(period)
    board = read_board(deployment, day, of_period, wanted)
    rows: list[StatusRow] = [row for row in board if state is None or row.state == state]
    waiting, unnamed = {}, []
    if deployment.has_ledger:
        unnamed = [
            s
            for s in unnamed_files(deployment.ledger, day)
            if wanted in (None, s.dataset)
            and of_period in (None, s.period)
            and state in (None, State.RETURNED)
        ]
        waiting = {d: len(deployment.ledger.pending(d)) for d in deployment.ledger.waiting()}
    if as_json:
        print_json([*map(_status_json, rows), *map(_unnamed_json, unnamed)])
        return
    if period or dataset or state:
        _show_status_rows(rows, waiting)
    else:
        _show_status_counts(rows, waiting)
    _show_unnamed(deployment, unnamed)


def _status_json(row: StatusRow) -> dict[str, Any]:
    arrangement, closing = row.arrangement, row.closing
    return {
        "dataset": str(row.dataset),
        "title_zh": row.title_zh,
        "reporter_code": row.reporter_code,
        "reporter_name": row.reporter_name,
        "period": str(row.period),
        "due_at": row.due_at and str(row.due_at),
        "state": str(row.state),
        "days_late": row.days_late,
        "revision": row.revision,
        "submission_id": row.submission_id,
        "arrangement": arrangement and str(arrangement.kind),
        "arrangement_reason": arrangement and arrangement.reason,
        "closed_at": closing and closing.decided_at.isoformat(),
        "closed_because": closing and closing.reason,
    }


def _unnamed_json(submission: Submission) -> dict[str, Any]:
    """A file whose sender is unknown: a row without reporter, and ``file`` beside."""
    return {
        "dataset": str(submission.dataset),
        "reporter_code": None,
        "reporter_name": None,
        "period": submission.period and str(submission.period),
        "state": str(submission.status),
        "submission_id": submission.id,
        "file": submission.file_name,
        "return": submission.return_key,
    }


_STATE_STYLE = {"missing": "red", "returned": "yellow", "late": "yellow", "accepted": "green", "arrived": "cyan", "exempt": "blue"}  # fmt: skip


def _show_status_rows(rows: list[StatusRow], waiting: dict[DatasetId, int]) -> None:
    table = Table("dataset", "title", "period", "reporter", "due", "state", "days late", "revision", "office")  # fmt: skip
    for row in rows:
        table.add_row(
            str(row.dataset),
            escape(row.title_zh),
            str(row.period),
            escape(row.reporter_name or row.reporter_code or "—"),
            str(row.due_at or "—"),
            f"[{_STATE_STYLE.get(row.state, 'dim')}]{row.state}[/]",
            "" if row.days_late is None else str(row.days_late),
            str(row.revision or ""),
            _decided(row),
        )
    out().print(table if rows else "nothing to show")
    _show_waiting(waiting)


def _decided(row: StatusRow) -> str:
    """What the county office decided about a period and reporter."""
    parts = []
    if row.arrangement:
        granted = {"extend": "[blue]extended[/]", "exempt": "[blue]exempt[/]"}
        parts.append(f"{granted[row.arrangement.kind]} {escape(row.arrangement.reason)}")
    if row.closing:
        parts.append(f"[magenta]closed[/] {escape(row.closing.reason)}")
    return "; ".join(parts)


def _show_status_counts(rows: list[StatusRow], waiting: dict[DatasetId, int]) -> None:
    from xiantong.reporting_calendar import State

    states = [s for s in State if s is not State.NOT_DUE]
    table = Table("dataset", "title", "periods", *(str(s) for s in states))
    counts: dict[DatasetId, Counter[str]] = defaultdict(Counter)
    described: dict[DatasetId, tuple[str, list[Period]]] = {}
    for row in rows:
        counts[row.dataset][row.state] += 1
        described.setdefault(row.dataset, (row.title_zh, []))[1].append(row.period)
    for dataset, (title, periods) in described.items():
        first, last = min(periods), max(periods)
        cells = [
            f"[{_STATE_STYLE.get(s, 'dim')}]{n}[/]" if (n := counts[dataset][s]) else "·"
            for s in states
        ]
        span = str(first) if first == last else f"{first} … {last}"
        table.add_row(str(dataset), escape(title), span, *cells)
    out().print(table)
    _show_waiting(waiting)


def _show_unnamed(deployment: Deployment, unnamed: list[Submission]) -> None:
    if not unnamed:
        return
    table = Table("dataset", "file", "period", "came", title="Files whose sender is unknown", title_justify="left")  # fmt: skip
    for s in unnamed[:SHOWN_UNNAMED]:
        table.add_row(str(s.dataset), escape(s.file_name), str(s.period or "—"), str(county_day(s.submitted_at)))  # fmt: skip
    out().print(table)
    if len(unnamed) > SHOWN_UNNAMED:
        out().print(f"… and {len(unnamed) - SHOWN_UNNAMED} more")
    out().print(
        f"Find out who sent them and pass on the return (below {shown(deployment.settings.returns)}/<department>/<dataset>); "
        "it has to come again with 填报单位 in the form or the reporter's code in the file name."
    )


def _show_waiting(waiting: dict[DatasetId, int]) -> None:
    for dataset, count in waiting.items():
        if count:
            out().print(f"[cyan]{count} deliveries of {dataset} wait for [bold]xiantong run[/][/]")
