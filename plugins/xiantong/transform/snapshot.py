"""Copies of the warehouse as DuckDB files: the published snapshot, and raw rows of the past.

The copy is written beside its place and then moved there, so that readers always find a complete
file. DuckDB attaches it to the warehouse; from PostgreSQL every table comes through COPY.
"""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Privacy
from xiantong.settings import Settings
from xiantong.sql import literal
from xiantong.warehouse.opening import open_warehouse
from xiantong.warehouse.postgres import PostgresWarehouse
from xiantong.warehouse.tables import LEDGER_FINDING, LEDGER_SUBMISSION, quote

PUBLISHED_SCHEMAS = ("raw", "staging", "marts", "seeds")
_ABANDONED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class _Relation:
    """A table or view of the warehouse."""

    schema: str
    name: str
    comment: str | None
    columns: tuple[_Column, ...]

    @property
    def qualified(self) -> str:
        return f'"{self.schema}"."{self.name}"'

    def without(self, names: Collection[str]) -> _Relation:
        kept = tuple(column for column in self.columns if column.name not in names)
        return _Relation(self.schema, self.name, self.comment, kept)


def publish(settings: Settings) -> Path:
    """Replace the published snapshot by the warehouse as it stands; returns its path.

    Marts and reference data are copied completely, raw and staging without personal and sensitive
    columns; staging views become tables. Comments stay. Raises ``WarehouseBusyError`` while another
    process is writing a DuckDB warehouse.
    """
    hidden = _hidden_columns(Catalogue(settings.expectations))
    with _copying(settings, settings.published) as copy:
        for relation in copy.relations(PUBLISHED_SCHEMAS):
            shows_rows = relation.schema in ("raw", "staging")
            columns = hidden.get(relation.name, ()) if shows_rows else ()
            copy.copy(relation.without(columns))
    return settings.published


def copy_raw(settings: Settings, path: Path, as_of: datetime) -> None:
    """Write the DuckDB file ``path`` with the raw tables as they were at ``as_of``.

    Of the ledger's tables it holds what was submitted by then.
    """
    until = f"timestamp '{as_of:%Y-%m-%d %H:%M:%S.%f}'"
    conditions = {
        LEDGER_SUBMISSION.name: f"submitted_at <= {until}",
        LEDGER_FINDING.name: f"submission_id in (select submission_id from "
        f"{LEDGER_SUBMISSION.qualified} where submitted_at <= {until})",
    }
    with _copying(settings, path) as copy:
        for relation in copy.relations(("raw",)):
            copy.copy(relation, conditions.get(relation.name, f"_accepted_at <= {until}"))


def _hidden_columns(catalogue: Catalogue) -> dict[str, set[str]]:
    """Columns that stay out of the snapshot, by raw table and by staging model."""
    hidden: dict[str, set[str]] = {}
    for contract in catalogue.contracts.values():
        private = {c.name for c in contract.columns if c.privacy is not Privacy.NONE}
        hidden[contract.id.raw_table] = hidden[contract.id.staging_model] = private
    return hidden


