"""The command that asks the published snapshot."""

from __future__ import annotations

import csv
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from xiantong.cli.terminal import (
    PROBLEMS,
    UserError,
    err,
    out,
    print_json,
)
from xiantong.settings import Settings


def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement.", show_default=False)],
    limit: Annotated[
        int, typer.Option(help="Rows shown in the terminal; --json and --csv give all.")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="An array of objects on stdout.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on stdout.")] = False,
) -> None:
    """Query the published snapshot, read-only. Works while the next build runs.

    [cyan]xiantong sql 'show all tables'[/]

    [cyan]xiantong sql 'select status, count(*) from marts.fct_submission group by 1' --json[/]
    """
    names, rows = _query(Settings().published, query)
    if as_json:
        print_json([dict(zip(names, map(_finite, row), strict=True)) for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(rows)
    else:
        table = Table(*(escape(name) for name in names))
        for row in rows[:limit]:
            table.add_row(*("[dim]null[/]" if v is None else escape(str(v)) for v in row))
        out().print(table)
        if len(rows) > limit:
            err().print(f"{len(rows) - limit} more rows; --limit, --csv or --json show them")


def _query(snapshot: Path, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    import duckdb

    if not snapshot.exists():
        raise UserError(
            f"nothing is published yet ({snapshot} does not exist); start with: xiantong run",
            PROBLEMS,
        )
    try:
        with duckdb.connect(
            str(snapshot), read_only=True, config={"enable_external_access": "false"}
        ) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description or []]
            return _distinct(names), result.fetchall()
    except duckdb.Error as error:
        raise UserError(str(error)) from error


def _distinct(names: list[str]) -> list[str]:
    """Names of columns that can be keys of one object: a repeated one gets a number."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return distinct


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
