"""Who owes what, what came, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Reporter
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar.due import due_date
from xiantong.reporting_calendar.workdays import WorkingDays


class State(StrEnum):
    """State of one period of one dataset and reporter on a given day.

    ``not_due``: nothing is owed; ``due``: nothing came and there is still time; ``missing``:
    nothing came and the time is over; ``arrived``: a delivery waits for its decision;
    ``returned``: the latest delivery went back and no other came; ``accepted``: accepted and
    delivered in time; ``late``: accepted, but delivered after the due date.
    """

    NOT_DUE = "not_due"
    DUE = "due"
    MISSING = "missing"
    ARRIVED = "arrived"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    LATE = "late"


class SubmissionRecord(Protocol):
    """What the board has to know of a submission. ``status`` is the ledger's word for its state:
    ``accepted``, ``returned`` and ``duplicate`` are decided, everything else waits."""

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


_Key = tuple[DatasetId, str | None, Period]


def status_board(
    catalogue: Catalogue,
    submissions: Iterable[SubmissionRecord],
    as_of: date | datetime,
    period: Period | None = None,
) -> list[StatusRow]:
    """The board on the day ``as_of``, sorted by dataset, period and reporter.

    With ``period`` only that period, of the datasets that have its frequency. Without it each
    dataset from its first delivered period to the last one that is over (only the last one where
    nothing was ever delivered). Submissions after ``as_of`` and those without period are left out.
    """
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    moment = as_of if isinstance(as_of, datetime) else None
    working_days = WorkingDays.read(catalogue.folder)
    came: dict[_Key, list[SubmissionRecord]] = defaultdict(list)
    for record in submissions:
        if record.period is not None and _is_known(record, day, moment):
            came[record.dataset, record.reporter_code, record.period].append(record)
    rows = []
    for dataset, contract in sorted(catalogue.contracts.items()):
        keys = [key for key in came if key[0] == dataset]
        for owed in _periods(contract, {key[2] for key in keys}, day, period):
            due = due_date(contract, owed, working_days)
            for code, name in _reporters(catalogue, contract, {k[1] for k in keys if k[2] == owed}):
                records = came.get((dataset, code, owed), [])
                state, days_late, revision = _judge(records, due, day)
                rows.append(
                    StatusRow(
                        dataset,
                        contract.title_zh,
                        code,
                        name,
                        owed,
                        due,
                        state,
                        days_late,
                        revision,
                    )
                )
    return rows


def _is_known(record: SubmissionRecord, day: date, moment: datetime | None) -> bool:
    if moment is None or (moment.tzinfo is None) != (record.submitted_at.tzinfo is None):
        return record.submitted_at.date() <= day
    return record.submitted_at <= moment


def _periods(
    contract: Contract, delivered: Collection[Period], day: date, period: Period | None
) -> Iterator[Period]:
    monthly_like = contract.frequency is Frequency.EVENT
    frequency = Frequency.MONTHLY if monthly_like else contract.frequency
    if period is not None:
        if period.frequency is frequency:
            yield period
        return
    last = Period.of(day, frequency).prior
    if monthly_like:
        # Events are owed when something happened, so only what came can be shown.
        yield from sorted(delivered)
        return
    current = min(delivered, default=last)
    while current <= max(last, *delivered, last):
        yield current
        current = current.shift(1)


def _reporters(
    catalogue: Catalogue, contract: Contract, delivered: Collection[str | None]
) -> list[tuple[str | None, str | None]]:
    """Who owes the dataset: the reporters of its kind, or the department's bureau where it collects
    from its reporters and delivers for all; and whoever delivered anyway."""
    own = [
        r for r in _home_reporters(catalogue) if r.department in (None, "", contract.id.department)
    ]
    bureaus = {r.reporter_code for r in own if r.kind == "bureau"}
    owing = {r.reporter_code for r in own if r.kind == contract.reporter_kind}
    if not owing or bureaus & set(delivered):
        owing = bureaus
    codes = sorted(owing | {code for code in delivered if code is not None})
    names = {r.reporter_code: r.reporter_name for r in catalogue.reporters}
    found: list[tuple[str | None, str | None]] = [(code, names.get(code)) for code in codes]
    return found if found and None not in delivered else [*found, (None, None)]


def _home_reporters(catalogue: Catalogue) -> list[Reporter]:
    """Reporters of the counties that report here. Others are listed for comparison only; a county
    reports here when its townships do (all do where no township is listed)."""
    home = {r.area_code[:6] for r in catalogue.reporters if r.kind == "township"}
    return [r for r in catalogue.reporters if not home or r.area_code[:6] in home]


def _judge(
    records: Sequence[SubmissionRecord], due: date | None, day: date
) -> tuple[State, int | None, int | None]:
    records = sorted(records, key=lambda record: record.submitted_at)
    accepted = [record for record in records if record.status == "accepted"]
    if accepted:
        days_late = _days(accepted[0].submitted_at.date(), due)
        state = State.LATE if days_late is not None and days_late > 0 else State.ACCEPTED
        return state, days_late, max(record.revision or 1 for record in accepted)
    outstanding = None if due is None else max(0, (day - due).days)
    decided = [record for record in records if record.status != "duplicate"]
    if decided and decided[-1].status == "returned":
        return State.RETURNED, outstanding, None
    if decided:
        return State.ARRIVED, _days(decided[-1].submitted_at.date(), due), None
    if due is None:
        return State.NOT_DUE, None, None
    return (State.DUE if day <= due else State.MISSING), outstanding, None


def _days(delivered: date, due: date | None) -> int | None:
    return None if due is None else (delivered - due).days
