"""``write_template``: a contract as the form that its department knows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, Layout, Privacy, Reporter, Severity
from xiantong.forms.guide import write_guide
from xiantong.forms.wording import column_header, printed_unit, rule_line, written_period
from xiantong.parsing.headers import is_remark
from xiantong.periods import Period

BLANK_ROWS = 200
CODES_SHEET = "代码表"
# Excel cuts off longer lists that are typed into the validation itself.
_INLINE_LIST = 255
_MAX_COLUMN = 16_384
_A4, _A3 = 9, 8
_A4_CHARACTERS = 190  # beyond this a form can no longer be read on A4
_FIXED = datetime(2020, 1, 1)
_WITHIN = "其中:"
REMARK = "备注"
_REMARK_NOTE = f"备注（选填）\n{Severity.WARNING.problem('zh')}属实的，请在该行备注写明具体原因，如停产检修、政策调整。"
_REMARK_WIDTH = 24.0
_FONT = "宋体"
_THIN = Side(style="thin", color="FF7F8B99")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_REQUIRED_FILL = PatternFill("solid", fgColor="FFFCE4D6")
_OPTIONAL_FILL = PatternFill("solid", fgColor="FFEDF1F6")
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_OPEN = Protection(locked=False)
Value = str | int | float | Decimal | bool | date | None


@dataclass(frozen=True)
class _Form:
    """What is written and where: ``top`` is the first header row, ``first`` the first data row."""

    contract: Contract
    catalogue: Catalogue
    layout: Layout
    columns: tuple[Column, ...]
    top: int
    rows: int

    @property
    def first(self) -> int:
        return self.top + self.layout.header_rows

    @property
    def last(self) -> int:
        return self.first + self.rows - 1

    @property
    def width(self) -> int:
        return len(self.columns) + self.has_remark

    @property
    def has_remark(self) -> bool:
        """Whether 备注 is added as the last column; some forms have one of their own."""
        return not any(is_remark(header_text(self, column)) for column in self.columns)


def write_template(
    contract: Contract,
    catalogue: Catalogue,
    out: Path,
    period: Period | None = None,
    reporter: Reporter | str | None = None,
    last_values: Sequence[Mapping[str, Value]] | None = None,
    last_period: Period | None = None,
) -> Path:
    """Write the blank form; returns ``out``.

    ``period`` chooses the layout that is valid then (else the newest) and fills 报告期; ``reporter``
    (or its code) fills 填报单位; ``last_values`` are rows by column name to start from, for
    registers of which only a little changes. With ``last_period`` only what says what a row is is
    filled in; what is measured stays blank and has the value of that period as a comment. Raises
    ``ValueError`` where no layout is valid.
    """
    layout = contract.layout(period) if period else contract.layouts[-1]
    rows = BLANK_ROWS + len(last_values or ())
    columns = contract.table_columns
    form = _Form(contract, catalogue, layout, columns, 5 if layout.unit else 4, rows)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = re.sub(r"[\\/*?:\[\]]", "", contract.title_zh)[:31]
    _write_titles(sheet, form, period, reporter)
    _write_header(sheet, form)
    _write_rows(sheet, form)
    _write_last(sheet, form, last_values or (), last_period)
    _write_footer(sheet, form)
    _add_validations(book, sheet, form)
    _protect(sheet, form)
    _set_page(sheet, form)
    write_guide(book, contract, catalogue, layout)
    book.properties.creator = "县统"
    book.properties.title = contract.title_zh
    out.parent.mkdir(parents=True, exist_ok=True)
    _save(book, out)
    return out


def header_text(form: _Form, column: Column) -> str:
    return column_header(form.contract, column, form.layout)


# --- title rows -----------------------------------------------------------------------------------


def _write_titles(
    sheet: Worksheet, form: _Form, period: Period | None, reporter: Reporter | str | None
) -> None:
    contract = form.contract
    title = _line(sheet, 1, [contract.title_zh], form.width)[0]
    title.font = Font(name=_FONT, size=18, bold=True)
    title.alignment = _CENTRE
    sheet.row_dimensions[1].height = 36
    _line(sheet, 2, [f"表号：{contract.form_no}", f"制定机关：{_authority(form)}"], form.width)
    said = f"报告期：{written_period(period) if period else ''}"
    for cell in _line(sheet, 3, [f"填报单位：{_name(form.catalogue, reporter)}", said], form.width):
        cell.protection = _OPEN
    if form.layout.unit:
        unit = _line(sheet, 4, ["", f"计量单位：{form.layout.unit}"], form.width)[-1]
        unit.alignment = Alignment(horizontal="right", vertical="center")


def _line(sheet: Worksheet, row: int, texts: Sequence[str], width: int) -> list[Cell]:
    """One title row: the texts share the width of the table."""
    width = max(width, len(texts))
    cells = []
    for n, text in enumerate(texts):
        first, last = n * width // len(texts) + 1, (n + 1) * width // len(texts)
        cell = sheet.cell(row, first)
        assert isinstance(cell, Cell)
        cell.value = text or None
        cell.font = Font(name=_FONT, size=11)
        right = n == len(texts) - 1 and n > 0
        cell.alignment = Alignment(horizontal="right" if right else "left", vertical="center")
        if last > first:
            sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
        cells.append(cell)
    sheet.row_dimensions[row].height = 21
    return cells


def _authority(form: _Form) -> str:
    """The department's own bureau: the one in the county whose townships report."""
    bureaus = [
        r
        for r in form.catalogue.reporters
        if r.kind == "bureau" and r.department == form.contract.id.department
    ]
    own = [r for r in bureaus if r.area_code[:6] in form.catalogue.home_counties] or bureaus
    return own[0].reporter_name if own else ""


