"""CSV, JSON and old xls deliveries come back as a workbook with the original row numbers."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import pytest
import xlwt
from openpyxl import load_workbook

from tests.returns.samples import DATASET, LETTERS, finding, record
from xiantong.contracts.model import Severity
from xiantong.delivered import DeliveryFile
from xiantong.parsing import parse_delivery
from xiantong.returns import write_return

RED = "FFFFC9C6"
HEADERS = [
    "检查记录号",
    "机构编码",
    "检查方式",
    "检查日期",
    "问题数",
    "涉及金额(元)",
    "returned_yuan",
]


def csv_file(path: Path, rows: list[list[object]], encoding: str = "gb18030") -> Path:
    lines = [",".join(HEADERS), *(",".join(map(str, row)) for row in rows)]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return path


def returned_rows(path: Path) -> dict[int, list[object]]:
    sheet = load_workbook(path)["报送数据"]
    return {row[0].value: [c.value for c in row[1:]] for row in sheet.iter_rows(min_row=5)}


def over(row: int, **more: object):
    return finding(
        "return_cap", row=row, column="amount_yuan", header="涉及金额", value="1", **more
    )


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_small_csv_comes_back_whole_with_its_line_numbers(
    encoding, contract, catalogue, submitted, tmp_path
):
    original = csv_file(tmp_path / "a.csv", [record(n)[1:] for n in range(1, 11)], encoding)
    out = write_return(original, contract, catalogue, submitted([over(4)]), tmp_path / "o.xlsx")
    rows = returned_rows(out)
    assert list(rows) == list(range(2, 12))
    assert rows[4][0] == "JC00003"
    sheet = load_workbook(out)["报送数据"]
    assert [c.value for c in sheet[4]] == ["序号（原行号）", "检查记录号", "机构编码", "检查方式", "检查日期", "问题数", "涉及金额(元)", "已退回基金"]  # fmt: skip
    assert (sheet["G7"].fill.fgColor.rgb, sheet["H7"].fill.fgColor.rgb) == (RED, RED)
    assert sheet["G7"].comment is not None
    assert sheet["G6"].fill.fill_type is None


def test_review_of_a_csv_names_the_place_in_both_files(contract, catalogue, submitted, tmp_path):
    original = csv_file(tmp_path / "a.csv", [record(n)[1:] for n in range(1, 11)])
    out = write_return(original, contract, catalogue, submitted([over(4)]), tmp_path / "o.xlsx")
    line = [c.value for c in load_workbook(out)["审核意见"][8]]
    assert line[2:6] == ["报送数据", 7, "涉及金额", "G7"]
    assert "原文件第 4 行" in line[7]


@pytest.mark.parametrize("count", [10, 30_000])
def test_csv_of_an_old_macintosh_comes_back_by_its_lines(
    count, contract, catalogue, submitted, tmp_path
):
    rows = [record(n)[1:] for n in range(1, count + 1)]
    rows[0][2] = '"日常,\n检查"'  # inside quotes it writes LF
    original = csv_file(tmp_path / "a.csv", rows)
    original.write_bytes(original.read_bytes().replace(b"\r\n", b"\r"))
    checked = submitted([over(2), over(5)], row_count=count, good_rows=count - 2)
    out = write_return(original, contract, catalogue, checked, tmp_path / "o.xlsx")
    found = returned_rows(out)
    assert (found[2][0], found[2][2], found[5][0]) == ("JC00001", "日常,\n检查", "JC00003")
    assert len(found) == (count if count == 10 else 2)
    marked = load_workbook(out)["报送数据"]
    row = 5 + list(found).index(5)
    assert (marked[f"G{row}"].fill.fgColor.rgb, marked[f"A{row}"].value) == (RED, 5)


def test_large_csv_comes_back_with_its_failing_rows_only(contract, catalogue, submitted, tmp_path):
    original = csv_file(tmp_path / "a.csv", [record(n)[1:] for n in range(1, 30_001)])
    found = [over(30_001), over(17), over(2)]
    checked = submitted(found, row_count=30_000, good_rows=29_997)
    out = write_return(original, contract, catalogue, checked, tmp_path / "o.xlsx")
    rows = returned_rows(out)
    assert list(rows) == [2, 17, 30_001]
    assert rows[30_001][0] == "JC30000"
    assert "不要只报送本文件" in load_workbook(out)["审核意见"]["A6"].value


def test_quoted_line_breaks_and_commas_keep_row_numbers_right(
    contract, catalogue, submitted, tmp_path
):
    rows = [record(n)[1:] for n in range(1, 4)]
    rows[0][2] = '"日常,\n检查"'
    original = csv_file(tmp_path / "a.csv", rows, "utf-8")
    out = write_return(original, contract, catalogue, submitted([over(5)]), tmp_path / "o.xlsx")
    found = returned_rows(out)
    assert list(found) == [2, 4, 5]
    assert found[2][2] == "日常,\n检查"
    assert found[5][0] == "JC00003"


def test_quotation_that_never_ends_costs_no_more_than_the_rest(
    contract, catalogue, submitted, tmp_path
):
    original = csv_file(tmp_path / "a.csv", [record(n)[1:] for n in range(1, 50_001)])
    content = original.read_bytes()
    original.write_bytes(content.replace(b"JC00001", b'"JC00001', 1))
    started = time.process_time()
    write_return(original, contract, catalogue, submitted([over(2)]), tmp_path / "o.xlsx")
    # Half a second measured; looking at all lines again for every line took more than a minute.
    assert time.process_time() - started < 15


def test_csv_wider_than_a_spreadsheet_comes_back_as_one_that_opens(
    contract, catalogue, submitted, tmp_path
):
    original = csv_file(tmp_path / "a.csv", [record(1)[1:]])
    lines = original.read_bytes().splitlines()
    original.write_bytes(lines[0] + b",x" * 20_000 + b"\r\n" + lines[1] + b"," * 20_000)
    out = write_return(original, contract, catalogue, submitted([over(2)]), tmp_path / "o.xlsx")
    sheet = load_workbook(out)["报送数据"]
    assert sheet.max_column == 16_384
    assert sheet["B5"].value == "JC00001"


def test_formulas_in_a_csv_stay_text(contract, catalogue, submitted, tmp_path):
    row = record(1)[1:]
    row[0], row[1] = "=1+1", "'@SUM(A1)"
    out = write_return(
        csv_file(tmp_path / "a.csv", [row]),
        contract,
        catalogue,
        submitted([over(2)]),
        tmp_path / "o.xlsx",
    )
    cells = load_workbook(out)["报送数据"][5]
    assert [(c.value, c.data_type, c.quotePrefix) for c in cells[1:3]] == [
        ("=1+1", "s", True),
        ("@SUM(A1)", "s", True),
    ]


def test_json_comes_back_with_chinese_headers(contract, catalogue, submitted, tmp_path):
    names = list(LETTERS)
    rows = [dict(zip(names, record(n)[1:], strict=True)) for n in range(1, 4)]
    original = tmp_path / "a.json"
    original.write_text(json.dumps({"envelope": {"period": "2023-10"}, "rows": rows}), "utf-8")
    out = write_return(original, contract, catalogue, submitted([over(2)]), tmp_path / "o.xlsx")
    sheet = load_workbook(out)["报送数据"]
    assert sheet["B4"].value == "检查记录号"
    assert [sheet.cell(6, n).value for n in (1, 2, 7)] == [2, "JC00002", "1002"]
    assert sheet["G6"].fill.fgColor.rgb == RED
    assert "原文件第 2 条" in load_workbook(out)["审核意见"]["H8"].value


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
def test_old_workbook_keeps_its_addresses(name, contract, catalogue, submitted, tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("检查")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    sheet.write(0, 0, "两定机构负面清单检查表")
    for column, header in enumerate(HEADERS):
        sheet.write(4, column, header)
    values = record(1)[1:]
    values[3] = datetime(2023, 10, 31)
    for column, value in enumerate(values):
        sheet.write(5, column, value, day if column == 3 else xlwt.Style.default_style)
    original = tmp_path / name
    book.save(str(original))
    place = {"sheet": "检查", "row": 6, "cell": "F6", "column": "amount_yuan", "header": "涉及金额"}
    checked = submitted([finding("return_cap", **place)], cells={})
    out = write_return(original, contract, catalogue, checked, tmp_path / "o.xlsx")
    returned = load_workbook(out)
    assert returned.sheetnames == ["审核意见", "检查"]
    assert returned["检查"]["A6"].value == "JC00001"
    assert returned["检查"]["D6"].value == datetime(2023, 10, 31)
    assert returned["检查"]["F6"].value == 1001
    assert returned["检查"]["F6"].fill.fgColor.rgb == RED
    assert returned["审核意见"]["F8"].hyperlink.location == "'检查'!F6"


@pytest.mark.parametrize("content", [b"", b"\0\1\2\3" * 500, b'{"rows": 3}', b"{", b"[1, 2"])
def test_what_cannot_be_read_comes_back_as_review_only(
    content, contract, catalogue, submitted, tmp_path
):
    original = tmp_path / "strange.bin"
    original.write_bytes(content)
    found = [finding("auto_file_format", message_zh="文件不是表格", fix_zh="请另存")]
    checked = submitted(found, row_count=0, cells={})
    out = write_return(original, contract, catalogue, checked, tmp_path / "o.xlsx")
    assert load_workbook(out).sheetnames == ["审核意见"]


def test_partly_accepted_events_ask_for_the_returned_rows_only(catalogue, submitted, tmp_path):
    contract = catalogue.contract("medical_insurance.claim")
    header = ",".join(c.header_zh for c in contract.table_columns)
    original = tmp_path / "claims.csv"
    original.write_text(header + "\n" + "\n".join("x" for _ in range(200)), "utf-8")
    found = [finding("fee_parts", row=5, column="total_fee_yuan", header="医疗总费用")]
    checked = submitted(found, row_count=200, good_rows=199, bad_row_count=1)
    out = write_return(original, contract, catalogue, checked, tmp_path / "o.xlsx")
    sheet = load_workbook(out)["审核意见"]
    assert sheet["A2"].value.startswith("部分受理：已受理199行，退回1行，1处强制性错误（必须改正）")
    assert "只需报送退回的行" in sheet["A6"].value


def test_corrected_return_can_be_delivered_again_with_its_explanation(
    contract, catalogue, submitted, tmp_path
):
    original = csv_file(tmp_path / "a.csv", [record(n)[1:] for n in range(1, 4)])
    warning = finding("overdue_rectify", Severity.WARNING, message_zh="整改逾期", row=3,
                      column="check_date", header="检查日期", explanation="停产检修至十二月")  # fmt: skip
    out = write_return(original, contract, catalogue, submitted([warning]), tmp_path / "o.xlsx")
    source = DeliveryFile("1" * 20, contract.id, out, out.name, datetime(2023, 11, 8))
    parsed = parse_delivery(source, contract, catalogue, tmp_path)
    assert parsed.row_count == 3
    assert str(parsed.envelope.period) == "2023-10"
    assert parsed.envelope.reporter_code == "980121000000medical_insurance"
    (explanation,) = parsed.explanations
    assert explanation.text == "停产检修至十二月"
    assert explanation.rule_id == f"{DATASET}.overdue_rectify"
    assert (explanation.sheet, explanation.row) == ("报送数据", 6)
