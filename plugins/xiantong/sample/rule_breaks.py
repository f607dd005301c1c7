"""Small changes that break a rule which only a sum, a chain or another table shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from xiantong.sample.sheet import Cells


class RuleBreak(Protocol):
    """Changes a row in place; says whether it found something to change."""

    def apply(self, row: Cells) -> bool: ...


@dataclass(frozen=True, slots=True)
class Add:
    """Add to a number, so that a sum, a chain or a comparison no longer holds."""

    column: str
    amount: int

    def apply(self, row: Cells) -> bool:
        value = row[self.column]
        if isinstance(value, int | Decimal):
            row[self.column] = value + self.amount
            return True
        return False


@dataclass(frozen=True, slots=True)
class Before:
    """Put a date some days before the one that it must not precede."""

    column: str
    other: str
    days: int

    def apply(self, row: Cells) -> bool:
        other = row[self.other]
        if isinstance(other, date) and row[self.column] is not None:
            row[self.column] = other - timedelta(days=self.days)
            return True
        return False


@dataclass(frozen=True, slots=True)
class Earlier:
    """Put a time some minutes before the one that it must not precede."""

    column: str
    other: str
    minutes: int

    def apply(self, row: Cells) -> bool:
        other = row[self.other]
        if isinstance(other, datetime) and row[self.column] is not None:
            row[self.column] = other - timedelta(minutes=self.minutes)
            return True
        return False


@dataclass(frozen=True, slots=True)
class Same:
    """Repeat another column where the two must differ."""

    column: str
    other: str

    def apply(self, row: Cells) -> bool:
        row[self.column] = row[self.other]
        return True


@dataclass(frozen=True, slots=True)
class Put:
    """Another value where something else stands."""

    column: str
    value: bool | int

    def apply(self, row: Cells) -> bool:
        if row[self.column] in (None, self.value):
            return False
        row[self.column] = self.value
        return True
