"""Who reports for which period, and what happens when the answers differ."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.parsing.build import (
    HEADERS,
    TITLES,
    Reader,
    contract,
    form,
    kinds,
    rows_of,
    write_xlsx,
)
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import TownshipKind
from xiantong.county_time import county_today
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Frequency


def titled(reader: Reader, *titles: list[Any], name: str = "a.xlsx", **said: Any) -> ParsedDelivery:
    path = write_xlsx(reader.out / "a.xlsx", form(rows_of({}), titles=titles))
    return reader.read(path, name, **said)


UNIT = "填报单位：青澧县发展和改革局"


@pytest.mark.parametrize(
    "written",
    [
        "报告期：2023年10月",
        "报告期:2023年1-10月",
        "报 告 期：２０２３年十月",
        "报告期别：2023-10",
        "统计期间：202310",
        "2023年10月",
        "（2023年10月）",
        "青澧县2023年10月企业投资情况表",
    ],
)
def test_period_is_found_in_the_title_rows(reader: Reader, written: str) -> None:
    parsed = titled(reader, ["企业投资情况表"], [UNIT, None, written])
    assert parsed.findings == ()
    assert parsed.envelope.period is not None and parsed.envelope.period.label == "2023-10"


def test_typed_month_that_the_spreadsheet_made_a_day_is_the_period(reader: Reader) -> None:
    parsed = titled(reader, ["填报单位：", "青澧县发展和改革局", "报告期：", date(2023, 10, 1)])
    assert parsed.findings == ()
    assert parsed.envelope.period is not None and parsed.envelope.period.label == "2023-10"


def test_period_that_does_not_fit_is_named_once_and_not_called_missing(reader: Reader) -> None:
    parsed = titled(reader, [UNIT, None, "报告期：2023年8-10月"])
    assert kinds(parsed) == ["auto_envelope_period"]
    assert "2023年8-10月" in parsed.findings[0].message_zh


def test_period_that_has_not_begun_is_an_error(reader: Reader) -> None:
    year = county_today().year
    parsed = titled(reader, [UNIT, None, f"报告期：{year + 1}年3月"])
    assert kinds(parsed) == ["auto_envelope_period"]
    assert "尚未开始" in parsed.findings[0].message_zh
    annual = Reader(reader.catalogue, reader.out, contract(frequency=Frequency.ANNUAL))
    assert kinds(titled(annual, [UNIT, None, f"报告期：{year + 1}年"])) == []
    assert kinds(titled(annual, [UNIT, None, f"报告期：{year + 3}年"])) == ["auto_envelope_period"]


def test_labels_and_values_may_share_or_split_cells(reader: Reader) -> None:
    parsed = titled(reader, ["填报单位：", None, "青澧县发展和改革局", "报告期：", "2023年10月"])
    assert parsed.findings == ()
    parsed = titled(
        reader, ["填报单位（盖章）：青澧县发展和改革局      报告期：2023年10月    计量单位：万元"]
    )
    assert parsed.findings == ()
    parsed = titled(reader, ["填报单位", "青澧县发展和改革局"], ["报告期", "2023年10月"])
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == "980121000000energy"


def test_other_dates_of_the_form_are_no_period(reader: Reader) -> None:
    parsed = titled(
        reader,
        ["批准文号：国统制〔2022〕165号", "有效期至：2025年1月"],
        [UNIT, None, "制表日期：2023年11月3日"],
    )
    assert kinds(parsed) == ["auto_envelope_period"]
    assert "没有写明报告期" in parsed.findings[0].message_zh
    assert parsed.envelope.period is None


@pytest.mark.parametrize(
    ("name", "period", "reporter"),
    [
        ("2023-10_980121100000.xlsx", "2023-10", "980121100000"),
        ("2023年10月_青岭镇.xlsx", "2023-10", "980121104000"),
        ("青岭镇人民政府2023年10月企业投资情况表(1).xlsx", "2023-10", "980121104000"),
        ("202310_城关街道.xls", "2023-10", "980121001000"),
        ("2023-10_980121000000energy（更正）.csv", "2023-10", "980121000000energy"),
    ],
)
def test_period_and_reporter_are_found_in_the_file_name(
    reader: Reader, name: str, period: str, reporter: str
) -> None:
    parsed = titled(reader, ["企业投资情况表"], name=name)
    assert parsed.findings == ()
    assert parsed.envelope.period is not None and parsed.envelope.period.label == period
    assert parsed.envelope.reporter_code == reporter


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("青岭镇", "980121104000"),
        ("青岭镇人民政府", "980121104000"),
        ("青澧县青岭镇人民政府", "980121104000"),
        ("云泽市青澧县青岭镇", "980121104000"),
        ("城关街道", "980121001000"),
        ("城关街道办事处（盖章）", "980121001000"),
        ("发展和改革局", "980121000000energy"),
        ("县发展和改革局", "980121000000energy"),
        ("980121100000", "980121100000"),
        ("沐川岭县统计局", "980122000000statistics"),
    ],
)
def test_reporter_is_recognised_with_and_without_its_suffix(
    reader: Reader, written: str, code: str
) -> None:
    parsed = titled(reader, [f"填报单位：{written}", None, "报告期：2023年10月"])
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == code


def test_only_one_who_can_have_sent_a_file_hears_of_it(reader: Reader) -> None:
    """Readable or not; only what names its reporter is accepted where others may report, too."""
    parsed = titled(reader, ["报告期：2023年10月"])
    assert kinds(parsed) == ["auto_envelope_reporter"]
    assert parsed.envelope.reporter_code == "980121000000energy"
    (broken := reader.out / "broken").write_bytes(b"PK\x03\x04 no workbook")
    parsed = reader.read(broken, "十月.xlsx")
    assert parsed.rows_path is None
    assert parsed.envelope.reporter_code == "980121000000energy"
    assert parsed.envelope.reporter_area_code == "980121000000"


@pytest.mark.parametrize("broken", [True, False])
def test_file_that_several_may_have_sent_is_nobodys(
    catalogue: Catalogue, tmp_path: Path, broken: bool
) -> None:
    reader = Reader(catalogue, tmp_path, contract(reporter_kind="township"))
    path = write_xlsx(tmp_path / "x.xlsx", form(rows_of({}), titles=[["报告期：2023年10月"]]))
    if broken:
        path.write_bytes(path.read_bytes()[:500])
    parsed = reader.read(path)
    assert parsed.envelope.reporter_code is None
    assert ("auto_envelope_reporter" in kinds(parsed)) is not broken


def test_unknown_reporter_is_an_error(reader: Reader) -> None:
    parsed = titled(reader, ["填报单位：红旗镇", None, "报告期：2023年10月"])
    assert kinds(parsed) == ["auto_envelope_reporter"]
    assert "红旗镇" in parsed.findings[0].message_zh
    assert (parsed.findings[0].row, parsed.findings[0].sheet) == (1, "表1")
    assert parsed.envelope.reporter_code is None


def test_ambiguous_reporter_is_resolved_by_the_areas_of_the_rows_or_refused(reader: Reader) -> None:
    titles = [["填报单位：统计局", None, "报告期：2023年10月"]]
    rows = rows_of({"area_code": "980122100000"}, {"area_code": "980122101000"})
    assert reader.form(rows, titles=titles).envelope.reporter_code == "980122000000statistics"
    parsed = reader.form(
        rows_of({"area_code": "980122100000"}, {"area_code": "980121101000"}), titles=titles
    )
    assert kinds(parsed) == ["auto_envelope_reporter"]
    assert "青澧县统计局" in parsed.findings[0].message_zh


def test_only_bureau_of_the_department_is_assumed(reader: Reader) -> None:
    own = Reader(reader.catalogue, reader.out, contract(reporter_kind="bureau"))
    parsed = titled(own, ["报告期：2023年10月"])
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == "980121000000energy"


def test_what_a_bureau_owes_is_not_taken_from_another_unit(reader: Reader) -> None:
    own = Reader(reader.catalogue, reader.out, contract(reporter_kind="bureau"))
    for unit in ("青岭镇人民政府", "沐川岭县统计局"):
        parsed = titled(own, [f"填报单位：{unit}", "报告期：2023年10月"])
        assert kinds(parsed) == ["auto_envelope_reporter"]
        assert "不报送本表" in parsed.findings[0].message_zh


def test_whom_the_contract_leaves_out_has_nothing_to_report(reader: Reader) -> None:
    rural = contract(reporter_kind="township", not_owed_by=(TownshipKind.SUBDISTRICT,))
    towns = Reader(reader.catalogue, reader.out, rural)
    assert titled(towns, ["填报单位：青岭镇人民政府", "报告期：2023年10月"]).findings == ()
    parsed = titled(towns, ["填报单位：城关街道办事处", "报告期：2023年10月"])
    assert kinds(parsed) == ["auto_envelope_reporter"]
    assert "不报送本表" in parsed.findings[0].message_zh


def test_missing_reporter_of_other_datasets_is_an_error(reader: Reader) -> None:
    townships = Reader(reader.catalogue, reader.out, contract(reporter_kind="township"))
    parsed = titled(townships, ["报告期：2023年10月"])
    assert kinds(parsed) == ["auto_envelope_reporter"]


def test_what_the_sender_said_comes_first(reader: Reader) -> None:
    parsed = titled(reader, ["企业投资情况表"], period="2023-09", reporter="980121104000")
    assert parsed.findings == ()
    assert parsed.envelope.period is not None and parsed.envelope.period.label == "2023-09"
    assert parsed.envelope.reporter_name == "青岭镇人民政府"


def test_sender_code_that_nobody_knows_is_an_error(reader: Reader) -> None:
    parsed = titled(reader, ["报告期：2023年10月"], reporter="980121999999")
    assert kinds(parsed) == ["auto_envelope_reporter"]


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("2023-09_980121000000energy.xlsx", {}, "auto_envelope_period"),
        ("2023-10_980121104000.xlsx", {}, "auto_envelope_reporter"),
        ("a.xlsx", {"period": "2023-11"}, "auto_envelope_period"),
        ("a.xlsx", {"reporter": "980121104000"}, "auto_envelope_reporter"),
    ],
)
def test_contradiction_is_an_error(
    reader: Reader, name: str, said: dict[str, str], kind: str
) -> None:
    parsed = titled(reader, [UNIT, None, "报告期：2023年10月"], name=name, **said)
    assert kinds(parsed) == [kind]
    assert "不一致" in parsed.findings[0].message_zh


def test_periods_of_a_message_are_written_as_forms_write_them(reader: Reader) -> None:
    """What the sender said with the file (`--period`, the upload page) is no text of the reporter's."""
    parsed = titled(reader, [UNIT, None, "报告期：2023年9月"], period="2023-10")
    message = parsed.findings[0].message_zh
    assert "报送时指定为「2023年10月」" in message and "2023-10" not in message
    parsed = titled(reader, [UNIT], period="2023-S2")
    assert "「2023-2024学年第一学期」不是本表要求的报告期" in parsed.findings[0].message_zh


