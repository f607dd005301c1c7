"""Deliveries that are no xlsx workbook, written again as one: with the row numbers of the original.

An old xls workbook comes back cell by cell at the same addresses. From CSV and JSON a form is made:
title rows, Chinese headers, the original row number in front. Small deliveries come back whole,
of large ones only the rows with findings; the original is streamed.
"""

from __future__ import annotations

import csv
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from xiantong.contracts.model import Contract
from xiantong.findings import CheckedSubmission
from xiantong.parsing import found as parsing_found
from xiantong.parsing.csv_file import CsvFile, read_rows, recognise, sniff
from xiantong.parsing.found import FindingList
from xiantong.parsing.headers import HeaderCell, find_header, header_index, plain
from xiantong.parsing.json_file import looks_like_json, read_json
from xiantong.parsing.sheet import Rows
from xiantong.returns.entries import InPlace, Locator, Moved
from xiantong.returns.errors import UnreadableError
from xiantong.returns.package import write_workbook
from xiantong.returns.sheet_xml import Cell, Row, Sheet, letter
from xiantong.returns.styles import StyleBook

DATA_SHEET = "报送数据"
# A serial number column in front is no data column, so the form can be delivered again.
NUMBER_HEADER = "序号（原行号）"
WHOLE_ROWS = 20_000
MAX_ROWS = 200_000
# With the serial number in front as many as a spreadsheet has.
MAX_COLUMNS = 16_383
_HEADER_ROW = 4
_HEAD_ROWS = 60
_BLOCK = 4 << 20
_EPOCH = datetime(1899, 12, 30)


@dataclass(frozen=True)
class Rebuilt:
    """A written workbook and where the findings stand in it. ``whole``: no row is left out."""

    locator: Locator
    whole: bool


@dataclass(frozen=True)
class _Table:
    """Headers and rows with their number in the original."""

    headers: Sequence[str]
    columns: Sequence[str | None]
    rows: Sequence[tuple[int, Sequence[str]]]
    whole: bool
    row_word: str


