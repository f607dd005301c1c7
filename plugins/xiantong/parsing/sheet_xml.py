"""What an xlsx file says in its XML and the fast reader does not pass on.

Error values, formulas that nobody computed, numbers shown as percentages, the 1904 date system;
and the size of the used range, because one stray cell in the last corner of a sheet would make the
fast reader reserve memory for every cell before it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

from xiantong.parsing.found import UnreadableError
from xiantong.parsing.sheet import Marks, Position

MAX_UNPACKED = 4 * 1024**3
MAX_RATIO = 200
FREE_SIZE = 64 * 1024**2
PIECE = 8 * 1024**2
DENSE_CELLS = 2_000_000
CELLS_PER_STORED = 8
_CELL = re.compile(
    rb"<(?:\w+:)?c\b((?:\s+[\w:]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?:/>|>(.*?)</(?:\w+:)?c>)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_FORMULA_SIGNS = (b"</f>", b"<f ", b"<f/", b":f>", b":f ")
_FAR_COLUMN = re.compile(rb' r="(?:[A-Z]{3}|[B-Z][A-Z])\d')
_NEAR_COLUMNS = 52  # up to AZ
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]*?\sr\s*=\s*[\"'](\d+)[\"']")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})\d+[\"']")
_PERCENT_FORMATS = frozenset({9, 10})
_PERCENT_STYLE = re.compile(rb"numFmtId=[\"'](?:9|10)[\"']")
_IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def split_reference(reference: str) -> Position | None:
    """0-based row and column of ``B3``."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9]\d*)", reference)
    if not match:
        return None
    return int(match[2]) - 1, column_number(match[1]) - 1


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """``is_sparse``: the used range is so much larger than its content that it must not be laid
    out in memory."""

    marks: Marks
    is_sparse: bool


