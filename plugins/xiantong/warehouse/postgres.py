"""The warehouse in PostgreSQL, filled through COPY."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import duckdb
import psycopg
from sqlalchemy.engine import URL

from xiantong.warehouse.base import ExistingTable, Warehouse
from xiantong.warehouse.tables import RawTable

_BLOCK = 1 << 20
_LONGEST_WHOLE_NAME = 63 - len("ix___submission")
_TYPE_NAMES = {
    "character varying": "varchar",
    "timestamp without time zone": "timestamp",
    "numeric": "decimal",
}


class PostgresWarehouse(Warehouse):
    """DuckDB in memory reads the lake and writes CSV into a pipe that PostgreSQL copies from."""

    def __init__(
        self, connection: psycopg.Connection[Any], reader: duckdb.DuckDBPyConnection
    ) -> None:
        self.connection = connection
        self.reader = reader

    @contextmanager
    def transaction(self) -> Iterator[None]:
        inner: AbstractContextManager[Any] = self.connection.transaction()
        with inner:
            yield

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def insert(self, table: RawTable, query: str) -> int:
        statement = f"copy {table.qualified} ({table.column_list}) from stdin (format csv)"
        with self.connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for block in _csv_blocks(self.reader, query):
                    copy.write(block)
            return cursor.rowcount

    def delete(self, table: RawTable, submission_ids: Sequence[str]) -> None:
        self.connection.execute(
            f"delete from {table.qualified} where _submission_id = any(%s)",
            [list(submission_ids)],
        )

    def existing(self, tables: Collection[RawTable]) -> dict[str, ExistingTable]:
        found = self.connection.execute(
            "select c.relname, obj_description(c.oid, 'pg_class'), a.attname, "
            "format_type(a.atttypid, a.atttypmod) from pg_attribute as a "
            "join pg_class as c on c.oid = a.attrelid "
            "join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname = 'raw' and c.relname = any(%s) and a.attnum > 0 "
            "and not a.attisdropped",
            [[table.name for table in tables]],
        )
        return ExistingTable.by_name(
            (table, comment, column, _plain_type(kind)) for table, comment, column, kind in found
        )

    def ensure_tables(self, *tables: RawTable) -> None:
        super().ensure_tables(*tables)
        for table in tables:
            if any(column.name == "_submission_id" for column in table.columns):
                name = f'"{index_name(table)}"'
                self.execute(
                    f"create index if not exists {name} on {table.qualified} (_submission_id)"
                )


def index_name(table: RawTable) -> str:
    """Name of the index by submission. PostgreSQL cuts names after 63 bytes, and two tables whose
    names begin alike would share the one that was made first: the second would have none."""
    if len(table.name) <= _LONGEST_WHOLE_NAME:
        return f"ix_{table.name}__submission"
    digest = hashlib.sha256(table.name.encode()).hexdigest()[:8]
    return f"ix_{table.name[: _LONGEST_WHOLE_NAME - 9]}_{digest}__submission"


@contextmanager
def open_postgres(url: URL) -> Iterator[PostgresWarehouse]:
    """Connect for a short while; statements outside a transaction commit at once."""
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection, duckdb.connect() as reader:
        reader.execute("set preserve_insertion_order = false")
        reader.execute("set enable_progress_bar = false")
        # Many `create … if not exists` are routine, not news.
        connection.execute("set client_min_messages = warning")
        yield PostgresWarehouse(connection, reader)


def _csv_blocks(reader: duckdb.DuckDBPyConnection, query: str) -> Iterator[bytes]:
    """CSV of a query, in blocks, while DuckDB is still producing it."""
    outlet, inlet = os.pipe()
    failures: list[Exception] = []

    def produce() -> None:
        try:
            reader.execute(f"copy ({query}) to '/dev/fd/{inlet}' (format csv, header false)")
        except Exception as error:
            failures.append(error)
        finally:
            os.close(inlet)

    producer = threading.Thread(target=produce, name="csv for COPY")
    producer.start()
    try:
        while block := os.read(outlet, _BLOCK):
            yield block
    finally:
        os.close(outlet)  # a producer that still writes gets a broken pipe and ends
        producer.join()
    if failures:
        raise failures[0]


def _plain_type(kind: str) -> str:
    for name, plain in _TYPE_NAMES.items():
        if kind.startswith(name):
            return kind.replace(name, plain, 1)
    return kind
