"""JSON deliveries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.parsing.build import FIRMS, Reader, column, kinds, texts
from xiantong.parsing import json_file

ENVELOPE = {
    "dataset_id": "energy.firm_form",
    "period": "2023-10",
    "reporter_code": "980121000000energy",
    "filler_name": "张三",
}
ROW = {
    "uscc": FIRMS[0],
    "firm_name": "青岭水泥厂",
    "invest_wan": 100.50,
    "is_open": True,
    "land_mu": None,
}


def deliver(reader: Reader, document: Any, name: str = "a.json", encoding: str = "utf-8") -> Any:
    path = reader.out / "a.json"
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    return reader.read(path, name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_envelope_and_rows_are_read(reader: Reader, encoding: str) -> None:
    parsed = deliver(
        reader, {"envelope": ENVELOPE, "rows": [ROW, ROW | {"uscc": FIRMS[1]}]}, encoding=encoding
    )
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == "980121000000energy"
    assert parsed.envelope.period.label == "2023-10"
    assert parsed.envelope.filler_name == "张三"
    first, second = texts(parsed)
    assert (first["invest_wan"], first["is_open"], first.get("land_mu")) == ("100.5", "是", None)
    assert (first["_src_row"], second["_src_row"], second["_row"]) == (1, 2, 1)
    assert "_src_sheet" not in first
    assert parsed.column_letters == {}


def test_numbers_keep_their_digits(reader: Reader) -> None:
    text = json.dumps({"envelope": ENVELOPE, "rows": [ROW]}).replace("100.5", "12345678901234.50")
    assert column(deliver(reader, text), "invest_wan") == ["12345678901234.50"]
    text = text.replace("12345678901234.50", "1.5E3")
    assert column(deliver(reader, text), "invest_wan") == ["1500"]


@pytest.mark.parametrize("key", ["备注", "remark"])
def test_chinese_headers_and_remark_are_accepted(reader: Reader, key: str) -> None:
    row = {"统一社会信用代码": FIRMS[0], "企业名称": "厂", "计划总投资": "5", key: "春节停产"}
    parsed = deliver(reader, {"rows": [row], "envelope": ENVELOPE})
    assert parsed.findings == ()
    assert column(parsed, "_remark") == ["春节停产"]


def test_keys_may_differ_from_row_to_row(reader: Reader) -> None:
    parsed = deliver(
        reader, {"envelope": ENVELOPE, "rows": [{"uscc": FIRMS[0]}, ROW, {"worker_cnt": 3, **ROW}]}
    )
    assert parsed.findings == ()
    assert column(parsed, "worker_cnt") == [None, None, "3"]


def test_rows_alone_take_period_and_reporter_from_the_file_name(reader: Reader) -> None:
    parsed = deliver(reader, [ROW], "2023-10_980121104000.json")
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == "980121104000"


def test_number_in_an_id_is_returned(reader: Reader) -> None:
    parsed = deliver(reader, {"envelope": ENVELOPE, "rows": [ROW | {"uscc": 913501000000100443}]})
    assert kinds(parsed) == ["auto_numeric_cell_uscc"]
    assert (parsed.findings[0].row, parsed.findings[0].cell) == (1, None)


def test_unknown_and_missing_keys_are_findings(reader: Reader) -> None:
    parsed = deliver(
        reader,
        {"envelope": ENVELOPE, "rows": [{"uscc": FIRMS[0], "firm_name": "厂", "phone": "1"}]},
    )
    assert [f.message_zh for f in parsed.findings] == ["缺少列：计划总投资", "无法识别的列：phone"]


def test_envelope_of_another_dataset_is_refused(reader: Reader) -> None:
    parsed = deliver(
        reader, {"envelope": ENVELOPE | {"dataset_id": "energy.meter_reading"}, "rows": [ROW]}
    )
    assert kinds(parsed) == ["auto_file_other_dataset"]


def test_unknown_reporter_code_is_an_error(reader: Reader) -> None:
    parsed = deliver(reader, {"envelope": ENVELOPE | {"reporter_code": "123"}, "rows": [ROW]})
    assert kinds(parsed) == ["auto_envelope_reporter"]


@pytest.mark.parametrize(
    "text",
    [
        '{"envelope": {}, "rows": [{"uscc": "1"',
        '{"rows": {}}',
        '{"rows": 5}',
        "[1, 2",
        '[{"uscc": "1"}] x',
        "{}",
        '{"a" 1}',
        "{" * 5000,
        "[" * 200_000,
        '{"rows": [{"uscc": 1}],}',
        '{"rows": [{"a": NaN}]',
    ],
)
def test_broken_json_is_a_finding(reader: Reader, text: str) -> None:
    parsed = deliver(reader, text)
    assert kinds(parsed)[0] == "auto_file_json"
    assert parsed.rows_path is None


def test_records_that_are_no_objects_are_findings(reader: Reader) -> None:
    parsed = deliver(reader, {"envelope": ENVELOPE, "rows": [ROW, 5, ROW]})
    assert kinds(parsed) == ["auto_file_json_row"]
    assert parsed.findings[0].row == 2
    assert column(parsed, "_src_row") == [1, 3]


def test_no_rows_is_a_finding(reader: Reader) -> None:
    parsed = deliver(reader, {"envelope": ENVELOPE, "rows": []})
    assert parsed.rows_path is None
    assert kinds(parsed)[0] in ("auto_file_no_rows", "auto_file_no_table")


def test_large_document_is_read_in_pieces(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "CHUNK_CHARACTERS", 1000)
    monkeypatch.setattr(json_file, "IN_ONE", 1000)
    monkeypatch.setattr(json_file, "CHUNK_ROWS", 70)
    rows = [ROW | {"worker_cnt": n, "firm_name": "厂" * (n % 90)} for n in range(500)]
    rows[450]["output_ytd_wan"] = 5
    parsed = deliver(reader, {"rows": rows, "envelope": ENVELOPE})
    assert parsed.findings == ()
    assert column(parsed, "worker_cnt") == [str(n) for n in range(500)]
    assert column(parsed, "_src_row") == list(range(1, 501))
    assert column(parsed, "output_ytd_wan")[450] == "5"
