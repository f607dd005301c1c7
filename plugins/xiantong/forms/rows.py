"""The rows to fill in, blank or with what the last period had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Kind
from xiantong.forms.layout import Form
from xiantong.forms.styles import BORDER, FONT, OPEN
from xiantong.forms.wording import printed_unit
from xiantong.periods import Period, written_period

Value = str | int | float | Decimal | bool | date | None


def number_format(column: Column) -> str:
    """Excel number format of a column's cells; text for everything that is looked up."""
    match column.kind:
        case Kind.INTEGER:
            return "#,##0"
        case Kind.DECIMAL:
            return "#,##0" + (f".{'0' * column.scale}" if column.scale else "")
        case Kind.DATE:
            return "yyyy-mm-dd"
        case Kind.TIMESTAMP:
            return "yyyy-mm-dd hh:mm:ss"
        case Kind.YEAR:
            return "0"
        case _:
            return "@"


def write_rows(sheet: Worksheet, form: Form) -> None:
    font = Font(name=FONT, size=11)
    for n, column in enumerate(form.columns, start=1):
        right = column.is_numeric
        side = "right" if right else "left" if column.kind is Kind.STRING else "center"
        alignment = Alignment(horizontal=side, vertical="center", wrap_text=not right)
        for row in range(form.first, form.last + 1):
            sheet.row_dimensions[row].height = 18
            cell = sheet.cell(row, n)
            cell.number_format = number_format(column)
            cell.font = font
            cell.border = BORDER
            cell.alignment = alignment
            cell.protection = OPEN
    if form.has_remark:
        for row in range(form.first, form.last + 1):
            cell = sheet.cell(row, form.width)
            cell.number_format, cell.font, cell.border = "@", font, BORDER
            cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
            cell.protection = OPEN


def write_last(
    sheet: Worksheet,
    form: Form,
    values: Sequence[Mapping[str, Value]],
    last_period: Period | None,
) -> None:
    """Rows of an earlier period: as values, or measured values as comments to compare with."""
    said = f"上期（{written_period(last_period)}）：" if last_period else ""
    for row, record in enumerate(values, start=form.first):
        for n, column in enumerate(form.columns, start=1):
            cell, value = sheet.cell(row, n), record.get(column.name)
            if said and is_measured(column):
                cell.comment = _last_value(said, column, value)
            else:
                _fill(cell, column, value, form.catalogue)


def is_measured(column: Column) -> bool:
    """Columns whose values are new in every period: numbers that are no part of the key."""
    return column.is_numeric and not column.key


def _last_value(said: str, column: Column, value: Value) -> Comment | None:
    if value is None or value == "":
        return None
    number = f"{value:,}" if isinstance(value, int | float | Decimal) else str(value)
    comment = Comment(f"{said}{number}{printed_unit(column.unit) or ''}", "县统")
    comment.width, comment.height = 220, 40
    return comment


def _fill(cell: Any, column: Column, value: Value, catalogue: Catalogue) -> None:
    """A value as the reporter would have typed it: labels for codes, text never a formula."""
    if value is None or value == "":
        return
    if column.code_list:
        code = catalogue.codes[column.code_list].by_code.get(str(value))
        value = code.zh if code else str(value)
    elif isinstance(value, bool):
        value = "是" if value else "否"
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\t"))
