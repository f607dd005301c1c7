"""Delimited files: encodings, delimiters, line numbers, and large ones in bounded memory."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.memory import measured
from tests.parsing.build import CONTRACT, HEADERS, Reader, column, kinds, table_row, texts
from xiantong.parsing.csv_file import HEAD_BYTES

NAME = "2023-10_980121000000energy.csv"


def lines(
    rows: list[list[Any]],
    delimiter: str = ",",
    end: str = "\r\n",
    header: tuple[str, ...] = HEADERS,
) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def deliver(reader: Reader, content: str | bytes, encoding: str = "utf-8") -> Any:
    path = reader.out / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return reader.read(path, NAME)


def many(count: int, **values: Any) -> list[list[Any]]:
    """Enough rows that most of the file is read by columns."""
    return [
        table_row(
            uscc=f"9135{n:014d}",
            firm_name=f"青岭{n % 50}厂",
            invest_wan=f"{n}.5",
            worker_cnt=n % 7,
            start_date="2023-10-08",
            **values,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encoding_and_delimiter_are_told_by_the_content(
    reader: Reader, encoding: str, delimiter: str, end: str
) -> None:
    parsed = deliver(
        reader,
        lines([table_row(firm_name="青岭㙟水泥厂𠮷", worker_cnt="012")], delimiter, end),
        encoding,
    )
    assert parsed.findings == ()
    row = texts(parsed)[0]
    assert (row["firm_name"], row["worker_cnt"], row["_src_row"]) == ("青岭㙟水泥厂𠮷", "012", 2)
    assert "_src_sheet" not in row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("inside", ["\n", "\r"])
def test_large_file_of_an_old_macintosh_is_read_with_its_line_numbers(
    reader: Reader, encoding: str, inside: str
) -> None:
    """«CSV (Macintosh)»: lines end with CR; what was broken inside a cell may hold LF."""
    rows = many(6_000)
    rows[0][1] = f"青岭{inside}厂"
    content = lines(rows, end="\r\n").replace("\r\n", "\r").encode(encoding)
    assert len(content) > HEAD_BYTES
    parsed = deliver(reader, content)
    assert parsed.findings == ()
    assert parsed.row_count == 6_000
    names, numbers = column(parsed, "firm_name"), column(parsed, "_src_row")
    assert (names[0].split(), names[1], names[5_999]) == (["青岭", "厂"], "青岭1厂", "青岭49厂")
    assert (numbers[0], numbers[1], numbers[5_999]) == (2, 4, 6_002)
    assert column(parsed, "invest_wan")[4_000] == "4000.5"


def test_column_names_are_accepted_and_leading_zeros_stay(reader: Reader) -> None:
    names = tuple(c.name for c in CONTRACT.table_columns)
    parsed = deliver(reader, lines([table_row(area_code="000121104000")], header=names))
    assert parsed.findings == ()
    assert column(parsed, "area_code") == ["000121104000"]


@pytest.mark.parametrize("large", [False, True])
def test_apostrophe_tab_and_white_space_are_removed_and_blank_is_null(
    reader: Reader, large: bool
) -> None:
    rows = [
        table_row(
            uscc="'91350100M000100Y43",
            firm_name=" 青岭 厂\u3000",
            area_code="\t980121104000",
            firm_kind="  ",
            invest_wan="5 ",
        ),
        table_row(
            uscc='="0123"',
            firm_name="\u200b河口厂",
            area_code="' 980121104000",
            firm_kind="''x",
            invest_wan="",
        ),
    ]
    filler = many(8_000) if large else []
    parsed = deliver(reader, lines([*filler, *rows]), "gb18030")
    assert parsed.findings == ()
    first, second = texts(parsed)[-2:]
    assert [
        first.get(n) for n in ("uscc", "firm_name", "area_code", "firm_kind", "invest_wan")
    ] == ["91350100M000100Y43", "青岭 厂", "980121104000", None, "5"]
    assert [
        second.get(n) for n in ("uscc", "firm_name", "area_code", "firm_kind", "invest_wan")
    ] == ["0123", "河口厂", "980121104000", "'x", None]


def test_title_lines_above_and_signatures_below_are_read(reader: Reader) -> None:
    above = "企业投资情况表\n填报单位：青岭镇,,报告期：2023年10月\n计量单位：亿元\n"
    below = "合计,,,,100\n填表人：张三,审核人：李四\n"
    path = reader.out / "b.csv"
    path.write_text(above + lines([table_row()], end="\n") + below, encoding="gb18030")
    parsed = reader.read(path)
    assert parsed.findings == ()
    assert parsed.envelope.reporter_code == "980121104000"
    assert parsed.envelope.filler_name == "张三"
    assert parsed.unit_factors["invest_wan"] == 10_000
    assert [row["_src_row"] for row in texts(parsed)] == [5]


@pytest.mark.parametrize("large", [False, True])
def test_line_numbers_count_line_ends_inside_quotes_and_blank_lines(
    reader: Reader, large: bool
) -> None:
    count = 8_000 if large else 40
    text = lines(
        [
            table_row(uscc=str(n), firm_name="甲\n乙" if n % 10 == 3 else '说"甲"', worker_cnt=n)
            for n in range(count)
        ],
        end="\n",
    )
    parsed = deliver(reader, text)
    assert parsed.findings == ()
    starts = [
        n for n, line in enumerate(text.split("\n"), start=1) if line and not line.startswith("乙")
    ][1:]
    assert column(parsed, "_src_row") == starts
    assert column(parsed, "firm_name")[3:5] == ["甲\n乙", '说"甲"']
    broken = text.split("\n")
    broken[-40:-40] = ["", "", ",,,"]
    parsed = deliver(reader, "\n".join(broken))
    assert parsed.row_count == count
    assert kinds(parsed) == []
    assert column(parsed, "_src_row")[-1] == starts[-1] + 3


@pytest.mark.parametrize("large", [False, True])
def test_row_with_wrong_number_of_fields_is_an_error_with_its_line(
    reader: Reader, large: bool
) -> None:
    rows = many(8_000 if large else 20)
    rows[-5] = rows[-5][:4]
    rows[-4] = [*rows[-4], "", ""]
    rows[-3] = [*rows[-3], "x"]
    parsed = deliver(reader, lines(rows), "gb18030")
    assert kinds(parsed) == ["auto_file_row_width"] * 2
    assert [f.row for f in parsed.findings] == [len(rows) - 3, len(rows) - 1]
    assert parsed.row_count == len(rows) - 2
    assert column(parsed, "_src_row")[-3:] == [len(rows) - 2, len(rows), len(rows) + 1]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("large", [False, True])
def test_few_undecodable_bytes_are_reported_with_their_line(
    reader: Reader, encoding: str, large: bool
) -> None:
    rows = many(8_000 if large else 60)
    data = lines(rows, end="\n").encode(encoding).split(b"\n")
    data[50] = data[50].replace("青岭".encode(encoding), b"\xff\xff")
    parsed = deliver(reader, b"\n".join(data))
    assert kinds(parsed) == ["auto_file_encoding"]
    assert parsed.findings[0].row == 51
    assert parsed.row_count == len(rows)


def test_late_undecodable_byte_in_a_large_file_is_reported_with_its_line(reader: Reader) -> None:
    data = lines(many(9_000), end="\n").encode("gb18030").split(b"\n")
    data[8_500] = data[8_500].replace("青岭".encode("gb18030"), b"\xff\xff")
    parsed = deliver(reader, b"\n".join(data))
    assert [(f.rule_id.rpartition(".")[2], f.row) for f in parsed.findings] == [
        ("auto_file_encoding", 8_501)
    ]


def test_chinese_that_comes_late_still_decides_the_encoding(reader: Reader) -> None:
    names = tuple(c.name for c in CONTRACT.table_columns)
    rows = [table_row(uscc=str(n), firm_name="x" * 50) for n in range(20_000)]
    rows[-1] = table_row(firm_name="青岭水泥厂")
    assert len(lines(rows, header=names)) > 1024 * 1024
    parsed = deliver(reader, lines(rows, header=names), "gb18030")
    assert parsed.findings == ()
    assert column(parsed, "firm_name")[-1] == "青岭水泥厂"


def test_scientific_notation_in_a_code_column_is_returned(reader: Reader) -> None:
    for rows in ([table_row()], many(8_000)):
        rows[-1][2] = "9.80121E+11"
        parsed = deliver(reader, lines(rows))
        assert kinds(parsed) == ["auto_numeric_cell_area_code"]
        assert (parsed.findings[0].row, parsed.findings[0].cell) == (
            len(rows) + 1,
            f"C{len(rows) + 1}",
        )


def test_total_row_of_a_large_file_is_compared_and_dropped(reader: Reader) -> None:
    rows = many(8_000)
    total = sum(float(row[4]) for row in rows)
    blank: dict[str, Any] = {"firm_name": None}
    parsed = deliver(
        reader,
        lines([*rows, table_row(uscc="合计", invest_wan=f"{total:,.2f}", **blank)]),
        "gb18030",
    )
    assert parsed.findings == ()
    assert parsed.row_count == 8_000
    parsed = deliver(
        reader, lines([table_row(uscc="合计", invest_wan=total + 1, **blank), *rows]), "gb18030"
    )
    assert kinds(parsed) == ["auto_total_row_invest_wan"]
    assert parsed.findings[0].row == 2


def test_quotation_that_never_ends_is_reported_and_not_swallowed(reader: Reader) -> None:
    rows = many(9_000)
    text = lines(rows, end="\n").replace("青岭7厂", '"青岭7厂', 1)
    parsed = deliver(reader, text)
    assert any(kind in ("auto_file_quotes", "auto_file_row_width") for kind in kinds(parsed))


def test_stray_quotes_inside_values_are_kept(reader: Reader) -> None:
    rows = many(8_000)
    text = lines(rows, end="\n").replace("青岭7厂", '5"管厂', 1).replace("青岭8厂", '6"管厂', 1)
    parsed = deliver(reader, text)
    assert parsed.findings == ()
    assert column(parsed, "firm_name")[7:9] == ['5"管厂', '6"管厂']
    assert column(parsed, "_src_row") == list(range(2, 8_002))


def test_trailing_delimiters_in_every_line_do_no_harm(reader: Reader) -> None:
    text = lines(many(8_000), end="\n").replace("\n", ",\n")
    parsed = deliver(reader, text)
    assert parsed.findings == ()
    assert parsed.row_count == 8_000


def test_trailing_delimiters_of_the_rows_alone_do_no_harm(reader: Reader) -> None:
    header, body = lines(many(8_000), end="\n").split("\n", 1)
    parsed = deliver(reader, header + "\n" + body.replace("\n", ",,\n"))
    assert (parsed.findings, parsed.row_count) == ((), 8_000)
    parsed = deliver(reader, header + "\n" + body.replace("\n", ",,\n").replace(",,\n", ",x\n", 1))
    assert kinds(parsed) == ["auto_file_row_width"]


def test_remarks_and_serial_numbers_in_a_large_file(reader: Reader) -> None:
    rows = [
        [n, *row, "停产检修" if n % 5 == 0 else ""] for n, row in enumerate(many(8_000), start=1)
    ]
    parsed = deliver(reader, lines(rows, header=("序号", *HEADERS, "备注")), "gb18030")
    assert parsed.findings == ()
    assert column(parsed, "_remark")[4::1000] == ["停产检修"] * 8


def test_slow_and_fast_reading_agree(reader: Reader) -> None:
    """The same rows, once small enough for row-wise reading, once behind a long file."""
    chance = random.Random(7)
    words = [
        "",
        " ",
        "青岭",
        "'01",
        "\t02",
        "a,b",
        'q"q',
        "x\ny",
        "\u3000甲",
        "合计贸易",
        "注册",
        "1,234.5",
        "=1",
        "－5",
        "2023年10月",
    ]
    rows = [[chance.choice(words) for _ in HEADERS] for _ in range(300)]
    for row in rows:
        row[0] = f"'{chance.randrange(10**9)}"
    small = texts(deliver(reader, lines(rows)))
    filler = many(8_000)
    large = texts(deliver(reader, lines([*filler, *rows])))[len(filler) :]
    for one, other in zip(small, large, strict=True):
        assert other.pop("_row") == one.pop("_row") + len(filler)
        assert other.pop("_src_row") == one.pop("_src_row") + len(filler)
        assert one == other


@pytest.mark.slow
def test_memory_stays_bounded_for_a_large_file(reader: Reader, tmp_path: Path) -> None:
    """A file of 150 MB in GB18030 is read with less than 900 MB at the peak, libraries included."""
    path = tmp_path / "big.csv"
    chunk = lines(many(20_000), end="\n")
    head, body = chunk.split("\n", 1)
    with path.open("wb") as file:
        file.write((head + "\n").encode("gb18030"))
        encoded = body.encode("gb18030")
        copies = 150_000_000 // len(encoded)
        for _ in range(copies):
            file.write(encoded)
    program = f"""