def _name(catalogue: Catalogue, reporter: Reporter | str | None) -> str:
    if isinstance(reporter, Reporter):
        return reporter.reporter_name
    if reporter is None:
        return ""
    return catalogue.reporter_name(reporter) or reporter


# --- header ---------------------------------------------------------------------------------------


def _write_header(sheet: Worksheet, form: _Form) -> None:
    headers = [_broken(header_text(form, column)) for column in form.columns]
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
    cell.font = Font(name=_FONT, size=11, bold=True)
    cell.fill = _REQUIRED_FILL if required else _OPTIONAL_FILL
    cell.border = _BORDER
    cell.alignment = _CENTRE


def _merge_parents(sheet: Worksheet, form: _Form, within: Sequence[bool]) -> None:
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


def _comment(form: _Form, column: Column) -> Comment:
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


# --- rows -----------------------------------------------------------------------------------------


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


def _write_rows(sheet: Worksheet, form: _Form) -> None:
    font = Font(name=_FONT, size=11)
    for n, column in enumerate(form.columns, start=1):
        right = column.is_numeric
        side = "right" if right else "left" if column.kind is Kind.STRING else "center"
        alignment = Alignment(horizontal=side, vertical="center", wrap_text=not right)
        for row in range(form.first, form.last + 1):
            sheet.row_dimensions[row].height = 18
            cell = sheet.cell(row, n)
            cell.number_format = number_format(column)
            cell.font = font
            cell.border = _BORDER
            cell.alignment = alignment
            cell.protection = _OPEN
    if form.has_remark:
        for row in range(form.first, form.last + 1):
            cell = sheet.cell(row, form.width)
            cell.number_format, cell.font, cell.border = "@", font, _BORDER
            cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
            cell.protection = _OPEN


