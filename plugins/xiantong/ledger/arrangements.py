"""Extensions and exemptions that the county office granted: a history, rows are only added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select

from xiantong.ledger.ledger import Ledger
from xiantong.ledger.schema import ArrangementRow
from xiantong.names import DatasetId
from xiantong.periods import Period


class ArrangementKind(StrEnum):
    """``extend``: another due date; ``exempt``: nothing is owed; ``withdraw`` takes one back."""

    EXTEND = "extend"
    EXEMPT = "exempt"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What was agreed with one reporter about one period.

    For one dataset, for all of a department, or where both are None for everything that the
    reporter owes. It holds from ``granted_at``; ``recorded_at`` is when somebody wrote it down
    (both UTC without a zone). ``withdraws`` is the ``seq`` of the one that is taken back. ``seq`` is
    None before it is recorded.
    """

    kind: ArrangementKind
    reporter_code: str
    period: Period
    reason: str
    decided_by: str
    granted_at: datetime
    recorded_at: datetime
    dataset: DatasetId | None = None
    department: str | None = None
    due_at: date | None = None
    withdraws: int | None = None
    seq: int | None = None

    def concerns(self, dataset: DatasetId, period: Period, reporter_code: str) -> bool:
        return (
            self.period == period
            and self.reporter_code == reporter_code
            and self.dataset in (None, dataset)
            and self.department in (None, dataset.department)
        )


class Arrangements:
    """A history of arrangements and what holds of it at any moment."""

    def __init__(self, history: Iterable[Arrangement] = ()) -> None:
        self.history = tuple(history)
        self._by_report: dict[tuple[str, Period], list[Arrangement]] = {}
        self._withdrawn: dict[int, datetime] = {}
        for arrangement in self.history:
            if arrangement.withdraws is not None:
                self._withdrawn.setdefault(arrangement.withdraws, arrangement.granted_at)
            else:
                place = arrangement.reporter_code, arrangement.period
                self._by_report.setdefault(place, []).append(arrangement)

    def __iter__(self) -> Iterator[Arrangement]:
        return iter(self.history)

    def find(
        self, dataset: DatasetId, period: Period, reporter_code: str, at: datetime
    ) -> Arrangement | None:
        """The arrangement that holds at a moment (UTC without a zone): of those that concern the
        report the one that was recorded last and not withdrawn; None where there is none."""
        for arrangement in reversed(self._by_report.get((reporter_code, period), ())):
            if (
                arrangement.concerns(dataset, period, reporter_code)
                and arrangement.granted_at <= at
                and not self.is_withdrawn(arrangement, at)
            ):
                return arrangement
        return None

    def is_withdrawn(self, arrangement: Arrangement, at: datetime) -> bool:
        withdrawn = self._withdrawn.get(arrangement.seq or 0)
        return withdrawn is not None and withdrawn <= at


class ArrangementLog:
    """The table ``arrangement`` of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, arrangement: Arrangement) -> int:
        """Record an arrangement; returns its number."""
        values = {k: v for k, v in asdict(arrangement).items() if k not in ("seq", "dataset")}
        values |= {
            "kind": arrangement.kind.value,
            "period": arrangement.period.label,
            "dataset_id": arrangement.dataset and str(arrangement.dataset),
        }
        with self._ledger.writing() as session:
            statement = insert(ArrangementRow).values(values).returning(ArrangementRow.seq)
            return int(session.execute(statement).scalar_one())

    def read(self) -> Arrangements:
        """Everything that was ever arranged, in the order in which it was recorded."""
        statement = select(*ArrangementRow.__table__.columns).order_by(ArrangementRow.seq)
        with self._ledger.reading() as session:
            return Arrangements(
                _arrangement(dict(row._mapping)) for row in session.execute(statement)
            )


def _arrangement(values: dict[str, Any]) -> Arrangement:
    dataset, period, kind = (values.pop(name) for name in ("dataset_id", "period", "kind"))
    return Arrangement(
        kind=ArrangementKind(kind),
        period=Period(period),
        dataset=DatasetId.parse(dataset) if dataset else None,
        **values,
    )
