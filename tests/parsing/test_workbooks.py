"""Forms as workbooks: where things stand, and what cells lose on the way."""

from __future__ import annotations

import time as clock
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.parsing.build import (
    CONTRACT,
    FIRMS,
    FOOTER,
    HEADERS,
    TITLES,
    Reader,
    column,
    fill,
    form,
    kinds,
    rows_of,
    table_row,
    texts,
    write_xlsx,
)
from xiantong.contracts.model import Column, Kind, Severity
from xiantong.parsing.cells import CellReader
from xiantong.periods import Frequency


def test_form_is_read_with_the_place_of_every_row(reader: Reader) -> None:
    parsed = reader.form(rows_of({"worker_cnt": 12}, {"worker_cnt": 7}))
    assert parsed.findings == ()
    assert parsed.row_count == 2
    first, second = texts(parsed)
    assert first["uscc"] == FIRMS[0]
    assert (first["_row"], first["_src_sheet"], first["_src_row"]) == (0, "表1", 6)
    assert (second["_row"], second["_src_row"], second["worker_cnt"]) == (1, 7, "7")
    assert parsed.column_letters["uscc"] == "A"
    assert parsed.missing == ()


def test_signatures_and_titles_fill_the_envelope(reader: Reader) -> None:
    envelope = reader.form(rows_of({})).envelope
    assert envelope.period is not None and envelope.period.label == "2023-10"
    assert envelope.reporter_code == "980121000000energy"
    assert envelope.reporter_area_code == "980121000000"
    assert (envelope.filler_name, envelope.reviewer_name, envelope.unit_head_name) == (
        "张三",
        "李四",
        "王五",
    )
    assert "张三" not in repr(envelope)


def test_numbers_become_their_shortest_text(reader: Reader) -> None:
    parsed = reader.form(
        rows_of({"invest_wan": 12.0}, {"invest_wan": 0.1 + 0.2}, {"invest_wan": 1234567.89})
    )
    assert column(parsed, "invest_wan") == ["12", "0.3", "1234567.89"]
    parsed = reader.form(rows_of({"invest_wan": 1e-7}, {"invest_wan": -5.0}))
    assert column(parsed, "invest_wan") == ["0.0000001", "-5"]


def test_text_is_kept_as_delivered_but_for_outer_white_space_and_apostrophe(reader: Reader) -> None:
    parsed = reader.form(
        rows_of(
            {
                "firm_name": "\u3000 青岭 水泥厂\n",
                "area_code": "'980121104000",
                "invest_wan": "１，２３４.５",
            }
        )
    )
    row = texts(parsed)[0]
    assert (row["firm_name"], row["area_code"], row["invest_wan"]) == (
        "青岭 水泥厂",
        "980121104000",
        "１，２３４.５",
    )


def test_dates_and_booleans_become_text_of_their_column(reader: Reader) -> None:
    parsed = reader.form(
        rows_of(
            {
                "start_date": date(2023, 10, 8),
                "plan_month": date(2019, 5, 1),
                "plan_year": date(2022, 1, 1),
                "is_open": True,
            },
            {
                "start_date": datetime(2023, 10, 8, 8, 30),
                "plan_month": "2019年5月",
                "plan_year": 2022,
                "is_open": False,
            },
        )
    )
    first, second = texts(parsed)
    assert [first[n] for n in ("start_date", "plan_month", "plan_year", "is_open")] == [
        "2023-10-08",
        "2019-05",
        "2022",
        "是",
    ]
    assert [second[n] for n in ("start_date", "plan_month", "plan_year", "is_open")] == [
        "2023-10-08 08:30:00",
        "2019年5月",
        "2022",
        "否",
    ]


def test_serial_numbers_in_date_columns_become_dates(reader: Reader) -> None:
    parsed = reader.form(
        rows_of({"start_date": 45200}, {"start_date": 20231008}, {"start_date": 2023})
    )
    assert column(parsed, "start_date") == ["2023-10-01", "20231008", "2023"]


