"""Closing: periods whose figures stand, and their reopening."""

from xiantong.closing.closed import ClosedPeriods, closed_finding
from xiantong.closing.office import (
    ClosingError,
    PeriodState,
    close_period,
    list_periods,
    reopen_period,
)
from xiantong.ledger.closings import Closing, ClosingKind

__all__ = [
    "ClosedPeriods",
    "Closing",
    "ClosingError",
    "ClosingKind",
    "PeriodState",
    "close_period",
    "closed_finding",
    "list_periods",
    "reopen_period",
]
