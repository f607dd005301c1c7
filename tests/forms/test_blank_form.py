"""The blank form looks like the department's own and comes back without complaints."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from xiantong.contracts.model import Contract
from xiantong.forms import write_template
from xiantong.forms.wording import due_wording, rule_wording
from xiantong.periods import Frequency, Period, find_period, written_period
from xiantong.settings import PROJECT_ROOT

DATASETS = sorted(
    f"{path.parent.name}.{path.name.removesuffix('.odcs.yaml')}"
    for path in (PROJECT_ROOT / "expectations").glob("*/*.odcs.yaml")
)
REQUIRED, OPTIONAL = "FFFCE4D6", "FFEDF1F6"


def period_of(contract: Contract) -> Period:
    return Period.of(date(2023, 10, 5), contract.frequency)


@pytest.fixture
def blank(catalogue, tmp_path):
    def write(dataset: str, **more: object):
        contract = catalogue.contract(dataset)
        values: dict[str, object] = {"period": period_of(contract)} | more
        return load_workbook(write_template(contract, catalogue, tmp_path / "form.xlsx", **values))

    return write


def header_row(sheet, text: str) -> int:
    return next(c.row for row in sheet.iter_rows() for c in row if c.value == text)


def test_title_rows_name_form_department_reporter_period_and_unit(blank):
    sheet = blank("statistics.regional_accounts", reporter="980121000000statistics").worksheets[0]
    assert sheet["A1"].value == "地区生产总值与人口情况表"
    texts = [c.value for row in sheet.iter_rows(max_row=4) for c in row if c.value]
    assert "表号：统计01表" in texts
    assert "填报单位：青澧县统计局" in texts
    assert "制定机关：青澧县统计局" in texts
    assert "报告期：2023年第四季度" in texts
    assert "计量单位：万元" in texts


def test_form_without_common_unit_has_no_unit_row(blank):
    sheet = blank("education.school_semester").worksheets[0]
    assert not any("计量单位" in str(c.value) for row in sheet.iter_rows(max_row=5) for c in row)
    assert header_row(sheet, "学校标识码") == 4


def test_units_stand_in_brackets_only_where_they_differ_from_the_form(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    headers = [c.value for c in sheet[5]]
    assert "涉及金额" in headers
    assert "问题数（个）" in headers


def test_two_header_rows_have_merged_parents(blank):
    sheet = blank("education.school_semester").worksheets[0]
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert {"A4:A5", "B4:B5"} <= merged
    child = next(c for c in sheet[5] if c.value == "寄宿生（人）")
    assert sheet.cell(4, child.column).value == "其中"


def test_neighbouring_parts_share_their_parent(catalogue, tmp_path):
    contract = catalogue.contract("medical_insurance.claim")
    layout = contract.layouts[-1].model_copy(update={"header_rows": 2})
    contract = contract.model_copy(update={"layouts": (layout,)})
    sheet = load_workbook(write_template(contract, catalogue, tmp_path / "f.xlsx")).worksheets[0]
    parent = header_row(sheet, "其中")
    (area,) = [
        a for a in sheet.merged_cells.ranges if a.min_row == a.max_row == parent and a.min_col > 1
    ]
    assert area.size["columns"] == 4


def test_required_columns_are_told_by_colour_only(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    fills = {c.value: c.fill.fgColor.rgb for c in sheet[5]}
    assert fills["检查记录号"] == REQUIRED
    assert fills["负面清单条目"] == OPTIONAL


def test_header_notes_explain_the_column(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    note = next(c for c in sheet[5] if c.value == "涉及金额").comment.text
    assert "必填" in note
    assert "单位：元" in note
    assert "不能为负数" in note
    assert "{" not in note


def validations(sheet) -> dict[str, object]:
    return {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}


def test_code_columns_have_chinese_lists(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    found = validations(sheet)["C6"]
    assert found.type == "list"
    assert "日常检查" in found.formula1


def test_long_lists_stand_on_a_hidden_sheet(catalogue, tmp_path):
    contract = catalogue.contract("medical_insurance.negative_list_finding")
    name = contract.by_name["check_kind"].code_list
    codes = catalogue.codes[name]
    many = tuple(
        codes.codes[0].model_copy(update={"code": f"C{n}", "zh": f"第{n}种检查方式"})
        for n in range(80)
    )
    longer = type(catalogue)(catalogue.folder)
    longer.__dict__["codes"] = catalogue.codes | {name: codes.model_copy(update={"codes": many})}
    book = load_workbook(write_template(contract, longer, tmp_path / "f.xlsx"))
    assert book["代码表"].sheet_state == "hidden"
    formula = validations(book.worksheets[0])["C6"].formula1
    assert formula == "'代码表'!$A$1:$A$80"
    assert book["代码表"]["A80"].value == "第79种检查方式"


def test_ids_are_text_and_numbers_have_their_decimals(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    formats = {c.value: sheet.cell(6, c.column).number_format for c in sheet[5]}
    assert formats["定点医药机构编码"] == "@"
    assert formats["检查方式"] == "@"
    assert formats["检查日期"] == "yyyy-mm-dd"
    assert formats["问题数（个）"] == "#,##0"
    assert formats["涉及金额"] == "#,##0.00"


def test_header_is_protected_and_data_cells_are_not(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert sheet["A5"].protection.locked
    assert not sheet["A6"].protection.locked
    assert not sheet.protection.insertRows


def test_footer_has_a_place_for_each_signature(blank):
    sheet = blank("medical_insurance.negative_list_finding").worksheets[0]
    last = [c.value for c in sheet[sheet.max_row] if c.value]
    assert last == ["填表人：", "审核人：", "单位负责人：", "填报日期："]


def test_guide_lists_every_column_and_rule(blank, catalogue):
    contract = catalogue.contract("medical_insurance.negative_list_finding")
    sheet = blank(str(contract.id))["填表说明"]
    text = "\n".join(str(c.value) for row in sheet.iter_rows() for c in row if c.value)
    for column in contract.table_columns:
        assert column.header_zh in text
    for rule in contract.own_rules:
        assert rule.message_zh.split("：{")[0] in text
    assert "报告期结束后8日内" in text
    assert "{" not in text


def test_due_wording_of_every_contract_is_chinese(catalogue):
    texts = {str(c.id): due_wording(c) for c in catalogue.contracts.values()}
    assert texts["education.sport_hour"] == "报告期结束后5个工作日内，7月、8月免报"
    assert texts["energy.tariff_policy"].startswith("报告期")
    assert not any("None" in text for text in texts.values())


@pytest.mark.parametrize(
    "label", ["2023-10", "2023-01", "2023-Q1", "2023-Q3", "2023-S1", "2023-S2", "2023"]
)
def test_written_periods_are_read_back(label):
    period = Period(label)
    assert find_period(written_period(period), period.frequency) == period


def test_same_form_is_the_same_file(catalogue, tmp_path):
    contract = catalogue.contract("education.sport_hour")
    one, two = (write_template(contract, catalogue, tmp_path / f"{n}.xlsx") for n in (1, 2))
    assert one.read_bytes() == two.read_bytes()


def test_last_values_are_filled_in_as_labels_and_never_as_formulas(blank):
    rows = [
        {
            "finding_no": "=1+1",
            "check_kind": "SELF",
            "amount_yuan": Decimal("12.50"),
            "check_date": date(2023, 10, 1),
        }
    ]
    sheet = blank("medical_insurance.negative_list_finding", last_values=rows).worksheets[0]
    assert (sheet["A6"].value, sheet["A6"].data_type) == ("=1+1", "s")
    assert "自查" in sheet["C6"].value
    assert sheet["D6"].value == datetime(2023, 10, 1)
    assert sheet["G6"].value == 12.5


@pytest.mark.parametrize("dataset", DATASETS)
def test_blank_form_without_period_has_all_parts(dataset, catalogue, tmp_path: Path):
    book = load_workbook(
        write_template(catalogue.contract(dataset), catalogue, tmp_path / "f.xlsx")
    )
    assert book.sheetnames[1] in ("填表说明", "代码表")
    assert book.worksheets[0].sheet_state == "visible"


def test_there_are_contracts_to_write_forms_for():
    assert len(DATASETS) >= 24
    assert {c.value for c in Frequency} >= {"monthly", "annual"}


def test_what_a_form_says_of_its_rules_has_no_gaps(catalogue):
    texts = {
        rule_wording(rule, contract, catalogue)
        for contract in catalogue.contracts.values()
        for rule in catalogue.rules(contract)
    }
    assert len(texts) > 1000
    assert "区划代码已停用" in texts and "「审计类型」不在可选范围内" in texts
    assert [t for t in texts if re.search(r"[{}]|“”|（）|于停用|：$", t)] == []
