"""Code lists, thresholds and areas for the SQL of rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from xiantong.contracts.catalogue import Catalogue


def create_reference_data(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, sql: str
) -> None:
    """Create those code lists, thresholds and area tables that ``sql`` names."""
    connection.execute("create schema codes")
    for name in sorted(set(re.findall(r"\bcodes\.(\w+)", sql))):
        rows = [
            {"code": c.code, "zh": c.zh, "rank": c.rank, **c.extra}
            for c in catalogue.codes[name].codes
        ]
        connection.register("rows_to_copy", pa.Table.from_pylist(_uniform(rows)))
        connection.execute(f"create table codes.{name} as select * from rows_to_copy")
    for name, value in catalogue.constants.items():
        if f"const_{name}" in sql and isinstance(value, int | float):
            connection.execute(f"create macro const_{name}() as {value!r}")
    if re.search(r"\barea\b", sql):
        _create_areas(connection, catalogue)
    if re.search(r"\barea_ended\b", sql):
        _create_ended_areas(connection, catalogue)
    if re.search(r"\bzone\b", sql):
        rows = [{"zone_code": z.zone_code} for z in catalogue.zones]
        table_from_rows(connection, "zone", rows, {"zone_code": pa.string()})
    if re.search(r"\bindicator\b", sql):
        rows = [{"indicator_code": code} for code in catalogue.indicator_codes]
        table_from_rows(connection, "indicator", rows, {"indicator_code": pa.string()})


def _create_areas(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    columns = ("area_code", "area_name", "area_level", "parent_code", "valid_from", "valid_to")
    rows = [
        {name: getattr(area, name) for name in columns}
        | {"is_forest_town": bool(area.is_forest_town)}
        for area in catalogue.areas
    ]
    types = dict.fromkeys(columns[:4], pa.string()) | dict.fromkeys(columns[4:], pa.date32())
    table_from_rows(connection, "area", rows, types | {"is_forest_town": pa.bool_()})


def _create_ended_areas(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Codes that are no longer in force, with the codes that follow them."""
    followed: dict[str, list[str]] = {}
    for change in catalogue.area_changes:
        followed.setdefault(change.area_code, []).append(change.successor_code)
    in_force = {area.area_code for area in catalogue.areas if area.valid_to is None}
    rows = [
        {
            "area_code": area.area_code,
            "ended_on": area.valid_to,
            "successors": "、".join(followed.get(area.area_code, ())) or "现行区划代码",
        }
        for area in catalogue.areas
        if area.area_code not in in_force
    ]
    types = {"area_code": pa.string(), "ended_on": pa.date32(), "successors": pa.string()}
    table_from_rows(connection, "area_ended", rows, types)


def table_from_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: list[dict[str, Any]],
    columns: Mapping[str, pa.DataType],
) -> None:
    """Create a table of dictionaries with these columns and types."""
    arrow = pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items())))
    connection.register("rows_to_copy", arrow)
    connection.execute(f"create table {name} as select * from rows_to_copy")
    connection.unregister("rows_to_copy")


def _uniform(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = {key: None for row in rows for key in row}
    return [{key: row.get(key) for key in keys} for row in rows]
