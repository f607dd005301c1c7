"""合计 rows: compared with the rows they add up, then forgotten."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiantong.contracts.model import Column, Kind
from xiantong.parsing.cells import plain_text
from xiantong.parsing.found import FindingList
from xiantong.parsing.output import RowWriter
from xiantong.parsing.table import TableReader, Total
from xiantong.parsing.units import find_unit, is_additive

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Span = tuple[
    TableReader, int, int
]  # a table, its first row in the delivery, the row after its last
_TOLERANCE = {"money": 0.05, "area": 0.05, "mass": 0.5, "coal": 0.5, "electricity": 0.5,
              "energy": 0.5, "volume": 0.5, "power": 0.5}  # fmt: skip
_OTHER_TOLERANCE = 0.05


def check_totals(spans: Sequence[Span], writer: RowWriter, found: FindingList) -> None:
    """Compare every total with its rows, column by column; a difference is a finding."""
    for table, first, last in spans:
        if first == last:
            continue
        for name in sorted({name for total in table.totals for name in total.cells}):
            # One column at a time: ten million numbers are 80 MB.
            numbers = np.concatenate([_numbers(texts) for texts in writer.texts(name, first, last)])
            if _has_lost_numbers(table, name):
                continue  # what a total should be is unknown, and the lost number is reported
            for total in table.totals:
                _compare(table, total, table.columns[name], numbers, found)


def _has_lost_numbers(table: TableReader, name: str) -> bool:
    """Whether a formula of the column failed or was never computed."""
    marks, column = table.sheet.marks, table.positions[name]
    return any(at == column for _, at in marks.errors) or any(
        at == column for _, at in marks.uncomputed
    )


def _compare(table: TableReader, total: Total, column: Column, numbers: Numbers,
             found: FindingList) -> None:  # fmt: skip
    text = plain_text(total.cells.get(column.name))
    stated = _number(text)
    if math.isnan(stated):
        return
    sums = [float(np.nansum(part)) for part in _parts(table, total, numbers)]
    tolerance = _tolerance(column, numbers)
    if any(abs(stated - sum_) <= tolerance + 1e-9 * abs(sum_) for sum_ in sums):
        return
    if not is_additive(column.unit) and np.nanmin(numbers) <= stated <= np.nanmax(numbers):
        return  # an average, as totals of percentages and prices are
    found.error(
        "total_row",
        f"合计行与各行之和不符：{column.header_zh}",
        f"合计行为{_shown(stated)}，各行之和为{_shown(sums[0])}，请核对",
        table.place(total.number, column.name),
        column,
        text,
    )


def _parts(table: TableReader, total: Total, numbers: Numbers) -> list[Numbers]:
    """The rows that a total may stand for: all; for a 小计 those up to the next one, either way."""
    if not total.is_part:
        return [numbers]
    parts = [other for other in table.totals if other.is_part]
    above = max((t.before for t in parts if t.number < total.number), default=0)
    below = min((t.before for t in parts if t.number > total.number), default=len(numbers))
    return [numbers[above : total.before], numbers[total.before : below], numbers]


def _numbers(texts: pa.Array) -> Numbers:
    """The numbers that texts show, not-a-number where they are none."""
    try:
        plain = pc.cast(pc.replace_substring(texts, ",", ""), pa.float64())
    except pa.ArrowInvalid:
        return np.array([_number(text) for text in texts.to_pylist()], dtype=np.float64)
    numbers: Numbers = plain.to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers


def _number(text: str | None) -> float:
    """The number that a text shows, not-a-number where it is none."""
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        pass
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").rstrip("%")
    try:
        return float(plain)
    except ValueError:
        return math.nan


def _tolerance(column: Column, numbers: Numbers) -> float:
    """In the unit of the form, which is also the unit of the numbers compared."""
    known = numbers[~np.isnan(numbers)]
    if column.kind is Kind.INTEGER and bool(np.all(known == np.floor(known))):
        return 0.0  # counts in 万人 have fractions and are rounded
    unit = find_unit(column.unit) if column.unit else None
    if unit is None:
        return 0.5 if column.unit and "natural" in column.unit else _OTHER_TOLERANCE
    return _TOLERANCE.get(unit.dimension, _OTHER_TOLERANCE)


def _shown(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")
