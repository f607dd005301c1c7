"""The correct content of one delivery, before it gets its look and its mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Value = str | int | Decimal | date | bool | None
Row = dict[str, Value]


@dataclass(frozen=True)
class Table:
    """Rows by column name of the contract; ``remarks`` explains rows (0-based) that draw a warning."""

    rows: list[Row]
    remarks: dict[int, str] = field(default_factory=dict)


def changed_rows(now: list[Row], before: list[Row], key: str) -> list[Row]:
    """New and changed rows, as a register that delivers only changes sends them."""
    known = {row[key]: row for row in before}
    return [row for row in now if known.get(row[key]) != row]
