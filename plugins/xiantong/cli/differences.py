"""The command that shows what a revision changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from xiantong.cli.options import AsJson
from xiantong.cli.terminal import PROBLEMS, UserError, out, print_json
from xiantong.county_time import moment_zh
from xiantong.deployment import Deployment
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.differences import CellChange, Difference, RowChange


def diff(
    submission: Annotated[
        str, typer.Argument(help="Submission id, or the beginning of it.", show_default=False)
    ],
    against: Annotated[
        str | None,
        typer.Option(
            help="Another revision of the same report; default: the last accepted one before it, "
            "or else the last one handed in."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows listed.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What a revision changed: rows added and removed, cells before and after.

    Personal values are masked; of sensitive ones only is said that they changed. Ids are in
    marts.fct_submission and in [cyan]xiantong run --json[/].

    [cyan]xiantong diff 3f2a90c1[/]

    [cyan]xiantong diff 3f2a90c1 --against 77ab01 --limit 1000 --json[/]
    """
    from xiantong.differences import DifferenceError, read_difference

    deployment = Deployment(Settings())
    if not deployment.has_ledger:
        raise UserError("nothing was delivered yet; start with: xiantong run", PROBLEMS)
    try:
        found = read_difference(
            deployment,
            submission_id(deployment, submission),
            against=against and submission_id(deployment, against),
            limit=limit,
        )
    except DifferenceError as error:
        raise UserError(str(error)) from error
    if as_json:
        print_json(found.as_json())
    else:
        _show(found)


def submission_id(deployment: Deployment, beginning: str) -> str:
    """The id that begins so; ``UserError`` where none or several do."""
    ids = deployment.ledger.ids_like(beginning)
    if len(ids) == 1 or beginning in ids:
        return beginning if beginning in ids else ids[0]
    if not ids:
        raise UserError(f"no submission begins with {beginning!r}")
    raise UserError(f"several submissions begin with {beginning!r}: {', '.join(ids[:5])}")


def _show(difference: Difference) -> None:
    console = out()
    s = difference.submission
    console.print(
        f"[bold]{s.dataset}[/] {s.period}  {escape(s.reporter_name or s.reporter_code or '')}  "
        f"第{s.revision or '—'}版  {escape(s.file_name)}  {moment_zh(s.submitted_at)}"
    )
    console.print(escape(difference.sentence_zh))
    if not difference.rows:
        return
    table = Table("", "主键", "行号", "项目", "原值", "新值")
    for row in difference.rows:
        _add(table, row)
    console.print(table)
    more = difference.counts.row_cnt - len(difference.rows)
    if more > 0:
        console.print(f"[dim]……还有 {more:,} 行；--limit 显示更多[/]")


def _add(table: Table, row: RowChange) -> None:
    from xiantong.differences import RowKind

    key = "，".join(f"{header}={value or '空'}" for header, value in row.key.items())
    place = " → ".join(
        f"{sheet + '!' if sheet else ''}{number}"
        for sheet, number in ((row.base_sheet, row.base_row), (row.sheet, row.row))
        if number is not None
    )
    changes = row.cells if row.kind is RowKind.CHANGED else ()
    first = changes[0] if changes else None
    kind = {
        RowKind.ADDED: "[green]新增[/]",
        RowKind.REMOVED: "[red]删除[/]",
        RowKind.CHANGED: "[yellow]修改[/]",
    }[row.kind]
    table.add_row(kind, escape(key), escape(place), *_cells(first))
    for cell in changes[1:]:
        table.add_row("", "", "", *_cells(cell))


def _cells(change: CellChange | None) -> list[str]:
    if change is None:
        return ["", "", ""]
    sides = ("[dim]空[/]" if v is None else escape(v) for v in (change.old, change.new))
    return [escape(change.header), *sides]
