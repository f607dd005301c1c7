"""One cell as text: what a reporter would read off the sheet, never what a program guesses."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from xiantong.contracts.model import Column, Contract, Kind
from xiantong.periods import Frequency, Period

Cell = Any
# Beyond this a spreadsheet number has lost digits: it keeps fifteen.
EXACT_LIMIT = 10**15
_LONGEST_EXPONENT = 400  # more than any spreadsheet number has
# A number between these in a column of months or years is the serial number of a day.
_RECENT_DAYS = (20_000, 80_000)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
APOSTROPHES = "'’‘＇"
WHITE = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" + INVISIBLE  # fmt: skip
_SUSPECT = frozenset(APOSTROPHES + INVISIBLE + "=")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")


class Number(str):
    """A number exactly as a JSON document spells it."""


def clean(text: str) -> str | None:
    """Text without outer white space and a leading apostrophe; None when nothing is left."""
    text = text.strip()
    if text and (text[0] in _SUSPECT or text[-1] in INVISIBLE):
        text = text.strip(WHITE)
        if text.startswith('="') and text.endswith('"'):
            text = text[2:-1].strip(WHITE)
        if text[:1] in APOSTROPHES:
            text = text[1:].strip(WHITE)
    return text or None


def number_text(number: float) -> str:
    """Shortest text of a spreadsheet number: ``12`` for 12.0, ``0.3`` for 0.1 + 0.2."""
    if not math.isfinite(number):
        return str(number)
    if number == int(number):
        return str(int(number))
    text = f"{number:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def plain_text(cell: Cell) -> str | None:
    """Text of any cell, without regard to its column."""
    kind = type(cell)
    if kind is str:
        return clean(cell)
    if cell is None:
        return None
    if kind is bool:
        return "是" if cell else "否"
    if kind is float or kind is int:
        return number_text(cell)
    if isinstance(cell, Number):
        return _json_number(cell)
    if isinstance(cell, datetime):
        return _datetime_text(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _duration_text(cell)
    return clean(json.dumps(cell, ensure_ascii=False, default=str))


def _json_number(number: Number) -> str:
    if "e" not in number and "E" not in number:
        return str(number)
    try:
        value = Decimal(number)
    except InvalidOperation:
        return str(number)
    # Written out, 1e999999999 would be a gigabyte of noughts.
    return f"{value:f}" if abs(value.adjusted()) <= _LONGEST_EXPONENT else str(number)


def _datetime_text(moment: datetime) -> str:
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.replace(microsecond=0).isoformat(sep=" ")


def _duration_text(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class Trouble(StrEnum):
    """What can be wrong with the form of a cell, whatever its value."""

    NUMERIC = "numeric_cell"
    PRECISION = "precision"


@dataclass(frozen=True, slots=True)
class ColumnText:
    """Texts of the cells of one column; ``troubles`` are (position in the column, trouble)."""

    texts: list[str | None]
    troubles: list[tuple[int, Trouble]] = field(default_factory=list)


@dataclass(frozen=True)
class CellReader:
    """Reads cells of one column as text. ``epoch`` is day 0 of the workbook's serial dates."""

    column: Column
    frequency: Frequency
    epoch: date = date(1899, 12, 30)

    def read(self, cells: Sequence[Cell], percent: frozenset[int] = frozenset()) -> ColumnText:
        """``percent`` are positions of cells that are displayed as a percentage."""
        if self.column.is_numeric and not percent:
            return self._read_numbers(cells)
        troubles: list[tuple[int, Trouble]] = []
        texts: list[str | None] = []
        append = texts.append
        for position, cell in enumerate(cells):
            if type(cell) is str:
                append(clean(cell) if cell else None)
            elif cell is None:
                append(None)
            else:
                if position in percent and type(cell) in (int, float):
                    cell = cell * 100
                append(self._other(cell, position, troubles))
        if self._lost_by_spreadsheet:
            troubles += _scientific(texts, {position for position, _ in troubles})
        return ColumnText(texts, troubles)

    def _read_numbers(self, cells: Sequence[Cell]) -> ColumnText:
        """As ``read``, without looking twice at the millions of plain numbers of large sheets."""
        troubles: list[tuple[int, Trouble]] = []
        texts: list[str | None] = []
        append = texts.append
        for position, cell in enumerate(cells):
            if type(cell) is float and -EXACT_LIMIT < cell < EXACT_LIMIT:
                text = f"{cell:.15g}"
                append(number_text(cell) if "e" in text or text == "-0" else text)
            elif cell is None:
                append(None)
            elif type(cell) is str:
                append(clean(cell) if cell else None)
            else:
                append(self._other(cell, position, troubles))
        return ColumnText(texts, troubles)

    def _other(self, cell: Cell, position: int, troubles: list[tuple[int, Trouble]]) -> str | None:
        kind = type(cell)
        if kind is float or kind is int:
            trouble = self._number_trouble(cell)
            if trouble:
                troubles.append((position, trouble))
            return self._number(cell)
        if isinstance(cell, Number):
            if self._is_id or (self.column.is_text_id and len(cell) > 15):
                troubles.append((position, Trouble.NUMERIC))
            return plain_text(cell)
        if isinstance(cell, date) and self._of_date:
            return self._of_date(cell)
        return plain_text(cell)

    @property
    def _is_id(self) -> bool:
        """Columns in which leading zeros matter."""
        column = self.column
        if column.kind is Kind.CODE:
            return column.code_list is None
        return column.kind is Kind.STRING and (
            column.key or column.name == "uscc" or column.name.endswith(("_uscc", "_code", "_no"))
        )

    @property
    def _lost_by_spreadsheet(self) -> bool:
        return self.column.is_text_id and self.column.code_list is None

    def _number_trouble(self, number: float) -> Trouble | None:
        if self.column.is_text_id:
            lost = self._is_id or abs(number) >= EXACT_LIMIT
            return Trouble.NUMERIC if lost else None
        if self.column.kind in (Kind.MONTH, Kind.PERIOD) and not _is_whole(number):
            return Trouble.NUMERIC  # 2023.1 may have been 2023.10
        return Trouble.PRECISION if abs(number) >= EXACT_LIMIT else None

    def _number(self, number: float) -> str:
        kind = self.column.kind
        if kind in (Kind.DATE, Kind.TIMESTAMP) and _is_serial(number):
            try:
                moment = self._moment(number)
            except OverflowError:  # after the year 9999
                return number_text(number)
            return moment.date().isoformat() if kind is Kind.DATE else _datetime_text(moment)
        if self._of_date and _is_whole(number) and _RECENT_DAYS[0] < number < _RECENT_DAYS[1]:
            return self._of_date(self._moment(number))
        return number_text(number)

    def _moment(self, number: float) -> datetime:
        moment = datetime.combine(self.epoch, time()) + timedelta(days=number)
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)

    @property
    def _of_date(self) -> Callable[[date], str] | None:
        match self.column.kind:
            case Kind.MONTH:
                return lambda day: f"{day.year}-{day.month:02d}"
            case Kind.YEAR:
                return lambda day: str(day.year)
            case Kind.PERIOD:
                return lambda day: Period.of(day, self.frequency).label
            case _:
                return None


def _is_whole(number: float) -> bool:
    """False also for what is no number at all, which foreign files may hold."""
    return math.isfinite(number) and number == int(number)


def _is_serial(number: float) -> bool:
    """True for a day number; 2023 is a year and 20231031 a date written without hyphens."""
    return 1 <= number < 2_958_466 and not (1900 <= number <= 2100 and number == int(number))


def _scientific(texts: list[str | None], known: set[int]) -> list[tuple[int, Trouble]]:
    """``4.2E+17`` in a code column is what a spreadsheet left of a long number."""
    return [
        (position, Trouble.NUMERIC)
        for position, text in enumerate(texts)
        if text and "+" in text and position not in known and _SCIENTIFIC.fullmatch(text)
    ]


def cell_readers(contract: Contract, epoch: date) -> dict[str, CellReader]:
    return {c.name: CellReader(c, contract.frequency, epoch) for c in contract.columns}
