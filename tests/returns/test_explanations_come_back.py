"""A returned workbook with explanations filled in and cells corrected, handed in again as it is."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.returns.office import Office, Remembered, explain, review_columns, warnings
from xiantong.returns import REVIEW_SHEET, findings_csv_path
from xiantong.returns import entries as entries_module

RULE = "overdue_rectify"
REASON = "机构停业改造，整改延期至12月"


def record(n: int, **more: Any) -> dict[str, Any]:
    """A finding whose rectification is overdue."""
    values: dict[str, Any] = {
        "finding_no": f"JC{n:05d}",
        "institution_code": f"H980121{n:05d}",
        "check_kind": "SELF",
        "check_date": date(2023, 10, 3),
        "finding_cnt": 0,
        "amount_yuan": 100 + n,
        "returned_yuan": 0,
        "penalty_yuan": 0,
        "rectify_due_date": date(2023, 10, 10 + n),
    }
    return values | more


@pytest.fixture
def office(contract, catalogue, tmp_path: Path) -> Office:
    return Office(contract, catalogue, tmp_path)


@pytest.fixture
def form(office: Office) -> Path:
    return office.form([record(n) for n in range(3)])


def test_explained_return_is_accepted_as_it_is(office, form):
    (checked,) = office.check(form)
    rows = [f.row for f in warnings(checked, RULE)]
    assert len(rows) == 3 and checked.unexplained
    back = office.returned(form, checked)
    explain(back, dict.fromkeys(rows, REASON), RULE)
    (again,) = office.check(back)
    assert not again.unexplained
    assert again.row_count == 3
    assert {f.explanation for f in warnings(again, RULE)} == {REASON}
    assert not any(f.carried_from for f in again.findings)


def test_explanations_follow_their_rows_when_rows_are_deleted_and_sorted(office, form):
    (checked,) = office.check(form)
    rows = [f.row for f in warnings(checked, RULE)]
    back = office.returned(form, checked)
    explain(back, {row: f"{REASON}（{row}）" for row in rows}, RULE)
    book = load_workbook(back)
    sheet = book.worksheets[1]
    swap = [[cell.value for cell in sheet[row]] for row in (rows[2], rows[1])]
    for row, values in zip(rows[:2], swap, strict=True):
        for cell, value in zip(sheet[row], values, strict=True):
            cell.value = value
    for cell in sheet[rows[2]]:
        cell.value = None
    book.save(back)
    (again,) = office.check(back)
    assert [f.explanation for f in warnings(again, RULE)] == [
        f"{REASON}（{rows[2]}）",
        f"{REASON}（{rows[1]}）",
    ]


def test_corrected_value_keeps_its_explanation_and_a_neighbour_does_not_get_it(office, form):
    (checked,) = office.check(form)
    rows = [f.row for f in warnings(checked, RULE)]
    back = office.returned(form, checked)
    explain(back, {rows[1]: REASON}, RULE)
    book = load_workbook(back)
    sheet = book.worksheets[1]
    due = next(c.column for row in sheet.iter_rows(max_row=8) for c in row if c.value == "整改期限")
    sheet.cell(rows[1], due).value = date(2023, 10, 28)
    sheet.delete_rows(rows[0])
    book.save(back)
    (again,) = office.check(back)
    assert [f.explanation for f in warnings(again, RULE)] == [REASON, None]


def test_corrected_key_keeps_the_explanation_of_its_row(office):
    form = office.form([record(0, finding_no="写错的号"), record(1)])
    (checked,) = office.check(form)
    rows = [f.row for f in warnings(checked, RULE)]
    back = office.returned(form, checked)
    explain(back, {rows[0]: REASON}, RULE)
    book = load_workbook(back)
    cell = next(c for c in book.worksheets[1][rows[0]] if c.value == "写错的号")
    cell.value = "JC00000"
    book.save(back)
    (again,) = office.check(back)
    assert [f.explanation for f in warnings(again, RULE)] == [REASON, None]


@pytest.mark.parametrize("talk", ["核实无误", "经核实，情况属实。", "……", "/"])
def test_empty_talk_is_refused_with_what_is_wanted(office, form, talk):
    (checked,) = office.check(form)
    back = office.returned(form, checked)
    explain(back, {f.row: talk for f in warnings(checked, RULE)}, RULE)
    (again,) = office.check(back)
    assert len(warnings(again, RULE)) == again.unexplained.total() == 3
    assert all("请写明具体情况" in f.fix_zh and talk in f.fix_zh for f in warnings(again, RULE))
    sheet = load_workbook(office.returned(back, again))[REVIEW_SHEET]
    columns = review_columns(sheet)
    assert "请写明具体情况" in sheet.cell(8, columns["如何修改"] + 1).value
    assert sheet.cell(8, columns["说明"] + 1).value is None


def test_explanation_given_once_carries_over_and_says_so(office, form):
    (checked,) = office.check(form)
    back = office.returned(form, checked)
    explain(back, {f.row: REASON for f in warnings(checked, RULE)}, RULE)
    (explained,) = office.check(back)
    changed = office.form([record(0), record(1, amount_yuan=7), record(2, rectify_due_date=date(2023, 10, 30)), record(4)])  # fmt: skip
    (again,) = office.check(changed, earlier=Remembered(explained))
    found = warnings(again, RULE)
    assert [f.explanation for f in found] == [REASON, REASON, None, None]
    assert [f.carried_from for f in found[:2]] == [explained.submission_id] * 2
    sheet = load_workbook(office.returned(changed, again))[REVIEW_SHEET]
    problems = [row[7].value for row in sheet.iter_rows(min_row=8) if row[10].value == REASON]
    assert len(problems) == 2
    assert all(text.endswith("（沿用此前报送时的说明）") for text in problems)


def test_explanation_carries_over_inside_a_batch_in_order_of_delivery(office, form):
    (checked,) = office.check(form)
    back = office.returned(form, checked)
    explain(back, {f.row: REASON for f in warnings(checked, RULE)}, RULE)
    (office.folder / "later").mkdir()
    later = form.rename(office.folder / "later" / form.name)
    explained, again = office.check(back, later)
    assert not again.unexplained
    assert {f.carried_from for f in warnings(again, RULE)} == {explained.submission_id}


def test_finding_about_the_whole_delivery_is_explained_in_the_return(office):
    """A column of the department's own is odd, and belongs to no row."""
    form = office.form([record(0, rectified_date=date(2023, 10, 9))])
    book = load_workbook(form)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows(max_row=8) if row[0].value == "检查记录号")[0].row
    sheet.cell(header, sheet.max_column + 1).value = "处理人"
    book.save(form)
    (checked,) = office.check(form)
    (odd,) = [f for f in checked.findings if f.rule_id.endswith("auto_columns")]
    back = office.returned(form, checked)
    explain(back, {odd.row: "本局内部登记用，不必读入"}, "auto_columns")
    (again,) = office.check(back)
    assert not again.unexplained
    third = office.form([record(0, rectified_date=date(2023, 10, 9))])
    book = load_workbook(third)
    book.worksheets[0].cell(header, sheet.max_column).value = "处理人"
    book.save(third)
    (carried,) = office.check(third, earlier=Remembered(again))
    assert not carried.unexplained


