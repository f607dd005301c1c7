"""The ledger's interface: whatever asks it or tells it something goes through here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from xiantong.findings import EarlierExplanation, Finding
from xiantong.ledger import rows
from xiantong.ledger.database import LedgerDatabase
from xiantong.ledger.model import (
    Delivery,
    DeliveryState,
    Record,
    RecordedFinding,
    Status,
    Submission,
)
from xiantong.ledger.schema import (
    ArrangementRow,
    ClosingRow,
    DeliveryRow,
    ExplanationRow,
    FindingRow,
    SubmissionRow,
    Table,
)
from xiantong.names import DatasetId
from xiantong.periods import Period

_CHUNK = 5_000


class Ledger(LedgerDatabase):
    """Deliveries, submissions and findings."""

    # -- deliveries -----------------------------------------------------------------------------

    def known_files(self, dataset: DatasetId) -> set[tuple[str, int, int]]:
        """Name, size and modification time (ns) of every delivery of a dataset."""
        statement = select(DeliveryRow.name, DeliveryRow.size, DeliveryRow.modified_ns)
        with self.reading() as session:
            found = session.execute(statement.where(DeliveryRow.dataset_id == str(dataset)))
            return {(name, size, modified_ns) for name, size, modified_ns in found}

    def register(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Record deliveries; returns those that the ledger did not have yet."""
        with self.writing() as session:
            ids = [delivery.id for delivery in deliveries]
            seen = {
                known
                for chunk in _chunks(ids)
                for known in session.scalars(
                    select(DeliveryRow.id).where(DeliveryRow.id.in_(chunk))
                )
            }
            new = list({d.id: d for d in deliveries if d.id not in seen}.values())
            if new:
                session.execute(insert(DeliveryRow), [rows.delivery_values(d) for d in new])
            return new

    def pending(self, dataset: DatasetId) -> list[Delivery]:
        """Deliveries that wait to be settled, oldest first."""
        return self._deliveries(
            DeliveryRow.dataset_id == str(dataset),
            DeliveryRow.state == DeliveryState.RECEIVED.value,
        )

    def deliveries(self, ids: Collection[str]) -> dict[str, Delivery]:
        """Deliveries by id; unknown ids are left out."""
        found = [d for chunk in _chunks(ids) for d in self._deliveries(DeliveryRow.id.in_(chunk))]
        return {delivery.id: delivery for delivery in found}

    def _deliveries(self, *where: ColumnElement[bool]) -> list[Delivery]:
        order = (DeliveryRow.submitted_at, DeliveryRow.name, DeliveryRow.id)
        statement = select(*DeliveryRow.__table__.columns).where(*where).order_by(*order)
        with self.reading() as session:
            return [rows.to_delivery(row) for row in session.execute(statement)]

    def waiting(self) -> list[DatasetId]:
        """Datasets with something to do: deliveries to settle, or settled work to complete."""
        received = select(DeliveryRow.dataset_id).where(
            DeliveryRow.state == DeliveryState.RECEIVED.value
        )
        unfinished = select(SubmissionRow.dataset_id).where(or_(_NOT_LOADED, _NOT_GIVEN_BACK))
        with self.reading() as session:
            found = session.scalars(received.union(unfinished))
            return sorted(DatasetId.parse(dataset) for dataset in found)

    # -- submissions ----------------------------------------------------------------------------

    def submissions(
        self,
        dataset: DatasetId | None = None,
        *,
        period: Period | None = None,
        reporter: str | None = None,
        status: Status | None = None,
        ids: Collection[str] | None = None,
        settled_since: datetime | None = None,
    ) -> list[Submission]:
        """Submissions that fit, ordered by dataset, period, reporter and revision."""
        where: list[ColumnElement[bool]] = []
        if dataset is not None:
            where.append(SubmissionRow.dataset_id == str(dataset))
        if period is not None:
            where.append(SubmissionRow.period == str(period))
        if reporter is not None:
            where.append(SubmissionRow.reporter_code == reporter)
        if status is not None:
            where.append(SubmissionRow.status == status.value)
        if settled_since is not None:
            where.append(SubmissionRow.settled_at >= settled_since)
        if ids is None:
            found = self._submissions(*where)
        else:
            found = [
                submission
                for chunk in _chunks(ids)
                for submission in self._submissions(*where, SubmissionRow.id.in_(chunk))
            ]
        return sorted(found, key=_by_dataset_and_period)

    def submission(self, submission_id: str) -> Submission | None:
        """One submission; None for a delivery that is not decided yet, and for what is none."""
        found = self._submissions(SubmissionRow.id == submission_id)
        return found[0] if found else None

    def ids_like(self, beginning: str, most: int = 10) -> list[str]:
        """Ids of submissions that begin so, at most ``most``."""
        statement = select(SubmissionRow.id).where(
            SubmissionRow.id.startswith(beginning, autoescape=True)
        )
        with self.reading() as session:
            return list(session.scalars(statement.order_by(SubmissionRow.id).limit(most)))

    def accepted(self, dataset: DatasetId) -> list[Submission]:
        """All accepted revisions of a dataset."""
        return self.submissions(dataset, status=Status.ACCEPTED)

    def latest(
        self,
        dataset: DatasetId | None = None,
        *,
        period: Period | None = None,
        periods: Collection[Period] | None = None,
    ) -> list[Submission]:
        """The newest revision per dataset, period and reporter: where every report stands now."""
        where: list[ColumnElement[bool]] = [SubmissionRow.revision.is_not(None)]
        if dataset is not None:
            where.append(SubmissionRow.dataset_id == str(dataset))
        if period is not None:
            where.append(SubmissionRow.period == str(period))
        if periods is not None:
            where.append(SubmissionRow.period.in_({str(p) for p in periods}))
        newest = {
            (s.dataset, s.period, s.reporter_code): s
            for s in self._submissions(*where, order=(SubmissionRow.revision,))
        }
        return sorted(newest.values(), key=_by_dataset_and_period)

    def unloaded(self, dataset: DatasetId) -> list[Submission]:
        """Accepted submissions that the warehouse has not received."""
        return self._submissions(SubmissionRow.dataset_id == str(dataset), _NOT_LOADED)

    def without_return(self, dataset: DatasetId) -> list[Submission]:
        """Submissions whose reporter still waits for the workbook with the findings."""
        return self._submissions(SubmissionRow.dataset_id == str(dataset), _NOT_GIVEN_BACK)

    def _submissions(
        self,
        *where: ColumnElement[bool],
        order: Any = (),
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[Submission]:
        statement = (
            select(
                *SubmissionRow.__table__.columns,
                DeliveryRow.name.label("file_name"),
                DeliveryRow.sha256,
            )
            .join(DeliveryRow, DeliveryRow.id == SubmissionRow.id)
            .where(*where)
            .order_by(
                *(order or (SubmissionRow.period, SubmissionRow.submitted_at, SubmissionRow.id))
            )
            .limit(limit)
            .offset(offset)
        )
        with self.reading() as session:
            return [rows.to_submission(row) for row in session.execute(statement)]

    def mark(self) -> tuple[Any, ...]:
        """Changes whenever something is decided, by a check or by the office; costs next to nothing
        to ask. All these tables only grow."""
        decided = select(func.count(), func.max(SubmissionRow.settled_at)).subquery()
        closed = select(func.max(ClosingRow.seq)).scalar_subquery()
        arranged = select(func.max(ArrangementRow.seq)).scalar_subquery()
        with self.reading() as session:
            return tuple(session.execute(select(decided, closed, arranged)).one())

    def records(self, dataset: DatasetId | None = None) -> list[Record]:
        """All submissions in brief, or those of one dataset, in no particular order."""
        names = [name for name in Record.__dataclass_fields__ if name != "dataset"]
        columns = SubmissionRow.__table__.columns
        statement = select(columns["dataset_id"], *(columns[name] for name in names))
        if dataset is not None:
            statement = statement.where(SubmissionRow.dataset_id == str(dataset))
        to_record = rows.record_maker(names)
        with self.reading() as session:
            return [to_record(row) for row in session.execute(statement)]

    def recent(
        self,
        *,
        datasets: Collection[DatasetId] | None = None,
        reporter: str | None = None,
        period: Period | None = None,
        status: Status | None = None,
        with_unnamed: bool = False,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Submission]:
        """Submissions that fit, the latest decision first. ``with_unnamed``: beside those of
        ``reporter`` also those that name no reporter."""
        where: list[ColumnElement[bool]] = []
        if datasets is not None:
            where.append(SubmissionRow.dataset_id.in_({str(dataset) for dataset in datasets}))
        if reporter is not None:
            own = SubmissionRow.reporter_code == reporter
            unnamed = SubmissionRow.reporter_code.is_(None)
            where.append(or_(own, unnamed) if with_unnamed else own)
        if period is not None:
            where.append(SubmissionRow.period == str(period))
        if status is not None:
            where.append(SubmissionRow.status == status.value)
        # A whole round is decided at one moment; without the id a page could repeat what another had.
        order = (
            SubmissionRow.settled_at.desc(),
            SubmissionRow.submitted_at.desc(),
            SubmissionRow.id,
        )
        return self._submissions(*where, order=order, limit=limit, offset=offset)

    def findings(self, submissions: Iterable[Submission]) -> Iterator[RecordedFinding]:
        """Listed findings of submissions, in the order in which the check gave them."""
        by_id = {submission.id: submission for submission in submissions}
        for chunk in _chunks(by_id):
            statement = (
                select(
                    *FindingRow.__table__.columns,
                    ExplanationRow.text.label("explanation"),
                    ExplanationRow.carried_from,
                )
                .join(ExplanationRow, _SAME_FINDING, isouter=True)
                .where(FindingRow.submission_id.in_(chunk))
                .order_by(FindingRow.submission_id, FindingRow.seq)
            )
            for row in self.stream(statement):
                yield RecordedFinding(by_id[row.submission_id], row.seq, rows.to_finding(row))

    def explained(
        self, dataset: DatasetId, period: Period, reporter_code: str
    ) -> dict[tuple[str, str], EarlierExplanation]:
        """What a reporter has explained for a period so far, by rule and fingerprint; of several
        texts for the same warning the newest."""
        f, e, s = FindingRow, ExplanationRow, SubmissionRow
        statement = (
            select(f.rule_id, f.fingerprint, e.text, e.carried_from, e.submission_id)
            .join(e, _SAME_FINDING)
            .join(s, s.id == f.submission_id)
            .where(
                s.dataset_id == str(dataset),
                s.period == period.label,
                s.reporter_code == reporter_code,
                f.fingerprint.is_not(None),
            )
            .order_by(s.submitted_at, s.id, f.seq)
        )
        return {
            (row.rule_id, row.fingerprint): EarlierExplanation(
                row.text, row.carried_from or row.submission_id
            )
            for row in self.stream(statement)
        }

    # -- what settling tells --------------------------------------------------------------------

    def record(self, settled: Sequence[tuple[Submission, Sequence[Finding]]]) -> None:
        """Record decided submissions with their findings, all of them or none."""
        findings = [
            values
            for submission, found in settled
            for values in rows.finding_values(submission.id, found)
        ]
        explanations = [
            values
            for submission, found in settled
            for values in rows.explanation_values(submission, found)
        ]
        with self.writing() as session:
            for row, values in (
                (SubmissionRow, [rows.submission_values(s) for s, _ in settled]),
                (FindingRow, findings),
                (ExplanationRow, explanations),
            ):
                if values:
                    # The table, not the class: no objects are made of what is only written.
                    session.execute(insert(Table.metadata.tables[row.__tablename__]), values)
            for chunk in _chunks([submission.id for submission, _ in settled]):
                session.execute(
                    update(DeliveryRow)
                    .where(DeliveryRow.id.in_(chunk))
                    .values(state=DeliveryState.SETTLED.value)
                )

    def mark_loaded(self, ids: Collection[str], at: datetime) -> None:
        """The warehouse holds the rows of these submissions."""
        with self.writing() as session:
            for chunk in _chunks(ids):
                where = and_(SubmissionRow.id.in_(chunk), SubmissionRow.loaded_at.is_(None))
                session.execute(update(SubmissionRow).where(where).values(loaded_at=at))

    def mark_returned(self, submission_id: str, return_key: str) -> None:
        """The workbook of this submission lies at ``return_key`` below the returns folder."""
        with self.writing() as session:
            session.execute(
                update(SubmissionRow)
                .where(SubmissionRow.id == submission_id)
                .values(return_key=return_key)
            )


_NOT_LOADED = and_(SubmissionRow.status == Status.ACCEPTED.value, SubmissionRow.loaded_at.is_(None))
_NOT_GIVEN_BACK = and_(SubmissionRow.wants_return.is_(True), SubmissionRow.return_key.is_(None))
_SAME_FINDING = and_(
    ExplanationRow.submission_id == FindingRow.submission_id,
    ExplanationRow.seq == FindingRow.seq,
)


def _by_dataset_and_period(submission: Submission) -> tuple[Any, ...]:
    period = submission.period
    return (
        submission.dataset,
        (period.start, period.end, period.label) if period else (),
        submission.reporter_code or "",
        submission.revision or 0,
        submission.submitted_at,
        submission.id,
    )


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Lists short enough for the parameters of one statement."""
    everything = list(values)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]
