"""The board of one day with its rates, made once and kept until the ledger has something new."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from xiantong.closing.closed import ClosedPeriods
from xiantong.contracts.catalogue import Catalogue
from xiantong.county_time import county_day
from xiantong.ledger import model as ledger_model
from xiantong.ledger.arrangements import ArrangementLog, Arrangements
from xiantong.ledger.closings import ClosingLog
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar.status import State, StatusRow, SubmissionRecord, status_board

if TYPE_CHECKING:
    from xiantong.ledger import Ledger

Key = tuple[DatasetId, str | None, Period]
Made = TypeVar("Made")
Record = TypeVar("Record", bound=SubmissionRecord)


def key_of(row: StatusRow) -> Key:
    return row.dataset, row.reporter_code, row.period


@dataclass(frozen=True, slots=True)
class Rates:
    """``owed``: reports whose due date is over or that came before it; ``on_time``: accepted of them
    and delivered in time. ``judged``: reports with a decision; ``first_pass``: those whose first
    delivery was accepted. A report is one dataset, period and reporter."""

    owed: int = 0
    on_time: int = 0
    judged: int = 0
    first_pass: int = 0

    @property
    def on_time_pct(self) -> float | None:
        return 100 * self.on_time / self.owed if self.owed else None

    @property
    def first_pass_pct(self) -> float | None:
        return 100 * self.first_pass / self.judged if self.judged else None


@dataclass(frozen=True, eq=False)
class Board(Generic[Record]):
    """The board on ``day``. ``latest`` is the newest record of each report, duplicates left out;
    ``first_passed`` says of each decided report whether its first delivery was accepted.

    A board never changes, so what is derived from it may be kept with it (``once``)."""

    day: date
    rows: Sequence[StatusRow]
    latest: Mapping[Key, Record]
    first_passed: Mapping[Key, bool]
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` returns, made on the first call with this key."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        records: Iterable[Record],
        day: date,
        arrangements: Arrangements | None = None,
        closed: ClosedPeriods | None = None,
    ) -> Board[Record]:
        known = [r for r in records if county_day(r.submitted_at) <= day]
        by_report: dict[Key, list[Record]] = defaultdict(list)
        for record in known:
            if record.period is not None and record.status != "duplicate":
                by_report[record.dataset, record.reporter_code, record.period].append(record)
        latest, first_passed = {}, {}
        for key, came in by_report.items():
            came.sort(key=lambda record: record.submitted_at)
            latest[key] = came[-1]
            first_passed[key] = came[0].status == "accepted"
        return cls(
            day,
            status_board(catalogue, known, day, arrangements=arrangements, closed=closed),
            latest,
            first_passed,
        )

    @cached_property
    def by_cell(self) -> Mapping[tuple[DatasetId, Period], Sequence[StatusRow]]:
        """Rows of each dataset and period, one per reporter."""
        cells: dict[tuple[DatasetId, Period], list[StatusRow]] = defaultdict(list)
        for row in self.rows:
            cells[row.dataset, row.period].append(row)
        return cells

    @cached_property
    def by_dataset(self) -> Mapping[DatasetId, Sequence[StatusRow]]:
        datasets: dict[DatasetId, list[StatusRow]] = defaultdict(list)
        for row in self.rows:
            datasets[row.dataset].append(row)
        return datasets

    def of_reporter(self, reporter_code: str) -> Sequence[StatusRow]:
        return self._by_reporter.get(reporter_code, ())

    @cached_property
    def _by_reporter(self) -> Mapping[str | None, Sequence[StatusRow]]:
        reporters: dict[str | None, list[StatusRow]] = defaultdict(list)
        for row in self.rows:
            reporters[row.reporter_code].append(row)
        return reporters

    def rates(self, rows: Iterable[StatusRow]) -> Rates:
        owed = on_time = judged = first_pass = 0
        for row in rows:
            if row.due_at is not None and (
                row.due_at < self.day or row.state in (State.ACCEPTED, State.LATE)
            ):
                owed += 1
                on_time += row.state is State.ACCEPTED
            passed = self.first_passed.get(key_of(row))
            judged += passed is not None
            first_pass += passed is True
        return Rates(owed, on_time, judged, first_pass)


class BoardCache:
    """Boards of the last days that were asked for.

    A board is made again when the ledger has something new. Whoever asks meanwhile waits for it
    ``patience`` seconds and then gets the one before, so that a very large county, whose board takes
    longer, still has quick pages.
    """

    def __init__(
        self, catalogue: Catalogue, ledger: Ledger, size: int = 4, patience: float = 2.0
    ) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._size = size
        self._patience = patience
        self._kept: OrderedDict[date, tuple[Hashable, Board[ledger_model.Record]]] = OrderedDict()
        self._making: dict[Hashable, Future[Board[ledger_model.Record]]] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="xiantong-board")

    def board(self, day: date) -> Board[ledger_model.Record]:
        mark = self._ledger.mark()
        with self._lock:
            kept = self._kept.get(day)
            if kept is not None and kept[0] == mark:
                return kept[1]
            key = day, mark
            if key not in self._making:
                self._making[key] = self._worker.submit(self._make_and_keep, day, mark)
            making = self._making[key]
        try:
            return making.result(None if kept is None else self._patience)
        except TimeoutError:
            if kept is None:
                raise
            return kept[1]

    def _make_and_keep(self, day: date, mark: Hashable) -> Board[ledger_model.Record]:
        try:
            made = self._make(day)
            with self._lock:
                self._kept[day] = mark, made
                self._kept.move_to_end(day)
                if len(self._kept) > self._size:
                    self._kept.popitem(last=False)
            return made
        finally:
            with self._lock:
                self._making.pop((day, mark), None)

    def _make(self, day: date) -> Board[ledger_model.Record]:
        return Board.of(
            self._catalogue,
            self._ledger.records(),
            day,
            ArrangementLog(self._ledger).read(),
            ClosedPeriods(ClosingLog(self._ledger).read()),
        )
