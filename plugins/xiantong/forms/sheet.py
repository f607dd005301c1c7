"""The sheet around the table: what is locked, how wide columns are, how it is printed."""

from __future__ import annotations

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.forms.layout import REMARK_WIDTH, Form
from xiantong.forms.styles import OPEN

_MAX_COLUMN = 16_384
_A4, _A3 = 9, 8
_A4_CHARACTERS = 190  # beyond this a form can no longer be read on A4


def protect(sheet: Worksheet, form: Form) -> None:
    """Header and titles cannot be changed by accident; there is no password, so anyone may lift it."""
    sheet.protection.sheet = True
    for right in ("formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows", "sort", "autoFilter"):  # fmt: skip
        setattr(sheet.protection, right, False)
    for n, column in enumerate(form.columns, start=1):
        letter = get_column_letter(n)
        dimension = sheet.column_dimensions[letter]
        dimension.width = form.column_width(column)
        dimension.protection = OPEN
    if form.has_remark:
        remark = sheet.column_dimensions[get_column_letter(form.width)]
        remark.width, remark.protection = REMARK_WIDTH, OPEN
    # Rows can only be deleted where no cell of them is locked, so the empty rest is open too.
    rest = sheet.column_dimensions[get_column_letter(form.width + 1)]
    rest.min, rest.max = form.width + 1, _MAX_COLUMN
    rest.width = 9
    rest.protection = OPEN


def set_page(sheet: Worksheet, form: Form) -> None:
    sheet.freeze_panes = f"B{form.first}"
    sheet.print_title_rows = f"{form.top}:{form.first - 1}"
    sheet.print_area = f"A1:{get_column_letter(form.width)}{form.last + 1}"
    sheet.page_setup.orientation = "landscape"
    widths = [form.column_width(column) for column in form.columns]
    widths += [REMARK_WIDTH] * form.has_remark
    sheet.page_setup.paperSize = _A4 if sum(widths) <= _A4_CHARACTERS else _A3
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    assert sheet.sheet_properties.pageSetUpPr is not None
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    assert sheet.oddFooter is not None and sheet.oddFooter.center is not None
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    sheet.sheet_view.showGridLines = False
