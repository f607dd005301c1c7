"""Files that cannot be read: always a finding that says what to do, never an exception."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlwt

from tests.parsing.build import (
    COLUMNS,
    FIRMS,
    HEADERS,
    Reader,
    column,
    form,
    kinds,
    rows_of,
    write_xlsx,
)
from xiantong.contracts.model import Severity
from xiantong.parsing import sheet_xml
from xiantong.parsing.biff import SIGNATURE, biff_marks
from xiantong.parsing.cells import CellReader, number_text
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Frequency


def deliver(
    reader: Reader, content: bytes, name: str = "2023-10_980121000000energy.xlsx"
) -> ParsedDelivery:
    path = reader.out / "delivered"
    path.write_bytes(content)
    return reader.read(path, name)


def encrypted_package() -> bytes:
    """The outer shape of a password-protected xlsx: a compound file with an EncryptedPackage."""
    entry = "EncryptedPackage".encode("utf-16-le")
    return (
        SIGNATURE
        + b"\0" * 504
        + entry.ljust(64, b"\0")
        + struct.pack("<H", len(entry) + 2)
        + b"\0" * 900
    )


def zipped(names: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (encrypted_package(), "password"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "html"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "html"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "html",
        ),
        (b"%PDF-1.7 ...", "format"),
        (b"\x89PNG\r\n\x1a\n", "format"),
        (b"\0\1\2\3" * 50, "format"),
        (SIGNATURE + b"\0" * 3000, "format"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (zipped({"a.csv": b"1,2"}), "format"),
        (zipped({"word/document.xml": b"<x/>"}), "format"),
        (zipped({"xl/workbook.bin": b"x"}), "format"),
        (zipped({"xl/workbook.xml": b"<broken"}), "damaged"),
        ("只有一句话，没有表格。".encode(), "no_table"),
        ("青岭".encode("gb18030"), "no_table"),
        (bytes(range(128, 256)) * 40, "encoding"),
        (("，".join(HEADERS)).encode("big5", "replace") + b"\n" + b"\xff\xfe\xff" * 50, "encoding"),
    ],
)
def test_file_that_is_no_table_says_so(reader: Reader, content: bytes, kind: str) -> None:
    parsed = deliver(reader, content)
    assert kinds(parsed)[0] == f"auto_file_{kind}"
    assert (parsed.rows_path, parsed.row_count) == (None, 0)
    assert parsed.findings[0].severity is Severity.ERROR
    assert parsed.findings[0].message_zh and parsed.findings[0].fix_zh
    assert parsed.envelope.period is not None


def test_form_without_rows_says_so(reader: Reader) -> None:
    parsed = reader.form([])
    assert kinds(parsed) == ["auto_file_no_rows"]
    assert parsed.rows_path is None
    assert list(reader.out.glob("*.parquet")) == []


def test_csv_without_rows_says_so(reader: Reader) -> None:
    parsed = deliver(reader, (",".join(HEADERS) + "\n").encode())
    assert kinds(parsed) == ["auto_file_no_rows"]


def test_zip_bomb_is_refused_before_it_unfolds(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(
        {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"0" * (80 * 1024**2)}
    )
    parsed = deliver(reader, content)
    assert kinds(parsed) == ["auto_file_too_big"]
    monkeypatch.setattr(sheet_xml, "MAX_UNPACKED", 1000)
    path = write_xlsx(reader.out / "a.xlsx", form(rows_of({})))
    assert kinds(reader.read(path))[0] == "auto_file_too_big"


def test_bomb_that_lies_about_its_size_is_refused(reader: Reader) -> None:
    path = write_xlsx(reader.out / "a.xlsx", form(rows_of({})))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] += b" " * 50_000_000
    content = bytearray(zipped(parts))
    size = struct.pack("<I", len(parts["xl/worksheets/sheet1.xml"]))
    assert content.count(size) == 2
    parsed = deliver(reader, bytes(content).replace(size, struct.pack("<I", 1000)))
    assert kinds(parsed)[0] == "auto_file_damaged"


def test_entities_in_the_workbook_are_refused(reader: Reader) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><workbook>&b;</workbook>'
    assert kinds(deliver(reader, zipped({"xl/workbook.xml": bomb})))[0] == "auto_file_damaged"


def test_truncated_and_scrambled_files_never_raise(reader: Reader, tmp_path: Path) -> None:
    chance = random.Random(3)
    book = xlwt.Workbook()
    sheet = book.add_sheet("表1")
    for number, row in enumerate(form(rows_of({}, {}))):
        for position, value in enumerate(row):
            if value is not None:
                sheet.write(number, position, value)
    book.save(str(tmp_path / "a.xls"))
    table = "\n".join(",".join(map(str, row)) for row in [HEADERS, [FIRMS[0], '"厂"', "1"]])
    originals = [
        write_xlsx(tmp_path / "a.xlsx", form(rows_of({}, {}))).read_bytes(),
        (tmp_path / "a.xls").read_bytes(),
        table.encode(),
        table.encode("gb18030"),
        b'{"envelope": {"period": "2023-10"}, "rows": [{"uscc": "1", "firm_name": "x", "invest_wan": 5}]}',
    ]
    tried = 0
    for original in originals:
        for _ in range(40):
            content = original[: chance.randrange(len(original))]
            assert_readable_or_finding(deliver(reader, content))
            scrambled = bytearray(original)
            for _ in range(chance.randrange(1, 30)):
                scrambled[chance.randrange(len(scrambled))] = chance.randrange(256)
            assert_readable_or_finding(deliver(reader, bytes(scrambled)))
            tried += 2
    assert tried == 400


def assert_readable_or_finding(parsed: ParsedDelivery) -> None:
    assert parsed.rows_path is not None or any(
        f.severity is Severity.ERROR for f in parsed.findings
    )
    assert (parsed.rows_path is None) == (parsed.row_count == 0)


def test_unreadable_file_has_one_finding_even_if_nobody_said_whose_it_is(reader: Reader) -> None:
    parsed = deliver(reader, b"", "报表.xlsx")
    assert kinds(parsed) == ["auto_file_empty"]
    assert parsed.envelope.period is None


def with_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A workbook with something else in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    assert old in parts[name]
    return zipped(parts | {name: parts[name].replace(old, new)})


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("xl/styles.xml", b'<xf numFmtId="9"', b'<xf title="%" numFmtId="none"'),
        ("xl/worksheets/sheet1.xml", b'<row r="8"', b'<row r="' + b"9" * 5000 + b'"'),
        ("xl/worksheets/sheet1.xml", b' t="n"', b' t="n" s="first"'),
    ],
)
def test_numbers_of_the_format_that_are_none_are_damage(
    reader: Reader, name: str, old: bytes, new: bytes
) -> None:
    book = write_xlsx(reader.out / "a.xlsx", form(rows_of({"share_pct": 1}))).read_bytes()
    # Where something is shown as a percentage, the styles of all cells are looked at.
    percent = with_part(book, "xl/styles.xml", b'<xf numFmtId="0"', b'<xf numFmtId="9"')

    parsed = deliver(reader, with_part(percent, name, old, new))

    assert kinds(parsed)[0] == "auto_file_damaged"


def test_json_numbers_are_not_written_out_to_the_last_nought(reader: Reader) -> None:
    row = '{"uscc": "91350100M000100Y43", "firm_name": "厂", "invest_wan": 1e999999999}'

    parsed = deliver(reader, f'{{"rows": [{row}]}}'.encode(), "2023-10_980121000000energy.json")

    assert parsed.row_count == 1
    assert column(parsed, "invest_wan") == ["1e999999999"]


def test_json_with_a_key_of_its_own_in_every_row_is_refused(reader: Reader) -> None:
    rows = ",".join(f'{{"key{n}": 1}}' for n in range(3_000))

    parsed = deliver(reader, f'{{"rows": [{rows}]}}'.encode())

    assert kinds(parsed) == ["auto_file_json"]


def test_not_a_number_in_columns_of_days_is_kept_as_it_stands(reader: Reader) -> None:
    names = ("plan_month", "plan_year", "start_date", "invest_wan")
    row = ", ".join(f'"{name}": NaN' for name in names)

    parsed = deliver(reader, f'{{"rows": [{{"uscc": "1", {row}}}]}}'.encode())

    assert [column(parsed, name) for name in names] == [["nan"]] * 4


@pytest.mark.parametrize("number", [2_958_465.9999999, 2_958_465])
def test_days_after_the_last_one_stay_numbers(number: float) -> None:
    start = next(c for c in COLUMNS if c.name == "start_date")

    read_of_1904 = CellReader(start, Frequency.MONTHLY, date(1904, 1, 1)).read([number])

    assert read_of_1904.texts == [number_text(number)]


def test_xls_whose_allocation_goes_in_a_circle_is_left_alone(tmp_path: Path) -> None:
    header = bytearray(SIGNATURE + b"\0" * 504)
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<II", header, 68, 0, 0xFFFFFFFF)  # the list goes on in sector 0, for ever
    sector = struct.pack("<128I", *[0xFFFFFFFF] * 127, 0)  # and sector 0 says: in sector 0
    path = tmp_path / "a.xls"
    path.write_bytes(bytes(header) + sector)

    assert biff_marks(path) == ({}, False)


@pytest.mark.parametrize("number", ["²", "9" * 5_000])
def test_row_number_that_is_none_leaves_the_explanation_to_its_rule(
    reader: Reader, number: str
) -> None:
    path = write_xlsx(reader.out / "a.xlsx", form(rows_of({})))
    sidecar = reader.out / "a.xlsx.说明.csv"
    sidecar.write_text(f"规则编号,行号,说明\nr.x,{number},检修停产\n", encoding="utf-8")

    parsed = reader.read(path, sidecar=sidecar)

    assert [(e.rule_id, e.row, e.text) for e in parsed.explanations] == [("r.x", None, "检修停产")]
