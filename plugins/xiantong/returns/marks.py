"""Marking cells of an existing worksheet while it streams by: nothing else of it changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import IO

from xiantong.contracts.model import Severity
from xiantong.returns.errors import UnpatchableError
from xiantong.returns.sheet_xml import RELATIONS, column_number, letter

CHUNK = 4 << 20
Place = tuple[int, int]
Restyle = Callable[[int, Severity], int]

_SHEET_DATA = re.compile(rb"<(\w+:)?sheetData(?:\s[^>]*)?(/?)>")
_ATTRIBUTE_R = re.compile(rb"""\sr=["'](\d+)["']""")
_ATTRIBUTE_S = re.compile(rb"""\ss=["'](\d+)["']""")
_TAB_SELECTED = re.compile(rb"""\stabSelected=["'](?:1|true)["']""")
_TAG = re.compile(rb"""<(/?)(?:\w+:)?(\w+)(?:[^>"']|"[^"]*"|'[^']*')*?(/?)>""")
# Elements that the standard puts behind legacyDrawing, the anchor of the comments.
_BEHIND_COMMENTS = frozenset(
    {b"legacyDrawingHF", b"drawingHF", b"picture", b"oleObjects", b"controls", b"webPublishItems",
     b"tableParts", b"extLst"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetMarks:
    """What to mark on one sheet: fills and comments by ``(row, column)``, both 1-based."""

    fills: dict[Place, Severity] = field(default_factory=dict)
    notes: dict[Place, str] = field(default_factory=dict)


def marked_sheet(
    source: IO[bytes], fills: Mapping[Place, Severity], restyle: Restyle, drawing: str | None
) -> Iterator[bytes]:
    """The worksheet part with the cells of ``fills`` in another format.

    ``restyle`` maps a cell format and a severity to the marked format; ``drawing`` is the relation
    id of the comments' shapes where the sheet does not have any yet.
    """
    stream = _Stream(source)
    head = stream.until(_SHEET_DATA)
    if head is None:
        yield _TAB_SELECTED.sub(b"", stream.rest())  # a chart sheet has no cells
        return
    before, opening = head
    prefix = opening[1] or b""
    yield _TAB_SELECTED.sub(b"", before)
    rows = _by_row(fills)
    if opening[2]:
        body = b"".join(_new_row(prefix, row, wanted, restyle) for row, wanted in rows)
        yield b"<%bsheetData>%b</%bsheetData>" % (prefix, body, prefix)
    else:
        yield opening[0]
        yield from _rows(stream, prefix, rows, restyle)
    tail = stream.rest()
    yield tail if drawing is None else _with_drawing(tail, prefix, drawing)


def _by_row(fills: Mapping[Place, Severity]) -> list[tuple[int, dict[int, Severity]]]:
    rows: dict[int, dict[int, Severity]] = {}
    for (row, column), severity in sorted(fills.items()):
        rows.setdefault(row, {})[column] = severity
    return list(rows.items())


class _Stream:
    """A growing window on the part. ``position`` is where the unread rest of it begins."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.window = b""

    def more(self) -> bool:
        chunk = self._source.read(CHUNK)
        self.window += chunk
        return bool(chunk)

    def drop(self, count: int) -> bytes:
        dropped, self.window = self.window[:count], self.window[count:]
        return dropped

    def until(self, pattern: re.Pattern[bytes]) -> tuple[bytes, re.Match[bytes]] | None:
        while not (match := pattern.search(self.window)):
            if not self.more():
                return None
        before = self.window[: match.start()]
        self.drop(match.end())
        return before, match

    def rest(self) -> bytes:
        while self.more():
            pass
        return self.drop(len(self.window))


def _rows(
    stream: _Stream, prefix: bytes, rows: list[tuple[int, dict[int, Severity]]], restyle: Restyle
) -> Iterator[bytes]:
    """The rows up to and with the end of the sheet's data."""
    row_start, row_close, end = b"<%brow" % prefix, b"</%brow>" % prefix, b"</%bsheetData>" % prefix
    waiting = iter(rows)
    wanted = next(waiting, None)
    number = 0
    while True:
        window = stream.window
        end_at = window.find(end)
        limit = end_at if end_at >= 0 else len(window)
        position = copied = 0
        while wanted is not None:
            start = window.find(row_start, position, limit)
            tag_end = window.find(b">", start, limit) if start >= 0 else -1
            if tag_end < 0:
                position = start if start >= 0 else max(position, limit - len(end))
                break
            tag = window[start : tag_end + 1]
            found = _ATTRIBUTE_R.search(tag)
            this = int(found[1]) if found else number + 1
            while wanted is not None and wanted[0] < this:
                yield window[copied:start] + _new_row(prefix, *wanted, restyle)
                copied, wanted = start, next(waiting, None)
            if wanted is None or wanted[0] != this:
                number, position = this, tag_end + 1
                continue
            close = tag_end + 1 if tag.endswith(b"/>") else window.find(row_close, tag_end, limit)
            if close < 0:
                position = start
                break
            if not tag.endswith(b"/>"):
                close += len(row_close)
            yield window[copied:start]
            yield _marked_row(prefix, tag, window[tag_end + 1 : close], *wanted, restyle)
            number, position, copied = this, close, close
            wanted = next(waiting, None)
        if end_at >= 0:
            yield window[copied:end_at]
            while wanted is not None:
                yield _new_row(prefix, *wanted, restyle)
                wanted = next(waiting, None)
            yield end
            stream.drop(end_at + len(end))
            return
        # Keep what may be the beginning of a row or of the end.
        keep = position if wanted is not None else max(copied, limit - len(end))
        yield window[copied:keep]
        stream.drop(keep)
        if not stream.more():
            raise UnpatchableError("the worksheet ends in the middle of its data")


def _new_row(prefix: bytes, row: int, wanted: Mapping[int, Severity], restyle: Restyle) -> bytes:
    cells = b"".join(_new_cell(prefix, row, c, 0, s, restyle) for c, s in wanted.items())
    return b'<%brow r="%d">%b</%brow>' % (prefix, row, cells, prefix)


def _new_cell(
    prefix: bytes, row: int, column: int, base: int, severity: Severity, restyle: Restyle
) -> bytes:
    style = restyle(base, severity)
    return b'<%bc r="%b%d" s="%d"/>' % (prefix, letter(column).encode(), row, style)


def _marked_row(
    prefix: bytes,
    tag: bytes,
    body: bytes,
    row: int,
    wanted: Mapping[int, Severity],
    restyle: Restyle,
) -> bytes:
    """The row with its wanted cells marked; cells that it does not have are added in place."""
    inner = body.removesuffix(b"</%brow>" % prefix)
    cell = _cell_pattern(prefix)
    own_style = _ATTRIBUTE_S.search(tag)
    base = int(own_style[1]) if own_style else 0
    left = dict(wanted)
    pieces, column, position = [], 0, 0
    for match in cell.finditer(inner):
        column = _column(match[1] or b"", column)
        pieces += [
            _new_cell(prefix, row, missing, base, left.pop(missing), restyle)
            for missing in [c for c in left if c < column]
        ]
        pieces.append(inner[position : match.start()])
        pieces.append(
            _restyled(match[0], prefix, left.pop(column), restyle) if column in left else match[0]
        )
        position = match.end()
    pieces += [_new_cell(prefix, row, c, base, s, restyle) for c, s in left.items()]
    pieces.append(inner[position:])
    opening = re.sub(rb"""\sspans=["'][^"']*["']""", b"", tag)
    if opening.endswith(b"/>"):
        opening = opening[:-2].rstrip() + b">"
    return opening + b"".join(pieces) + b"</%brow>" % prefix


@cache
def _cell_pattern(prefix: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"<%bc(\s[^>]*?)?(?:/>|>.*?</%bc>)" % (prefix, prefix), re.DOTALL)


def _column(attributes: bytes, before: int) -> int:
    match = re.search(rb"""\sr=["']([A-Za-z]+)\d+["']""", attributes)
    return column_number(match[1].decode()) if match else before + 1


def _restyled(cell: bytes, prefix: bytes, severity: Severity, restyle: Restyle) -> bytes:
    name = b"<%bc" % prefix
    end = cell.index(b">")
    tag = cell[:end]
    match = _ATTRIBUTE_S.search(tag)
    style = b' s="%d"' % restyle(int(match[1]) if match else 0, severity)
    if match:
        tag = tag[: match.start()] + style + tag[match.end() :]
    else:
        tag = name + style + tag[len(name) :]
    return tag + cell[end:]


def _with_drawing(tail: bytes, prefix: bytes, relation: str) -> bytes:
    depth = 0
    for match in _TAG.finditer(tail):
        if match[1]:
            if depth == 0:
                break
            depth -= 1
        else:
            if depth == 0 and match[2] in _BEHIND_COMMENTS:
                break
            depth += not match[3]
    else:
        raise UnpatchableError("the worksheet has no end")
    element = f'legacyDrawing xmlns:r="{RELATIONS}" r:id="{relation}"/>'.encode()
    return tail[: match.start()] + b"<" + prefix + element + tail[match.start() :]
