"""When a period is due on the official calendar, and who has delivered what by then."""

from xiantong.reporting_calendar.due import due_date, periods_due
from xiantong.reporting_calendar.status import State, StatusRow, SubmissionRecord, status_board
from xiantong.reporting_calendar.workdays import UnknownYearError, UnknownYearWarning, WorkingDays

__all__ = [
    "State",
    "StatusRow",
    "SubmissionRecord",
    "UnknownYearError",
    "UnknownYearWarning",
    "WorkingDays",
    "due_date",
    "periods_due",
    "status_board",
]
