"""Who owes what, what came, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from xiantong.closing.closed import ClosedPeriods
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.county_time import county_day, end_of_county_day
from xiantong.ledger.arrangements import (
    Arrangement,
    ArrangementKind,
    ArrangementLog,
    Arrangements,
)
from xiantong.ledger.closings import Closing, ClosingLog
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar.arranged import arranged_due_date
from xiantong.reporting_calendar.due import due_date, periods_due
from xiantong.reporting_calendar.workdays import WorkingDays

if TYPE_CHECKING:
    from xiantong.deployment import Deployment


class State(StrEnum):
    """State of one period of one dataset and reporter on a given day.

    ``not_due``: nothing is owed; ``due``: nothing came and there is still time; ``missing``:
    nothing came and the time is over; ``arrived``: a delivery waits for its decision;
    ``returned``: the latest delivery went back and no other came; ``accepted``: accepted and
    delivered in time; ``late``: accepted, but delivered after the due date; ``exempt``: the office
    let the reporter off and nothing came.
    """

    NOT_DUE = "not_due"
    DUE = "due"
    MISSING = "missing"
    ARRIVED = "arrived"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    LATE = "late"
    EXEMPT = "exempt"


class SubmissionRecord(Protocol):
    """What the board has to know of a submission. ``status`` is the ledger's word for its state:
    ``accepted``, ``returned`` and ``duplicate`` are decided, everything else waits."""

    @property
    def id(self) -> str: ...
    @property
    def dataset(self) -> DatasetId: ...
    @property
    def reporter_code(self) -> str | None: ...
    @property
    def period(self) -> Period | None: ...
    @property
    def submitted_at(self) -> datetime: ...
    @property
    def status(self) -> str: ...
    @property
    def revision(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One period of one dataset and reporter.

    ``days_late``: delivery against due date in days, negative when early; for what is still
    outstanding the days since the due date, at least 0; None where nothing is due. What counts is
    the delivery that was accepted first, so a return on the last day does not save the date.
    ``revision`` is the latest accepted one.

    ``due_at`` is the extended date where there is an extension: the one that held when the period
    was delivered, or holds now where it is outstanding. ``arrangement`` and ``closing`` are what
    the office decided about this period and reporter, ``submission_id`` is the latest decided
    delivery that was no duplicate.
    """

    dataset: DatasetId
    title_zh: str
    reporter_code: str | None
    reporter_name: str | None
    period: Period
    due_at: date | None
    state: State
    days_late: int | None
    revision: int | None
    arrangement: Arrangement | None = None
    closing: Closing | None = None
    submission_id: str | None = None

    @property
    def is_closed(self) -> bool:
        return self.closing is not None


_AHEAD = timedelta(days=15)
_Key = tuple[DatasetId, str | None, Period]


def read_board(
    deployment: Deployment,
    as_of: date | datetime,
    period: Period | None = None,
    dataset: DatasetId | None = None,
) -> list[StatusRow]:
    """The board of a deployment with everything that its ledger knows; see ``status_board``."""
    if not deployment.has_ledger:
        board = status_board(deployment.catalogue, (), as_of, period)
    else:
        board = status_board(
            deployment.catalogue,
            deployment.ledger.records(dataset),
            as_of,
            period,
            arrangements=ArrangementLog(deployment.ledger).read(),
            closed=ClosedPeriods(ClosingLog(deployment.ledger).read()),
        )
    return [row for row in board if dataset in (None, row.dataset)]


def status_board(
    catalogue: Catalogue,
    submissions: Iterable[SubmissionRecord],
    as_of: date | datetime,
    period: Period | None = None,
    *,
    arrangements: Arrangements | None = None,
    closed: ClosedPeriods | None = None,
) -> list[StatusRow]:
    """The board on the day ``as_of`` (Beijing time), sorted by dataset, period and reporter.

    With ``period`` only that period, of the datasets that have its frequency. Without it each
    dataset from its first delivered period to the last one that is over, or that is due before it is
    over (only the last one where nothing was ever delivered). Submissions after ``as_of`` are left out,
    and those without period or reporter (see ``unnamed_files``).
    """
    board = _Board(
        day=county_day(as_of) if isinstance(as_of, datetime) else as_of,
        moment=as_of if isinstance(as_of, datetime) else None,
        arrangements=arrangements or Arrangements(),
        closed=closed or ClosedPeriods(()),
    )
    working_days = WorkingDays.read(catalogue.folder)
    came: dict[_Key, list[SubmissionRecord]] = defaultdict(list)
    for record in submissions:
        if record.period is not None and _is_known(record, board.day, board.moment):
            came[record.dataset, record.reporter_code, record.period].append(record)
    delivered: dict[DatasetId, dict[Period, set[str | None]]] = defaultdict(dict)
    for dataset, code, owed in came:
        delivered[dataset].setdefault(owed, set()).add(code)
    rows = []
    for dataset, contract in sorted(catalogue.contracts.items()):
        by_period = delivered[dataset]
        for owed in _periods(contract, by_period, board.day, period, working_days):
            due = due_date(contract, owed, working_days)
            came_in: Collection[str | None] = by_period.get(owed, ())
            habit = came_in or _newest_before(by_period, owed)
            for code, name in _reporters(catalogue, contract, came_in, habit):
                records = came.get((dataset, code, owed), [])
                rows.append(board.row(contract, owed, code, name, due, records))
    return rows