def test_remark_column_explains_its_row(office, form):
    book = load_workbook(form)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows(max_row=8) if row[0].value == "检查记录号")[0].row
    column = sheet.max_column + 1
    sheet.cell(header, column).value = "备注"
    sheet.cell(header + 2, column).value = REASON
    book.save(form)
    (checked,) = office.check(form)
    assert [f.explanation for f in warnings(checked, RULE)] == [None, REASON, None]


def test_attached_list_explains_from_beside_the_file(office, form, monkeypatch):
    monkeypatch.setattr(entries_module, "MAX_LISTED", 2)
    (checked,) = office.check(form)
    back = office.returned(form, checked)
    attached = findings_csv_path(back)
    rows = list(csv.DictReader(attached.open(encoding="utf-8-sig")))
    overdue = [row for row in rows if row["规则编号"].endswith(RULE)]
    assert len(overdue) == 3
    overdue[0]["说明"], overdue[1]["说明"] = REASON, "情况属实"
    with attached.open("w", encoding="gb18030", newline="") as file:  # as Excel saves CSV in China
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (again,) = office.check(form, sidecar=attached)
    assert [f.explanation for f in warnings(again, RULE)] == [REASON, None, None]
    assert "情况属实" in warnings(again, RULE)[1].fix_zh


def test_sidecar_that_cannot_be_read_is_said_and_costs_nothing(office, form):
    odd = office.folder / "表.说明.csv"
    odd.write_bytes(b"\x00\x01 nothing")
    (checked,) = office.check(form, sidecar=odd)
    (said,) = [f for f in checked.findings if f.rule_id.endswith("auto_sidecar")]
    assert said.severity == "info" and checked.row_count == 3


def test_fingerprint_tells_nothing_without_the_key(office, form):
    (checked,) = office.check(form)
    marks = {f.fingerprint for f in warnings(checked, RULE)}
    assert len(marks) == 3
    assert all(mark and "JC0000" not in mark and len(mark) == 25 for mark in marks)
    sheet = load_workbook(office.returned(form, checked))[REVIEW_SHEET]
    assert sheet.column_dimensions["L"].hidden