def _write_last(
    sheet: Worksheet,
    form: _Form,
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


def _write_footer(sheet: Worksheet, form: _Form) -> None:
    labels = [f"{text}：" for text in form.layout.footer]
    if form.width < len(labels):
        labels = ["　　　　".join(labels)]
    for cell in _line(sheet, form.last + 1, labels, form.width):
        cell.alignment = Alignment(horizontal="left", vertical="center")
        cell.protection = _OPEN
    sheet.row_dimensions[form.last + 1].height = 26


# --- help while filling in ------------------------------------------------------------------------


def _add_validations(book: Workbook, sheet: Worksheet, form: _Form) -> None:
    for n, column in enumerate(form.columns, start=1):
        validation = _validation(book, form, column)
        if validation is None:
            continue
        letter = get_column_letter(n)
        validation.allow_blank = True
        validation.showErrorMessage = True
        validation.errorTitle = "填写有误"
        validation.add(f"{letter}{form.first}:{letter}{form.last}")
        sheet.add_data_validation(validation)


def _validation(book: Workbook, form: _Form, column: Column) -> DataValidation | None:
    header = column.header_zh
    if column.code_list:
        labels = [code.zh for code in form.catalogue.codes[column.code_list].codes]
        return DataValidation(
            type="list",
            formula1=_list(book, column.code_list, labels),
            error=f"请从下拉列表中选择「{header}」",
        )
    match column.kind:
        case Kind.BOOLEAN:
            return DataValidation(
                type="list", formula1='"是,否"', error=f"「{header}」请填写 是 或 否"
            )
        case Kind.DATE:
            return DataValidation(
                type="date", operator="between", formula1="18264", formula2="73050",
                error=f"「{header}」请填写日期，如 2023-10-31",
            )  # fmt: skip
        case Kind.YEAR:
            return DataValidation(
                type="whole", operator="between", formula1="1900", formula2="2100",
                error=f"「{header}」请填写四位年份，如 2023",
            )  # fmt: skip
        case Kind.INTEGER | Kind.DECIMAL:
            kind = "整数" if column.kind is Kind.INTEGER else "数字"
            least = "-1e15" if column.signed else "0"
            return DataValidation(
                type="whole" if column.kind is Kind.INTEGER else "decimal", operator="between",
                formula1=least, formula2="1e15",
                error=f"「{header}」请填写{'' if column.signed else '不小于0的'}{kind}，不要带单位",
            )  # fmt: skip
        case Kind.STRING if column.length:
            return DataValidation(
                type="textLength", operator="lessThanOrEqual", formula1=str(column.length),
                error=f"「{header}」不能超过{column.length}个字符",
            )  # fmt: skip
        case _:
            return None


def _list(book: Workbook, name: str, labels: Sequence[str]) -> str:
    """Formula of a drop-down list; long ones stand on a hidden sheet, one column per list."""
    typed = ",".join(labels)
    if len(typed) + 2 <= _INLINE_LIST and not any(re.search(r'[,"]', label) for label in labels):
        return f'"{typed}"'
    if CODES_SHEET not in book.sheetnames:
        book.create_sheet(CODES_SHEET).sheet_state = "hidden"
    codes = book[CODES_SHEET]
    column = 1
    while codes.cell(1, column).value is not None:
        column += 1
    for row, label in enumerate(labels, start=1):
        codes.cell(row, column).value = label
    letter = get_column_letter(column)
    return f"'{CODES_SHEET}'!${letter}$1:${letter}${len(labels)}"


def _protect(sheet: Worksheet, form: _Form) -> None:
    """Header and titles cannot be changed by accident; there is no password, so anyone may lift it."""
    sheet.protection.sheet = True
    for right in ("formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows", "sort", "autoFilter"):  # fmt: skip
        setattr(sheet.protection, right, False)
    for n, column in enumerate(form.columns, start=1):
        letter = get_column_letter(n)
        dimension = sheet.column_dimensions[letter]
        dimension.width = _width(column, column_header(form.contract, column, form.layout))
        dimension.protection = _OPEN
    if form.has_remark:
        remark = sheet.column_dimensions[get_column_letter(form.width)]
        remark.width, remark.protection = _REMARK_WIDTH, _OPEN
    # Rows can only be deleted where no cell of them is locked, so the empty rest is open too.
    rest = sheet.column_dimensions[get_column_letter(form.width + 1)]
    rest.min, rest.max = form.width + 1, _MAX_COLUMN
    rest.width = 9
    rest.protection = _OPEN


def _width(column: Column, header: str) -> float:
    """Wide enough for the values, and for the header in two lines."""
    least = {Kind.STRING: 14, Kind.DATE: 13, Kind.DECIMAL: 14, Kind.TIMESTAMP: 20}.get(
        column.kind, 10
    )
    typed = min(30, (column.length or 0) * 1.15 + 2) if column.kind is Kind.STRING else 0
    return float(round(max(least, typed, 1.1 * min(len(header), 18) + 2.5)))


def _set_page(sheet: Worksheet, form: _Form) -> None:
    sheet.freeze_panes = f"B{form.first}"
    sheet.print_title_rows = f"{form.top}:{form.first - 1}"
    sheet.print_area = f"A1:{get_column_letter(form.width)}{form.last + 1}"
    sheet.page_setup.orientation = "landscape"
    widths = [_width(column, header_text(form, column)) for column in form.columns]
    widths += [_REMARK_WIDTH] * form.has_remark
    sheet.page_setup.paperSize = _A4 if sum(widths) <= _A4_CHARACTERS else _A3
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    assert sheet.sheet_properties.pageSetUpPr is not None
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    assert sheet.oddFooter is not None and sheet.oddFooter.center is not None
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    sheet.sheet_view.showGridLines = False


def _save(book: Workbook, out: Path) -> None:
    """Save without the moment of saving, so that the same form is the same file."""
    part = out.with_name(f"{out.name}.part")
    book.save(part)
    stamp = f"{_FIXED:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(part) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:\w+ [^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            fixed = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, data)
    part.unlink()
