"""Error cells of xls files (BIFF8 inside an OLE2 compound file), which the fast reader blanks."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from xiantong.parsing.sheet import Position

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_END = 0xFFFFFFFA  # first of the special sector numbers
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
           0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip
_BOF, _EOF, _BOUNDSHEET, _DATEMODE, _FORMULA, _BOOLERR = 0x809, 0x0A, 0x85, 0x22, 0x06, 0x205


def biff_errors(path: Path) -> tuple[dict[str, dict[Position, str]], bool]:
    """Error cells by sheet name, and whether serial dates count from 1904.

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
    size = 1 << struct.unpack_from("<H", data, 30)[0]
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
    while following < _END and count > 0:
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


def _scan(stream: bytes) -> tuple[dict[str, dict[Position, str]], bool]:
    sheets: dict[str, int] = {}
    is_1904 = False
    for kind, _, content in _records(stream, 0):
        if kind == _BOUNDSHEET:
            (offset,) = struct.unpack_from("<I", content)
            length, wide = content[6], content[7] & 1
            raw = content[8 : 8 + length * (2 if wide else 1)]
            sheets[raw.decode("utf-16-le" if wide else "latin-1", "replace")] = offset
        elif kind == _DATEMODE:
            is_1904 = content[:1] == b"\x01"
    return {name: _sheet_errors(stream, offset) for name, offset in sheets.items()}, is_1904


def _sheet_errors(stream: bytes, offset: int) -> dict[Position, str]:
    errors: dict[Position, str] = {}
    for kind, _, content in _records(stream, offset):
        code = None
        if kind == _BOOLERR and len(content) >= 8 and content[7] == 1:
            code = content[6]
        elif (
            kind == _FORMULA
            and len(content) >= 14
            and content[12:14] == b"\xff\xff"
            and content[6] == 2
        ):
            code = content[8]
        if code is not None:
            row, column = struct.unpack_from("<HH", content)
            errors[row, column] = _ERRORS.get(code, "#N/A")
    return errors
