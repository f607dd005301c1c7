"""Units of the form against stored units; 合计 rows against their rows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.parsing.build import (
    HEADERS,
    TITLES,
    Reader,
    column,
    kinds,
    rows_of,
    table_row,
    texts,
    write_xlsx,
)
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Severity
from xiantong.parsing import output, parse_delivery
from xiantong.parsing.model import DeliveryFile
from xiantong.parsing.units import comparable, factor, find_unit


@pytest.mark.parametrize(
    ("delivered", "stored", "expected"),
    [
        ("亿元", "万元", "10000"),
        ("元", "万元", "0.0001"),
        ("千元", "万元", "0.1"),
        ("百万元", "元", "1000000"),
        ("公顷", "亩", "15"),
        ("平方米", "亩", "0.0015"),
        ("平方公里", "亩", "1500"),
        ("㎡", "平方米", "1"),
        ("万千瓦时", "千瓦时", "10000"),
        ("度", "千瓦时", "1"),
        ("万吨", "吨", "10000"),
        ("公斤", "吨", "0.001"),
        ("兆瓦", "千瓦", "1000"),
        ("万千瓦", "千瓦", "10000"),
        ("‰", "%", "0.1"),
        ("万人", "人", "10000"),
        ("万吨标准煤", "吨标准煤", "10000"),
        ("元/平方米", "万元/亩", "0.066666666667"),
        ("万元／亩", "万元/亩", "1"),
        ("万户", "户", "10000"),
        ("小时", "分钟", "60"),
        ("GJ", "百万千焦", "1"),
    ],
)
def test_unit_is_converted(delivered: str, stored: str, expected: str) -> None:
    one, other = find_unit(delivered), find_unit(stored)
    assert one is not None and other is not None and comparable(one, other)
    assert factor(one, other) == Decimal(expected)
    assert "E" not in str(factor(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("万元", "亩"), ("吨", "吨标准煤"), ("人", "户"), ("千瓦", "千瓦时"), ("元", "万元/亩")],
)
def test_units_of_different_kind_are_not_comparable(one: str, other: str) -> None:
    first, second = find_unit(one), find_unit(other)
    assert first is not None and second is not None
    assert not comparable(first, second)


def test_unknown_words_are_no_units() -> None:
    assert [find_unit(text) for text in ("美元", "不含税", "", "万", "/", "yyyy-mm-dd")] == [
        None
    ] * 6


def titles(unit: str) -> list[list[Any]]:
    return [*TITLES[:3], [unit]]


def test_unit_of_the_form_concerns_columns_of_its_kind(reader: Reader) -> None:
    parsed = reader.form(rows_of({"land_mu": 3}), titles=titles("计量单位：亿元"))
    assert parsed.findings == ()
    money = ("invest_wan", "equipment_wan", "output_month_wan", "output_ytd_wan")
    assert parsed.unit_factors == dict.fromkeys(money, Decimal(10_000))
    assert column(parsed, "invest_wan") == ["100"]


def test_form_may_name_several_units(reader: Reader) -> None:
    parsed = reader.form(rows_of({}), titles=titles("单位：元、公顷、人、%"))
    assert parsed.findings == ()
    assert parsed.unit_factors["invest_wan"] == Decimal("0.0001")
    assert parsed.unit_factors["land_mu"] == 15
    assert "worker_cnt" not in parsed.unit_factors


def test_bracket_of_the_header_overrides_the_form(reader: Reader) -> None:
    headers = tuple(f"{h}（亿元）" if h == "计划总投资" else h for h in HEADERS)
    parsed = reader.form(rows_of({}), headers=headers, titles=titles("计量单位：元"))
    assert parsed.findings == ()
    assert parsed.unit_factors["invest_wan"] == 10_000
    assert parsed.unit_factors["equipment_wan"] == Decimal("0.0001")


def test_row_of_units_below_the_header_is_used(reader: Reader) -> None:
    units = table_row(
        uscc=None,
        firm_name=None,
        invest_wan="亿元",
        equipment_wan="亿元",
        land_mu="公顷",
        worker_cnt="人",
    )
    parsed = reader.form([units, *rows_of({})], titles=TITLES[:3])
    assert parsed.findings == ()
    assert parsed.row_count == 1
    assert parsed.unit_factors == {"invest_wan": 10_000, "equipment_wan": 10_000, "land_mu": 15}


def test_row_with_the_only_unit_of_a_form_is_no_data(reader: Reader) -> None:
    unit = [None] * len(HEADERS)
    unit[HEADERS.index("计划总投资")] = "亿元"
    parsed = reader.form([unit, *rows_of({})], titles=TITLES[:3])
    assert parsed.findings == ()
    assert (parsed.row_count, parsed.unit_factors) == (1, {"invest_wan": 10_000})


@pytest.mark.parametrize("unit", ["亩", "美元"])
def test_wrong_or_unknown_unit_of_a_column_is_an_error(reader: Reader, unit: str) -> None:
    headers = tuple(f"{h}({unit})" if h == "计划总投资" else h for h in HEADERS)
    parsed = reader.form(rows_of({}), headers=headers)
    assert kinds(parsed) == ["auto_unit_invest_wan"]
    assert parsed.findings[0].cell == "E5"


def test_unknown_unit_of_the_form_is_an_error(reader: Reader) -> None:
    assert kinds(reader.form(rows_of({}), titles=titles("计量单位：美元"))) == ["auto_unit"]


def test_unit_of_a_column_that_was_left_out_is_no_error(reader: Reader) -> None:
    kept = [h for h in HEADERS if h != "用地面积"]
    places = [HEADERS.index(h) for h in kept]
    rows = [[row[place] for place in places] for row in rows_of({"invest_wan": 7})]
    parsed = reader.form(rows, headers=kept, titles=titles("计量单位：亩"))
    assert parsed.findings == ()
    assert column(parsed, "invest_wan") == ["7"]


@pytest.mark.parametrize(("unit", "land"), [("亩", None), ("公顷", Decimal(15))])
def test_floor_space_beside_land_stays_in_square_metres(
    catalogue: Catalogue, tmp_path: Path, unit: str, land: Decimal | None
) -> None:
    """The printed form of the parcels says 亩 once, for its land; buildings are in 平方米."""
    path = write_xlsx(
        tmp_path / "form.xlsx",
        [
            ["园区地块占用与盘活情况表"],
            ["填报单位：青澧县工业园区管委会", "报告期：2024年下半年"],
            [f"计量单位：{unit}"],
            ["宗地代码", "实际使用企业统一社会信用代码", "实际使用企业", "使用方式", "使用面积", "空置厂房面积"],
            ["980121104001GB00001", "91350100M000100Y43", "甲", "自用", 3, 1200],
        ],
    )  # fmt: skip
    contract = catalogue.contract("industrial_park.parcel_occupancy")
    source = DeliveryFile("s1", contract.id, path, path.name, datetime(2025, 1, 5))
    parsed = parse_delivery(source, contract, catalogue, tmp_path)
    assert parsed.findings == ()
    assert parsed.unit_factors.get("occupied_mu") == land
    assert "vacant_building_sqm" not in parsed.unit_factors


def test_unit_that_fits_no_column_of_the_form_is_an_error(reader: Reader) -> None:
    assert kinds(reader.form(rows_of({}), titles=titles("计量单位：吨"))) == ["auto_unit"]


def test_form_that_refers_to_its_columns_has_no_unit(reader: Reader) -> None:
    assert reader.form(rows_of({}), titles=titles("计量单位：见表内各栏")).findings == ()


def test_column_names_tell_the_stored_unit(reader: Reader) -> None:
    headers = ["invest_wan" if h == "计划总投资" else h for h in HEADERS]
    parsed = reader.form(rows_of({}), headers=headers, titles=titles("计量单位：亿元"))
    assert "invest_wan" not in parsed.unit_factors
    assert parsed.unit_factors["equipment_wan"] == 10_000


@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize(
    "label",
    ["合计", "合 计：", "总计", "全县总计", "全县合计：", "青澧县合计", "青岭镇合计", "临江街道 小 计",
     "TOTAL", "Total", "total:", "Grand Total", "Sub-total", "本页合计"],
)  # fmt: skip
def test_total_row_that_agrees_is_dropped(reader: Reader, place: str, label: str) -> None:
    rows = rows_of(
        {"invest_wan": 100.5, "worker_cnt": 3}, {"invest_wan": "1,200.25", "worker_cnt": 4}
    )
    total = table_row(uscc=label, firm_name=None, invest_wan=1300.75, worker_cnt=7)
    parsed = reader.form([total, *rows] if place == "first" else [*rows, total])
    assert parsed.findings == ()
    assert parsed.row_count == 2
    assert [row["uscc"] for row in texts(parsed)] == [row[0] for row in rows]


def test_total_row_that_differs_names_column_and_sum(reader: Reader) -> None:
    rows = rows_of({"invest_wan": 100, "worker_cnt": 3}, {"invest_wan": 200, "worker_cnt": 4})
    parsed = reader.form(
        [*rows, table_row(uscc="合计", firm_name=None, invest_wan=300.04, worker_cnt=8)]
    )
    finding = parsed.findings[0]
    assert [f.rule_id for f in parsed.findings] == ["energy.firm_form.auto_total_row_worker_cnt"]
    assert (finding.message_zh, finding.cell, finding.value) == (
        "合计行与各行之和不符：从业人数",
        "J8",
        "8",
    )
    assert "合计行为8，各行之和为7" in finding.fix_zh


def test_money_total_may_differ_by_rounding_only(reader: Reader) -> None:
    rows = rows_of({"invest_wan": 100}, {"invest_wan": 200})
    assert kinds(
        reader.form([*rows, table_row(uscc="合计", firm_name=None, invest_wan=300.06)])
    ) == ["auto_total_row_invest_wan"]


def test_average_in_a_percentage_column_is_no_wrong_total(reader: Reader) -> None:
    rows = rows_of({"share_pct": 80}, {"share_pct": 90})
    total = table_row(uscc="合计", firm_name=None, invest_wan=200, share_pct=86.2)
    assert reader.form([*rows, total]).findings == ()
    total = table_row(uscc="合计", firm_name=None, invest_wan=200, share_pct=8.6)
    assert kinds(reader.form([*rows, total])) == ["auto_total_row_share_pct"]


def test_subtotals_are_compared_with_their_own_rows(reader: Reader) -> None:
    part = table_row(uscc="小计", firm_name=None, invest_wan=200)
    rows = [
        *rows_of({}, {}),
        part,
        *rows_of({}, {}),
        part,
        table_row(uscc="合计", firm_name=None, invest_wan=400),
    ]
    parsed = reader.form(rows)
    assert parsed.findings == ()
    assert parsed.row_count == 4
    rows[5] = table_row(uscc="小计", firm_name=None, invest_wan=150)
    assert kinds(reader.form(rows)) == ["auto_total_row_invest_wan"]


def test_total_label_in_the_serial_column_is_seen(reader: Reader) -> None:
    rows = [[n, *row] for n, row in enumerate(rows_of({}, {}), start=1)]
    total = ["合计", *table_row(uscc=None, firm_name=None, invest_wan=200)]
    parsed = reader.form([*rows, total], headers=("序号", *HEADERS))
    assert parsed.findings == ()
    assert parsed.row_count == 2


@pytest.mark.parametrize("label", ["合计（万元）", "合计：2家", "全县合计", "总计数："])
def test_total_label_may_say_more(reader: Reader, label: str) -> None:
    total = table_row(uscc=None, firm_name=label, invest_wan=201)
    assert kinds(reader.form([*rows_of({}, {}), total])) == ["auto_total_row_invest_wan"]


def test_total_that_is_a_formula_without_result_is_only_dropped(reader: Reader) -> None:
    parsed = reader.form(
        [*rows_of({}), table_row(uscc="合计", firm_name=None, invest_wan="=SUM(E6:E6)")]
    )
    assert parsed.findings == ()
    assert parsed.row_count == 1


@pytest.mark.parametrize(
    "name",
    ["合计贸易有限公司", "总计", "Total", "TOTAL Energies", "其中", "河口镇合计超市", "青岭镇小计"],
)
def test_firm_called_total_something_is_data(reader: Reader, name: str) -> None:
    """What has a key is a row like any other, whatever its name."""
    parsed = reader.form(rows_of({}, {"firm_name": name}, {}))
    assert (parsed.row_count, parsed.findings) == (3, ())
    assert column(parsed, "firm_name")[1] == name


@pytest.mark.parametrize("mark", ["—", "/", "--", "×"])
def test_dash_in_place_of_a_key_leaves_a_total_a_total(reader: Reader, mark: str) -> None:
    total = table_row(uscc=mark, firm_name="合计", invest_wan=201)
    assert kinds(reader.form([*rows_of({}, {}), total])) == ["auto_total_row_invest_wan"]


def test_total_with_the_code_of_the_whole_county_is_a_total(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    headers = ["网格数", "网格员数", "网格上报事件", "网格办结事件", "是否智慧社区"]
    path = write_xlsx(
        tmp_path / "form.xlsx",
        [
            ["社区治理情况表"],
            ["填报单位：青澧县民政局", "报告期：2024年2季度"],
            ["序号", "行政区划代码", *headers],
            [1, "980121001001", 4, 5, 90, 88, "是"],
            [2, "980121001002", 6, 7, 10, 10, "否"],
            ["合计", "980121000000", 10, 12, 100, 97, None],
        ],
    )
    contract = catalogue.contract("civil_affairs.community_governance")
    source = DeliveryFile("s1", contract.id, path, path.name, datetime(2024, 7, 5))
    parsed = parse_delivery(source, contract, catalogue, tmp_path)
    assert parsed.row_count == 2
    assert kinds(parsed) == ["auto_total_row_event_closed_cnt"]


def by_township(*second: list[Any]) -> list[list[Any]]:
    first = rows_of({"area_code": "青岭镇", "invest_wan": 30}, {"area_code": "临江镇"}, {"area_code": "青岭镇"})  # fmt: skip
    return [*first, *second]


def named_total(label: str, invest_wan: float) -> list[Any]:
    return table_row(uscc=None, firm_name=label, invest_wan=invest_wan)


def test_total_with_the_name_of_a_group_is_compared_with_the_rows_of_that_name(
    reader: Reader,
) -> None:
    """However the rows are sorted, and though such totals stand in a list of their own."""
    whole = named_total("全县总计", 230)
    right = by_township(named_total("青岭镇合计", 130), named_total("临江镇合计", 100), whole)
    parsed = reader.form(right)
    assert (parsed.row_count, parsed.findings) == (3, ())
    wrong = by_township(named_total("青岭镇合计", 230), named_total("临江镇合计", 100), whole)
    (finding,) = reader.form(wrong).findings
    assert finding.cell == "E9" and "合计行为230，各行之和为130" in finding.fix_zh


def test_totals_of_groups_that_no_row_names_are_compared_with_the_rows_above(
    reader: Reader,
) -> None:
    one, other = named_total("青岭镇小计", 200), named_total("临江镇小计", 300)
    rows = [*rows_of({}, {}), one, *rows_of({}, {}, {}), other, named_total("合计", 500)]
    assert reader.form(rows).findings == ()
    other[HEADERS.index("计划总投资")] = 200
    assert kinds(reader.form(rows)) == ["auto_total_row_invest_wan"]


def test_list_of_totals_whose_rows_nobody_can_tell_is_dropped_and_said(reader: Reader) -> None:
    rows = [*rows_of({}, {}, {}), named_total("青岭镇合计", 100), named_total("临江镇合计", 200)]
    parsed = reader.form([*rows, named_total("合计", 300)])
    assert parsed.row_count == 3
    assert kinds(parsed) == ["auto_file_total_of_group"] * 2
    assert {f.severity for f in parsed.findings} == {Severity.INFO}
    assert "第9行「青岭镇合计」" in parsed.findings[0].message_zh
    assert kinds(reader.form([*rows, named_total("合计", 301)]))[2:] == ["auto_total_row_invest_wan"]  # fmt: skip


@pytest.mark.parametrize("label", ["其中：", "其中", "其 中:"])
@pytest.mark.parametrize("where", ["uscc", "firm_name"])
def test_bare_of_which_is_no_data(reader: Reader, label: str, where: str) -> None:
    bare = table_row(**{"uscc": None, "firm_name": None, "invest_wan": None, where: label})
    parsed = reader.form([bare, *rows_of({}, {})])
    assert (parsed.row_count, parsed.findings) == (2, ())
    bare[HEADERS.index("计划总投资")] = 50
    parsed = reader.form([*rows_of({}, {}), bare])
    assert (parsed.row_count, kinds(parsed)) == (2, ["auto_file_of_which"])
    assert parsed.findings[0].severity is Severity.INFO


@pytest.mark.parametrize(
    "note", ["注：本表由发改局填报", "说明：数据为快报数", "注1：含个体户", "备注:略"]
)
def test_note_directly_below_the_data_is_no_data(reader: Reader, note: str) -> None:
    parsed = reader.form([*rows_of({}, {}), [note]])
    assert (parsed.row_count, parsed.findings) == (2, ())
    parsed = reader.form([*rows_of({}, {}), [None, note]], footer=None)
    assert (parsed.row_count, parsed.findings) == (2, ())


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    "label", ["青岭镇合计", "TOTAL", "Sub total", "其中：", "注：快报数", "全 县 总 计 ："]
)
def test_large_delimited_file_knows_the_same_rows(
    reader: Reader, label: str, encoding: str
) -> None:
    """Also in the part that is read by columns, where a column may hold nothing but ASCII."""
    firms = "".join(f"{n},Works {n},,,7,,,,,,,,,,,,\n" for n in range(20_000))
    total = "" if label.startswith(("其中", "注")) else str(20_000 * 7)
    path = reader.out / "2023-10_980121104000.csv"
    body = ",".join(HEADERS) + "\n" + firms + f",{label},,,{total},,,,,,,,,,,,\n"
    path.write_text(body, encoding=encoding)
    parsed = reader.read(path)
    assert (parsed.row_count, parsed.findings) == (20_000, ())
    named = ",".join(HEADERS) + "\n" + firms + f"x1,{label},,,8,,,,,,,,,,,,\n"
    path.write_text(named, encoding=encoding)
    assert reader.read(path).row_count == 20_001


def test_counts_in_ten_thousands_may_be_rounded_in_the_total(reader: Reader) -> None:
    headers = tuple(f"{h}（万人）" if h == "从业人数" else h for h in HEADERS)
    rows = rows_of({"worker_cnt": 1.234}, {"worker_cnt": 2.345})
    total = table_row(uscc="合计", firm_name=None, invest_wan=200, worker_cnt=3.58)
    parsed = reader.form([*rows, total], headers=headers)
    assert parsed.findings == ()
    assert parsed.unit_factors == {"worker_cnt": 10_000}


def test_total_of_many_row_groups_is_compared(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "FLUSH_ROWS", 1)
    rows = rows_of({"invest_wan": "1,000.5"}, {"invest_wan": "约5"}, {"invest_wan": "２"})
    total = table_row(uscc="合计", firm_name=None, invest_wan=1002.5)
    assert reader.form([*rows, total]).findings == ()
    body = ",".join(HEADERS) + "\n" + "".join(f"{n},厂,,,7,,,,,,,,,,,,\n" for n in range(20_000))
    path = reader.out / "2023-10_980121104000.csv"
    path.write_text(body + f"合计,,,,{20_000 * 7},,,,,,,,,,,,\n", encoding="utf-8")
    parsed = reader.read(path)
    assert (parsed.findings, parsed.row_count) == ((), 20_000)
    path.write_text(body + f"合计,,,,{20_000 * 7 + 1},,,,,,,,,,,,\n", encoding="utf-8")
    assert kinds(reader.read(path)) == ["auto_total_row_invest_wan"]


def test_unit_that_measures_no_column_is_returned(reader: Reader) -> None:
    titles = [["填报单位：青岭镇"], ["报告期：2023年10月", None, "计量单位：兆瓦"]]
    assert kinds(reader.form(rows_of({}), titles=titles)) == ["auto_unit"]
