"""The comparison itself: DuckDB compares all pairs of a dataset in one go.

Rows are matched by the key of the contract; where a key stands twice in one file, by its number
among its equals. Without a key whole rows are compared, so that none is changed, only added and
removed. Nothing that leaves here names a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from xiantong.checking.conversion import sql_type
from xiantong.checking.counties import Sight
from xiantong.checking.language import RuleDatabase
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, LoadMode, Privacy
from xiantong.delivered import DeliveryFile
from xiantong.differences.pairs import Pair
from xiantong.ledger.differences import Basis
from xiantong.masking import IDENTITY_NUMBER_RE2, MASK
from xiantong.parsing import parse_delivery
from xiantong.parsing.model import ParsedDelivery
from xiantong.sql import literal, read_parquet
from xiantong.store import Store


@dataclass(frozen=True, slots=True)
class Compared:
    """Counts of one pair. ``kept`` see ``DifferenceCounts``."""

    added: int
    removed: int
    kept: int
    changed: int
    unchanged: int
    cells: dict[str, int]


class Comparison:
    """Compares pairs of one dataset and one basis on ``connection``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        self._connection = connection
        self._contract = contract
        self._compared = [column for column in contract.columns if column.source == "table"]
        self._key = [column for column in self._compared if column.key] or self._compared
        self._values = [column for column in self._compared if column not in self._key]

    @property
    def columns(self) -> list[Column]:
        return self._compared

    def run(self, pairs: Sequence[Pair]) -> list[Compared]:
        """Compare the views ``fresh`` and ``base`` (``pair``, ``_src_sheet``, ``_src_row`` and the
        columns); afterwards the table ``delta`` has the rows that differ."""
        joined = ("pair", *(_name(c) for c in self._key), "_nth")
        same_row = " and ".join(f"f.{name} is not distinct from o.{name}" for name in joined)
        changed = " or ".join(f"{self._differs(c)}" for c in self._values) or "false"
        self._connection.execute(
            f"create temp table delta as select coalesce(f.pair, o.pair) as pair, "
            "case when o.pair is null then 'added' when f.pair is null then 'removed' "
            f"else 'changed' end as kind, {self._delta_columns()}, "
            "f._src_sheet as sheet, f._src_row as row, "
            "o._src_sheet as base_sheet, o._src_row as base_row "
            f"from ({self._numbered('fresh')}) as f full join ({self._numbered('base')}) as o "
            f"on {same_row} where f.pair is null or o.pair is null or {changed}"
        )
        sizes = dict(
            self._connection.execute("select pair, count(*) from fresh group by pair").fetchall()
        )
        kinds = {
            (pair, kind): rows
            for pair, kind, rows in self._connection.execute(
                "select pair, kind, count(*) from delta group by all"
            ).fetchall()
        }
        cells = self._cell_counts()
        return [
            self._summed(pair, sizes.get(n, 0), kinds, cells.get(n, {}), n)
            for n, pair in enumerate(pairs)
        ]

    def write(self, number: int, out: Path, with_missing: bool) -> None:
        """Write the rows of one pair: ``seq``, ``kind``, places, ``key`` and ``cells`` as lists of
        ``{column, old, new}``; in the order of the newer file, removed rows last. Without
        ``with_missing`` rows that were not handed in again are left out: they stay in force."""
        key = ", ".join(
            f"{{'column': '{c.name}', 'old': {_shown(c, f'k_{c.name}')}, "
            f"'new': {_shown(c, f'k_{c.name}')}}}"
            for c in self._key
        )
        cells = ", ".join(self._cell(c) for c in self._values)
        listed = f"list_filter([{cells}], lambda x: x is not null)" if cells else "[]"
        missing = "" if with_missing else "and kind <> 'removed'"
        self._connection.execute(
            "copy (select row_number() over (order by kind = 'removed', sheet, row, base_sheet, "
            "base_row) as seq, kind, sheet, row, base_sheet, base_row, "
            f"[{key}] as key, {listed} as cells from delta where pair = {number} {missing} "
            f"order by seq) to {literal(out)} (format parquet, compression zstd)"
        )

    def _summed(
        self,
        pair: Pair,
        size: int,
        kinds: dict[tuple[int, str], int],
        cells: dict[str, int],
        n: int,
    ) -> Compared:
        added, changed, gone = (kinds.get((n, k), 0) for k in ("added", "changed", "removed"))
        kept = gone if keeps_rows(self._contract, pair) else 0
        return Compared(added, gone - kept, kept, changed, size - added - changed, cells)

    def _numbered(self, view: str) -> str:
        keys = ", ".join(("pair", *(_name(c) for c in self._key)))
        return (
            f"select *, row_number() over (partition by {keys} order by _src_sheet, _src_row) "
            f"as _nth from {view}"
        )

    def _delta_columns(self) -> str:
        keys = [f"coalesce(f.{_name(c)}, o.{_name(c)}) as k_{c.name}" for c in self._key]
        values = [f"f.{_name(c)} as n_{c.name}, o.{_name(c)} as o_{c.name}" for c in self._values]
        return ", ".join(keys + values)

    def _differs(self, column: Column) -> str:
        return f"f.{_name(column)} is distinct from o.{_name(column)}"

    def _cell_counts(self) -> dict[int, dict[str, int]]:
        if not self._values:
            return {}
        counted = ", ".join(
            f"count(*) filter (where n_{c.name} is distinct from o_{c.name})" for c in self._values
        )
        found = self._connection.execute(
            f"select pair, {counted} from delta where kind = 'changed' group by pair"
        ).fetchall()
        names = [column.name for column in self._values]
        return {
            row[0]: {name: n for name, n in zip(names, row[1:], strict=True) if n} for row in found
        }

    def _cell(self, column: Column) -> str:
        new, old = f"n_{column.name}", f"o_{column.name}"
        if column.privacy is Privacy.SENSITIVE:
            # Whether there was a value at all would already say something about the person.
            old_text = new_text = f"'{MASK}'"
        else:
            new_text, old_text = _shown(column, new), _shown(column, old)
        return (
            f"case when {new} is distinct from {old} then "
            f"{{'column': '{column.name}', 'old': case when kind <> 'added' then {old_text} end, "
            f"'new': case when kind <> 'removed' then {new_text} end}} end"
        )


