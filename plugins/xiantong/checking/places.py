"""What stands in the rows that rules object to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xiantong.checking.language import RuleDatabase
from xiantong.contracts.model import Rule
from xiantong.names import DatasetId

Place = dict[str, Any]


def read_places(database: RuleDatabase, table: str, rows: Sequence[int]) -> dict[int, Place]:
    """Rows of ``table`` by ``_row``: where they stand, ``<column>__text`` as delivered,
    ``<column>__value`` as converted text, remark and area."""
    if not rows:
        return {}
    texts = ", ".join(
        f"{c.name}__text, cast({c.name} as varchar) as {c.name}__value"
        for c in database.contract.columns
    )
    connection = database.connection
    connection.execute(
        "create or replace temp table wanted as select unnest(?) as _row", [list(rows)]
    )
    found = connection.execute(
        f"select _row, _submission_id, _src_sheet, _src_row, _remark, {texts}, "
        f"{_row_area(database)} as _area_code from {table} as listed semi join wanted using (_row)"
    )
    names = [description[0] for description in found.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def _row_area(database: RuleDatabase) -> str:
    """The area of a row: its own, or that of the school, firm … that it refers to."""
    if "area_code" in database.contract.by_name:
        return "listed.area_code"
    for column in database.contract.columns:
        dataset = column.ref_dataset
        if dataset and _columns_of(database, dataset) >= {"area_code", column.ref_column}:
            return (
                f"(select max(r.area_code) from {dataset} as r "
                f"where r.{column.ref_column} = listed.{column.name})"
            )
    return "cast(null as varchar)"


def _columns_of(database: RuleDatabase, dataset: DatasetId) -> set[str | None]:
    """Columns of another dataset's table; none where no rule of the batch needs it."""
    found = database.connection.execute(
        "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
        [dataset.department, dataset.dataset],
    )
    return {row[0] for row in found.fetchall()}


def read_extras(database: RuleDatabase, rule: Rule) -> dict[int, dict[str, Any]]:
    """Further columns of a rule's query by ``_row``, for the placeholders of its message."""
    from xiantong.checking.expectations import found_table

    query = rule.kwargs.get("query")
    if not query or not rule.expectation.endswith("FindNoRows"):
        return {}
    found = database.connection.execute(f"select * from {found_table(query)}")
    names = [description[0] for description in found.description]
    if names == ["_row"]:
        return {}
    return {
        row[names.index("_row")]: dict(zip(names, row, strict=True)) for row in found.fetchall()
    }
