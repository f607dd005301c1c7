"""Closings and reopenings of periods: a history to which rows are only added."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select

from xiantong.ledger.ledger import Ledger
from xiantong.ledger.schema import ClosingRow
from xiantong.names import DatasetId
from xiantong.periods import Period


class ClosingKind(StrEnum):
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Closing:
    """One decision of the county office: a period is closed, or open again.

    ``dataset`` and ``reporter_code`` narrow it, None means all. ``decided_at`` in UTC without a
    zone; ``until`` is the last day (Beijing time) on which a reopened period takes deliveries, None
    until it is closed again. ``release`` names the publication that froze the period. ``seq`` is
    None before it is recorded.
    """

    kind: ClosingKind
    period: Period
    reason: str
    decided_by: str
    decided_at: datetime
    dataset: DatasetId | None = None
    reporter_code: str | None = None
    until: date | None = None
    release: str | None = None
    seq: int | None = None

    def concerns(self, dataset: DatasetId, reporter_code: str | None) -> bool:
        """True where a delivery of this dataset and reporter falls under the decision."""
        return self.dataset in (None, dataset) and self.reporter_code in (None, reporter_code)


class ClosingLog:
    """The table ``closing`` of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, *closings: Closing) -> None:
        """Record decisions, all of them or none."""
        if not closings:
            return
        values = [
            {name: value for name, value in asdict(c).items() if name not in ("seq", "dataset")}
            | {
                "kind": c.kind.value,
                "period": c.period.label,
                "dataset_id": c.dataset and str(c.dataset),
            }
            for c in closings
        ]
        with self._ledger.writing() as session:
            session.execute(insert(ClosingRow), values)

    def read(self, period: Period | None = None) -> list[Closing]:
        """Decisions in the order in which they were recorded."""
        statement = select(*ClosingRow.__table__.columns).order_by(ClosingRow.seq)
        if period is not None:
            statement = statement.where(ClosingRow.period == period.label)
        with self._ledger.reading() as session:
            found = [dict(row._mapping) for row in session.execute(statement)]
        return [_closing(values) for values in found]


def _closing(values: dict[str, Any]) -> Closing:
    dataset, period, kind = (values.pop(name) for name in ("dataset_id", "period", "kind"))
    return Closing(
        kind=ClosingKind(kind),
        period=Period(period),
        dataset=DatasetId.parse(dataset) if dataset else None,
        **values,
    )