@contextmanager
def _copying(settings: Settings, path: Path) -> Iterator[_Copy]:
    """An open warehouse with a new DuckDB file that replaces ``path`` only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    leftovers = (fresh, Path(f"{fresh}.wal"))
    _remove_abandoned(path)
    try:
        with open_warehouse(settings.warehouse_url) as warehouse:
            reader = warehouse.reader
            reader.execute(f"attach {literal(fresh)} as snapshot")
            # In one transaction: one state of everything, and not a commit for each comment.
            if isinstance(warehouse, PostgresWarehouse):
                with warehouse.transaction():
                    warehouse.execute("set transaction isolation level repeatable read")
                    reader.begin()
                    yield _CopyOfPostgres(reader, warehouse.connection)
                    reader.commit()
            else:
                with warehouse.transaction():
                    yield _CopyOfDuckDB(reader)
            reader.execute("detach snapshot")
        fresh.replace(path)
    finally:
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    """Remove the copies that processes left which were killed while they wrote one: each is as large
    as the warehouse. Whoever is still writing has touched its file within a day."""
    for leftover in path.parent.glob(f".{path.name}.*"):
        with suppress(FileNotFoundError):
            writer = leftover.name.removeprefix(f".{path.name}.").partition(".")[0]
            own = writer == str(os.getpid())
            if own or time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS:
                leftover.unlink()


class _Copy(ABC):
    """Copies relations of the warehouse into the attached database ``snapshot``."""

    def __init__(self, reader: duckdb.DuckDBPyConnection) -> None:
        self.reader = reader

    @abstractmethod
    def _described(self, schemas: Collection[str]) -> list[tuple[Any, ...]]:
        """Rows of schema, relation, its comment, column, DuckDB type, comment of the column."""

    @abstractmethod
    def _insert(self, relation: _Relation, query: str) -> None:
        """Run the query in the warehouse and insert what it gives into the copy."""

    def relations(self, schemas: Collection[str]) -> list[_Relation]:
        """Tables and views of some schemas, ordered by name."""
        found: dict[tuple[str, str], tuple[str | None, list[_Column]]] = {}
        for schema, name, comment, column, kind, note in self._described(schemas):
            columns = found.setdefault((schema, name), (comment, []))[1]
            columns.append(_Column(column, kind, note))
        return [_Relation(s, n, comment, tuple(cs)) for (s, n), (comment, cs) in found.items()]

    def copy(self, relation: _Relation, where: str = "true") -> None:
        """Create the relation as a table with its comments and fill it."""
        self._create(relation)
        names = ", ".join(quote(column.name) for column in relation.columns)
        self._insert(relation, f"select {names} from {relation.qualified} where {where}")

    def _create(self, relation: _Relation) -> None:
        place = f"snapshot.{relation.qualified}"
        columns = ", ".join(f"{quote(column.name)} {column.type}" for column in relation.columns)
        self.reader.execute(f'create schema if not exists snapshot."{relation.schema}"')
        self.reader.execute(f"create table {place} ({columns})")
        comments = {f"table {place}": relation.comment}
        comments |= {f"column {place}.{quote(c.name)}": c.comment for c in relation.columns}
        for described, comment in comments.items():
            if comment:
                self.reader.execute(f"comment on {described} is {literal(comment)}")


class _CopyOfDuckDB(_Copy):
    """The copy is attached to the connection that has the warehouse open."""

    def _described(self, schemas: Collection[str]) -> list[tuple[Any, ...]]:
        return self.reader.execute(_DUCKDB_RELATIONS, [list(schemas)]).fetchall()

    def _insert(self, relation: _Relation, query: str) -> None:
        self.reader.execute(f"insert into snapshot.{relation.qualified} {query}")


_DUCKDB_RELATIONS = """
    select t.schema_name, t.name, t.comment, c.column_name, c.data_type, c.comment
    from (
        select database_name, schema_name, table_name as name, comment from duckdb_tables()
        union all
        select database_name, schema_name, view_name, comment from duckdb_views()
    ) as t
    join duckdb_columns() as c
        on c.database_name = t.database_name and c.schema_name = t.schema_name and c.table_name = t.name
    where t.database_name = current_database() and t.schema_name in (select unnest(?))
    order by t.schema_name, t.name, c.column_index
"""


class _CopyOfPostgres(_Copy):
    """Rows come as CSV through COPY and a pipe into DuckDB's CSV reader."""

    def __init__(
        self, reader: duckdb.DuckDBPyConnection, connection: psycopg.Connection[Any]
    ) -> None:
        super().__init__(reader)
        self.connection = connection

    def _described(self, schemas: Collection[str]) -> list[tuple[Any, ...]]:
        rows = self.connection.execute(_POSTGRES_RELATIONS, [list(schemas)]).fetchall()
        return [(s, n, t, c, _duckdb_type(kind), note) for s, n, t, c, kind, note in rows]

    def _insert(self, relation: _Relation, query: str) -> None:
        types = ", ".join(f"{literal(c.name)}: {literal(c.type)}" for c in relation.columns)
        failures: list[Exception] = []
        outlet, inlet = os.pipe()
        producer = threading.Thread(
            target=self._produce, args=(query, inlet, failures), name="COPY to DuckDB"
        )
        producer.start()
        try:
            self.reader.execute(
                f"insert into snapshot.{relation.qualified} select * from read_csv("
                f"'/dev/fd/{outlet}', columns = {{{types}}}, header = false, delim = ',', "
                "quote = '\"', escape = '\"', nullstr = '\\N', allow_quoted_nulls = false, "
                "auto_detect = false, parallel = false)"
            )
        finally:
            os.close(outlet)  # a producer that still writes gets a broken pipe and ends
            producer.join()
        if failures:
            raise failures[0]

    def _produce(self, query: str, inlet: int, failures: list[Exception]) -> None:
        statement = f"copy ({query}) to stdout (format csv, null '\\N')"
        try:
            with self.connection.cursor() as cursor, cursor.copy(statement) as rows:
                for block in rows:
                    _write_all(inlet, bytes(block))
        except Exception as error:
            failures.append(error)
        finally:
            os.close(inlet)


_POSTGRES_RELATIONS = """
    select n.nspname, c.relname, obj_description(c.oid, 'pg_class'),
        a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid
    where n.nspname = any(%s) and c.relkind in ('r', 'v', 'm')
        and a.attnum > 0 and not a.attisdropped
    order by n.nspname, c.relname, a.attnum
"""


def _write_all(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def _duckdb_type(kind: str) -> str:
    """DuckDB's name of a PostgreSQL type. A numeric without precision keeps nine decimal places."""
    if kind.startswith(("character", "text")):
        return "varchar"
    if kind.startswith("timestamp"):
        return "timestamp"
    return {"numeric": "decimal(38,9)", "double precision": "double"}.get(kind, kind)