def rebuild(
    original: Path,
    contract: Contract,
    submission: CheckedSubmission,
    out: Path,
    titles: Sequence[str],
) -> Rebuilt:
    """Write the rows of ``original`` into the workbook ``out``.

    Raises ``UnreadableError`` where nothing can be read from it.
    """
    with original.open("rb") as file:
        start = file.read(4096)
    if start[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _copy_grid(original, submission, out)
    failing = {f.row for f in submission.findings if f.row is not None}
    wanted = None if submission.row_count <= WHOLE_ROWS else failing
    try:
        read = _read_json if looks_like_json(start) else _read_csv
        table = read(original, contract, wanted)
    except (parsing_found.UnreadableError, csv.Error) as error:
        raise UnreadableError(str(error)) from error
    return _write_form(table, out, titles)


def _copy_grid(original: Path, submission: CheckedSubmission, out: Path) -> Rebuilt:
    from python_calamine import CalamineWorkbook

    try:
        with original.open("rb") as file:  # by its name alone it might be taken for another format
            book = CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
        styles = StyleBook()
        formats = _GridFormats(
            styles.cell_format(number_format=14), styles.cell_format(number_format=22)
        )
        sheets = [
            (Sheet(name=name, rows=_grid_rows(book.get_sheet_by_name(name).to_python(skip_empty_area=False), formats),
                   widths=[16] * 40), styles)
            for name in names
        ]  # fmt: skip
        if not sheets:
            raise UnreadableError("no sheets")
        write_workbook(sheets, out)
    except UnreadableError:
        raise
    except Exception as error:  # calamine panics and raises in many ways on damaged files
        raise UnreadableError(str(error)) from error
    return Rebuilt(InPlace(submission.cells, names), whole=True)


@dataclass(frozen=True)
class _GridFormats:
    day: int
    moment: int


def _grid_rows(grid: list[list[Any]], formats: _GridFormats) -> Iterator[Row]:
    for number, values in enumerate(grid, start=1):
        yield Row(number, [_grid_cell(value, formats) for value in values])


def _grid_cell(value: Any, formats: _GridFormats) -> Cell | None:
    match value:
        case "" | None:
            return None
        case bool() | str():
            return Cell(value)
        case int() | float():
            return Cell(int(value) if float(value).is_integer() and abs(value) < 1e15 else value)
        case datetime():
            return Cell((value - _EPOCH) / timedelta(days=1), formats.moment)
        case date():
            return Cell((datetime(value.year, value.month, value.day) - _EPOCH).days, formats.day)
        case time():
            return Cell(value.isoformat())
        case _:
            return Cell(str(value))


def _read_csv(original: Path, contract: Contract, wanted: set[int] | None) -> _Table:
    """Only wanted lines are decoded and split; the header is found as parsing finds it."""
    index = header_index(contract)
    file = recognise(original)
    text = file.head().decode(file.encoding, "replace")
    delimiter = sniff(text, index)
    head = list(islice(read_rows(text, delimiter, 1), _HEAD_ROWS))
    if not head:
        raise UnreadableError("the file is empty")
    header = find_header([row for row, _, _ in head], (), index)
    first = head[header.end - 1 if header else 0][1]
    cells = header.cells if header else ()
    headers = [_printed(cell, contract) for cell in cells] or list(head[0][0])
    columns = [cell.column for cell in cells] or [None] * len(headers)
    rows: list[tuple[int, list[str]]] = []
    for number, record in _records(file, wanted):
        if number > first:
            rows.append((number, _split(record, file.encoding, delimiter)))
            if len(rows) >= MAX_ROWS:
                break
    return _Table(headers[:MAX_COLUMNS], columns[:MAX_COLUMNS], rows, wanted is None, "第 {} 行")


def _printed(cell: HeaderCell, contract: Contract) -> str:
    """The header as delivered, in Chinese where the delivery used the column's name."""
    return contract.by_name[cell.column].header_zh if cell.column and cell.by_name else cell.text


def _records(source: CsvFile, wanted: set[int] | None) -> Iterator[tuple[int, bytes]]:
    """Wanted records with the number of their first line; blank ones are left out.

    Neither UTF-8 nor GB18030 hides a quote or line break inside a character, so lines are found as
    bytes. A quoted line break stays inside its record.
    """
    sought = sorted(wanted) if wanted is not None else None
    number = 1
    with source.open() as file:
        while block := file.read(_BLOCK):
            block += file.readline()
            while block.count(b'"') % 2 and len(block) < 4 * _BLOCK and (line := file.readline()):
                block += line
            yield from _block_records(block, number, sought)
            number += block.count(b"\n")


def _block_records(
    block: bytes, first: int, sought: list[int] | None
) -> Iterator[tuple[int, bytes]]:
    lines = block.split(b"\n")
    if sought is not None:
        start = bisect_left(sought, first)
        end = bisect_left(sought, first + len(lines))
        if start == end:
            return
    if b'"' in block:
        joined = _joined(lines, first)
        chosen = set(sought[start:end]) if sought is not None else set()
        numbered: Iterable[tuple[int, bytes]] = (
            joined if sought is None else (r for r in joined if r[0] in chosen)
        )
    elif sought is None:
        numbered = enumerate(lines, start=first)
    else:
        numbered = ((n, lines[n - first]) for n in sought[start:end])
    yield from ((number, line) for number, line in numbered if line.strip())


def _joined(lines: Sequence[bytes], first: int) -> Iterator[tuple[int, bytes]]:
    """Lines put together where a quotation goes on in the next one."""
    begun: list[bytes] = []
    is_quoted = False
    for number, line in enumerate(lines, start=first):
        begun.append(line)
        is_quoted ^= line.count(b'"') % 2 == 1
        if not is_quoted:
            yield number - len(begun) + 1, b"\n".join(begun)
            begun = []
    if begun:
        yield first + len(lines) - len(begun), b"\n".join(begun)


def _split(record: bytes, encoding: str, delimiter: str) -> list[str]:
    text = record.decode(encoding, "replace").rstrip("\r\n")
    values = next(csv.reader([f"{line}\n" for line in text.split("\n")], delimiter=delimiter), [])
    plain_values = [value.strip().lstrip("'").strip() for value in values[:MAX_COLUMNS]]
    while plain_values and not plain_values[-1]:
        plain_values.pop()  # thousands of delimiters at the end of each line are no columns
    return plain_values


def _read_json(original: Path, contract: Contract, wanted: set[int] | None) -> _Table:
    sheet = read_json(original, FindingList(contract)).sheet
    names = [str(name) for name in sheet.head.cells[0]]
    index = header_index(contract)
    found = [index.match((plain(name),)) for name in names]
    columns = [match[1] if match else None for match in found]
    headers = [
        contract.by_name[c].header_zh if c else n for n, c in zip(names, columns, strict=True)
    ]
    rows: list[tuple[int, list[str]]] = []
    for part in sheet.tail:
        assert isinstance(part, Rows)
        for number, values in zip(part.numbers, part.cells, strict=True):
            if (wanted is None or number in wanted) and len(rows) < MAX_ROWS:
                rows.append((number, [_json_text(value) for value in values]))
    return _Table(headers, columns, rows, wanted is None, "第 {} 条")


def _json_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def _write_form(table: _Table, out: Path, titles: Sequence[str]) -> Rebuilt:
    styles = StyleBook()
    border = styles.thin_border("FFBFC7D1")
    bold = styles.font('<b/><sz val="16"/><name val="宋体"/><family val="3"/>')
    strong = styles.font('<b/><sz val="11"/><name val="宋体"/><family val="3"/>')
    centre = 'horizontal="center" vertical="center" wrapText="1"'
    title = styles.cell_format(font=bold, align=centre)
    line = styles.cell_format()
    header = styles.cell_format(
        font=strong,
        fill=styles.solid_fill("FFEDF1F6"),
        border=border,
        number_format=49,
        align=centre,
    )
    text = styles.cell_format(border=border, number_format=49)
    number = styles.cell_format(border=border, align='horizontal="center" vertical="center"')
    width = len(table.headers) + 1
    rows = [
        Row(1, [Cell(titles[0], title)], 30),
        *(Row(n, [Cell(value, line)]) for n, value in enumerate(titles[1:3], start=2)),
        Row(_HEADER_ROW, [Cell(h, header) for h in (NUMBER_HEADER, *table.headers)], 32),
    ]
    places: dict[int, int] = {}
    for position, (original, values) in enumerate(table.rows, start=_HEADER_ROW + 1):
        places.setdefault(original, position)
        cells = [Cell(original, number), *(Cell(value, text) for value in values)]
        cells += [Cell(None, text)] * (width - len(cells))
        rows.append(Row(position, cells))
    last = letter(width)
    sheet = Sheet(
        name=DATA_SHEET,
        rows=rows,
        widths=[13, *(min(40, max(12, 2 + 2 * len(h))) for h in table.headers)],
        frozen=f"B{_HEADER_ROW + 1}",
        merged=[f"A{n}:{last}{n}" for n in (1, 2, 3)],
        print_titles=(_HEADER_ROW, _HEADER_ROW),
        text_range=f"A1:{last}{_HEADER_ROW + len(table.rows) + 1}",
    )
    write_workbook([(sheet, styles)], out)
    letters = {c: letter(n) for n, c in enumerate(table.columns, start=2) if c}
    return Rebuilt(Moved(DATA_SHEET, letters, places, table.row_word), table.whole)
