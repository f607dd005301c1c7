"""零报告: the reporter says that nothing occurred; an empty form says nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.parsing.build import HEADERS, Reader, column, contract, fill, form, kinds, rows_of
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import LoadMode, Severity
from xiantong.parsing.model import ParsedDelivery

NAME = "2023-10_980121000000energy"
ENVELOPE = {"period": "2023-10", "reporter_code": "980121000000energy"}


@pytest.fixture(params=[LoadMode.APPEND, LoadMode.UPSERT])
def events(request: pytest.FixtureRequest, small_catalogue: Catalogue, tmp_path: Path) -> Reader:
    """A reader of a list of events or of changes."""
    return Reader(small_catalogue, tmp_path, contract(load_mode=request.param))


def deliver_json(reader: Reader, **document: Any) -> ParsedDelivery:
    path = reader.out / "a.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return reader.read(path)


def deliver_csv(reader: Reader, *lines: str, encoding: str = "utf-8") -> ParsedDelivery:
    path = reader.out / "a.csv"
    path.write_bytes("\r\n".join([",".join(HEADERS), *lines, ""]).encode(encoding))
    return reader.read(path, f"{NAME}.csv")


def assert_nil(parsed: ParsedDelivery, reader: Reader) -> None:
    assert parsed.findings == ()
    assert (parsed.is_nil, parsed.rows_path, parsed.row_count) == (True, None, 0)
    assert parsed.envelope.period is not None and parsed.envelope.period.label == "2023-10"
    assert parsed.envelope.reporter_code == "980121000000energy"
    assert list(reader.out.glob("*.parquet")) == []


@pytest.mark.parametrize(
    "text",
    [
        "零报告",
        "本期无",
        "本期无发生",
        "本期无新增",
        "无",
        "“零报告”",
        " 零 报 告。",
        "（本月无变化）",
    ],
)
def test_word_alone_in_the_first_row_is_a_report_of_nothing(events: Reader, text: str) -> None:
    assert_nil(events.form([[text]]), events)


@pytest.mark.parametrize("position", [1, 4, len(HEADERS) - 1])
def test_any_column_will_do(events: Reader, position: int) -> None:
    assert_nil(events.form([[None] * position + ["零报告"]]), events)


def test_signatures_are_read_and_blank_rows_do_not_matter(events: Reader) -> None:
    parsed = events.form([[], ["零报告"], [], []])
    assert_nil(parsed, events)
    assert parsed.envelope.filler_name == "张三"


@pytest.mark.parametrize("row", [[1, "零报告"], ["1", None, "零报告"], ["零报告"]])
def test_printed_number_of_the_row_is_no_value(events: Reader, row: Sequence[Any]) -> None:
    assert_nil(events.form([row, [2]], headers=["序号", *HEADERS]), events)


def test_word_may_stand_in_the_remarks_or_in_a_block_of_merged_cells(events: Reader) -> None:
    remark = [*[None] * len(HEADERS), "零报告"]
    assert_nil(events.form([remark], headers=[*HEADERS, "备注"]), events)
    book = openpyxl.Workbook()
    assert book.active is not None
    fill(book.active, form([["零报告"], [], []]))
    book.active.merge_cells("A6:F8")
    path = events.out / "merged.xlsx"
    book.save(path)
    assert_nil(events.read(path), events)


def test_second_sheet_may_have_rows(events: Reader) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    fill(book.active, form([["无"]]))
    fill(book.create_sheet("二"), form(rows_of({})))
    path = events.out / "two.xlsx"
    book.save(path)
    parsed = events.read(path)
    assert (parsed.findings, parsed.is_nil, parsed.row_count) == ((), False, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("line", ["零报告", "零报告" + "," * (len(HEADERS) - 1), ",本期无发生"])
def test_csv_says_it_too(events: Reader, line: str, encoding: str) -> None:
    assert_nil(deliver_csv(events, line, encoding=encoding), events)


def test_json_says_it_in_the_envelope(events: Reader) -> None:
    assert_nil(deliver_json(events, envelope=ENVELOPE | {"nil": True}, rows=[]), events)
    assert_nil(deliver_json(events, rows=[], envelope=ENVELOPE | {"零报告": True}), events)


@pytest.mark.parametrize("nil", [{}, {"nil": False}, {"nil": None}, {"nil": 1}, {"nil": "no"}])
def test_json_without_rows_that_does_not_say_it_is_refused(
    events: Reader, nil: dict[str, Any]
) -> None:
    parsed = deliver_json(events, envelope=ENVELOPE | nil, rows=[])
    assert (kinds(parsed), parsed.is_nil) == (["auto_file_no_rows"], False)
    assert '请在envelope中写明 "nil": true' in parsed.findings[0].fix_zh


def test_json_that_says_it_beside_what_is_no_record_is_refused(events: Reader) -> None:
    parsed = deliver_json(events, envelope=ENVELOPE | {"nil": True}, rows=[5])
    assert kinds(parsed) == ["auto_file_json_row"]


def test_json_of_another_dataset_is_refused(events: Reader) -> None:
    other = ENVELOPE | {"nil": True, "dataset_id": "energy.meter_reading"}
    parsed = deliver_json(events, envelope=other, rows=[])
    assert (kinds(parsed), parsed.is_nil) == (["auto_file_other_dataset"], False)


def test_empty_form_is_refused_and_told_what_to_write(events: Reader) -> None:
    for parsed in (events.form([]), events.form([[], []]), deliver_csv(events)):
        assert (kinds(parsed), parsed.is_nil) == (["auto_file_no_rows"], False)
        assert "本期确无发生的，请在首行填“零报告”" in parsed.findings[0].fix_zh


def test_word_above_rows_contradicts_them(events: Reader) -> None:
    parsed = events.form([["零报告"], *rows_of({}, {})])
    assert (kinds(parsed), parsed.is_nil) == (["auto_file_nil"], False)
    (finding,) = parsed.findings
    assert (finding.severity, finding.sheet, finding.row) == (Severity.ERROR, "表1", None)
    assert finding.message_zh == "第6行写明“零报告”，表中却有2行数据"
    row = {"uscc": "91350100M000100Y43", "firm_name": "厂", "invest_wan": 1}
    parsed = deliver_json(events, envelope=ENVELOPE | {"nil": True}, rows=[row])
    assert (kinds(parsed), parsed.is_nil) == (["auto_file_nil"], False)
    assert parsed.findings[0].message_zh == "envelope中写明“零报告”，表中却有1行数据"


def test_word_below_rows_or_beside_values_is_data(events: Reader) -> None:
    parsed = events.form([*rows_of({}), ["无"]])
    assert (parsed.is_nil, column(parsed, "uscc")) == (False, ["91350100M000100Y43", "无"])
    parsed = events.form(rows_of({"firm_name": "无"}))
    assert (parsed.findings, parsed.is_nil) == ((), False)
    assert column(parsed, "firm_name") == ["无"]


@pytest.mark.parametrize("text", ["零", "没有", "无法统计", "本期", "零报告制度", "无数据"])
def test_other_words_do_not_say_it(events: Reader, text: str) -> None:
    parsed = events.form([[text]])
    assert (parsed.is_nil, parsed.row_count) == (False, 1)


def test_faults_of_the_envelope_are_told(events: Reader) -> None:
    titles = [["填报单位：无此单位"], ["报告期：2023年10月"]]
    parsed = events.form([["零报告"]], titles=titles)
    assert (kinds(parsed), parsed.is_nil) == (["auto_envelope_reporter"], True)


def test_table_of_the_period_wants_its_rows(reader: Reader) -> None:
    for parsed in (
        reader.form([["零报告"]]),
        deliver_json(reader, envelope=ENVELOPE | {"nil": True}, rows=[]),
    ):
        assert (kinds(parsed), parsed.is_nil) == (["auto_file_nil"], False)
        assert "零值行" in parsed.findings[0].fix_zh
    parsed = reader.form([])
    assert kinds(parsed) == ["auto_file_no_rows"]
    assert parsed.findings[0].fix_zh == "请填写后重新报送；本期无数据的请填写零值行"
