"""Help while filling in: drop-down lists, and what Excel refuses at once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.model import Column, Kind
from xiantong.forms.layout import Form

CODES_SHEET = "代码表"
# Excel cuts off longer lists that are typed into the validation itself.
_INLINE_LIST = 255


def add_validations(book: Workbook, sheet: Worksheet, form: Form) -> None:
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


def _validation(book: Workbook, form: Form, column: Column) -> DataValidation | None:
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
