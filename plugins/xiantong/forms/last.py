"""What a reporter delivered for the period before, to start the next form from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from xiantong.checking.lake import AcceptedLake
from xiantong.contracts.model import Contract, LoadMode, Privacy
from xiantong.periods import Period

# Nobody types longer forms.
MOST_ROWS = 5_000


class NoLastRowsError(Exception):
    """There is nothing to start from; the message says why."""


@dataclass(frozen=True)
class LastRows:
    """Rows by column name, and the period that they were accepted for."""

    period: Period
    rows: tuple[Mapping[str, Any], ...]


def starts_from_last(contract: Contract) -> bool:
    """Whether the rows of one period are a start for the next: not where every row is a new event, nor
    where they are known by a person only."""
    is_event = contract.load_mode is LoadMode.APPEND
    return not is_event and all(column.privacy is Privacy.NONE for column in contract.key)


def last_rows(
    contract: Contract, lake: AcceptedLake, reporter_code: str, before: Period | None
) -> LastRows:
    """The newest accepted rows of a reporter, of a period earlier than ``before`` if one is given.

    Personal and sensitive columns are left out. Raises ``NoLastRowsError`` where nothing was
    accepted, where the dataset reports single events, or where rows are known by a person only.
    """
    if contract.load_mode is LoadMode.APPEND:
        raise NoLastRowsError(
            f"{contract.id} reports events; those of last period do not come again"
        )
    if any(column.privacy is not Privacy.NONE for column in contract.key):
        raise NoLastRowsError(
            f"{contract.id} lists persons; their data do not leave the lake again"
        )
    files = [
        file
        for file in lake.accepted(contract.id)
        if file.reporter_code == reporter_code
        and (before is None or file.period.start < before.start)
    ]
    if not files:
        when = f" before {before}" if before else ""
        raise NoLastRowsError(f"nothing of {reporter_code} was accepted for {contract.id}{when}")
    newest = max(files, key=lambda file: (file.period.end, file.revision))
    names = [c.name for c in contract.table_columns if c.privacy is Privacy.NONE]
    with pq.ParquetFile(newest.path) as file:
        if file.metadata.num_rows > MOST_ROWS:
            raise NoLastRowsError(
                f"{file.metadata.num_rows:,} rows were accepted for {newest.period}; "
                f"a form holds at most {MOST_ROWS:,}"
            )
        known = [name for name in names if name in file.schema_arrow.names]
        rows = file.read(columns=known).to_pylist()
    return LastRows(newest.period, tuple(rows))