def test_serial_numbers_follow_the_1904_date_system(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    fill(book.active, form(rows_of({"start_date": 43738}, {"start_date": date(2023, 10, 1)})))
    book.save(tmp_path / "mac.xlsx")
    assert column(reader.read(tmp_path / "mac.xlsx"), "start_date") == ["2023-10-01", "2023-10-01"]


def test_ambiguous_month_number_is_returned(reader: Reader) -> None:
    parsed = reader.form(rows_of({"plan_month": 2023.1}))
    assert kinds(parsed) == ["auto_numeric_cell_plan_month"]


def test_numeric_cell_in_id_column_is_returned(reader: Reader) -> None:
    parsed = reader.form(rows_of({"area_code": 980121104000}, {"uscc": 913501000000100443}))
    assert kinds(parsed) == ["auto_numeric_cell_uscc", "auto_numeric_cell_area_code"]
    finding = parsed.findings[1]
    assert (finding.severity, finding.sheet, finding.row, finding.cell) == (
        Severity.ERROR,
        "表1",
        6,
        "C6",
    )
    assert finding.value == "980121104000"
    assert "请将单元格设为文本格式后重新填写" in finding.fix_zh


def test_values_of_sensitive_columns_are_not_shown_in_findings(reader: Reader) -> None:
    finding = reader.form(rows_of({"owner_id_no": 110105194912310020})).findings[0]
    assert finding.rule_id.endswith("auto_numeric_cell_owner_id_no")
    assert finding.value == "***"
    assert "1101" not in finding.message_zh + finding.fix_zh


def test_numeric_cells_in_names_and_code_lists_are_text(reader: Reader) -> None:
    parsed = reader.form(rows_of({"firm_name": 404, "firm_kind": 2}))
    assert parsed.findings == ()
    assert (texts(parsed)[0]["firm_name"], texts(parsed)[0]["firm_kind"]) == ("404", "2")


def test_long_number_in_a_name_is_returned(reader: Reader) -> None:
    assert kinds(reader.form(rows_of({"firm_name": 1234567890123456789}))) == [
        "auto_numeric_cell_firm_name"
    ]


def test_number_beyond_fifteen_digits_is_returned(reader: Reader) -> None:
    parsed = reader.form(
        rows_of({"meter_value": 12345678901234567}, {"meter_value": 123456789012345})
    )
    assert kinds(parsed) == ["auto_precision_meter_value"]


def test_error_cell_is_returned_with_its_place(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({}, {})))
    cell = book.active["E7"]
    cell.value, cell.data_type = "#DIV/0!", "e"
    book.save(tmp_path / "a.xlsx")
    finding = reader.read(tmp_path / "a.xlsx").findings[0]
    assert (finding.rule_id, finding.cell, finding.value) == (
        "energy.firm_form.auto_error_cell_invest_wan",
        "E7",
        "#DIV/0!",
    )


def test_formula_that_was_never_computed_is_returned(reader: Reader) -> None:
    parsed = reader.form(rows_of({"invest_wan": "=1+1"}, {}))
    assert kinds(parsed) == ["auto_formula_invest_wan"]
    assert parsed.findings[0].cell == "E6"


def test_formula_uses_its_cached_value(reader: Reader, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", form(rows_of({"invest_wan": "=50*2"})))
    replace_in_zip(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("<f>50*2</f><v/>", "<f>50*2</f><v>100</v>").replace(
            "<f>50*2</f><v />", "<f>50*2</f><v>100</v>"
        ),
    )
    parsed = reader.read(path)
    assert parsed.findings == ()
    assert column(parsed, "invest_wan") == ["100"]


def test_percent_format_is_read_as_shown(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({"share_pct": 0.141, "invest_wan": 0.5}, {"share_pct": 14.1})))
    book.active["K6"].number_format = "0.0%"
    book.active["E6"].number_format = "0%"
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert column(parsed, "share_pct") == ["14.1", "14.1"]
    assert column(parsed, "invest_wan") == ["0.5", "100"]


def test_all_matching_sheets_are_united(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({})))
    book.active.title = "一季度"
    fill(book.create_sheet("二季度"), form(rows_of({"uscc": FIRMS[1]}, {"uscc": FIRMS[2]})))
    fill(
        book.create_sheet("填表说明"),
        [["填写说明"], ["栏目", "要求"], ["企业名称", "全称"], ["计划总投资", "万元"]],
    )
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.findings == ()
    assert [(r["_src_sheet"], r["_src_row"], r["_row"]) for r in texts(parsed)] == [
        ("一季度", 6, 0),
        ("二季度", 6, 1),
        ("二季度", 7, 2),
    ]


