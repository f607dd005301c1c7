"""JSON deliveries: ``{envelope, rows}``, or the rows alone, read in bounded memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from xiantong.parsing.cells import Number
from xiantong.parsing.csv_file import recognise
from xiantong.parsing.found import FindingList, Place, UnreadableError
from xiantong.parsing.sheet import Row, Rows, Sheet

CHUNK_CHARACTERS = 4 * 1024**2
CHUNK_ROWS = 20_000
MAX_VALUE = 64 * 1024**2  # characters of one row
IN_ONE = 32 * 1024**2
MAX_NAMES = 2_000
_ROWS_KEYS = frozenset({"rows", "data", "数据"})
_FIX = '请报送 {"envelope": {…}, "rows": [{…}, …]} 形式的JSON'
_WHITE = " \t\r\n"


@dataclass(frozen=True)
class JsonFile:
    """``envelope`` as delivered, and the rows as a sheet whose header are the keys."""

    envelope: dict[str, Any]
    sheet: Sheet


def looks_like_json(first: bytes) -> bool:
    """Told by the first character that is no white space."""
    return first.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")


def read_json(path: Path, found: FindingList) -> JsonFile:
    """Read a JSON delivery. Raises ``UnreadableError`` where it is not JSON or has no rows.

    A large file is read twice: once for its keys and its envelope, once for its rows.
    """
    document = _JsonDocument(path)
    if path.stat().st_size <= IN_ONE:
        rows = list(document.rows())
        names = _names(rows)
        chunks = iter([rows])
    else:
        names = _names(document.rows())
        chunks = _chunks(document.rows())
    tail = (_numbered(chunk, names, start, found) for start, chunk in _counted(chunks))
    sheet = Sheet(None, Rows([names], [0]), tail, lettered=False)
    return JsonFile(document.envelope, sheet)


def _names(rows: Iterator[Any] | Sequence[Any]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        if isinstance(row, dict):
            names.update(dict.fromkeys(row))
            if len(names) > MAX_NAMES:
                # Every row is laid out by all names: a key of its own in each would fill the memory.
                raise UnreadableError(
                    "json", f"JSON记录的字段名超过{MAX_NAMES}个", "各条记录请使用相同的字段名"
                )
    return list(names)


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


def _counted(chunks: Iterator[list[Any]]) -> Iterator[tuple[int, list[Any]]]:
    start = 1
    for chunk in chunks:
        yield start, chunk
        start += len(chunk)


def _numbered(rows: list[Any], names: Sequence[str], start: int, found: FindingList) -> Rows:
    cells: list[Row] = []
    numbers: list[int] = []
    for number, row in enumerate(rows, start=start):
        if isinstance(row, dict):
            cells.append([row.get(name) for name in names])
            numbers.append(number)
        else:
            found.error("file_json_row", f"第{number}条记录不是对象", _FIX, Place(None, number))
    return Rows(cells, numbers)


@dataclass
class _JsonDocument:
    """A JSON file whose rows are decoded one by one; ``envelope`` is known after the last row."""

    path: Path
    envelope: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[Any]:
        """The rows. Raises ``UnreadableError`` at the first place that is no JSON."""
        file = recognise(self.path)
        with self.path.open(encoding=file.encoding, newline="") as stream:
            if file.start:
                stream.read(1)  # the byte order mark
            scanner = _Scanner(stream)
            if scanner.peek() == "[":
                yield from scanner.elements()
            else:
                yield from self._members(scanner)
            scanner.expect("")

    def _members(self, scanner: _Scanner) -> Iterator[Any]:
        """The members of the outer object: rows are passed on, the envelope is kept."""
        has_rows = False
        scanner.expect("{")
        more = scanner.peek() != "}"
        while more:
            key = scanner.value()
            scanner.expect(":")
            if key in _ROWS_KEYS and scanner.peek() == "[" and not has_rows:
                has_rows = True
                yield from scanner.elements()
            else:
                value = scanner.value()
                if key == "envelope" and isinstance(value, dict):
                    self.envelope = value
            more = scanner.peek() != "}"
            if more:
                scanner.expect(",")
        scanner.expect("}")
        if not has_rows:
            raise UnreadableError("json", "JSON中没有 rows 列表", _FIX)


class _Scanner:
    """Decodes JSON values from a stream, holding little more than one of them."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._ended = False
        self._rows = 0
        self._decode = json.JSONDecoder(parse_float=Number, parse_int=Number).raw_decode

    def peek(self) -> str:
        """The next character that is no white space, empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _WHITE:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._broken()
        self._at += len(character)

    def value(self) -> Any:
        """The next value; more is read until it is whole."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise self._broken() from error
            except (RecursionError, ValueError) as error:
                raise self._broken() from error
            else:
                if end < len(self._text) or not self._more():
                    self._at = end
                    return value

    def elements(self) -> Iterator[Any]:
        """The elements of the list that begins here."""
        self.expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            self._rows += 1
            if self.peek() == "]":
                self._at += 1
                return
            self.expect(",")

    def _more(self) -> bool:
        if self._ended or len(self._text) - self._at > MAX_VALUE:
            return False
        try:
            chunk = self._stream.read(CHUNK_CHARACTERS)
        except UnicodeDecodeError as error:
            raise UnreadableError(
                "encoding", "JSON文件中有无法识别的字符", "请用UTF-8编码另存"
            ) from error
        self._ended = not chunk
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _broken(self) -> UnreadableError:
        place = f"第{self._rows + 1}条记录附近" if self._rows else "开头附近"
        return UnreadableError("json", f"JSON格式错误或不完整（{place}）", _FIX)
