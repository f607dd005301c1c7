"""What an xls file (BIFF8 inside an OLE2 compound file) says and the fast reader does not pass on.

Error values, formulas that nobody computed, and numbers that are shown as percentages.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from xiantong.parsing.sheet import Marks, Position

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_SECTOR_SHIFTS = (9, 12)  # 512 or 4096 bytes; there are no others
_END = 0xFFFFFFFA  # first of the special sector numbers
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
           0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip
_BOF, _EOF, _BOUNDSHEET, _DATEMODE, _FORMULA, _BOOLERR = 0x809, 0x0A, 0x85, 0x22, 0x06, 0x205
_FORMAT, _XF, _NUMBER, _RK, _MULRK = 0x41E, 0xE0, 0x203, 0x27E, 0xBD
_RESULT_IS_ERROR, _RESULT_IS_BLANK = 2, 3
_PERCENT_FORMATS = frozenset({9, 10})
_IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def biff_marks(path: Path) -> tuple[dict[str, Marks], bool]:
    """Marks by sheet name, and whether serial dates count from 1904.

    Says nothing about a file that it cannot follow: the reader of the values judges that.
    """
    try:
        stream = _workbook_stream(path.read_bytes())
        return _scan(stream)
    except (struct.error, IndexError, ValueError):
        return {}, False


def _workbook_stream(data: bytes) -> bytes:
    """The stream ``Workbook`` of a compound file."""
    if not data.startswith(SIGNATURE):
        raise ValueError("not a compound file")
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in _SECTOR_SHIFTS:
        raise ValueError(f"sectors of 2**{shift} bytes")
    size = 1 << shift
    (first_directory,) = struct.unpack_from("<I", data, 48)
    table = _allocation_table(data, size)
    directory = _chain(data, size, table, first_directory)
    root = None
    for offset in range(0, len(directory), 128):
        (length,) = struct.unpack_from("<H", directory, offset + 64)
        name = directory[offset : offset + max(length - 2, 0)].decode("utf-16-le", "replace")
        start, bytes_used = struct.unpack_from("<II", directory, offset + 116)
        if name == "Root Entry":
            root = start
        if name in ("Workbook", "Book"):
            (cutoff,) = struct.unpack_from("<I", data, 56)
            if bytes_used >= cutoff:
                return _chain(data, size, table, start)[:bytes_used]
            return _small_stream(data, size, table, root, start)[:bytes_used]
    raise ValueError("no workbook inside")


def _sector(data: bytes, size: int, number: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _allocation_table(data: bytes, size: int) -> list[int]:
    sectors = [n for n in struct.unpack_from("<109I", data, 76) if n < _END]
    following, count = struct.unpack_from("<II", data, 68)
    seen: set[int] = set()
    while following < _END and count > 0 and following not in seen:
        seen.add(following)
        block = _sector(data, size, following)
        numbers = struct.unpack(f"<{len(block) // 4}I", block)
        sectors += [n for n in numbers[:-1] if n < _END]
        following, count = numbers[-1], count - 1
    return [
        entry
        for number in sectors
        for entry in struct.unpack(
            f"<{size // 4}I", _sector(data, size, number).ljust(size, b"\xff")
        )
    ]


def _chain(data: bytes, size: int, table: list[int], number: int) -> bytes:
    parts, seen = [], set()
    while number < _END and number not in seen:
        seen.add(number)
        parts.append(_sector(data, size, number))
        number = table[number]
    return b"".join(parts)


def _small_stream(data: bytes, size: int, table: list[int], root: int | None, start: int) -> bytes:
    """Streams below 4 KB live in sectors of 64 bytes inside the root's stream."""
    first, _ = struct.unpack_from("<II", data, 60)
    raw = _chain(data, size, table, first)
    small_table = list(struct.unpack(f"<{len(raw) // 4}I", raw))
    container = _chain(data, size, table, root if root is not None else _END)
    parts, seen = [], set()
    while start < _END and start not in seen:
        seen.add(start)
        parts.append(container[start * 64 : start * 64 + 64])
        start = small_table[start]
    return b"".join(parts)


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """Records from ``offset`` to the end of their sub-stream: type, offset, content."""
    depth = 0
    while offset + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, offset)
        content = stream[offset + 4 : offset + 4 + length]
        yield kind, offset, content
        depth += (kind == _BOF) - (kind == _EOF)
        if kind == _EOF and depth <= 0:
            return
        offset += 4 + length


