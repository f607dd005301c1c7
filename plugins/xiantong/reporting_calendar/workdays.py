"""Working days of the official Chinese calendar, swapped weekends included.

The State Council announces each year's holidays in the autumn before. The package
``chinese_calendar`` ends with the last announced year; ``expectations/holidays.csv``
(``date,kind`` with kind ``holiday`` or ``workday``) adds a newer year or a local exception.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Self

from xiantong.csv_rows import csv_rows

_KINDS = {"holiday": False, "workday": True}
# Public holidays with a fixed date; the others follow the moon and the announcement.
_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)})
_DAY = timedelta(days=1)


class UnknownYearError(ValueError):
    """The holidays of a year are not known. The message says what to do."""


class UnknownYearWarning(UserWarning):
    """Working days of a year were estimated, because its holidays are not known yet."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days are worked.

    ``overrides`` maps a date to True (worked) or False (off) and wins over the package. A year that
    neither knows is estimated (Monday to Friday without the holidays of fixed date) with an
    ``UnknownYearWarning``, or refused with ``UnknownYearError`` when ``strict``.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    strict: bool = False

    @classmethod
    def read(cls, expectations: Path, *, strict: bool = False) -> Self:
        """Read ``holidays.csv`` of the folder ``expectations``, if there is one.

        Raises ``ValueError`` with the line that cannot be read.
        """
        path = expectations / "holidays.csv"
        return cls(_read_overrides(path) if path.exists() else {}, strict=strict)

    def is_working_day(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        if any(known.year == day.year for known in self.overrides):
            return day.weekday() < 5 if day.year not in _announced() else _is_workday(day)
        if day.year in _announced():
            return _is_workday(day)
        self._complain(day.year)
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS

    def _complain(self, year: int) -> None:
        message = (
            f"the holidays of {year} are not known (节假日安排未公布): upgrade chinese-calendar or "
            f"list them in expectations/holidays.csv (date,kind)"
        )
        if self.strict:
            raise UnknownYearError(message)
        warnings.warn(message, UnknownYearWarning, stacklevel=4)

    def add(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; for 0 the last one not after ``day``."""
        if count < 0:
            raise ValueError(f"working days are counted forwards, not {count}")
        if count == 0:
            while not self.is_working_day(day):
                day -= _DAY
            return day
        while count:
            day += _DAY
            count -= self.is_working_day(day)
        return day


def _is_workday(day: date) -> bool:
    import chinese_calendar  # late: its tables of dates cost start-up time

    return bool(chinese_calendar.is_workday(day))


@cache
def _announced() -> range:
    """Years that the package knows: every announcement names 1 January's and October's holidays."""
    from chinese_calendar import constants

    return range(min(constants.holidays).year, max(constants.holidays).year + 1)


def _read_overrides(path: Path) -> dict[date, bool]:
    overrides = {}
    for line, row in csv_rows(path):
        try:
            overrides[date.fromisoformat(row["date"])] = _KINDS[row["kind"]]
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"{path}, line {line}: expected date,kind such as 2027-01-01,holiday "
                f"(kind is holiday or workday), found {row}"
            ) from error
    return overrides