@dataclass(frozen=True, slots=True)
class _Board:
    """What every row of one board is judged by."""

    day: date
    moment: datetime | None
    arrangements: Arrangements
    closed: ClosedPeriods

    def row(
        self,
        contract: Contract,
        period: Period,
        code: str | None,
        name: str | None,
        usual: date | None,
        records: Sequence[SubmissionRecord],
    ) -> StatusRow:
        records = sorted(records, key=lambda record: record.submitted_at)
        accepted = [record for record in records if record.status == "accepted"]
        decided = [r for r in records if r.status in ("accepted", "returned")]
        # What was delivered is judged by what was agreed then, what is outstanding by what is now.
        at = accepted[0].submitted_at if accepted else self._now
        arrangement = self.arrangements.find(contract.id, period, code, at) if code else None
        due = arranged_due_date(usual, arrangement)
        state, days_late, revision = _judge(records, due, self.day)
        if state is State.NOT_DUE and arrangement and arrangement.kind is ArrangementKind.EXEMPT:
            state = State.EXEMPT
        return StatusRow(
            contract.id, contract.title_zh, code, name, period, due, state, days_late, revision,
            arrangement=arrangement,
            closing=self.closed.closing(contract.id, period, code, self._now),
            submission_id=decided[-1].id if decided else None,
        )  # fmt: skip

    @property
    def _now(self) -> datetime:
        """The end of the day in UTC without a zone, unless a moment was asked for."""
        if self.moment is None:
            return end_of_county_day(self.day)
        zone = self.moment.tzinfo
        return self.moment if zone is None else self.moment.astimezone(UTC).replace(tzinfo=None)


def _is_known(record: SubmissionRecord, day: date, moment: datetime | None) -> bool:
    if moment is None or (moment.tzinfo is None) != (record.submitted_at.tzinfo is None):
        return county_day(record.submitted_at) <= day
    return record.submitted_at <= moment


def _periods(
    contract: Contract,
    delivered: Collection[Period],
    day: date,
    period: Period | None,
    working_days: WorkingDays,
) -> Iterator[Period]:
    frequency = contract.frequency.of_periods
    if period is not None:
        if period.frequency is frequency:
            yield period
        return
    last = Period.of(day, frequency).prior
    if contract.frequency is Frequency.EVENT:
        # Events are owed when something happened, so only what came can be shown.
        yield from sorted(delivered)
        return
    last = max(last, *_due_within(contract, last, day, working_days), last)
    current = min(delivered, default=last)
    end = max(last, *delivered, last)
    while current <= end:
        yield current
        current = current.shift(1)


def _due_within(
    contract: Contract, last: Period, day: date, working_days: WorkingDays
) -> list[Period]:
    """Periods after ``last`` that are due before they are over (a roster at the start of its term, a
    quota of the coming year), from two weeks before their due date on."""
    found = periods_due(contract, last.end, day + _AHEAD, working_days)
    return [p for p in found if p > last and _due(contract, p, working_days) <= p.end]


def _due(contract: Contract, period: Period, working_days: WorkingDays) -> date:
    return due_date(contract, period, working_days) or date.max


def _newest_before(
    by_period: Mapping[Period, Collection[str | None]], period: Period
) -> Collection[str | None]:
    """Who delivered the newest period before this one."""
    earlier = [known for known in by_period if known < period]
    return by_period[max(earlier)] if earlier else ()


def _reporters(
    catalogue: Catalogue,
    contract: Contract,
    delivered: Collection[str | None],
    habit: Collection[str | None],
) -> list[tuple[str | None, str | None]]:
    """Who owes the dataset: the reporters that the contract names, or the department's bureau where
    it collects from them and delivers for all; and whoever delivered anyway.

    ``habit``: who delivered this period, or the newest one before where nothing came yet. A bureau
    that collected last time is the one that is late now. Where most reporters deliver themselves
    the bureau does not collect, it only adds what is its own.
    """
    bureaus = {r.reporter_code for r in catalogue.bureaus(contract)}
    owing = {r.reporter_code for r in catalogue.owing(contract)}
    delivering = bureaus.intersection(habit)
    if delivering and 2 * len(owing.intersection(habit)) <= len(owing):
        owing = bureaus
    owing |= delivering
    codes = sorted(owing | {code for code in delivered if code is not None})
    found: list[tuple[str | None, str | None]] = [
        (code, catalogue.reporter_name(code)) for code in codes
    ]
    return found or [(None, None)]


def _judge(
    records: Sequence[SubmissionRecord], due: date | None, day: date
) -> tuple[State, int | None, int | None]:
    """State, days late and revision of records in the order in which they came."""
    accepted = [record for record in records if record.status == "accepted"]
    if accepted:
        days_late = _days(county_day(accepted[0].submitted_at), due)
        state = State.LATE if days_late is not None and days_late > 0 else State.ACCEPTED
        return state, days_late, max(record.revision or 1 for record in accepted)
    outstanding = None if due is None else max(0, (day - due).days)
    decided = [record for record in records if record.status != "duplicate"]
    if decided and decided[-1].status == "returned":
        return State.RETURNED, outstanding, None
    if decided:
        return State.ARRIVED, _days(county_day(decided[-1].submitted_at), due), None
    if due is None:
        return State.NOT_DUE, None, None
    return (State.DUE if day <= due else State.MISSING), outstanding, None


def _days(delivered: date, due: date | None) -> int | None:
    return None if due is None else (delivered - due).days
