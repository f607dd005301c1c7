"""What every warehouse does, whatever the engine: DuckDB reads the lake, the engine takes rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xiantong.contracts.model import Contract
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Submission
from xiantong.sql import literal, read_parquet
from xiantong.store import Store
from xiantong.warehouse.ledger_tables import finding_rows, submission_rows
from xiantong.warehouse.tables import (
    LEDGER_FINDING,
    LEDGER_SUBMISSION,
    ROW_LINEAGE,
    SCHEMAS,
    SUBMISSION_LINEAGE,
    RawTable,
    quote,
    raw_table,
)

_ROWS_AT_ONCE = 50_000
_ARROW_TYPES: dict[str, Callable[[], pa.DataType]] = {
    "varchar": pa.string,
    "bigint": pa.int64,
    "integer": pa.int32,
    "date": pa.date32,
    "timestamp": lambda: pa.timestamp("us"),
}


class WarehouseError(Exception):
    """The warehouse and what should go into it do not fit; the message says what to do."""


class WarehouseBusyError(WarehouseError):
    """Another process holds the warehouse."""


@dataclass(frozen=True, slots=True)
class ExistingTable:
    """A raw table as it is: its comment, and its columns with types as ``decimal(16,2)``."""

    comment: str | None
    types: dict[str, str]

    @classmethod
    def by_name(cls, rows: Iterable[tuple[str, str | None, str, str]]) -> dict[str, ExistingTable]:
        """Tables of rows with table, its comment, column and type."""
        found: dict[str, ExistingTable] = {}
        for table, comment, column, kind in rows:
            found.setdefault(table, cls(comment, {})).types[column] = kind
        return found


class Warehouse(ABC):
    """An open warehouse. ``open_warehouse`` gives one for a short while.

    ``reader`` is the DuckDB connection that reads Parquet.
    """

    reader: duckdb.DuckDBPyConnection

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing."""

    @abstractmethod
    def execute(self, statement: str) -> None:
        """Run one statement without parameters."""

    @abstractmethod
    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""

    @abstractmethod
    def insert(self, table: RawTable, query: str) -> int:
        """Insert what ``query`` gives on ``reader``, in the table's column order; returns rows."""

    @abstractmethod
    def delete(self, table: RawTable, submission_ids: Sequence[str]) -> None:
        """Delete the rows of some submissions."""

    @abstractmethod
    def existing(self, tables: Collection[RawTable]) -> dict[str, ExistingTable]:
        """Those of the tables that exist, by name; one query, however many are asked for."""

    def prepare(self) -> None:
        """Make the schemas that are missing."""
        for schema in SCHEMAS:
            self.execute(f"create schema if not exists {schema}")

    def ensure_tables(self, *tables: RawTable) -> None:
        """Make tables that are missing and add columns that one lacks. Comments follow the contract.

        Raises ``WarehouseError`` where a column has another type: only a rebuild changes types.
        """
        existing = self.existing(tables)
        for table in tables:
            if found := existing.get(table.name):
                self._extend(table, found)
            else:
                self._create(table)

    def _create(self, table: RawTable) -> None:
        columns = ", ".join(f"{quote(c.name)} {c.type}" for c in table.columns)
        self.execute(f"create table {table.qualified} ({columns})")
        self._comment(table)

    def _extend(self, table: RawTable, found: ExistingTable) -> None:
        for column in table.columns:
            known = found.types.get(column.name)
            if known is None:
                self.execute(
                    f"alter table {table.qualified} add column {quote(column.name)} {column.type}"
                )
            elif known != column.type:
                raise WarehouseError(
                    f"{table.qualified}.{column.name} is {known}, the contract now says "
                    f"{column.type}; `xiantong rebuild` makes the table again"
                )
        if found.comment != table.comment or len(found.types) < len(table.columns):
            self._comment(table)

    def _comment(self, table: RawTable) -> None:
        self.execute(f"comment on table {table.qualified} is {literal(table.comment)}")
        for column in table.columns:
            place = f"{table.qualified}.{quote(column.name)}"
            self.execute(f"comment on column {place} is {literal(column.comment)}")

    def load_accepted(
        self, contract: Contract, submissions: Sequence[Submission], store: Store
    ) -> int:
        """Load accepted submissions of one dataset into its raw table, in one transaction.

        What the table already has of these submissions is replaced. Returns the number of rows;
        raises ``WarehouseError`` where it is not the one that the ledger knows.
        """
        if not submissions:
            return 0
        table = raw_table(contract)
        self.ensure_tables(table)
        paths = [store.local_path(s.lake_key) for s in submissions if s.lake_key]
        self.reader.register("accepted_submission", _lineage(submissions))
        try:
            query = _accepted_rows(contract, paths, self._parquet_columns(paths))
            with self.transaction():
                self.delete(table, [s.id for s in submissions])
                loaded = self.insert(table, query)
                expected = sum(s.accepted_row_cnt for s in submissions)
                if loaded != expected:
                    raise WarehouseError(
                        f"{contract.id}: the accepted files hold {loaded} rows of these "
                        f"submissions, the ledger says {expected}"
                    )
        finally:
            self.reader.unregister("accepted_submission")
        return loaded

    def _parquet_columns(self, paths: Sequence[Path]) -> set[str]:
        described = self.reader.execute(f"describe select * from {read_parquet(paths)}")
        return {name for name, *_ in described.fetchall()}

    def replace_ledger_tables(self, ledger: Ledger) -> None:
        """Bring ``raw.ledger__submission`` and ``raw.ledger__finding`` to the ledger's state."""
        contents = (
            (LEDGER_SUBMISSION, submission_rows(ledger)),
            (LEDGER_FINDING, finding_rows(ledger)),
        )
        self.ensure_tables(*(table for table, _ in contents))
        with self.transaction():
            for table, rows in contents:
                self.execute(f"delete from {table.qualified}")
                self._insert_rows(table, rows)

    def _insert_rows(self, table: RawTable, rows: Iterable[tuple[Any, ...]]) -> None:
        schema = pa.schema([(c.name, _ARROW_TYPES[c.type]()) for c in table.columns])
        for some in _slices(rows, _ROWS_AT_ONCE):
            columns = [
                pa.array(values, type=field.type)
                for values, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            self.reader.register("some_rows", pa.Table.from_arrays(columns, schema=schema))
            try:
                self.insert(table, f"select {table.column_list} from some_rows")
            finally:
                self.reader.unregister("some_rows")


def _accepted_rows(contract: Contract, paths: Sequence[Path], present: set[str]) -> str:
    """Query for the rows of accepted files with their lineage, in the raw table's column order.

    A file that was accepted before a column existed has null in it.
    """
    table = raw_table(contract)
    from_file = {c.name for c in contract.columns} | {c.name for c in ROW_LINEAGE}
    selected = []
    for column in table.columns:
        if column.name not in from_file:
            selected.append(f"s.{quote(column.name)}")
        elif column.name in present:
            selected.append(f"cast(f.{quote(column.name)} as {column.type})")
        else:
            selected.append(f"cast(null as {column.type})")
    return (
        f"select {', '.join(selected)} from {read_parquet(paths)} as f "
        "join accepted_submission as s on s._submission_id = f._submission_id"
    )


def _lineage(submissions: Sequence[Submission]) -> pa.Table:
    columns = [("_submission_id", pa.string())]
    columns += [(c.name, _ARROW_TYPES[c.type]()) for c in SUBMISSION_LINEAGE]
    rows = [
        (
            s.id,
            s.revision,
            s.reporter_code,
            s.reporter_area_code,
            s.period.label if s.period else None,
            s.submitted_at,
            s.accepted_at,
        )
        for s in submissions
    ]
    arrays = [
        pa.array(values, type=kind)
        for values, (_, kind) in zip(zip(*rows, strict=True), columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(columns))


def _slices(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(rows)
    while some := list(islice(iterator, size)):
        yield some
