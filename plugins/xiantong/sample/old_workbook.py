"""A workbook in the format of Excel 97 (xls), as older offices still save their forms."""

from __future__ import annotations

import io

import xlwt
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

_BORDERS = "borders: left thin, right thin, top thin, bottom thin"


def to_xls(workbook: Workbook) -> bytes:
    """The sheets with their texts, numbers, dates, merged cells and widths; formulas are no part of them."""
    book = xlwt.Workbook(encoding="utf-8")
    styles: dict[tuple[str, bool], xlwt.XFStyle] = {}
    for page in (p for p in workbook.worksheets if isinstance(p, Worksheet)):
        sheet = book.add_sheet(page.title)
        sheet.visibility = 0 if page.sheet_state == "visible" else 1
        _merge(sheet, page)
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell, Cell) and cell.value is not None:
                    _write(sheet.row(cell.row - 1), cell, _style(cell, styles))
        for letter, size in page.column_dimensions.items():
            column = sheet.col(page[f"{letter}1"].column - 1)
            column.width = int((size.width or 13) * 256)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _merge(sheet: xlwt.Worksheet, page: Worksheet) -> None:
    for area in page.merged_cells.ranges:
        sheet.merge(area.min_row - 1, area.max_row - 1, area.min_col - 1, area.max_col - 1)


def _write(row: xlwt.Row, cell: Cell, style: xlwt.XFStyle) -> None:
    if cell.data_type == "e":
        row.set_cell_error(cell.column - 1, str(cell.value), style)
    else:
        row.write(cell.column - 1, cell.value, style)


def _style(cell: Cell, styles: dict[tuple[str, bool], xlwt.XFStyle]) -> xlwt.XFStyle:
    """One style for each number format, with lines where the form has them."""
    key = cell.number_format, bool(cell.border.left and cell.border.left.style)
    if key not in styles:
        styles[key] = xlwt.easyxf(_BORDERS if key[1] else "", num_format_str=key[0])
    return styles[key]
