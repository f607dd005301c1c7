"""Differences: what a revision changed, row by row and cell by cell."""

from xiantong.differences.model import (
    CellChange,
    Difference,
    DifferenceError,
    RowChange,
    RowKind,
)
from xiantong.differences.read import read_difference
from xiantong.differences.record import record_differences
from xiantong.ledger.differences import Basis, DifferenceCounts

__all__ = [
    "Basis",
    "CellChange",
    "Difference",
    "DifferenceCounts",
    "DifferenceError",
    "RowChange",
    "RowKind",
    "read_difference",
    "record_differences",
]
