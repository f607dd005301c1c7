"""When a period is due on the official calendar, and who has delivered what by then."""

from xiantong.reporting_calendar.board import Board, BoardCache, Rates, key_of
from xiantong.reporting_calendar.due import due_date, periods_due
from xiantong.reporting_calendar.status import State, StatusRow, SubmissionRecord, status_board
from xiantong.reporting_calendar.workdays import UnknownYearError, UnknownYearWarning, WorkingDays

__all__ = [
    "Board",
    "BoardCache",
    "Rates",
    "State",
    "StatusRow",
    "SubmissionRecord",
    "UnknownYearError",
    "UnknownYearWarning",
    "WorkingDays",
    "due_date",
    "key_of",
    "periods_due",
    "status_board",
]
