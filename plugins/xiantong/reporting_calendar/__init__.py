"""When a period is due on the official calendar, and who has delivered what by then."""

from xiantong.ledger.arrangements import Arrangement, ArrangementKind, Arrangements
from xiantong.reporting_calendar.arranged import (
    ArrangementError,
    arranged_due_date,
    exempt,
    extend,
    list_arrangements,
    withdraw,
)
from xiantong.reporting_calendar.board import Board, BoardCache, Rates, key_of
from xiantong.reporting_calendar.due import Obligation, Owed, due_date, periods_due
from xiantong.reporting_calendar.status import (
    State,
    StatusRow,
    SubmissionRecord,
    read_board,
    status_board,
)
from xiantong.reporting_calendar.unnamed import unnamed_files
from xiantong.reporting_calendar.workdays import UnknownYearError, UnknownYearWarning, WorkingDays

__all__ = [
    "Arrangement",
    "ArrangementError",
    "ArrangementKind",
    "Arrangements",
    "Board",
    "BoardCache",
    "Obligation",
    "Owed",
    "Rates",
    "State",
    "StatusRow",
    "SubmissionRecord",
    "UnknownYearError",
    "UnknownYearWarning",
    "WorkingDays",
    "arranged_due_date",
    "due_date",
    "exempt",
    "extend",
    "key_of",
    "list_arrangements",
    "periods_due",
    "read_board",
    "status_board",
    "unnamed_files",
    "withdraw",
]
