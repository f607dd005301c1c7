"""The timetable of reminders: mornings on which something falls due or becomes overdue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Due
from xiantong.county_time import BEIJING, county_day
from xiantong.periods import Frequency
from xiantong.reminders.rules import QuietRules
from xiantong.reporting_calendar import Obligation, WorkingDays, periods_due
from xiantong.reporting_calendar.due import due_date

if TYPE_CHECKING:
    from pendulum import DateTime

_FARTHEST = timedelta(days=400)


class DueTimetable(Timetable):
    """Fires at ``hour`` o'clock in the county on the days on which the quiet rules speak of any due
    date: some working days ahead, on it, on the working day after, and then every few.

    Carries the due dates' rules and the calendar's exceptions with it, so that the scheduler needs
    no contracts. Extensions are not known here; a message about one goes on the next morning that
    fires. A year whose holidays nobody announced is estimated, and a warning says so.
    """

    description = "工作日上午：有报表临近截止、到期或逾期"

    def __init__(
        self,
        owed: Iterable[Obligation],
        working_days: WorkingDays,
        rules: QuietRules,
        hour: int = 8,
    ) -> None:
        self._owed = tuple(dict.fromkeys(owed))
        self._working_days = working_days
        self._rules = rules
        self._hour = hour

    @classmethod
    def of(cls, catalogue: Catalogue, rules: QuietRules, hour: int = 8) -> DueTimetable:
        """The timetable of all contracts of a catalogue."""
        owed = [Obligation(c.frequency, c.due) for c in catalogue.contracts.values()]
        return cls(owed, WorkingDays.read(catalogue.folder), rules, hour)

    @property
    def summary(self) -> str:
        return f"{self._hour}:00 北京时间，报表到期与逾期日"

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The first morning after the last run; without catchup not before now."""
        earliest = restriction.earliest
        if not restriction.catchup:
            now = pendulum.now("UTC")
            earliest = max(earliest, now) if earliest else now
        if last_automated_data_interval is not None:
            after = last_automated_data_interval.end.add(seconds=1)
            earliest = max(earliest, after) if earliest else after
        if earliest is None:
            return None
        morning = self.next_morning(earliest)
        if morning is None or (restriction.latest is not None and morning > restriction.latest):
            return None
        return DagRunInfo.exact(morning)

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_morning(self, earliest: datetime) -> DateTime | None:
        """The first morning at or after a moment; None where nothing is due for a year."""
        first = county_day(earliest)
        day = first
        while day <= first + _FARTHEST:
            # A window at a time: who has a monthly form needs no look at the whole year.
            window_end = day + timedelta(days=31)
            for found in self._days(day, window_end):
                morning = datetime.combine(found, time(self._hour), BEIJING)
                if morning >= earliest:
                    return pendulum.instance(morning).in_timezone("UTC")
            day = window_end + timedelta(days=1)
        return None

    def _days(self, first: date, last: date) -> list[date]:
        """Days of the range on which something is spoken of, in order."""
        before = first - timedelta(days=self._rules.patience)
        # Working days at most triple a count over the longest holidays.
        beyond = last + timedelta(days=3 * self._rules.before + 15)
        found: set[date] = set()
        for obligation in self._owed:
            for period in periods_due(obligation, before, beyond, self._working_days):
                due = due_date(obligation, period, self._working_days)
                if due is not None:
                    found.update(self._rules.days(due, self._working_days))
        return sorted(day for day in found if first <= day <= last)

    def serialize(self) -> dict[str, Any]:
        return {
            "owed": [
                {"frequency": o.frequency.value, "due": o.due.model_dump()} for o in self._owed
            ],
            "overrides": {str(day): worked for day, worked in self._working_days.overrides.items()},
            "rules": {
                "before": self._rules.before,
                "every": self._rules.every,
                "patience": self._rules.patience,
            },
            "hour": self._hour,
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> DueTimetable:
        owed = [
            Obligation(Frequency(o["frequency"]), Due.model_validate(o["due"]))
            for o in data["owed"]
        ]
        overrides = {date.fromisoformat(day): worked for day, worked in data["overrides"].items()}
        return cls(owed, WorkingDays(overrides), QuietRules(**data["rules"]), data["hour"])