@dataclass
class _Globals:
    """What the records before the sheets say: sheets by name with their offset, cell formats."""

    sheets: dict[str, int] = field(default_factory=dict)
    is_1904: bool = False
    percent_formats: set[int] = field(default_factory=lambda: set(_PERCENT_FORMATS))
    format_of_style: list[int] = field(default_factory=list)

    @property
    def percent_styles(self) -> frozenset[int]:
        return frozenset(
            n for n, number in enumerate(self.format_of_style) if number in self.percent_formats
        )


@dataclass
class _SheetCells:
    """What the cells of one sheet say."""

    errors: dict[Position, str] = field(default_factory=dict)
    percent: set[Position] = field(default_factory=set)
    blank_formulas: set[Position] = field(default_factory=set)
    formulas: int = 0


def _scan(stream: bytes) -> tuple[dict[str, Marks], bool]:
    book = _globals(stream)
    styles = book.percent_styles
    cells = {name: _sheet_cells(stream, offset, styles) for name, offset in book.sheets.items()}
    # A formula may well give a blank text. Where all of them do, nobody has computed them.
    formulas = sum(sheet.formulas for sheet in cells.values())
    never = formulas == sum(len(sheet.blank_formulas) for sheet in cells.values())
    marks = {
        name: Marks(
            sheet.errors,
            frozenset(sheet.blank_formulas) if never else frozenset(),
            frozenset(sheet.percent),
        )
        for name, sheet in cells.items()
    }
    return marks, book.is_1904


def _globals(stream: bytes) -> _Globals:
    book = _Globals()
    for kind, _, content in _records(stream, 0):
        if kind == _BOUNDSHEET:
            (offset,) = struct.unpack_from("<I", content)
            book.sheets[_text(content[6:], content[6], 2)] = offset
        elif kind == _DATEMODE:
            book.is_1904 = content[:1] == b"\x01"
        elif kind == _FORMAT:
            number, length = struct.unpack_from("<HH", content)
            if "%" in _IN_QUOTES.sub("", _text(content[2:], length, 3)):
                book.percent_formats.add(number)
        elif kind == _XF:
            book.format_of_style.append(struct.unpack_from("<H", content, 2)[0])
    return book


def _text(content: bytes, length: int, start: int) -> str:
    """A string whose option byte stands before ``start``: two bytes per character, or one."""
    wide = content[start - 1] & 1
    raw = content[start : start + length * (2 if wide else 1)]
    return raw.decode("utf-16-le" if wide else "latin-1", "replace")


def _sheet_cells(stream: bytes, offset: int, percent_styles: frozenset[int]) -> _SheetCells:
    found = _SheetCells()
    for kind, _, content in _records(stream, offset):
        if kind == _MULRK and percent_styles:
            row, first = struct.unpack_from("<HH", content)
            for n in range((len(content) - 6) // 6):
                if struct.unpack_from("<H", content, 4 + 6 * n)[0] in percent_styles:
                    found.percent.add((row, first + n))
            continue
        if kind not in (_FORMULA, _BOOLERR, _NUMBER, _RK) or len(content) < 8:
            continue
        row, column, style = struct.unpack_from("<HHH", content)
        special = kind == _FORMULA and content[12:14] == b"\xff\xff"
        if kind == _FORMULA:
            found.formulas += 1
        if special and content[6] == _RESULT_IS_BLANK:
            found.blank_formulas.add((row, column))
        elif special and content[6] == _RESULT_IS_ERROR:
            found.errors[row, column] = _ERRORS.get(content[8], "#N/A")
        elif kind == _BOOLERR and content[7] == 1:
            found.errors[row, column] = _ERRORS.get(content[6], "#N/A")
        elif style in percent_styles and not special and kind != _BOOLERR:
            found.percent.add((row, column))
    return found