def test_hidden_sheet_is_left_out_and_mentioned(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({})))
    hidden = book.create_sheet("旧表")
    fill(hidden, form(rows_of({}, {})))
    hidden.sheet_state = "hidden"
    book.create_sheet("字典").sheet_state = "veryHidden"
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.row_count == 1
    assert [(f.severity, f.sheet) for f in parsed.findings] == [(Severity.INFO, "旧表")]


def test_merged_text_is_filled_down_and_merged_numbers_are_not(
    reader: Reader, tmp_path: Path
) -> None:
    rows = [
        table_row(firm_name="集团", land_mu=5),
        table_row(uscc=FIRMS[1], firm_name=None),
        table_row(uscc=FIRMS[2], firm_name=None),
    ]
    book = openpyxl.Workbook()
    fill(book.active, form(rows))
    book.active.merge_cells("B6:B7")
    book.active.merge_cells("I6:I7")
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert column(parsed, "firm_name") == ["集团", "集团", None]
    assert column(parsed, "land_mu") == ["5", None, None]
    (merged,) = parsed.findings
    assert (merged.rule_id, merged.cell) == ("energy.firm_form.auto_merged_land_mu", "I7")


def test_blank_rows_and_columns_around_the_table_do_not_matter(reader: Reader) -> None:
    rows = [[None, None, *row] for row in form([*rows_of({}), [], *rows_of({})])]
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", [[], [], *rows]))
    assert parsed.findings == ()
    assert [r["_src_row"] for r in texts(parsed)] == [8, 10]
    assert parsed.column_letters["uscc"] == "C"


def test_notes_column_numbers_and_signatures_are_no_data(reader: Reader) -> None:
    numbered = ["甲", "乙", "丙", "丁", *range(1, len(HEADERS) - 3)]
    rows = [numbered, *rows_of({}, {})]
    lines = [
        *TITLES,
        HEADERS,
        *rows,
        ["注：1. 本表由发改局填报"],
        ["说明：数据为快报数"],
        FOOTER,
        ["打印时间：2023-11-04"],
    ]
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", lines))
    assert parsed.findings == ()
    assert [r["_src_row"] for r in texts(parsed)] == [7, 8]


@pytest.mark.parametrize(
    "below",
    [
        [["以下空白"]], [["——以下无正文——"]], [["数据来源：人民银行"]], [["第1页，共2页"]], [["*带星号的为必填项"]],
        [[None, None, "（盖章）"]], [["注1：口径同上年"], [], ["2.数据来源于有关部门"]],
        [["制表：张三", None, "复核：李四"]], [[None, "填表人签字：", None, "审核人签字："]],
    ],
)  # fmt: skip
def test_sentences_and_signatures_below_the_table_are_no_data(
    reader: Reader, below: list[list[Any]]
) -> None:
    lines = [*TITLES, HEADERS, *rows_of({}, {}), *below]
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", lines))
    assert (parsed.row_count, parsed.findings) == (2, ())


def test_row_that_only_looks_like_a_numbered_note_is_data(reader: Reader) -> None:
    row = table_row(uscc="2.数据来源于有关部门", firm_name=None, invest_wan=None)
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", [*TITLES, HEADERS, *rows_of({}), row]))
    assert parsed.row_count == 2


def test_data_below_the_signatures_is_not_lost_silently(reader: Reader) -> None:
    lines = [*form(rows_of({})), [], *rows_of({"uscc": FIRMS[1]})]
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", lines))
    assert parsed.row_count == 1
    assert kinds(parsed) == ["auto_file_rows_below_footer"]
    assert parsed.findings[0].row == 10


def test_second_page_with_its_own_header_is_read_on(reader: Reader) -> None:
    lines = [*form(rows_of({})), *form(rows_of({"uscc": FIRMS[1]}))]
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", lines))
    assert parsed.findings == ()
    assert [r["_src_row"] for r in texts(parsed)] == [6, 14]


def test_remark_columns_become_the_row_remark(reader: Reader) -> None:
    rows = [
        [*row, remark, None]
        for row, remark in zip(rows_of({}, {}), ("春节停产，产量下降", None), strict=True)
    ]
    parsed = reader.form(rows, headers=(*HEADERS, "备注", "情况说明"))
    assert parsed.findings == ()
    assert column(parsed, "_remark") == ["春节停产，产量下降", None]


