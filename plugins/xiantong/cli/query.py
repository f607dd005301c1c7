"""The command that asks the published snapshot."""

from __future__ import annotations

import csv
import math
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    import duckdb


def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement.", show_default=False)],
    limit: Annotated[
        int, typer.Option(help="Rows shown in the terminal; --json and --csv give all.")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="An array of objects on stdout.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on stdout.")] = False,
) -> None:
    """Query the published snapshot, read-only. Works while the next build runs.

    Tables of marts need no schema. Every table and column says what it is:

    [cyan]xiantong sql "select table_name, comment from duckdb_tables() where schema_name = 'marts'"[/]

    [cyan]xiantong sql "select column_name, comment from duckdb_columns() where table_name = 'fct_soe_month'"[/]

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
    with duckdb.connect(
        str(snapshot), read_only=True, config={"enable_external_access": "false"}
    ) as connection:
        _search_marts_first(connection)
        try:
            if not connection.extract_statements(query):
                raise UserError("the query is empty; try: xiantong sql 'show all tables'")
            result = connection.execute(query)
            names = [column[0] for column in result.description or []]
            return _distinct(names), result.fetchall()
        except duckdb.Error as error:
            raise UserError(f"{error}{_columns_asked(connection, query, error)}") from error


def _search_marts_first(connection: duckdb.DuckDBPyConnection) -> None:
    """A table without a schema is a mart, else reference data, else what was delivered."""
    found = {
        name
        for (name,) in connection.execute("select schema_name from duckdb_schemas()").fetchall()
    }
    path = [schema for schema in ("marts", "seeds", "staging", "raw") if schema in found]
    if path:
        connection.execute(f"set search_path = '{','.join(path)}'")


def _columns_asked(connection: duckdb.DuckDBPyConnection, query: str, error: duckdb.Error) -> str:
    """Where a column is not there: the columns that the tables of the query have."""
    if "Referenced column" not in str(error) and "does not have a column" not in str(error):
        return ""
    tables = {name.rpartition(".")[2].strip('"') for name in connection.get_table_names(query)}
    found = connection.execute(
        "select schema_name || '.' || table_name, string_agg(column_name, ', ' order by column_index) "
        "from duckdb_columns() where not internal and table_name in (select unnest(?)) "
        "group by all order by 1",
        [sorted(tables)],
    ).fetchall()
    return "".join(f"\n\n{table} has the columns {columns}" for table, columns in found)


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