def test_period_of_another_frequency_is_an_error(reader: Reader) -> None:
    quarterly = Reader(reader.catalogue, reader.out, contract(frequency=Frequency.QUARTERLY))
    assert kinds(titled(quarterly, [UNIT, "报告期：2023年10月"])) == ["auto_envelope_period"]
    parsed = titled(quarterly, [UNIT, "报告期：2023年三季度"], name="2023-Q3.xlsx")
    assert parsed.findings == ()
    assert parsed.envelope.period is not None and parsed.envelope.period.label == "2023-Q3"


def test_period_column_of_the_table_is_the_last_resort(reader: Reader) -> None:
    rows = [["2023年10月", *row] for row in rows_of({}, {})]
    parsed = reader.form(rows, headers=("报告期", *HEADERS), titles=[[UNIT]])
    assert parsed.findings == ()
    assert parsed.envelope.period is not None and parsed.envelope.period.label == "2023-10"


def test_form_of_another_dataset_is_refused(catalogue: Catalogue, reader: Reader) -> None:
    energy = Reader(catalogue, reader.out, catalogue.contract("energy.energy_user"))
    other = catalogue.contract("energy.coal_quota")
    headers = [c.header_zh for c in other.table_columns]
    lines = [["表号：" + other.form_no], headers, ["x"] * len(headers)]
    parsed = energy.read(
        write_xlsx(reader.out / "b.xlsx", lines), period="2023", reporter="980121000000energy"
    )
    assert kinds(parsed) == ["auto_file_other_dataset"]
    assert other.title_zh in parsed.findings[0].message_zh
    assert parsed.rows_path is None


def test_signature_row_with_names_in_their_own_cells_is_read(reader: Reader) -> None:
    footer = ["填表人：", "张三", "审核人：", None, "李四", "单位负责人：", None]
    envelope = reader.form(rows_of({}), footer=footer).envelope
    assert (envelope.filler_name, envelope.reviewer_name, envelope.unit_head_name) == (
        "张三",
        "李四",
        None,
    )


def test_blank_labels_say_nothing(reader: Reader) -> None:
    titles = [*TITLES[:2], ["填报单位：________", None, None, "报告期：    "]]
    own = Reader(reader.catalogue, reader.out, contract(reporter_kind="bureau"))
    parsed = own.form(rows_of({}), titles=titles, footer=["填表人：", None, "审核人："])
    assert kinds(parsed) == ["auto_envelope_period"]
    assert parsed.envelope.filler_name is None


def test_bare_unit_label_is_told_by_its_value(reader: Reader) -> None:
    parsed = titled(reader, ["单位：青岭镇", None, "报告期：2023年10月"], ["单位：人民币亿元"])
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == "980121104000"
    assert parsed.unit_factors["invest_wan"] == 10_000
