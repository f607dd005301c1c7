"""Headers as people write them, and the columns they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.parsing.build import (
    COLUMNS,
    FIRMS,
    HEADERS,
    TITLES,
    Reader,
    column,
    contract,
    fill,
    form,
    kinds,
    rows_of,
    table_row,
    texts,
    write_xlsx,
)
from xiantong.contracts.model import Column, Kind, Layout, Severity


def with_header(old: str, new: str) -> tuple[str, ...]:
    return tuple(new if header == old else header for header in HEADERS)


@pytest.mark.parametrize(
    "written",
    [
        "其中：设备投资",
        "其中:设备投资 ",
        "其 中：设备\n投资",
        "设备投资",
        "其中设备投资",
        "*其中：设备投资",
        "equipment_wan",
        "其中：设备投资（万元）",
    ],
)
def test_header_is_found_however_it_is_written(reader: Reader, written: str) -> None:
    parsed = reader.form(
        rows_of({"equipment_wan": 7}), headers=with_header("其中:设备投资", written)
    )
    assert parsed.findings == ()
    assert column(parsed, "equipment_wan") == ["7"]


def test_serial_number_column_is_dropped(reader: Reader) -> None:
    rows = [[n, *row] for n, row in enumerate(rows_of({}, {}), start=1)]
    rows += [[3], [4]]
    parsed = reader.form(rows, headers=("序号", *HEADERS))
    assert parsed.findings == ()
    assert parsed.row_count == 2
    assert parsed.column_letters["uscc"] == "B"


def test_columns_in_another_order_are_found(reader: Reader) -> None:
    rows = [list(reversed(row)) for row in rows_of({"worker_cnt": 5})]
    parsed = reader.form(rows, headers=tuple(reversed(HEADERS)))
    assert parsed.findings == ()
    assert column(parsed, "worker_cnt") == ["5"]


def test_missing_required_column_is_an_error(reader: Reader) -> None:
    rows = [row[:1] + row[2:] for row in rows_of({})]
    parsed = reader.form(rows, headers=HEADERS[:1] + HEADERS[2:])
    assert parsed.missing == ("firm_name",)
    finding = parsed.findings[0]
    assert (finding.rule_id, finding.severity, finding.message_zh) == (
        "energy.firm_form.auto_columns",
        Severity.ERROR,
        "缺少列：企业名称",
    )


def test_missing_optional_column_is_accepted(reader: Reader) -> None:
    parsed = reader.form([row[:5] for row in rows_of({})], headers=HEADERS[:5])
    assert parsed.findings == ()
    assert "worker_cnt" in parsed.missing
    assert column(parsed, "worker_cnt") == [None]


def test_unknown_column_is_a_warning(reader: Reader) -> None:
    parsed = reader.form(
        [[*row, "x", "y"] for row in rows_of({})], headers=(*HEADERS, "联系人", "传真")
    )
    finding = parsed.findings[0]
    assert (finding.rule_id, finding.severity, finding.message_zh) == (
        "energy.firm_form.auto_columns",
        Severity.WARNING,
        "无法识别的列：联系人、传真",
    )


def test_values_below_a_blank_header_are_mentioned(reader: Reader) -> None:
    rows = [[*row[:3], "多余", *row[3:]] for row in rows_of({}, {})]
    parsed = reader.form(rows, headers=(*HEADERS[:3], None, *HEADERS[3:]))
    assert [f.message_zh for f in parsed.findings] == ["无法识别的列：D列没有列名，有2个值没有读入"]


def test_duplicate_header_is_an_error(reader: Reader) -> None:
    parsed = reader.form([[*row, 3] for row in rows_of({})], headers=(*HEADERS, "用地面积"))
    assert [(f.severity, f.message_zh) for f in parsed.findings] == [
        (Severity.ERROR, "列名重复：用地面积")
    ]


def test_exact_header_wins_over_alias(reader: Reader) -> None:
    rows = [[*row, "旧名"] for row in rows_of({"firm_name": "新名"})]
    parsed = reader.form(rows, headers=(*HEADERS, "单位名称"))
    assert column(parsed, "firm_name") == ["新名"]
    assert [f.message_zh for f in parsed.findings] == ["无法识别的列：单位名称"]


def test_alias_of_two_columns_matches_neither(reader: Reader) -> None:
    columns = (
        *COLUMNS,
        Column(
            name="parent_name",
            header_zh="上级公司",
            aliases=("单位名称",),
            kind=Kind.STRING,
            required=True,
        ),
    )
    ambiguous = Reader(reader.catalogue, reader.out, contract(columns=columns))
    parsed = ambiguous.form(
        [[*row, "上级"] for row in rows_of({})],
        headers=(*with_header("企业名称", "单位名称"), "上级公司"),
    )
    assert [f.message_zh for f in parsed.findings] == ["缺少列：企业名称", "无法识别的列：单位名称"]


def two_row_form(
    path: Path, parents: list[Any], children: list[Any], row: list[Any], merges: list[str]
) -> Path:
    book = openpyxl.Workbook()
    fill(book.active, [*TITLES, parents, children, row])
    for merge in merges:
        assert book.active is not None
        book.active.merge_cells(merge)
    book.save(path)
    return path


def test_two_row_header_with_merged_parents_is_joined(reader: Reader, tmp_path: Path) -> None:
    path = two_row_form(
        tmp_path / "a.xlsx",
        ["统一社会信用代码", "企业名称", "计划总投资", "其中", "工业总产值", None],
        [None, None, None, "设备投资", "本月", "本年累计"],
        [FIRMS[0], "青岭水泥厂", 100, 60, 5, 50],
        ["A5:A6", "B5:B6", "C5:C6", "E5:F5"],
    )
    parsed = reader.read(path)
    assert parsed.findings == ()
    row = texts(parsed)[0]
    assert [
        row[n] for n in ("invest_wan", "equipment_wan", "output_month_wan", "output_ytd_wan")
    ] == ["100", "60", "5", "50"]
    assert row["_src_row"] == 7


def test_two_row_header_without_merges_is_joined(reader: Reader, tmp_path: Path) -> None:
    lines = (
        "填报单位：青澧县发展和改革局,,,报告期：2023年10月,,\n统一社会信用代码,企业名称,计划总投资,其中,工业总产值（亿元）,\n,,,设备投资,本月,本年累计\n"
        f"{FIRMS[0]},青岭水泥厂,100,60,5,50\n"
    )
    (tmp_path / "a.csv").write_text(lines, encoding="utf-8")
    parsed = reader.read(tmp_path / "a.csv")
    assert parsed.findings == ()
    row = texts(parsed)[0]
    assert [row[n] for n in ("equipment_wan", "output_month_wan", "output_ytd_wan")] == [
        "60",
        "5",
        "50",
    ]
    assert row["_src_row"] == 4
    assert set(parsed.unit_factors) == {"output_month_wan", "output_ytd_wan"}


def test_three_row_header_is_joined(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(
        book.active,
        [
            *TITLES,
            ["基本情况", None, "投资", None, "产值", None],
            ["统一社会信用代码", "企业名称", "计划总投资", "其中", "工业总产值", None],
            [None, None, None, "设备投资", "本月", "本年累计"],
            [FIRMS[0], "青岭水泥厂", 100, 60, 5, 50],
        ],
    )
    for merge in ("A5:B5", "C5:D5", "E5:F5", "A6:A7", "B6:B7", "C6:C7", "E6:F6"):
        book.active.merge_cells(merge)
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read(tmp_path / "a.xlsx")
    assert parsed.findings == ()
    assert texts(parsed)[0]["output_ytd_wan"] == "50"


def test_child_below_a_parent_of_another_meaning_is_not_taken(
    reader: Reader, tmp_path: Path
) -> None:
    path = two_row_form(
        tmp_path / "a.xlsx",
        ["统一社会信用代码", "企业名称", "计划总投资", "上年同期"],
        [None, None, None, "设备投资"],
        [FIRMS[0], "青岭水泥厂", 100, 60],
        ["A5:A6", "B5:B6", "C5:C6"],
    )
    parsed = reader.read(path)
    assert "equipment_wan" in parsed.missing
    assert [f.message_zh for f in parsed.findings] == ["无法识别的列：上年同期-设备投资"]


def test_header_may_stand_far_down_or_at_the_top(reader: Reader) -> None:
    for above in (0, 20):
        lines = [*TITLES, *([["文件说明"]] * above), HEADERS, *rows_of({})]
        parsed = reader.read(write_xlsx(reader.out / "a.xlsx", lines))
        assert texts(parsed)[0]["_src_row"] == 6 + above
    parsed = reader.read(
        write_xlsx(reader.out / "a.xlsx", [HEADERS, *rows_of({})]),
        period="2023-10",
        reporter="980121000000energy",
    )
    assert parsed.findings == ()


def test_headers_follow_the_layout_of_the_period(reader: Reader) -> None:
    layouts = (
        Layout(valid_to="2022-12", headers={"land_mu": "占地"}),
        Layout(valid_from="2023-01", headers={"worker_cnt": "占地", "land_mu": "占地面积"}),
    )
    changed = Reader(reader.catalogue, reader.out, contract(layouts=layouts))
    rows = rows_of({"land_mu": 5, "worker_cnt": 7})
    old_titles = [*TITLES[:2], ["填报单位：青澧县发展和改革局", None, None, "报告期：2022年10月"]]
    old = changed.form(rows, headers=with_header("用地面积", "占地"), titles=old_titles)
    assert (column(old, "land_mu"), column(old, "worker_cnt")) == (["5"], ["7"])
    headers = tuple({"用地面积": "占地面积", "从业人数": "占地"}.get(h, h) for h in HEADERS)
    new = changed.form(rows, headers=headers)
    assert (column(new, "land_mu"), column(new, "worker_cnt")) == (["5"], ["7"])
    assert new.findings == ()


def test_envelope_column_may_be_there_or_not(reader: Reader) -> None:
    parsed = reader.form([["2023-10", *row] for row in rows_of({})], headers=("报告期", *HEADERS))
    assert parsed.findings == ()
    assert column(parsed, "period") == ["2023-10"]
    assert "period" not in parsed.missing


def test_required_mark_in_the_header_is_ignored(reader: Reader) -> None:
    headers = tuple(f"{h}*" if n % 2 else f"{h}（必填）" for n, h in enumerate(HEADERS))
    assert reader.form(rows_of({}), headers=headers).findings == ()


def test_table_of_something_else_is_not_taken(reader: Reader) -> None:
    parsed = reader.read(write_xlsx(reader.out / "a.xlsx", [["姓名", "年龄"], ["张三", 40]]))
    assert kinds(parsed)[0] == "auto_file_no_table"
    assert (parsed.rows_path, parsed.row_count) == (None, 0)


def test_column_names_are_headers_too(reader: Reader) -> None:
    from tests.parsing.build import CONTRACT

    parsed = reader.form(
        [table_row(invest_wan=3)], headers=[c.name for c in CONTRACT.table_columns]
    )
    assert parsed.findings == ()
    assert column(parsed, "invest_wan") == ["3"]


def test_form_without_matching_sheet_but_with_one_is_fine(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, [["封面"], ["2023年"]])
    fill(book.create_sheet("表1"), form(rows_of({})))
    book.save(tmp_path / "a.xlsx")
    assert reader.read(tmp_path / "a.xlsx").row_count == 1
