"""Due dates, from the ``due`` of a contract."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from xiantong.contracts.model import Due
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar.workdays import WorkingDays

# Months that lie wholly inside the school holidays. The other holiday months keep school days:
# the winter holidays run from the second half of January into February, and term starts in
# February even in years when the Spring Festival is late.
SCHOOL_HOLIDAY_MONTHS = frozenset({7, 8})
JANUARY = 1


class Owed(Protocol):
    """What has due dates: a contract, or only its frequency and ``due``."""

    @property
    def frequency(self) -> Frequency: ...
    @property
    def due(self) -> Due: ...


@dataclass(frozen=True, slots=True)
class Obligation:
    """The due dates of a contract without the contract, for whoever cannot read one."""

    frequency: Frequency
    due: Due


def due_date(
    contract: Owed, period: Period, working_days: WorkingDays | None = None
) -> date | None:
    """Last day on which ``period`` is delivered in time, or None where it is not due.

    ``working_days`` carries the deployment's ``holidays.csv``; without it only announced years are
    exact (see ``WorkingDays``).
    """
    if not _is_owed(contract, period):
        return None
    due = contract.due
    anchor = _anchor(contract, period)
    if due.unit == "day":
        return anchor + timedelta(days=due.count)
    return (working_days or WorkingDays()).add(anchor, due.count)


def periods_due(
    contract: Owed, first: date, last: date, working_days: WorkingDays | None = None
) -> list[Period]:
    """Periods whose due date lies from ``first`` to ``last``, both included, in order."""
    due = ((due_date(contract, p, working_days), p) for p in _candidates(contract, first, last))
    return [period for day, period in due if day is not None and first <= day <= last]


def _is_owed(contract: Owed, period: Period) -> bool:
    monthly = period.frequency is Frequency.MONTHLY
    match contract.due.not_due:
        case "january":
            # January and February are reported together in March: not due is not missing.
            return not (monthly and period.ordinal == JANUARY)
        case "school_holidays":
            return not (monthly and period.ordinal in SCHOOL_HOLIDAY_MONTHS)
        case _:
            return True


def _anchor(contract: Owed, period: Period) -> date:
    """The day from which the days are counted."""
    due = contract.due
    match due.anchor:
        case "period_start":
            return period.start
        case "period_end":
            return period.end
        case _:
            if due.month_day is None:
                raise ValueError("due has anchor month_day but no month_day")
            year = period.year + due.year_offset
            month, day = (int(part) for part in due.month_day.split("-"))
            return date(year, month, min(day, monthrange(year, month)[1]))


def _candidates(contract: Owed, first: date, last: date) -> Iterator[Period]:
    """Periods that can possibly be due in the range, so that no far year has to be known."""
    # Longest stretch without work is about ten days, so working days at most triple a count.
    reach = timedelta(days=3 * contract.due.count + 15)
    slack = 2 + abs(contract.due.year_offset)
    period = Period.of(date(max(first.year - slack, 1), 1, 1), contract.frequency)
    end = date(last.year + slack, 12, 31)
    while period.start <= end:
        anchor = _anchor(contract, period)
        if first - reach <= anchor <= last + timedelta(days=15):
            yield period
        period = period.shift(1)
