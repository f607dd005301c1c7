"""Candidates for the lake: the typed rows of every submission that may be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xiantong.checking.conversion import sql_type
from xiantong.checking.digests import NO_ROWS_DIGEST
from xiantong.checking.hashing import hashed_text, hmac_sha256
from xiantong.checking.language import RuleDatabase
from xiantong.contracts.model import Column, Contract, Kind, Severity
from xiantong.findings import CheckedSubmission
from xiantong.sql import literal


def with_candidates(
    database: RuleDatabase, checked: Sequence[CheckedSubmission], work: Path, hash_key: bytes
) -> list[CheckedSubmission]:
    """Write the typed rows of every submission that may be accepted: one Parquet file each with the
    contract's columns, sensitive ones hashed, and the place of every row. Under the acceptance mode
    ``rows`` those of the table ``bad_row`` are left out."""
    by_rows = database.contract.acceptance.mode == "rows"
    wanted = [
        c.submission_id
        for c in checked
        if c.good_rows and c.envelope.period and (by_rows or not c.count(Severity.ERROR))
    ]
    if not wanted:
        return list(checked)
    work.mkdir(parents=True, exist_ok=True)
    paths = {submission_id: work / f"{submission_id}.parquet" for submission_id in wanted}
    query = _typed_rows(database, hash_key, by_rows)
    if len(paths) == 1:
        _write_one(database, query, *next(iter(paths.items())))
    else:
        _write_each(database.connection, query, paths)
    return [replace(c, candidate=paths.get(c.submission_id)) for c in checked]


def with_nil_candidate(
    contract: Contract, checked: CheckedSubmission, work: Path
) -> CheckedSubmission:
    """The same for a report of nothing: a file with the columns and without rows."""
    if checked.envelope.period is None or checked.count(Severity.ERROR):
        return checked
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{checked.submission_id}.parquet"
    columns = ["null::varchar as _submission_id", "null::varchar as _src_sheet"]
    columns += ["null::bigint as _src_row"]
    columns += [f"null::{sql_type(c)} as {c.name}" for c in contract.columns]
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {', '.join(columns)} where false) to {literal(path)} (format parquet)"
        )
    return replace(checked, candidate=path, content_digest=NO_ROWS_DIGEST)


def _typed_rows(database: RuleDatabase, hash_key: bytes, by_rows: bool) -> str:
    columns = ["_submission_id", "_src_sheet", "_src_row"]
    columns += [_stored(column) for column in database.contract.columns]
    good = "anti join bad_row using (_row)" if by_rows else ""
    return f"select {', '.join(columns)} from b {good} {_hash_sensitive(database, hash_key)}"


def _write_one(database: RuleDatabase, query: str, submission_id: str, path: Path) -> None:
    # Sorting millions of rows would cost more than it is worth: each has its place anyway.
    order = "order by _row" if database.is_materialised else ""
    database.connection.execute(
        f"copy ({query} where _submission_id = '{submission_id}' {order}) to '{path}' "
        "(format parquet, compression zstd)"
    )


def _write_each(connection: duckdb.DuckDBPyConnection, query: str, paths: dict[str, Path]) -> None:
    connection.execute(
        "create temp table wanted_submission as select unnest(?) as _submission_id", [list(paths)]
    )
    table: pa.Table = connection.execute(
        f"{query} where _submission_id in (from wanted_submission) order by _submission_id, _row"
    ).to_arrow_table()
    runs = table.column("_submission_id").combine_chunks().dictionary_encode()
    start = 0
    for entry in pc.value_counts(runs):
        length = entry["counts"].as_py()
        pq.write_table(
            table.slice(start, length), paths[entry["values"].as_py()], compression="zstd"
        )
        start += length


def _hash_sensitive(database: RuleDatabase, hash_key: bytes) -> str:
    """Hash every different sensitive value once, since people and diagnoses repeat; returns the
    joins that bring the hashes to the rows."""
    joins = []
    for column in database.contract.columns:
        if column.is_hashed:
            clear = hashed_text(column)
            database.connection.execute(
                f"create temp table hashed_{column.name} as "
                f"select clear, {hmac_sha256('clear', hash_key)} as hashed "
                f"from (select distinct {clear} as clear from b) where clear is not null"
            )
            joins.append(f"left join hashed_{column.name} on hashed_{column.name}.clear = {clear}")
    return " ".join(joins)


def _stored(column: Column) -> str:
    if column.is_hashed:
        return f"hashed_{column.name}.hashed as {column.name}"
    if column.kind in (Kind.PERIOD, Kind.STRING, Kind.CODE, Kind.MONTH):
        return column.name
    return f"cast({column.name} as {sql_type(column)}) as {column.name}"
