"""Explanations that a reporter wrote into the 审核意见 sheet of a returned workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xiantong.delivered import Explanation
from xiantong.parsing.cells import Cell, plain_text
from xiantong.parsing.headers import plain
from xiantong.parsing.sheet import Row, Sheet

SHEET_NAME = "审核意见"
_RULE, _SHEET, _ROW, _TEXT, _MARK = "规则编号", "工作表", "行号", "说明", "标识"
_MARK_TEXT = re.compile(r"[0-9a-f]{12}\.[0-9a-f]{12}")
_ROW_NUMBER = re.compile(r"[0-9]{1,9}")
_SEARCHED_ROWS = 40


def is_explanation_sheet(sheet: Sheet) -> bool:
    """True for the sheet of findings that a return adds; it is never data."""
    return sheet.name == SHEET_NAME or (sheet.name is not None and _find_header(sheet) is not None)


def has_explanations(sheet: Sheet) -> bool:
    """True for any list with the columns 规则编号 and 说明, whatever its sheet is called."""
    return _find_header(sheet) is not None


def explanations_of(sheet: Sheet) -> list[Explanation]:
    """What stands in the column 说明, with the rule, sheet and row of its line."""
    found = _find_header(sheet)
    if found is None:
        return []
    top, positions = found
    return [
        explanation
        for row in _rows_below(sheet, top)
        if (explanation := _explanation(row, positions)) is not None
    ]


def _find_header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for number, row in enumerate(sheet.head.cells[:_SEARCHED_ROWS]):
        if _RULE not in row and not any(type(c) is str and plain(c) == _RULE for c in row):
            continue
        texts = [plain(text) if (text := plain_text(cell)) else "" for cell in row]
        if _TEXT in texts:
            return number, {
                name: texts.index(name)
                for name in (_RULE, _SHEET, _ROW, _TEXT, _MARK)
                if name in texts
            }
    return None


def _rows_below(sheet: Sheet, top: int) -> Iterator[Row]:
    yield from sheet.head.cells[top + 1 :]
    for rows in sheet.tail:
        yield from rows.cells


def _explanation(row: Row, positions: dict[str, int]) -> Explanation | None:
    def text(name: str) -> str | None:
        position = positions.get(name)
        cell: Cell = row[position] if position is not None and position < len(row) else None
        return plain_text(cell) if cell is not None else None

    written = text(_TEXT)
    if not written:
        return None
    number, mark = text(_ROW), text(_MARK)
    return Explanation(
        text=written,
        rule_id=text(_RULE),
        sheet=text(_SHEET),
        row=int(number) if number and _ROW_NUMBER.fullmatch(number) else None,
        fingerprint=mark if mark and _MARK_TEXT.fullmatch(mark) else None,
    )