def keeps_rows(contract: Contract, pair: Pair) -> bool:
    """True where rows of the base that do not come again stay in force."""
    return pair.basis is Basis.ACCEPTED and contract.load_mode is not LoadMode.SNAPSHOT


@contextmanager
def comparing_accepted(
    contract: Contract, pairs: Sequence[Pair], store: Store, work: Path
) -> Iterator[tuple[Comparison, list[bool]]]:
    """A comparison of rows in the lake, which can all be read (as ``comparing_delivered``). Sensitive
    values are compared by their hashes."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"set temp_directory = {literal(work)}")
        comparison = Comparison(connection, contract)
        fresh = [(n, pair.submission) for n, pair in enumerate(pairs)]
        earlier = [(n, s) for n, pair in enumerate(pairs) for s in pair.earlier]
        for view, sides in (("fresh", fresh), ("every_base", earlier)):
            values = ", ".join(f"({n}, '{s.id}', {s.revision})" for n, s in sides)
            paths = sorted({str(store.local_path(s.lake_key)) for _, s in sides if s.lake_key})
            connection.execute(
                f"create temp view {view} as select s.pair, s.revision, r.* from "
                f"({_lake_rows(comparison.columns, paths)}) as r "
                f"join (values {values}) as s(pair, _submission_id, revision) using (_submission_id)"
            )
        newest = ""
        if contract.load_mode is LoadMode.UPSERT and contract.key:
            keys = ", ".join(_name(column) for column in contract.key if column.source == "table")
            newest = (
                f"qualify row_number() over (partition by pair, {keys} order by revision desc) = 1"
            )
        connection.execute(f"create temp view base as select * from every_base {newest}")
        yield comparison, [True] * len(pairs)


@contextmanager
def comparing_delivered(
    contract: Contract, catalogue: Catalogue, pairs: Sequence[Pair], store: Store, work: Path
) -> Iterator[tuple[Comparison, list[bool]]]:
    """A comparison of files as they were handed in, read again from their originals, and for each
    pair whether both files could be read. What cannot be read as a value is compared as text."""
    parsed = _read_again(contract, catalogue, pairs, store, work)
    readable = [_are_readable(parsed[p.submission.id], parsed[p.base.id]) for p in pairs]
    usable = [d for d in parsed.values() if d.rows_path and d.row_count]
    database = RuleDatabase(f"difference_{work.name.replace('-', '_')}", contract, catalogue)
    try:
        database.connection.execute(f"set temp_directory = {literal(work)}")
        comparison = Comparison(database.connection, contract)
        if not any(readable):
            yield comparison, readable
            return
        database.build(usable, (), Sight(contract), hash_key=b"")
        columns = ", ".join(f"{_delivered(c)} as {_name(c)}" for c in comparison.columns)
        for view, sides in (
            ("fresh", [(n, p.submission.id) for n, p in enumerate(pairs) if readable[n]]),
            ("base", [(n, p.base.id) for n, p in enumerate(pairs) if readable[n]]),
        ):
            values = ", ".join(f"({n}, '{submission_id}')" for n, submission_id in sides)
            database.connection.execute(
                f"create temp view {view} as select s.pair, b._src_sheet, b._src_row, {columns} "
                f"from b join (values {values}) as s(pair, _submission_id) using (_submission_id)"
            )
        yield comparison, readable
    finally:
        database.close()


def _are_readable(*sides: ParsedDelivery) -> bool:
    """Whether both files hold rows, or one of them says that there are none."""
    return any(d.row_count for d in sides) and all(d.is_nil or d.row_count for d in sides)


def _read_again(
    contract: Contract, catalogue: Catalogue, pairs: Sequence[Pair], store: Store, work: Path
) -> dict[str, ParsedDelivery]:
    submissions = {s.id: s for pair in pairs for s in (pair.submission, pair.base)}
    return {
        s.id: parse_delivery(
            DeliveryFile(
                submission_id=s.id,
                dataset=s.dataset,
                path=store.original_path(s.sha256, s.file_name),
                name=s.file_name,
                submitted_at=s.submitted_at,
                period=s.period,
                reporter_code=s.reporter_code,
            ),
            contract,
            catalogue,
            work,
        )
        for s in submissions.values()
    }


def _lake_rows(columns: Sequence[Column], paths: Sequence[str]) -> str:
    """Rows of lake files; a column that a file of an older contract lacks is blank."""
    empty = ", ".join(
        [
            "null::varchar as _submission_id, null::varchar as _src_sheet, null::bigint as _src_row",
            *(f"null::{sql_type(c)} as {_name(c)}" for c in columns),
        ]
    )
    return f"select {empty} where false union all by name select * from {read_parquet(paths)}"


def _delivered(column: Column) -> str:
    """A delivered cell as text: its value in canonical spelling, or what stands there."""
    text = f"b.{column.name}__text"
    if column.privacy is Privacy.SENSITIVE:
        return f"upper(trim({text}))"
    if column.kind is Kind.PERIOD and column.name == "period":
        return f"coalesce(b.period__found, {text})"
    return f"coalesce({_plain_text(column, f'b.{column.name}')}, trim({text}))"


def _plain_text(column: Column, value: str) -> str:
    """A canonical value as text; decimals without the noughts that only fill the scale."""
    if column.kind is Kind.DECIMAL and column.scale:
        return f"rtrim(rtrim(cast({value} as varchar), '0'), '.')"
    return f"cast({value} as varchar)"


def _shown(column: Column, value: str) -> str:
    """A value as it may be shown, null where it is blank."""
    if column.privacy is not Privacy.NONE:
        return f"case when {value} is not null then '{MASK}' end"
    text = f"cast({value} as varchar)"
    if column.kind is Kind.DECIMAL and column.scale:
        # Values read from a file are text already, without those noughts.
        text = (
            f"case when contains({text}, '.') then rtrim(rtrim({text}, '0'), '.') else {text} end"
        )
    if column.kind in (Kind.STRING, Kind.CODE) or column.is_numeric:
        hidden = f"regexp_matches({text}, '{IDENTITY_NUMBER_RE2}')"
        return f"case when {hidden} then '{MASK}' else {text} end"
    return text


def _name(column: Column) -> str:
    return f'"{column.name}"'
