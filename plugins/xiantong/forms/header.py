"""The header of the table, one or two rows, with what every column demands as a comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.model import Column, Privacy, Severity
from xiantong.forms.layout import REMARK, Form
from xiantong.forms.styles import BORDER, CENTRE, FONT
from xiantong.forms.wording import printed_unit, rule_line

_WITHIN = "其中:"
_REMARK_NOTE = f"备注（选填）\n{Severity.WARNING.problem('zh')}属实的，请在该行备注写明具体原因，如停产检修、政策调整。"
_REQUIRED_FILL = PatternFill("solid", fgColor="FFFCE4D6")
_OPTIONAL_FILL = PatternFill("solid", fgColor="FFEDF1F6")


def write_header(sheet: Worksheet, form: Form) -> None:
    headers = [_broken(form.header(column)) for column in form.columns]
    bottom = form.first - 1
    if form.has_remark:
        for row in range(form.top, form.first):
            _header_cell(sheet, row, form.width, REMARK, required=False)
        if bottom > form.top:
            sheet.merge_cells(
                start_row=form.top, start_column=form.width, end_row=bottom, end_column=form.width
            )
        sheet.cell(form.top, form.width).comment = _sized(Comment(_REMARK_NOTE, "县统"))
    for n, (column, header) in enumerate(zip(form.columns, headers, strict=True), start=1):
        within = bottom > form.top and header.startswith(_WITHIN)
        _header_cell(
            sheet, bottom, n, header.removeprefix(_WITHIN) if within else header, column.required
        )
        if bottom > form.top:
            _header_cell(sheet, form.top, n, _WITHIN[:-1] if within else header, column.required)
    if bottom > form.top:
        _merge_parents(sheet, form, [header.startswith(_WITHIN) for header in headers])
    for n, column in enumerate(form.columns, start=1):
        place = sheet.cell(bottom, n)
        if not isinstance(place, Cell):  # merged with the row above
            place = sheet.cell(form.top, n)
        place.comment = _comment(form, column)
    for row in range(form.top, form.first):
        sheet.row_dimensions[row].height = 36 if form.layout.header_rows == 1 else 30


def _broken(header: str) -> str:
    """A long header with its bracket in a line of its own; white space does not matter in headers."""
    name, bracket, unit = header.partition("（")
    return f"{name}\n（{unit}" if bracket and len(name.removeprefix(_WITHIN)) >= 4 else header


def _header_cell(sheet: Worksheet, row: int, n: int, text: str, required: bool) -> None:
    cell = sheet.cell(row, n)
    cell.value = text
    cell.font = Font(name=FONT, size=11, bold=True)
    cell.fill = _REQUIRED_FILL if required else _OPTIONAL_FILL
    cell.border = BORDER
    cell.alignment = CENTRE


def _merge_parents(sheet: Worksheet, form: Form, within: Sequence[bool]) -> None:
    """Neighbouring 其中 columns share their parent; every other header fills both rows."""
    n = 0
    while n < len(within):
        if not within[n]:
            sheet.merge_cells(
                start_row=form.top, start_column=n + 1, end_row=form.top + 1, end_column=n + 1
            )
            n += 1
            continue
        end = n
        while end + 1 < len(within) and within[end + 1]:
            end += 1
        if end > n:
            sheet.merge_cells(
                start_row=form.top, start_column=n + 1, end_row=form.top, end_column=end + 1
            )
        n = end + 1


def _comment(form: Form, column: Column) -> Comment:
    lines = [f"{column.header_zh}（{'必填' if column.required else '选填'}）"]
    if re.search(r"[\u4e00-\u9fff]", column.description):
        lines.append(column.description)
    if printed_unit(column.unit):
        lines.append(f"单位：{column.unit}")
    if column.privacy is Privacy.SENSITIVE:
        lines.append("敏感信息：入库前加密，不在任何报表中显示")
    rules = [
        rule_line(rule, form.contract, form.catalogue)
        for rule in form.catalogue.rules(form.contract)
        if column.name in rule.columns
    ]
    text = "\n".join(lines + rules)[:1500]
    return _sized(Comment(text, "县统"))


def _sized(comment: Comment) -> Comment:
    """The comment in a box that shows all of it."""
    comment.width = 300
    comment.height = 30 + 18 * sum(1 + len(line) // 22 for line in comment.text.splitlines())
    return comment
