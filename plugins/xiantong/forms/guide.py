"""The sheet «填表说明»: every column and every rule in words."""

from __future__ import annotations

import re

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, Layout, Severity
from xiantong.forms.wording import (
    SEVERITY_SIGN,
    column_header,
    due_wording,
    printed_unit,
    rule_line,
)

GUIDE_SHEET = "填表说明"
_FONT = "微软雅黑"
_WIDTHS = (5, 22, 7, 24, 48, 62)
_RULES = "　".join(
    f"{SEVERITY_SIGN[severity]} {severity.label_zh}"
    for severity in (Severity.ERROR, Severity.WARNING)
)
_HEADERS = ("号", "栏目", "必填", "填写格式", "可填内容", f"审核规则\n{_RULES}")
_FREQUENCIES = {
    "monthly": "月报",
    "quarterly": "季报",
    "semester": "学期报",
    "annual": "年报",
    "event": "发生即报",
}
_SIDE = Side(style="thin", color="FFD5DBE3")
_BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_LISTED_CODES = 30


def write_guide(book: Workbook, contract: Contract, catalogue: Catalogue, layout: Layout) -> None:
    sheet = book.create_sheet(GUIDE_SHEET)
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    row = 1
    for text, size, bold, height in _introduction(contract):
        cell = sheet.cell(row, 1, text)
        cell.font = Font(name=_FONT, size=size, bold=bold, color="FF1F4E79" if bold else "FF1F2D3D")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(_WIDTHS))
        sheet.row_dimensions[row].height = height
        row += 1
    top = row
    table = [_HEADERS, *_lines(contract, catalogue, layout)]
    for values in table:
        for n, value in enumerate(values, start=1):
            cell = sheet.cell(row, n)
            cell.value = value
            cell.data_type = "n" if isinstance(value, int) else "s"
            cell.border = _BORDER
            cell.font = Font(name=_FONT, size=10)
            centred = n in (1, 3)
            cell.alignment = Alignment(
                horizontal="center" if centred else "left", vertical="center", wrap_text=True
            )
            if row == top:
                cell.font = Font(name=_FONT, size=10, bold=True, color="FFFFFFFF")
                cell.fill = PatternFill("solid", fgColor="FF1F4E79")
        sheet.row_dimensions[row].height = _height(values)
        row += 1
    sheet.freeze_panes = f"A{top + 1}"
    sheet.print_title_rows = f"{top}:{top}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    assert sheet.sheet_properties.pageSetUpPr is not None
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.sheet_view.showGridLines = False


def _introduction(contract: Contract) -> list[tuple[str, int, bool, int]]:
    frequency = _FREQUENCIES[contract.frequency]
    return [
        (f"{contract.title_zh}　填表说明", 16, True, 32),
        (f"表号：{contract.form_no}　　报送频率：{frequency}　　报送期限：{due_wording(contract)}", 10, False, 20),
        ("一、橙色表头为必填栏目，灰色为选填栏目；鼠标移到表头可查看该栏目的要求。", 10, False, 20),
        ("二、请勿改动表头文字和列的顺序；数据行不够时在表尾签字行之上插入行。", 10, False, 20),
        ("三、代码类栏目从下拉列表中选择；编码、证件号码按文本填写，不要让表格软件转成数字。", 10, False, 20),
        (f"四、审核发现问题的，原表退回并在单元格上标明；{Severity.WARNING.problem('zh')}属实的，请写明具体原因，「情况属实」不算说明。", 10, False, 20),
        *((("五、本期确无发生的，在首行任一栏填“零报告”，其余留空，照常报送；空表不予受理。", 10, False, 20),) if contract.may_be_nil else ()),
    ]  # fmt: skip


def _lines(contract: Contract, catalogue: Catalogue, layout: Layout) -> list[tuple[int | str, ...]]:
    rules = catalogue.rules(contract)
    lines: list[tuple[int | str, ...]] = []
    for number, column in enumerate(contract.table_columns, start=1):
        wordings = [
            rule_line(rule, contract, catalogue)
            for rule in rules
            if rule.columns and rule.columns[0] == column.name
        ]
        lines.append(
            (
                number,
                column_header(contract, column, layout),
                "必填" if column.required else "",
                _format(column),
                _content(column, catalogue),
                "\n".join(wordings),
            )
        )
    general = [rule_line(rule, contract, catalogue) for rule in rules if not rule.columns]
    if general:
        lines.append(("", "全表", "", "", "", "\n".join(general)))
    return lines


def _format(column: Column) -> str:
    unit = f"，单位：{column.unit}" if printed_unit(column.unit) else ""
    match column.kind:
        case Kind.STRING:
            return f"文本，不超过{column.length}个字符" if column.length else "文本"
        case Kind.CODE:
            return "从列表中选择"
        case Kind.INTEGER:
            return f"整数{unit}"
        case Kind.DECIMAL:
            return f"数字，{column.scale}位小数{unit}"
        case Kind.DATE:
            return "日期，如 2023-10-31"
        case Kind.MONTH:
            return "年月，如 2019-05"
        case Kind.YEAR:
            return "年份，如 2023"
        case Kind.BOOLEAN:
            return "是 或 否"
        case Kind.TIMESTAMP:
            return "时间，如 2023-10-31 08:30:00"
        case _:
            return "文本"


def _content(column: Column, catalogue: Catalogue) -> str:
    parts = []
    if re.search(r"[\u4e00-\u9fff]", column.description):
        parts.append(column.description)
    if column.code_list:
        codes = catalogue.codes[column.code_list].codes
        more = f"等{len(codes)}项" if len(codes) > _LISTED_CODES else ""
        parts.append("、".join(code.zh for code in codes[:_LISTED_CODES]) + more)
    if column.ref_dataset in catalogue.contracts and column.ref_dataset:
        parts.append(f"须已在《{catalogue.contracts[column.ref_dataset].title_zh}》中登记")
    elif column.ref == "_areas.area_code":
        parts.append("12位统计用区划代码")
    return "\n".join(parts)


def _height(values: tuple[int | str, ...]) -> float:
    lines = 1
    for value, width in zip(values, _WIDTHS, strict=True):
        text = str(value)
        needed = sum(1 + int(2.05 * len(line) / (width - 1)) for line in text.split("\n"))
        lines = max(lines, needed)
    return min(400.0, 8.0 + 15 * lines)