class WorkbookXml:
    """The XML inside an xlsx file. Raises ``UnreadableError`` for damaged and oversized files."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise _damaged() from error
        try:
            self._check_size(path.stat().st_size)
        except UnreadableError:
            self.close()
            raise

    def close(self) -> None:
        self.archive.close()

    def _check_size(self, packed: int) -> None:
        unpacked = sum(info.file_size for info in self.archive.infolist())
        if unpacked > MAX_UNPACKED or (
            unpacked > FREE_SIZE and unpacked > MAX_RATIO * max(packed, 1)
        ):
            raise UnreadableError(
                "too_big",
                f"文件解压后有{unpacked / 1024**3:.1f} GB，超过允许的大小",
                "请删除多余的空白行列，或改为CSV报送",
            )

    def verify(self, name: str) -> None:
        """Unpack a part and forget it: proves that it is as long as the archive says."""
        if name not in self.names:
            return
        try:
            with self.archive.open(name) as part:
                while part.read(PIECE):
                    pass
        except Exception as error:  # zlib.error has no public base
            raise _damaged() from error

    @cached_property
    def names(self) -> set[str]:
        return set(self.archive.namelist())

    def _read(self, name: str) -> bytes:
        try:
            return self.archive.read(name)
        except Exception as error:  # zlib.error has no public base
            raise _damaged() from error

    def _parse(self, name: str) -> ElementTree.Element:
        content = self._read(name)
        if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
            raise _damaged()
        try:
            return ElementTree.fromstring(content)
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise _damaged() from error

    @cached_property
    def _workbook(self) -> ElementTree.Element:
        return self._parse("xl/workbook.xml")

    @cached_property
    def date_1904(self) -> bool:
        for element in self._workbook:
            if _local(element.tag) == "workbookPr":
                return element.get("date1904", "0").lower() in ("1", "true")
        return False

    @cached_property
    def sheet_paths(self) -> dict[str, str]:
        """Sheet name -> name of its part in the archive."""
        if "xl/_rels/workbook.xml.rels" not in self.names:
            return {}
        targets = {
            r.get("Id", ""): r.get("Target", "") for r in self._parse("xl/_rels/workbook.xml.rels")
        }
        paths = {}
        for element in self._workbook.iter():
            if _local(element.tag) == "sheet":
                rel = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
                target = targets.get(rel, "")
                path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                paths[element.get("name", "")] = path
        return paths

    @cached_property
    def percent_styles(self) -> frozenset[int]:
        """Cell styles whose number format shows a percentage."""
        styles = self._read("xl/styles.xml") if "xl/styles.xml" in self.names else b""
        if b"%" not in styles and not _PERCENT_STYLE.search(styles):
            return frozenset()
        root = self._parse("xl/styles.xml")
        percent = set(_PERCENT_FORMATS)
        for element in root.iter():
            if _local(element.tag) == "numFmt" and "%" in _IN_QUOTES.sub(
                "", element.get("formatCode", "")
            ):
                percent.add(int(element.get("numFmtId", "0")))
        found = set()
        for formats in root:
            if _local(formats.tag) == "cellXfs":
                found = {
                    n for n, xf in enumerate(formats) if int(xf.get("numFmtId", "0")) in percent
                }
        return frozenset(found)

    def facts(self, sheet: str, wants_percent: bool) -> SheetFacts:
        """Marks and size of a sheet; reads the whole part once, which also proves it intact."""
        path = self.sheet_paths.get(sheet)
        if path is None or path not in self.names:
            return SheetFacts(Marks(), False)
        styles = self.percent_styles if wants_percent else frozenset()
        errors: dict[Position, str] = {}
        uncomputed: set[Position] = set()
        percent: set[Position] = set()
        stored, last_row, last_column = 0, 0, 0
        for piece in self._pieces(path):
            stored += piece.count(b"<c ") + piece.count(b":c ")
            last_row = max(last_row, _last_row(piece))
            last_column = max(last_column, _last_column(piece, last_row, stored))
            _mark(piece, styles, errors, uncomputed, percent)
        dense = last_row * last_column
        sparse = dense > DENSE_CELLS and dense > CELLS_PER_STORED * stored
        return SheetFacts(Marks(errors, frozenset(uncomputed), frozenset(percent)), sparse)

    def _pieces(self, path: str) -> Iterator[bytes]:
        """The part in pieces that end with a row."""
        try:
            if self.archive.getinfo(path).file_size <= PIECE:
                yield self._read(path)
                return
            rest = b""
            with self.archive.open(path) as part:
                while chunk := part.read(PIECE):
                    known = max(0, len(rest) - 3)  # nothing ends before
                    rest += chunk
                    cut = rest.rfind(b"row>", known) + 4
                    if cut >= 4:
                        yield rest[:cut]
                        rest = rest[cut:]
            yield rest
        except UnreadableError:
            raise
        except Exception as error:  # zlib.error has no public base
            raise _damaged() from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _damaged() -> UnreadableError:
    return UnreadableError(
        "damaged", "文件已损坏或不完整，无法打开", "请用表格软件打开确认后另存，重新报送"
    )


def _last_row(piece: bytes) -> int:
    start = piece.rfind(b"<row")
    if start < 0:
        start = piece.rfind(b":row ")
        start = piece.rfind(b"<", 0, start) if start >= 0 else -1
    match = _ROW_NUMBER.match(piece, start) if start >= 0 else None
    return int(match[1]) if match else piece.count(b"<row")


def _last_column(piece: bytes, last_row: int, stored: int) -> int:
    """Last column of a piece; looked up only where the range may be much larger than its content."""
    if last_row * 16_384 <= DENSE_CELLS:
        return 1
    if not _FAR_COLUMN.search(piece) and b"r='" not in piece:
        limit = max(DENSE_CELLS, CELLS_PER_STORED * stored)
        if last_row * _NEAR_COLUMNS <= limit:
            return _NEAR_COLUMNS
    letters = {match[1] for match in _REFERENCE.finditer(piece)}
    return max((column_number(text.decode()) for text in letters), default=1)


def _mark(piece: bytes, styles: frozenset[int], errors: dict[Position, str],
          uncomputed: set[Position], percent: set[Position]) -> None:  # fmt: skip
    has_error = b't="e"' in piece or b"t='e'" in piece
    may_have = b"<f" in piece or b":f" in piece
    has_formula = may_have and any(mark in piece for mark in _FORMULA_SIGNS)
    if not (has_error or has_formula or styles):
        return
    for match in _CELL.finditer(piece):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        content = match[2] or b""
        kind = attributes.get(b"t", b"n")
        if kind == b"e":
            value = _VALUE.search(content)
            position = _position(attributes)
            if position:
                errors[position] = (
                    unescape(value[1].decode("utf-8", "replace")) if value else "#N/A"
                )
        elif has_formula and kind != b"str" and b"f" in content and _FORMULA.search(content):
            position = _position(attributes)
            if position and not _VALUE.search(content):
                uncomputed.add(position)
        if styles and content and kind == b"n" and int(attributes.get(b"s", b"0")) in styles:
            position = _position(attributes)
            if position:
                percent.add(position)


def _position(attributes: dict[bytes, bytes]) -> Position | None:
    return split_reference(attributes.get(b"r", b"").decode("ascii", "replace"))
