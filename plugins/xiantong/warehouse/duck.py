"""The warehouse as one DuckDB file."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from xiantong.warehouse.base import ExistingTable, Warehouse, WarehouseBusyError
from xiantong.warehouse.tables import RawTable

_RETRY_SECONDS = 0.25


class DuckDBWarehouse(Warehouse):
    """DuckDB itself reads the lake, so rows take no detour."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.reader = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.reader.begin()
        try:
            yield
        except BaseException:
            self.reader.rollback()
            raise
        self.reader.commit()

    def execute(self, statement: str) -> None:
        self.reader.execute(statement)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self.reader.execute(query).fetchall()

    def insert(self, table: RawTable, query: str) -> int:
        inserted = self.reader.execute(
            f"insert into {table.qualified} ({table.column_list}) {query}"
        ).fetchone()
        assert inserted is not None
        return int(inserted[0])

    def delete(self, table: RawTable, submission_ids: Sequence[str]) -> None:
        self.reader.execute(
            f"delete from {table.qualified} where _submission_id in (select unnest(?))",
            [list(submission_ids)],
        )

    def existing(self, tables: Collection[RawTable]) -> dict[str, ExistingTable]:
        found = self.reader.execute(
            "select t.table_name, t.comment, c.column_name, lower(c.data_type) "
            "from duckdb_tables() as t join duckdb_columns() as c using (database_oid, table_oid) "
            "where t.database_name = current_database() and t.schema_name = 'raw' "
            "and t.table_name in (select unnest(?))",
            [[table.name for table in tables]],
        )
        return ExistingTable.by_name(found.fetchall())


@contextmanager
def open_duckdb(path: Path, wait_seconds: float) -> Iterator[DuckDBWarehouse]:
    """Open the file for writing, waiting while another process has it.

    Raises ``WarehouseBusyError`` after ``wait_seconds``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path, time.monotonic() + wait_seconds)
    try:
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set enable_progress_bar = false")
        yield DuckDBWarehouse(connection)
    finally:
        connection.close()


def _connect(path: Path, deadline: float) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise WarehouseBusyError(
                    f"{path} is open in another process. Close the program that reads it (analysts "
                    f"read the published copy instead) and try again. DuckDB says: {error}"
                ) from error
            time.sleep(_RETRY_SECONDS)
