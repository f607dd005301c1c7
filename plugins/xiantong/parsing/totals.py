"""合计 rows: compared with the rows they add up, then forgotten."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiantong.contracts.model import Column, Kind, Severity
from xiantong.parsing.cells import plain_text
from xiantong.parsing.found import FindingList
from xiantong.parsing.output import RowWriter
from xiantong.parsing.table import TableReader, Total
from xiantong.parsing.units import find_unit, is_additive

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.bool_]]
Span = tuple[
    TableReader, int, int
]  # a table, its first row in the delivery, the row after its last
_TOLERANCE = {"money": 0.05, "area": 0.05, "mass": 0.5, "coal": 0.5, "electricity": 0.5,
              "energy": 0.5, "volume": 0.5, "power": 0.5}  # fmt: skip
_OTHER_TOLERANCE = 0.05


def check_totals(spans: Sequence[Span], writer: RowWriter, found: FindingList) -> None:
    """Compare every total with its rows, column by column; a difference is a finding.

    The total of a group whose rows nobody can tell is compared with nothing, which is said.
    """
    for span in spans:
        table, first, last = span
        if first == last or not table.totals:
            continue
        groups = _named_groups(span, writer)
        known = [t for t in table.totals if _is_known(t, table.totals, groups)]
        for total in table.totals:
            if total not in known:
                _report_unknown(table, total, found)
        for name in sorted({name for total in known for name in total.cells}):
            # One column at a time: ten million numbers are 80 MB.
            numbers = np.concatenate([_numbers(texts) for texts in writer.texts(name, first, last)])
            if _has_lost_numbers(table, name):
                continue  # what a total should be is unknown, and the lost number is reported
            for total in known:
                parts = _parts(table, total, numbers, groups.get(total.group or ""))
                _compare(table, total, table.columns[name], numbers, parts, found)


def _named_groups(span: Span, writer: RowWriter) -> dict[str, Rows]:
    """For each group that a total names (青岭镇小计), which rows have that name in one of the first
    columns; groups that no row names are left out."""
    table, first, last = span
    names = {total.group for total in table.totals if total.group}
    groups: dict[str, Rows] = {}
    if not names:
        return groups
    for column in table.labelling:
        texts = pa.chunked_array(writer.texts(column, first, last), pa.string())
        for name in sorted(names - groups.keys()):
            rows = pc.fill_null(pc.equal(texts, name), False).to_numpy()
            if rows.any():
                groups[name] = rows
    return groups


def _is_known(total: Total, totals: Sequence[Total], groups: dict[str, Rows]) -> bool:
    """Whether one can tell which rows a total sums up: all, those with its name, or those between it
    and the next total of its kind. Where two such totals follow each other they are a list of their
    own, apart from the rows."""
    if not total.is_part or total.group in groups:
        return True
    befores = [other.before for other in _alike(total, totals)]
    return len(befores) == len(set(befores))


def _alike(total: Total, totals: Sequence[Total]) -> list[Total]:
    """Totals that divide the rows among themselves: those with names, or those without."""
    return [t for t in totals if t.is_part and bool(t.group) == bool(total.group)]


def _report_unknown(table: TableReader, total: Total, found: FindingList) -> None:
    found.add(
        "file_total_of_group",
        Severity.INFO,
        f"第{total.number}行「{total.label}」没有核对：看不出它是哪些行的合计",
        "合计行不作为数据读入；需要核对的请放在所合计的各行之下",
        table.place(total.number),
    )


def _has_lost_numbers(table: TableReader, name: str) -> bool:
    """Whether a formula of the column failed or was never computed."""
    marks, column = table.sheet.marks, table.positions[name]
    return any(at == column for _, at in marks.errors) or any(
        at == column for _, at in marks.uncomputed
    )


def _compare(table: TableReader, total: Total, column: Column, numbers: Numbers,
             parts: Sequence[Numbers], found: FindingList) -> None:  # fmt: skip
    text = plain_text(total.cells.get(column.name))
    stated = _number(text)
    if math.isnan(stated):
        return
    sums = [float(np.nansum(part)) for part in parts]
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


def _parts(table: TableReader, total: Total, numbers: Numbers, named: Rows | None) -> list[Numbers]:
    """The rows that a total may stand for: all; those with the name of its group; for another 小计
    those up to the next one, either way."""
    if named is not None:
        return [numbers[named]]
    if not total.is_part:
        return [numbers]
    parts = _alike(total, table.totals)
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