def test_explanations_are_read_from_the_returned_workbook(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "表1"
    fill(book.active, form([[*row, 1] for row in rows_of({})], headers=(*HEADERS, "是否新增")))
    review = book.create_sheet("审核意见", 0)
    rule = "energy.firm_form.auto_columns"
    fill(
        review,
        [
            ["审核意见"],
            [],
            ["序号", "严重程度", "工作表", "行号", "问题", "规则编号", "说明"],
            [1, "需核实", "表1", 5, "无法识别的列", rule, "县里要求增列"],
            [2, "错误", "表1", 6, "x", "energy.firm_form.other", None],
        ],
    )
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.row_count == 1
    assert [(e.text, e.rule_id, e.sheet, e.row) for e in parsed.explanations] == [
        ("县里要求增列", rule, "表1", 5)
    ]
    assert parsed.findings[0].explanation == "县里要求增列"


def test_xls_is_read_like_xlsx(reader: Reader, tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表1")
    rows = form(rows_of({"start_date": 45200, "worker_cnt": 12}, {"worker_cnt": 3}))
    for number, row in enumerate(rows):
        for position, value in enumerate(row):
            if value is not None:
                sheet.write(number, position, value)
    sheet.row(6).set_cell_error(8, "#DIV/0!")
    hidden = book.add_sheet("旧")
    hidden.visibility = 1
    book.save(str(tmp_path / "a.xls"))
    parsed = reader.read(tmp_path / "a.xls")
    assert column(parsed, "start_date") == ["2023-10-01", None]
    assert column(parsed, "worker_cnt") == ["12", "3"]
    assert [(f.rule_id, f.cell, f.value) for f in parsed.findings] == [
        ("energy.firm_form.auto_error_cell_land_mu", "I7", "#DIV/0!")
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.XLSM", "a.ods", "a"])
def test_format_is_told_by_content_not_by_name(reader: Reader, name: str) -> None:
    path = write_xlsx(reader.out / "a.xlsx", form(rows_of({})))
    parsed = reader.read(path.rename(reader.out / name))
    assert (parsed.row_count, parsed.findings) == (1, ())
    old = xls_of(reader.out / "b.xls", form(rows_of({}, {})), {})
    parsed = reader.read(old.rename((reader.out / "b.xlsx").with_suffix(Path(name).suffix)))
    assert (parsed.row_count, parsed.findings) == (2, ())


def test_stray_cell_in_the_last_corner_does_not_hurt(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({}, {})))
    book.active.cell(1_048_576, 16_384).value = "x"
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert [r["_src_row"] for r in texts(parsed)] == [6, 7]


def test_unused_formatted_cells_do_not_count(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({}, {})))
    for row in range(9, 400):
        book.active.cell(row, 3).number_format = "@"
    book.save(tmp_path / "a.xlsx")
    assert reader.read(tmp_path / "a.xlsx").row_count == 2


@pytest.mark.slow
def test_thousands_of_small_forms_are_read_in_seconds(reader: Reader, tmp_path: Path) -> None:
    filled = form(rows_of(*[{"worker_cnt": n} for n in range(10)]))
    paths = [write_xlsx(tmp_path / f"{number}.xlsx", filled) for number in range(20)]
    started = clock.process_time()
    for path in paths * 10:
        assert reader.read(path).row_count == 10
    assert clock.process_time() - started < 200 * 0.02


def test_large_sheet_is_read_in_chunks(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("表1")
    for row in (*TITLES, HEADERS):
        sheet.append(row)
    for number in range(13_000):
        sheet.append(table_row(uscc=f"9135{number:014d}", worker_cnt=number % 9))
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.row_count == 13_000
    assert column(parsed, "_src_row")[::6000] == [6, 6006, 12006]
    assert column(parsed, "_row")[-1] == 12_999


def replace_in_zip(path: Path, member: str, change) -> None:  # type: ignore[no-untyped-def]
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[member] = change(contents[member].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def test_every_column_of_the_contract_is_in_the_file(reader: Reader) -> None:
    parsed = reader.form(rows_of({}))
    import pyarrow.parquet as pq

    assert parsed.rows_path is not None
    names = pq.read_schema(parsed.rows_path).names
    assert names == [
        *(c.name for c in CONTRACT.columns),
        "_remark",
        "_row",
        "_src_sheet",
        "_src_row",
    ]


def test_row_of_nothing_but_error_cells_is_not_lost(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, form(rows_of({}, {}, {})))
    for letter in "ABCE":
        cell = book.active[f"{letter}7"]
        cell.value, cell.data_type = "#REF!", "e"
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.row_count == 3
    assert {(f.row, f.value) for f in parsed.findings} == {(7, "#REF!")}


def test_serial_numbers_in_month_and_year_columns_become_months_and_years(reader: Reader) -> None:
    parsed = reader.form(
        rows_of(
            {"plan_month": 45200, "plan_year": 45200}, {"plan_month": 201905, "plan_year": 2022}
        )
    )
    assert parsed.findings == ()
    assert column(parsed, "plan_month") == ["2023-10", "201905"]
    assert column(parsed, "plan_year") == ["2023", "2022"]


def test_plain_numbers_read_the_same_the_fast_and_the_forgiving_way() -> None:
    column = Column(name="a_yuan", header_zh="金额", kind=Kind.DECIMAL)
    reader = CellReader(column, Frequency.MONTHLY)
    numbers = [0.0, -0.0, 12.0, -3.5, 0.1 + 0.2, 1e-7, 123456789012345.0, 1e15, 2.5e20, -1e15]
    numbers += [float("nan"), float("inf"), 99999999999999.9, 5, True, None, "", " 7 "]  # type: ignore[list-item]
    fast = reader.read(numbers)
    slow = [reader.read([n], frozenset({99})).texts[0] for n in numbers]
    assert fast.texts == slow
    assert [position for position, _ in fast.troubles] == [7, 8, 9, 11]


def xls_of(path: Path, rows: list[list[Any]], styles: dict[tuple[int, int], xlwt.XFStyle]) -> Path:
    """An old workbook; texts that begin with = are formulas, which xlwt leaves without a result."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("表1")
    for number, row in enumerate(rows):
        for position, value in enumerate(row):
            style = styles.get((number, position), xlwt.XFStyle())
            if isinstance(value, str) and value.startswith("="):
                sheet.write(number, position, xlwt.Formula(value[1:]), style)
            elif value is not None:
                sheet.write(number, position, value, style)
    book.save(str(path))
    return path


def test_percent_format_of_an_old_workbook_is_read_as_shown(reader: Reader, tmp_path: Path) -> None:
    rows = form(rows_of({"share_pct": 0.141, "invest_wan": 0.5}, {"share_pct": 14.1}, {"share_pct": 0.5}))  # fmt: skip
    built_in, own = xlwt.easyxf(num_format_str="0.00%"), xlwt.easyxf(num_format_str='0.0%"左右"')
    styles = {(5, 10): built_in, (5, 4): built_in, (7, 10): own}
    parsed = reader.read(xls_of(tmp_path / "a.xls", rows, styles))
    assert column(parsed, "share_pct") == ["14.1", "14.1", "50"]
    assert column(parsed, "invest_wan")[0] == "0.5"


def test_formula_of_an_old_workbook_that_was_never_computed_is_returned(
    reader: Reader, tmp_path: Path
) -> None:
    rows = form(rows_of({"invest_wan": "=1+1"}, {}))
    parsed = reader.read(xls_of(tmp_path / "a.xls", rows, {}))
    assert [(f.rule_id.rpartition(".")[2], f.cell) for f in parsed.findings] == [
        ("auto_formula_invest_wan", "E6")
    ]


def test_sheets_with_columns_in_another_order_have_addresses_of_their_own(
    reader: Reader, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    rows = form(rows_of({}, {}))
    fill(book.active, rows)
    turned = book.create_sheet("表2")
    fill(turned, [row[::-1] if n >= 4 else row for n, row in enumerate(rows)])
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.row_count == 4
    first, second = book.active.title, "表2"
    assert parsed.letter(first, "invest_wan") == "E"
    width = max(len(row) for row in rows)
    assert parsed.letter(second, "invest_wan") == openpyxl.utils.get_column_letter(width - 4)
    assert parsed.cells[f"{second}!invest_wan"] == parsed.letter(second, "invest_wan")


def test_error_cell_below_a_total_is_reported_once(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = rows_of({"invest_wan": 5}, {"invest_wan": 7})
    total: list[Any] = [None] * len(rows[0])
    total[1], total[4] = "合计", 12
    fill(book.active, form([*rows, total]))
    sheet = book.active
    sheet["E7"].value, sheet["E7"].data_type = "#REF!", "e"
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert kinds(parsed) == ["auto_error_cell_invest_wan"]
