"""Reading differences: those that were kept, and others on demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from xiantong.contracts.model import Column, Contract
from xiantong.county_time import utc_now
from xiantong.differences.model import (
    CellChange,
    Difference,
    DifferenceError,
    RowChange,
    RowKind,
)
from xiantong.differences.pairs import base_of, pair_of
from xiantong.differences.record import compute
from xiantong.ledger.differences import Basis, DifferenceCounts, Differences
from xiantong.ledger.model import Status, Submission

if TYPE_CHECKING:
    from xiantong.deployment import Deployment

LISTED_ROWS = 1_000


def read_difference(
    deployment: Deployment,
    submission_id: str,
    *,
    against: str | None = None,
    limit: int = LISTED_ROWS,
    offset: int = 0,
) -> Difference:
    """What a submission changed against the revision that it corrects.

    Compared with the last accepted revision before it, or where there was none with the last one
    that was handed in; ``against`` names another submission of the same dataset, period and
    reporter. A duplicate is compared with the submission it repeats. What was not computed when the
    submission was settled is computed now, and not kept. ``limit`` and ``offset`` choose among the
    rows that differ.

    Raises ``DifferenceError`` for an unknown submission, one of unknown period or reporter, a first
    revision, and one that ``against`` cannot be compared with.
    """
    submission = _submission(deployment, submission_id)
    contract = deployment.catalogue.contract(submission.dataset)
    if submission.status is Status.DUPLICATE and submission.duplicate_of and against is None:
        return _repeated(submission, _submission(deployment, submission.duplicate_of))
    revisions = _revisions(deployment, submission)
    base = _chosen(submission, revisions, against)
    recorded = Differences(deployment.ledger).of(submission.id, base.id)
    if recorded is None:
        return _computed(deployment, contract, submission, base, revisions, limit, offset)
    rows: tuple[RowChange, ...] = ()
    if recorded.key:
        path = deployment.store.local_path(recorded.key)
        rows = _read_rows(path, contract, _header(contract, submission), limit, offset)
    return _difference(contract, submission, base, recorded, rows)


def _submission(deployment: Deployment, submission_id: str) -> Submission:
    submission = deployment.ledger.submission(submission_id)
    if submission is None:
        raise DifferenceError(f"the ledger has no submission {submission_id}")
    return submission


def _revisions(deployment: Deployment, submission: Submission) -> list[Submission]:
    if submission.period is None or submission.reporter_code is None:
        raise DifferenceError(
            f"submission {submission.id} has no earlier revision: "
            "its period or reporter is unknown (报告期或报送单位未识别)"
        )
    found = deployment.ledger.submissions(
        submission.dataset, period=submission.period, reporter=submission.reporter_code
    )
    return [s for s in found if s.revision is not None]


def _chosen(submission: Submission, revisions: list[Submission], against: str | None) -> Submission:
    if against is None:
        base = base_of(submission, revisions)
        if base is None:
            raise DifferenceError(
                f"submission {submission.id} is the first one of its period (首次报送，没有可比较的版本)"
            )
        return base
    named = [s for s in revisions if s.id == against and s.id != submission.id]
    if not named:
        raise DifferenceError(
            f"{against} is no other revision of {submission.dataset}, {submission.period}, "
            f"{submission.reporter_code}; there are: "
            + ", ".join(s.id for s in revisions if s.id != submission.id)
        )
    return named[0]


def _repeated(submission: Submission, earlier: Submission) -> Difference:
    counts = DifferenceCounts(
        submission.id, earlier.id, Basis.DELIVERED, utc_now(), unchanged_cnt=submission.row_cnt
    )
    return Difference(submission, earlier, counts, {})


def _computed(
    deployment: Deployment,
    contract: Contract,
    submission: Submission,
    base: Submission,
    revisions: list[Submission],
    limit: int,
    offset: int,
) -> Difference:
    pair = pair_of(contract, submission, base, revisions)
    rows: tuple[RowChange, ...] = ()

    def read(_: Submission, path: Path) -> None:
        nonlocal rows
        rows = _read_rows(path, contract, _header(contract, submission), limit, offset)

    (counts,) = compute(
        [pair], deployment.store, deployment.catalogue, contract, utc_now(), keep=read
    )
    return _difference(contract, submission, base, counts, rows)


def _difference(
    contract: Contract,
    submission: Submission,
    base: Submission,
    counts: DifferenceCounts,
    rows: tuple[RowChange, ...],
) -> Difference:
    header = _header(contract, submission)
    headers = {c.name: header(c) for c in contract.columns if c.name in counts.cell_counts}
    return Difference(submission, base, counts, headers, rows)


def _header(contract: Contract, submission: Submission) -> Callable[[Column], str]:
    """How the form of the submission's period names a column."""

    def header(column: Column) -> str:
        try:
            return (
                contract.header(column, submission.period)
                if submission.period
                else column.header_zh
            )
        except ValueError:  # no layout is valid in that period any more
            return column.header_zh

    return header


def _read_rows(
    path: Path, contract: Contract, header: Callable[[Column], str], limit: int, offset: int
) -> tuple[RowChange, ...]:
    with duckdb.connect() as connection:
        found = connection.execute(
            "select kind, sheet, row, base_sheet, base_row, key, cells from read_parquet(?) "
            "where seq > ? and seq <= ? order by seq",
            [str(path), offset, offset + limit],
        ).fetchall()
    headers = {column.name: header(column) for column in contract.columns}
    return tuple(_row(values, headers) for values in found)


def _row(values: tuple[Any, ...], headers: dict[str, str]) -> RowChange:
    kind, sheet, row, base_sheet, base_row, key, cells = values
    return RowChange(
        kind=RowKind(kind),
        key={headers.get(k["column"], k["column"]): k["new"] for k in key},
        sheet=sheet,
        row=row,
        base_sheet=base_sheet,
        base_row=base_row,
        cells=tuple(
            CellChange(c["column"], headers.get(c["column"], c["column"]), c["old"], c["new"])
            for c in cells
        ),
    )