from pathlib import Path
from tests.parsing.build import Reader
from xiantong.contracts.catalogue import Catalogue
reader = Reader(Catalogue(Path({str(reader.catalogue.folder)!r})), Path({str(tmp_path)!r}))
parsed = reader.read(Path({str(path)!r}), {NAME!r})
assert not parsed.findings, parsed.findings
print(parsed.row_count)
"""
    peak, (printed,) = measured(program)
    count = int(printed)
    assert count == copies * 20_000
    assert peak < 900, peak
    file_rows = pq.ParquetFile(tmp_path / f"{'d' * 20}.parquet")
    assert file_rows.metadata.num_rows == count
    last = file_rows.read_row_group(file_rows.num_row_groups - 1, columns=["_src_row", "_row"])
    assert last.column("_src_row")[-1].as_py() == count + 1
    assert last.column("_row")[-1].as_py() == count - 1
    assert path.stat().st_size > HEAD_BYTES


def test_utf8_with_a_few_broken_bytes_is_not_taken_for_gb18030(reader: Reader) -> None:
    content = lines([table_row() for _ in range(6)], end="\n").encode()
    path = reader.out / "2023-10_980121100000.csv"
    path.write_bytes(content[:-3] + b"\xff\xfe\n")
    messages = [f.message_zh for f in reader.read(path).findings]
    assert any("UTF-8" in message for message in messages), messages
