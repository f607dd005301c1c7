"""A delivered form and findings about it, made by hand so that every place is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side

from tests.returns.samples import DATASET, HEADERS, LETTERS, SHEET, at, finding, record
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Severity
from xiantong.delivered import Envelope
from xiantong.findings import CheckedSubmission, Finding
from xiantong.periods import Period


@pytest.fixture(scope="session")
def contract(catalogue: Catalogue) -> Contract:
    return catalogue.contract(DATASET)


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """A department's workbook: merged title, formula, own fill and comment, a chart sheet behind."""
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    sheet.merge_cells("A1:H1")
    sheet["A1"] = "两定机构负面清单检查表"
    sheet["A2"], sheet["A3"], sheet["A4"] = "表号：医保05表", "填报单位：青澧县医疗保障局　报告期：2023年10月", "计量单位：元"  # fmt: skip
    side = Side(style="thin")
    for column, header in enumerate(HEADERS, start=1):
        sheet.cell(5, column, header).font = Font(bold=True)
    for row in range(6, 26):
        for column, value in enumerate(record(row - 5), start=1):
            sheet.cell(row, column, value).border = Border(side, side, side, side)
    sheet["G26"] = "=SUM(G6:G25)"
    sheet["B8"].fill = PatternFill("solid", "FF00FF00")
    sheet["G7"].comment = Comment("自己的批注", "张三")
    sheet.column_dimensions["C"].width = 33
    sheet.print_title_rows = "5:5"
    other = book.create_sheet("图表")
    other["A1"] = "别的表"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=7, min_row=6, max_row=12))
    other.add_chart(chart, "C3")
    other.print_title_rows = "1:1"
    book.active = 1
    path = tmp_path / "青澧县_2023-10.xlsx"
    book.save(path)
    return path


Submit = Callable[..., CheckedSubmission]


@pytest.fixture
def submitted(contract: Contract) -> Submit:
    def make(findings: Sequence[Finding], **more: object) -> CheckedSubmission:
        envelope = Envelope(
            datetime(2023, 11, 6, 9, 30),
            Period("2023-10"),
            "980121000000medical_insurance",
            "980121000000",
        )
        values: dict[str, object] = {
            "rule_counts": dict(Counter(f.rule_id for f in findings)),
            "row_count": 20,
            "bad_row_count": len({f.row for f in findings if f.severity is Severity.ERROR}),
            "good_rows": 0,
            "cells": LETTERS,
        } | more
        return CheckedSubmission("0" * 20, contract.id, envelope, tuple(findings), **values)  # type: ignore[arg-type]

    return make


@pytest.fixture
def findings() -> list[Finding]:
    return [
        finding("return_cap", value="1002", **at("G7", "amount_yuan", "涉及金额")),
        finding("auto_required_finding_no", message_zh="「检查记录号」不能为空", fix_zh="请补填",
                **at("B8", "finding_no", "检查记录号")),
        finding("auto_key_finding_no", message_zh="「检查记录号」重复", fix_zh="请合并",
                **at("B8", "finding_no", "检查记录号")),
        finding("overdue_rectify", Severity.WARNING, message_zh="整改逾期", fix_zh="请说明",
                value="2023-10-11", **at("E12", "check_date", "检查日期")),
        finding("overdue_rectify", Severity.WARNING, message_zh="整改逾期", fix_zh="请说明",
                explanation="企业停产整改，已延期至12月", **at("E13", "check_date", "检查日期")),
        finding("auto_columns", Severity.INFO, message_zh="无法识别的列：处理人", fix_zh="", sheet=SHEET),
    ]  # fmt: skip
