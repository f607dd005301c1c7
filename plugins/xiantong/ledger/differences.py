"""What the ledger knows of differences: which were computed, their counts, where the rows lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select

from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Status, Submission
from xiantong.ledger.schema import DifferenceRow, SubmissionRow
from xiantong.names import DatasetId


class Basis(StrEnum):
    """What was compared. ``accepted``: the rows that count, before and after; ``delivered``: the
    two files as they were handed in; ``unreadable``: one of them could not be read."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class DifferenceCounts:
    """Counts of rows, and per column the changed cells of changed rows.

    ``kept_cnt``: rows of the base that were not handed in again and stay in force, because the
    dataset only adds or replaces (upsert, append); ``key``: file of the rows in the store, None
    where nothing differs. ``computed_at`` in UTC without a zone.
    """

    submission_id: str
    base_id: str
    basis: Basis
    computed_at: datetime
    added_cnt: int = 0
    removed_cnt: int = 0
    kept_cnt: int = 0
    changed_cnt: int = 0
    unchanged_cnt: int = 0
    cell_counts: dict[str, int] = field(default_factory=dict)
    key: str | None = None

    @property
    def cell_cnt(self) -> int:
        return sum(self.cell_counts.values())

    @property
    def row_cnt(self) -> int:
        """Rows that differ."""
        return self.added_cnt + self.removed_cnt + self.changed_cnt


class Differences:
    """The table ``difference`` of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(self, counts: Sequence[DifferenceCounts]) -> None:
        """Keep differences that were computed, all of them or none."""
        if not counts:
            return
        values = [asdict(c) | {"basis": c.basis.value} for c in counts]
        with self._ledger.writing() as session:
            session.execute(insert(DifferenceRow), values)

    def of(self, submission_id: str, base_id: str | None = None) -> DifferenceCounts | None:
        """The recorded difference of a submission; None where none was recorded."""
        statement = select(*DifferenceRow.__table__.columns).where(
            DifferenceRow.submission_id == submission_id
        )
        if base_id is not None:
            statement = statement.where(DifferenceRow.base_id == base_id)
        with self._ledger.reading() as session:
            row = session.execute(statement).first()
        if row is None:
            return None
        values = dict(row._mapping)
        return DifferenceCounts(**values | {"basis": Basis(values["basis"])})

    def missing(self, dataset: DatasetId) -> list[Submission]:
        """Later revisions whose difference was never computed."""
        statement = (
            select(SubmissionRow.id)
            .join(DifferenceRow, DifferenceRow.submission_id == SubmissionRow.id, isouter=True)
            .where(
                SubmissionRow.dataset_id == str(dataset),
                SubmissionRow.revision > 1,
                SubmissionRow.status.in_([Status.ACCEPTED.value, Status.RETURNED.value]),
                DifferenceRow.submission_id.is_(None),
            )
        )
        with self._ledger.reading() as session:
            ids = list(session.scalars(statement))
        return self._ledger.submissions(dataset, ids=ids) if ids else []
