"""Queries on the accepted files of a dataset: what counts now, and all versions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from xiantong.checking.conversion import sql_type
from xiantong.checking.lake import AcceptedFile
from xiantong.contracts.model import Column, Contract, LoadMode
from xiantong.counties import county_of
from xiantong.periods import Period
from xiantong.sql import read_parquet


def current_rows(contract: Contract, files: Sequence[AcceptedFile]) -> str:
    """Query for the rows that count now: latest revisions, newest versions, or all facts."""
    columns = ", ".join(("_submission_id", *(column.name for column in comparable(contract))))
    if not files:
        return f"select {_nulls(contract)} where false"
    if contract.load_mode is LoadMode.UPSERT:
        return f"select {columns} from ({versions(contract, files)}) where _valid_to = date '9999-12-31'"
    by_place: dict[tuple[str, Period], list[AcceptedFile]] = {}
    for file in files:
        by_place.setdefault((file.reporter_code, file.period), []).append(file)
    chosen = chain.from_iterable(counting(contract, found) for found in by_place.values())
    return f"select {columns} from {rows_of(list(chosen))}"


def listed_rows(contract: Contract, files: Sequence[AcceptedFile]) -> str:
    """Query for rows with every key that counts now, some of them more than once: a register and a
    list of facts lose no key, so that nobody has to work out their newest versions."""
    if not files or contract.load_mode is LoadMode.SNAPSHOT:
        return current_rows(contract, files)
    return f"select * from {rows_of(files)}"


def versions(contract: Contract, files: Sequence[AcceptedFile]) -> str:
    """Query for all versions of an upsert dataset; a key holds within its county. A version is valid
    from the first day of its delivery's period until the next one; within a period the highest revision
    counts, then the latest acceptance, as in the warehouse. What was settled at once is told apart by
    its submission, so that no check hangs on the order of files."""
    if not files:
        return f"select {_nulls(contract)}, null::date as _valid_from, null::date as _valid_to where false"
    columns = ", ".join(("_submission_id", *(column.name for column in comparable(contract))))
    keys = ", ".join(("_county", *(column.name for column in contract.key)))
    newest = (
        f"row_number() over (partition by {keys}, _valid_from order by _revision desc, "
        "_accepted_at desc, _submission_id desc, _src_row desc) = 1"
    )
    following = (
        f"lead(_valid_from, 1, date '9999-12-31') over (partition by {keys} order by _valid_from)"
    )
    return (
        f"select {columns}, _valid_from, {following} as _valid_to "
        f"from (select * from ({dated(files)}) qualify {newest})"
    )


def counting(contract: Contract, files: Sequence[AcceptedFile]) -> list[AcceptedFile]:
    """Of the revisions of one period and reporter those that count."""
    if contract.load_mode is LoadMode.APPEND or not files:
        return list(files)
    return [max(files, key=lambda file: (file.revision, file.accepted_at))]


def dated(files: Sequence[AcceptedFile]) -> str:
    """Rows of accepted files with the day from which they are valid, their acceptance and the county of
    their reporter."""
    dates = ", ".join(
        f"('{f.submission_id}', date '{f.period.start}', timestamp '{f.accepted_at:%Y-%m-%d %H:%M:%S.%f}', "
        f"{f.revision}, '{county_of(f.reporter_area_code)}')"
        for f in files
    )
    return (
        f"select * from {rows_of(files)} join (values {dates}) "
        "as d(_submission_id, _valid_from, _accepted_at, _revision, _county) using (_submission_id)"
    )


def rows_of(files: Sequence[AcceptedFile]) -> str:
    """All rows of accepted files."""
    return read_parquet([file.path for file in files])


def comparable(contract: Contract) -> list[Column]:
    """Columns that the lake holds in clear."""
    return [column for column in contract.columns if not column.is_hashed]


def _nulls(contract: Contract) -> str:
    columns = [f"null::{sql_type(column)} as {column.name}" for column in comparable(contract)]
    return ", ".join(("null::varchar as _submission_id", *columns))
