"""Delimited text: encoding, delimiter, the first rows; the rest comes in blocks of columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from xiantong.parsing.found import FindingList, Place, UnreadableError
from xiantong.parsing.headers import HeaderIndex, find_header
from xiantong.parsing.sheet import Row, Rows

HEAD_BYTES = 256 * 1024
PROBE_BYTES = 1024 * 1024
MAX_BAD_SHARE = 0.02
LISTED_BAD_LINES = 100
DELIMITERS = (",", "\t", ";", "|")
UTF8 = "utf-8"
GB18030 = "gb18030"
_QUOTED = re.compile(rb'"[^"]*"')


@dataclass(frozen=True)
class CsvFile:
    """How a delimited file is written. ``start`` is where its text begins (after a BOM),
    ``bare_cr``: lines end with CR alone."""

    path: Path
    encoding: str
    start: int
    size: int
    delimiter: str = ","
    bare_cr: bool = False

    def open(self) -> IO[bytes]:
        """The bytes of the file, at the places where they stand, with lines that end with LF."""
        return _opened(self.path, self.bare_cr)

    def head(self) -> bytes:
        """The first rows, whole ones unless the first alone is longer than the head."""
        with self.open() as file:
            file.seek(self.start)
            data = file.read(HEAD_BYTES)
        if self.start + len(data) >= self.size:
            return data
        return data[: last_row_end(data, self.delimiter.encode())] or data


def recognise(path: Path) -> CsvFile:
    """Encoding of a delimited file. Raises ``UnreadableError`` where there is none that fits."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(HEAD_BYTES)
    bare_cr = _ends_with_bare_cr(first)
    if first.startswith(codecs.BOM_UTF8):
        return CsvFile(path, UTF8, 3, size, bare_cr=bare_cr)
    sample = _first_foreign_text(path, bare_cr)
    if b"\0" in sample[:4096]:
        raise UnreadableError(
            "format", "文件不是表格（xlsx、xls、CSV、JSON）", "请另存为xlsx或CSV格式后重新报送"
        )
    return CsvFile(path, _encoding(sample), 0, size, bare_cr=bare_cr)


class _BareCr(io.RawIOBase):
    """A file of an old Macintosh, or of its spreadsheets' «CSV (Macintosh)»: each CR reads as LF, so
    that whatever counts and cuts lines knows one kind of them. No byte changes its place."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data.replace(b"\r", b"\n")
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: Path, bare_cr: bool) -> IO[bytes]:
    return io.BufferedReader(_BareCr(path), PROBE_BYTES) if bare_cr else path.open("rb")


def _ends_with_bare_cr(head: bytes) -> bool:
    """Whether lines end with CR alone. A header with a line break inside quotes may hold LF there."""
    if b"\r" not in head:
        return False
    bare = _QUOTED.sub(b"", head) if b"\n" in head else head
    return b"\r" in bare and b"\n" not in bare


def _first_foreign_text(path: Path, bare_cr: bool) -> bytes:
    """Whole lines around the first byte that is not ASCII, the first lines where all is ASCII."""
    first = b""
    with _opened(path, bare_cr) as file:
        while chunk := file.read(PROBE_BYTES):
            first = first or chunk
            if not chunk.isascii():
                chunk += file.readline()
                return chunk
    return first


def _encoding(sample: bytes) -> str:
    bad = {}
    for encoding in (UTF8, GB18030):
        bad[encoding] = sum(1 for line in sample.split(b"\n") if not _decodes(line, encoding))
        if not bad[encoding]:
            return encoding
    lines = sample.count(b"\n") + 1
    foreign = sum(1 for line in sample.split(b"\n") if not line.isascii())
    # Other text hardly ever reads as UTF-8, while GB18030 reads almost anything.
    is_utf8 = bad[UTF8] * 2 < foreign
    best = UTF8 if is_utf8 else min(bad, key=lambda encoding: bad[encoding])
    if bad[best] > max(2, MAX_BAD_SHARE * lines) or bad[best] * 2 > lines:
        raise UnreadableError(
            "encoding",
            "文件编码既不是UTF-8也不是GB18030，无法读取",
            "请另存为UTF-8编码的CSV后重新报送",
        )
    return best


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def last_row_end(data: bytes, delimiter: bytes) -> int:
    """Position after the last line end that is not inside quotes; 0 where there is none."""
    last = data.rfind(b"\n")
    if last < 0 or data.count(b'"', 0, last) % 2 == 0:
        return last + 1
    quoted = re.compile(rb"(?:\A|(?<=[\n" + re.escape(delimiter) + rb']))"(?:[^"]++|"")*+("?)')
    for match in quoted.finditer(data):
        if not match[1]:
            return data.rfind(b"\n", 0, match.start()) + 1
    return last + 1


class Decoder:
    """Decodes lines; what cannot be decoded is reported with its line and replaced."""

    def __init__(self, encoding: str, found: FindingList) -> None:
        self.encoding = encoding
        self.found = found
        self._reported = 0

    def text(self, data: bytes, first_line: int) -> str:
        try:
            return data.decode(self.encoding)
        except UnicodeDecodeError:
            self._report(data, first_line)
            return data.decode(self.encoding, "replace")

    def _report(self, data: bytes, first_line: int) -> None:
        for number, line in enumerate(data.split(b"\n"), start=first_line):
            if self._reported < LISTED_BAD_LINES and not _decodes(line, self.encoding):
                self._reported += 1
                self.found.error(
                    "file_encoding",
                    f"第{number}行有无法识别的字符（按{self.encoding.upper()}读取）",
                    "请更正该行，并用统一的编码另存",
                    Place(None, number),
                )


def read_rows(text: str, delimiter: str, first_line: int) -> Iterator[tuple[list[str], int, int]]:
    """Rows of delimited text with their first and last line; blank lines are left out."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", " " if "\n" in text else "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    line = first_line
    for row in reader:
        last = first_line + reader.line_num - 1
        if row:
            yield row, line, last
        line = last + 1


def sniff(text: str, index: HeaderIndex) -> str:
    """The delimiter with which the contract's header is found best."""
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        rows = _first_rows(text, delimiter)
        header = find_header(rows, (), index)
        score = len(header.positions) if header else 0
        if score > best_score:
            best, best_score = delimiter, score
            if score >= 0.8 * index.size:
                break
    return best


def _first_rows(text: str, delimiter: str) -> list[Row]:
    rows: list[Row] = []
    try:
        for row, _, _ in read_rows(text[:65_536], delimiter, 1):
            rows.append(row)
            if len(rows) >= 40:
                break
    except csv.Error:
        pass
    return rows


def csv_rows(text: str, delimiter: str, first_line: int) -> Rows:
    """All rows of ``text`` but blank lines. Raises ``UnreadableError`` for a quotation that never ends."""
    cells: list[Row] = []
    numbers: list[int] = []
    try:
        for row, first, _ in read_rows(text, delimiter, first_line):
            cells.append(row)
            numbers.append(first)
    except csv.Error as error:
        raise broken_quotes(numbers[-1] + 1 if numbers else first_line) from error
    return Rows(cells, numbers)


def broken_quotes(line: int) -> UnreadableError:
    return UnreadableError(
        "quotes",
        f"第{line}行起的引号没有成对，无法分列",
        "请检查该行的双引号，字段内的双引号应写两个",
    )
