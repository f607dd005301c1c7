"""An xlsx delivery comes back as itself, with its findings marked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.returns.samples import DATASET, SHEET, at, finding
from xiantong.contracts.model import Severity
from xiantong.findings import Finding
from xiantong.returns import findings_csv_path, write_return

RED, AMBER = "FFFFC9C6", "FFFFE9A8"
HEADERS = ("序号", "级别", "工作表", "行号", "列", "单元格", "填报值", "问题", "如何修改", "规则编号", "说明", "标识")  # fmt: skip


def table(sheet: Worksheet) -> list[dict[str, object]]:
    rows = list(sheet.iter_rows(values_only=True))
    top = rows.index(HEADERS)
    return [dict(zip(HEADERS, row, strict=True)) for row in rows[top + 1 :]]


@pytest.fixture
def returned(form, contract, catalogue, submitted, findings, tmp_path) -> Path:
    out = tmp_path / "out" / "return.xlsx"
    return write_return(form, contract, catalogue, submitted(findings), out)


def test_errors_are_red_and_warnings_amber_and_information_is_not_coloured(returned):
    sheet = load_workbook(returned)[SHEET]
    fills = {
        cell.coordinate: cell.fill.fgColor.rgb
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type
    }
    assert {c for c, rgb in fills.items() if rgb == RED} == {"G7", "H7", "B8"}
    assert {c for c, rgb in fills.items() if rgb == AMBER} >= {"E12", "E13"}


def test_comment_names_the_problem_the_cure_and_the_rule(returned):
    comment = load_workbook(returned)[SHEET]["E12"].comment.text
    assert "整改逾期" in comment
    assert "请说明" in comment
    assert f"{DATASET}.overdue_rectify" in comment


def test_several_findings_on_one_cell_share_one_comment(returned):
    comment = load_workbook(returned)[SHEET]["B8"].comment.text
    assert "不能为空" in comment
    assert "重复" in comment


def test_comment_of_the_department_is_kept_and_ours_added(returned):
    comment = load_workbook(returned)[SHEET]["G7"].comment.text
    assert comment.startswith("自己的批注")
    assert "退回金额大于涉及金额" in comment


def test_everything_else_of_the_workbook_is_kept(form, returned):
    before, after = load_workbook(form)[SHEET], load_workbook(returned)[SHEET]
    assert [[c.value for c in r] for r in before.rows] == [[c.value for c in r] for r in after.rows]
    assert after["G26"].value == "=SUM(G6:G25)"
    assert after.column_dimensions["C"].width == 33
    assert [str(r) for r in after.merged_cells.ranges] == ["A1:H1"]
    assert after["G7"].border.left.style == "thin"
    with zipfile.ZipFile(form) as old, zipfile.ZipFile(returned) as new:
        assert old.read("xl/charts/chart1.xml") == new.read("xl/charts/chart1.xml")


def test_cached_results_of_formulas_survive(
    contract, catalogue, submitted, findings, form, tmp_path
):
    patched = tmp_path / "cached.xlsx"
    with zipfile.ZipFile(form) as old, zipfile.ZipFile(patched, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<f>SUM(G6:G25)</f><v />", b"<f>SUM(G6:G25)</f><v>20210</v>")
                assert b"20210" in data
            new.writestr(info, data)
    out = write_return(patched, contract, catalogue, submitted(findings), tmp_path / "o.xlsx")
    assert load_workbook(out, data_only=True)[SHEET]["G26"].value == 20210


def test_review_is_the_first_and_only_selected_sheet(returned):
    book = load_workbook(returned)
    assert book.sheetnames == ["审核意见", SHEET, "图表"]
    assert book.active.title == "审核意见"
    assert not any(book[name].sheet_view.tabSelected for name in (SHEET, "图表"))


def test_names_of_single_sheets_still_belong_to_their_sheets(returned):
    book = load_workbook(returned)
    assert book[SHEET].print_title_rows == "$5:$5"
    assert book["图表"].print_title_rows == "$1:$1"
    assert book["审核意见"].print_title_rows == "$7:$7"


def test_review_lists_errors_first_with_all_that_is_needed(returned):
    lines = table(load_workbook(returned)["审核意见"])
    assert [line["级别"] for line in lines] == ["强制性"] * 3 + ["核实性"] * 2 + ["提示"]
    first = lines[0]
    assert first["工作表"] == SHEET
    assert (first["行号"], first["列"], first["单元格"], first["填报值"]) == (
        7,
        "涉及金额",
        "G7",
        "1002",
    )
    assert first["如何修改"] == "请核对两个金额"
    assert first["规则编号"] == f"{DATASET}.return_cap"


def test_cells_of_the_review_link_to_the_place(returned):
    sheet = load_workbook(returned)["审核意见"]
    links = {
        cell.value: cell.hyperlink.location
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert links["G7"] == "'负面清单''检查'!G7"
    assert len(links) >= 4


def test_warnings_offer_a_yellow_cell_and_keep_given_explanations(returned):
    sheet = load_workbook(returned)["审核意见"]
    explained = [
        (row[10].value, row[10].fill.fgColor.rgb)
        for row in sheet.iter_rows()
        if row[1].value == "核实性"
    ]
    assert explained == [(None, "FFFFFFB3"), ("企业停产整改，已延期至12月", "00000000")]


def test_verdict_counts_errors_and_unexplained_warnings(returned):
    sheet = load_workbook(returned)["审核意见"]
    assert sheet["A2"].value == (
        "退回：3处强制性错误（必须改正）、1处核实性问题（须说明原因），请按下表逐项处理后重新报送。"
    )
    assert "青澧县医疗保障局" in sheet["A3"].value
    assert "2023年10月" in sheet["A3"].value
    assert "报送时间：2023-11-06 17:30" in sheet["A4"].value  # kept as 09:30 UTC


def test_review_is_frozen_filtered_and_fits_the_page(returned):
    sheet = load_workbook(returned)["审核意见"]
    assert sheet.freeze_panes == "A8"
    assert sheet.auto_filter.ref == "A7:K13"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToHeight == 0


def test_same_input_gives_the_same_bytes(form, contract, catalogue, submitted, findings, tmp_path):
    one = write_return(form, contract, catalogue, submitted(findings), tmp_path / "1.xlsx")
    two = write_return(form, contract, catalogue, submitted(findings), tmp_path / "2.xlsx")
    assert one.read_bytes() == two.read_bytes()


def test_return_of_a_return_has_only_the_new_marks(
    returned, contract, catalogue, submitted, findings, tmp_path
):
    again = write_return(
        returned, contract, catalogue, submitted(findings[:1]), tmp_path / "2.xlsx"
    )
    book = load_workbook(again)
    assert book.sheetnames == ["审核意见", SHEET, "图表"]
    sheet = book[SHEET]
    assert sheet["G7"].comment.text.count("退回金额大于涉及金额") == 1
    assert sheet["G7"].comment.text.startswith("自己的批注")
    assert sheet["G7"].fill.fgColor.rgb == RED
    assert sheet["B8"].comment is None
    assert sheet["B8"].fill.fill_type is None
    assert book["图表"].print_title_rows == "$1:$1"


def test_finding_on_a_cell_that_does_not_exist_is_marked(
    form, contract, catalogue, submitted, tmp_path
):
    places = [at("K40", "check_date", "检查日期"), at("J9", "check_date", "检查日期"), at("A2", "finding_no", "检查记录号")]  # fmt: skip
    found = [finding("auto_date_check_date", **place) for place in places]
    out = write_return(form, contract, catalogue, submitted(found, cells={}), tmp_path / "o.xlsx")
    sheet = load_workbook(out)[SHEET]
    assert [sheet[c].fill.fgColor.rgb for c in ("K40", "J9", "A2")] == [RED] * 3
    assert sheet["A2"].value == "表号：医保05表"
    assert sheet["H9"].value == 500.5


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1"]
)
def test_delivered_text_never_becomes_a_formula(
    text, form, contract, catalogue, submitted, tmp_path
):
    said: dict[str, Any] = {"value": text, "message_zh": text, **at("D9", "check_kind", text)}
    found = [finding("x", fix_zh=text, **said), finding("y", explanation=text, **said)]
    out = write_return(form, contract, catalogue, submitted(found), tmp_path / "o.xlsx")
    sheet = load_workbook(out)["审核意见"]
    (first, second) = sheet[8], sheet[9]
    for cell in (first[4], first[6], first[7], first[8], second[10]):
        assert cell.value == text
        assert cell.data_type == "s"
        assert cell.quotePrefix


def test_control_characters_and_very_long_values_do_not_break_the_file(
    form, contract, catalogue, submitted, tmp_path
):
    found = [
        finding(
            "x", value='a\x00\x0b\ud800b<&>"' + "长" * 40_000, **at("D9", "check_kind", "检查方式")
        )
    ]
    out = write_return(form, contract, catalogue, submitted(found), tmp_path / "o.xlsx")
    value = load_workbook(out)["审核意见"]["G8"].value
    assert value.startswith('ab<&>"长')
    assert len(value) <= 32_767


def blank(row: int, **more: object) -> Finding:
    where = at(f"F{row}", "finding_cnt", "问题数")
    return finding("auto_required_finding_cnt", message_zh="「问题数」不能为空", fix_zh="请补填",
                   **(where | more))  # fmt: skip


def test_column_that_is_blank_in_every_row_is_said_once_and_marked_everywhere(
    form, contract, catalogue, submitted, tmp_path
):
    found = [blank(row) for row in range(6, 26)]
    out = write_return(form, contract, catalogue, submitted(found), tmp_path / "o.xlsx")
    book = load_workbook(out)
    (line,) = table(book["审核意见"])
    assert line["问题"] == "「问题数」不能为空（全部20行）"
    assert (line["行号"], line["单元格"], line["如何修改"]) == (6, "F6", "请补填")
    marked = [row for row in range(6, 26) if book[SHEET][f"F{row}"].comment is not None]
    assert marked == list(range(6, 26))
    assert "20" in str(book["审核意见"]["A2"].value)


def test_lines_that_read_the_same_name_their_rows_and_others_stay_apart(
    form, contract, catalogue, submitted, tmp_path
):
    """Few ones, other values and warnings, each of which wants its own explanation."""
    found = [
        *(blank(row) for row in (6, 7, 8, 10, 12, 13, 25)),
        *(finding("return_cap", value=str(row), **at(f"G{row}", "amount_yuan", "涉及金额")) for row in range(6, 16)),
        *(finding("overdue_rectify", Severity.WARNING, **at(f"E{row}", "check_date", "检查日期")) for row in range(6, 16)),
    ]  # fmt: skip
    out = write_return(form, contract, catalogue, submitted(found), tmp_path / "o.xlsx")
    lines = table(load_workbook(out)["审核意见"])
    (alike,) = [line for line in lines if "不能为空" in str(line["问题"])]
    assert alike["问题"] == "「问题数」不能为空（共7行：第6—8、10、12—13、25行）"
    assert len(lines) == 1 + 10 + 10
    few = write_return(form, contract, catalogue, submitted(found[:5]), tmp_path / "f.xlsx")
    assert len(table(load_workbook(few)["审核意见"])) == 5


def test_many_findings_are_grouped_and_attached(form, contract, catalogue, submitted, tmp_path):
    found = [
        finding("return_cap", value="=1+1", sheet=SHEET, row=row, column="amount_yuan", header="涉及金额", cell=f"G{row}")
        for row in range(6, 5_207)
    ]  # fmt: skip
    counts = {f"{DATASET}.return_cap": 9_000}
    out = write_return(
        form, contract, catalogue, submitted(found, rule_counts=counts), tmp_path / "o.xlsx"
    )
    (line,) = table(load_workbook(out)["审核意见"])
    assert "共 9,000 处" in str(line["问题"])
    assert "第 6、7、8" in str(line["问题"])
    assert (line["工作表"], line["行号"]) == (None, None)
    attached = findings_csv_path(out).read_bytes()
    assert attached.startswith("\ufeff".encode())
    lines = attached.decode("utf-8-sig").splitlines()
    assert len(lines) == 5_202
    assert "'=1+1" in lines[1]


def test_rules_with_unlisted_places_say_so(
    form, contract, catalogue, submitted, findings, tmp_path
):
    counts = {f"{DATASET}.return_cap": 41}
    out = write_return(
        form, contract, catalogue, submitted(findings[:1], rule_counts=counts), tmp_path / "o.xlsx"
    )
    lines = table(load_workbook(out)["审核意见"])
    assert "另有 40 处同类问题" in str(lines[1]["问题"])


def test_accepted_submission_with_explained_warnings_says_accepted(
    form, contract, catalogue, submitted, findings, tmp_path
):
    out = write_return(form, contract, catalogue, submitted(findings[4:5]), tmp_path / "o.xlsx")
    assert load_workbook(out)["审核意见"]["A2"].value == "已受理：20行全部通过审核。"


@pytest.mark.parametrize("cut", [200, 3_000, 7_000])
def test_truncated_workbook_comes_back_as_review_only(
    cut, form, contract, catalogue, submitted, tmp_path
):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(form.read_bytes()[:cut])
    found = [finding("auto_file_damaged", message_zh="文件已损坏", fix_zh="请重新导出")]
    out = write_return(
        broken, contract, catalogue, submitted(found, row_count=0, cells={}), tmp_path / "o.xlsx"
    )
    book = load_workbook(out)
    assert book.sheetnames == ["审核意见"]
    assert table(book["审核意见"])[0]["问题"] == "文件已损坏"


def test_damage_inside_a_part_still_gives_a_return(
    form, contract, catalogue, submitted, findings, tmp_path
):
    data = bytearray(form.read_bytes())
    with zipfile.ZipFile(form) as source:
        info = source.getinfo("xl/worksheets/sheet1.xml")
    middle = info.header_offset + 300
    data[middle : middle + 40] = b"\0" * 40
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(data)
    out = write_return(broken, contract, catalogue, submitted(findings), tmp_path / "o.xlsx")
    assert "审核意见" in load_workbook(out).sheetnames


def test_encrypted_workbook_comes_back_as_review_only(contract, catalogue, submitted, tmp_path):
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000)
    found = [
        finding("auto_file_password", Severity.ERROR, message_zh="文件有密码", fix_zh="请去掉密码")
    ]
    out = write_return(locked, contract, catalogue, submitted(found, cells={}), tmp_path / "o")
    assert out.name == "o.xlsx"
    assert load_workbook(out).sheetnames == ["审核意见"]


def test_macros_are_left_out(form, contract, catalogue, submitted, findings, tmp_path):
    macro = tmp_path / "macro.xlsm"
    with zipfile.ZipFile(form) as old, zipfile.ZipFile(macro, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "[Content_Types].xml":
                data = data.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            if info.filename == "xl/_rels/workbook.xml.rels":
                relation = b'<Relationship Id="rIdM" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/></Relationships>'
                data = data.replace(b"</Relationships>", relation)
            new.writestr(info, data)
        new.writestr("xl/vbaProject.bin", b"macro")
    out = write_return(macro, contract, catalogue, submitted(findings), tmp_path / "o.xlsx")
    with zipfile.ZipFile(out) as returned:
        assert "xl/vbaProject.bin" not in returned.namelist()
        assert b"macroEnabled" not in returned.read("[Content_Types].xml")
    assert load_workbook(out)[SHEET]["G7"].fill.fgColor.rgb == RED


def test_failed_return_leaves_no_half_written_file(
    form, contract, catalogue, submitted, findings, tmp_path
):
    folder = tmp_path / "out"
    write_return(form, contract, catalogue, submitted(findings), folder / "r.xlsx")
    assert [p.name for p in folder.iterdir()] == ["r.xlsx"]
