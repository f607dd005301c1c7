"""When a reporter is reminded of one due date, and when it is left in peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.reporting_calendar.workdays import WorkingDays

# A message that could not be sent, or a morning without a scheduler, is made up for so long.
CATCH_UP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class QuietRules:
    """``before``: working days before the due date on which the first message goes; then one on the
    due date, one on the first working day after it, and one every ``every`` working days, until
    ``patience`` days after it. Only on working days."""

    before: int = 3
    every: int = 5
    patience: int = 60

    def days(self, due: date, working_days: WorkingDays) -> list[date]:
        """The days on which something due on ``due`` is spoken of, in order."""
        last_in_time = working_days.add(due, 0)
        ahead = last_in_time
        for _ in range(self.before):
            ahead = working_days.add(ahead - timedelta(days=1), 0)
        found = [ahead, last_in_time]
        late = working_days.add(due, 1)
        while late <= due + timedelta(days=self.patience):
            found.append(late)
            late = working_days.add(late, max(1, self.every))
        return sorted(set(found))

    def speaks(self, due: date, day: date, last: date | None, working_days: WorkingDays) -> bool:
        """True where a message on ``day`` is due: one of the days has come since ``last``."""
        earliest = day - CATCH_UP if last is None else max(day - CATCH_UP, last)
        return any(earliest < d <= day for d in self.days(due, working_days))
