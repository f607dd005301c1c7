"""Finding the header of a table and the contract's columns in it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from xiantong.contracts.model import Contract
from xiantong.parsing.cells import Cell, plain_text
from xiantong.parsing.identity import Same
from xiantong.parsing.units import find_unit

SEARCHED_ROWS = 30
MAX_HEADER_ROWS = 3
_ENOUGH = 0.8  # share of the contract's columns at which the search ends
Merge = tuple[int, int, int, int]  # first row, first column, last row, last column; 0-based

_SERIAL = frozenset({"序号", "编序", "顺序号", "no.", "no", "序"})
_REMARK = frozenset(
    {
        "备注",
        "说明",
        "情况说明",
        "备注说明",
        "核实说明",
        "备注(说明)",
        "备注/说明",
        "原因说明",
        "remark",
    }
)
_OURS = frozenset({"审核意见", "审核结果"})
_WHOLE = frozenset({"合计", "小计", "总计", "计", "总数", "合计数", "数量", "总量"})
_OTHER_MEANING = re.compile(
    r"上年|去年|上期|上月|上季|同期|同比|环比|增减|增长|增速|计划|预计|目标"
)
_BRACKET = re.compile(r"[(\[【〔{<《]([^()\[\]【】〔〕{}<>《》]*)[)\]】〕}>》]")
_UNIT_TAIL = re.compile(r"(?:[,:/]单位:?|单位:)([^,:]+)$")
_DASHES = str.maketrans(dict.fromkeys("—–‐‑‒―−－", "-"))
_SEPARATORS = re.compile(r"[-:、_,.;·]")
_WHITE = re.compile(r"\s+")


class Role(Enum):
    """What a column of the delivered table is for."""

    COLUMN = "column"
    REMARK = "remark"
    SERIAL = "serial"
    EXTRA = "extra"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """One column of the delivered table. ``text`` is the header as printed, ``unit`` its bracket."""

    position: int
    text: str
    role: Role
    column: str | None = None
    unit: str | None = None
    by_name: bool = False


@dataclass(frozen=True)
class Header:
    """A header: ``height`` rows from ``top`` (0-based), and what its columns are.

    ``duplicates``: header text -> contract column that more than one delivered column claims.
    """

    top: int
    height: int
    cells: tuple[HeaderCell, ...]
    duplicates: dict[str, str] = field(default_factory=dict)

    @property
    def positions(self) -> dict[str, int]:
        return {cell.column: cell.position for cell in self.cells if cell.column}

    @property
    def end(self) -> int:
        return self.top + self.height

    def having(self, role: Role) -> list[HeaderCell]:
        return [cell for cell in self.cells if cell.role is role]


@lru_cache(maxsize=8_192)
def plain(text: str) -> str:
    """Header text for comparison: half width, no white space, one kind of dash, no marks."""
    text = _WHITE.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    return text.replace("(必填)", "").replace("(选填)", "").strip("*:★▲#")


@lru_cache(maxsize=8_192)
def _split_unit(text: str) -> tuple[str, str | None]:
    """Header without brackets, and what the last bracket says."""
    found = _BRACKET.findall(text)
    base = _BRACKET.sub("", text) if found else text
    tail = None if found else _UNIT_TAIL.search(base)
    if tail:
        return base[: tail.start()], tail[1]
    for content in reversed(found):
        if find_unit(content):
            return base, content
    return base, found[-1].removeprefix("单位:") if found else None


def _squeezed(text: str) -> str:
    return _SEPARATORS.sub("", text)


@dataclass(frozen=True)
class HeaderIndex:
    """How headers of one contract may be written, best spelling first."""

    tiers: tuple[Mapping[str, str], ...]
    names: Mapping[str, str]
    size: int

    def match(self, levels: tuple[str, ...]) -> tuple[int, str, str | None] | None:
        """Quality (0 is best), column and bracketed unit for the texts above one column."""
        joined = _joined(levels)
        found = self._whole(joined)
        if found or len(levels) < 2:
            return found
        found = self._whole("-".join(levels)) or self._whole("".join(levels))
        if found:
            return found
        return self._child(levels) or self._parent(levels)

    def _whole(self, text: str) -> tuple[int, str, str | None] | None:
        base, unit = _split_unit(text)
        exact, alias, squeezed, squeezed_alias = self.tiers
        if text in exact:
            return 0, exact[text], unit
        if base in exact:
            return 1, exact[base], unit
        if text.lower() in self.names:
            return 2, self.names[text.lower()], None
        if text in alias or base in alias:
            return 3, alias.get(text) or alias[base], unit
        short = _squeezed(base)
        if short in squeezed:
            return 4, squeezed[short], unit
        if short in squeezed_alias:
            return 5, squeezed_alias[short], unit
        return None

    def _child(self, levels: tuple[str, ...]) -> tuple[int, str, str | None] | None:
        """The lowest text alone, unless what stands above gives it another meaning."""
        if any(_OTHER_MEANING.search(level) for level in levels[:-1]):
            return None
        found = self._whole(levels[-1])
        unit = _split_unit(levels[-1])[1] or _split_unit(levels[0])[1]
        return (6 + found[0], found[1], unit) if found else None

    def _parent(self, levels: tuple[str, ...]) -> tuple[int, str, str | None] | None:
        """The upper text alone, where the lower one only says that this is the whole."""
        if _split_unit(levels[-1])[0] not in _WHOLE:
            return None
        found = self._whole(_joined(levels[:-1]))
        return (12 + found[0], found[1], _split_unit(levels[-1])[1] or found[2]) if found else None


def _joined(levels: tuple[str, ...]) -> str:
    """Levels joined as contracts write them: 其中 with a colon, other parents with a hyphen."""
    text = levels[0]
    for above, level in pairwise(levels):
        text += (":" if _split_unit(above)[0].rstrip(":") == "其中" else "-") + level
    return text


def header_index(contract: Contract, layout: int | None = None) -> HeaderIndex:
    """The index of a contract; with ``layout`` the headers of that layout come first."""
    return _build_index(Same(contract), layout)


@lru_cache(maxsize=512)
def _build_index(key: Same[Contract], layout_number: int | None) -> HeaderIndex:
    contract = key.value
    layouts = list(contract.layouts)
    if layout_number is not None:
        layouts.insert(0, layouts.pop(layout_number))
    exact: dict[str, str] = {}
    for layout in layouts[: 1 if layout_number is not None else None]:
        for name, header in layout.headers.items():
            exact.setdefault(plain(header), name)
    for column in contract.columns:
        exact.setdefault(plain(column.header_zh), column.name)
    for column in contract.columns:
        exact.setdefault(_split_unit(plain(column.header_zh))[0], column.name)
    aliases = [(plain(alias), c.name) for c in contract.columns for alias in c.aliases]
    aliases += [
        (plain(header), name) for layout in layouts for name, header in layout.headers.items()
    ]
    alias = _unambiguous(aliases)
    squeezed = _unambiguous((_squeezed(text), name) for text, name in exact.items())
    squeezed_alias = _unambiguous((_squeezed(text), name) for text, name in alias.items())
    names = {column.name.lower(): column.name for column in contract.columns}
    return HeaderIndex((exact, alias, squeezed, squeezed_alias), names, len(contract.table_columns))


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Spellings that stand for one column only."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for text, name in pairs:
        meanings[text].add(name)
    return {text: names.pop() for text, names in meanings.items() if len(names) == 1 and text}


# --- finding ------------------------------------------------------------------------------------


def find_header(
    rows: Sequence[Sequence[Cell]], merges: Sequence[Merge], index: HeaderIndex
) -> Header | None:
    """The best header among the first rows, None where nothing resembles one.

    ``rows`` are the first rows of a sheet. The row (or up to three rows) that matches most columns
    wins; among equals the one that spells them best, then the one with the fewest rows.
    """
    texts = [
        [_header_text(cell) for cell in row] for row in rows[: SEARCHED_ROWS + MAX_HEADER_ROWS]
    ]
    best = (0, 0, 0, 0)  # matched columns, -badness of their spellings, -height, -top
    for top in range(min(len(texts), SEARCHED_ROWS)):
        if best[0] >= _ENOUGH * index.size and top >= -best[3] - best[2]:
            break
        for height in _heights(texts, merges, top):
            score, badness = _score(_match(texts, merges, index, top, height))
            if score:
                best = max(best, (score, -badness, -height, -top))
    if not best[0]:
        return None
    height, top = -best[2], -best[3]
    return _header(_match(texts, merges, index, top, height), top, height)


def _heights(texts: Sequence[Sequence[str]], merges: Sequence[Merge], top: int) -> range:
    """Numbers of header rows worth trying from ``top`` on.

    Blank rows are no part of a header, and cells merged downwards reach to its last row.
    """
    rows = texts[top : top + MAX_HEADER_ROWS]
    most = next((n for n, row in enumerate(rows) if not any(row)), len(rows))
    least = max((last - top + 1 for first, _, last, _ in merges if first == top), default=1)
    return range(least if least <= most else 1, most + 1)


def _header_text(cell: Cell) -> str:
    """Header text of a cell; long prose and bare numbers are none."""
    if type(cell) is str:
        return plain(cell) if 0 < len(cell) <= 80 else ""
    text = plain_text(cell) if cell is not None else None
    return plain(text) if text else ""


_Match = tuple[int, str, tuple[int, str, str | None] | None]  # position, printed text, match


def _match(
    texts: Sequence[Sequence[str]],
    merges: Sequence[Merge],
    index: HeaderIndex,
    top: int,
    height: int,
) -> list[_Match]:
    matches: list[_Match] = []
    for position, levels in enumerate(_levels(texts, merges, top, height)):
        if not levels:
            matches.append((position, "", None))
            continue
        matches.append((position, _joined(levels), index.match(levels)))
    return matches


def _levels(
    texts: Sequence[Sequence[str]], merges: Sequence[Merge], top: int, height: int
) -> list[tuple[str, ...]]:
    """Texts above each column from top to bottom, merged parents repeated over their children."""
    width = max(len(row) for row in texts[top : top + height])
    if height == 1:
        return [(text,) if text else () for text in texts[top]]
    filled = []
    for offset in range(height):
        row = list(texts[top + offset]) + [""] * (width - len(texts[top + offset]))
        if offset < height - 1:
            row = _fill_right(row, _below(texts, top + offset + 1, top + height, width))
        filled.append(row)
    _fill_merged(filled, merges, top)
    levels = []
    for column in zip(*filled, strict=True):
        kept: list[str] = []
        for text in column:
            if text and (not kept or kept[-1] != text):
                kept.append(text)
        levels.append(tuple(kept))
    return levels


def _below(texts: Sequence[Sequence[str]], start: int, end: int, width: int) -> list[bool]:
    return [any(c < len(texts[r]) and texts[r][c] for r in range(start, end)) for c in range(width)]


def _fill_right(row: list[str], below: list[bool]) -> list[str]:
    """A parent spans the blank cells to its right as long as each has a child below it."""
    filled, parent = list(row), ""
    for position, text in enumerate(row):
        if text:
            parent = text if below[position] else ""
        elif below[position]:
            filled[position] = parent
        else:
            parent = ""
    return filled


def _fill_merged(filled: list[list[str]], merges: Sequence[Merge], top: int) -> None:
    for first_row, first_column, last_row, last_column in merges:
        if first_row < top or last_row >= top + len(filled) or first_column >= len(filled[0]):
            continue
        text = filled[first_row - top][first_column]
        for row in range(first_row - top, last_row - top + 1):
            for column in range(first_column, min(last_column + 1, len(filled[row]))):
                filled[row][column] = text


def _score(matches: list[_Match]) -> tuple[int, int]:
    """Number of matched columns, and how far their spellings are from the contract's."""
    quality: dict[str, int] = {}
    for _, _, match in matches:
        if match:
            quality[match[1]] = min(match[0], quality.get(match[1], match[0]))
    return len(quality), sum(quality.values())


def _header(matches: list[_Match], top: int, height: int) -> Header:
    """Give every contract column to the delivered column that spells it best."""
    claims: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for position, text, match in matches:
        if match:
            claims[match[1]].append((match[0], position, text))
    owner: dict[int, str] = {}
    duplicates: dict[str, str] = {}
    for column, claimants in claims.items():
        quality = min(claimants)[0]
        equals = [claim for claim in claimants if claim[0] == quality]
        if len(equals) > 1:
            duplicates[equals[0][2]] = column
            if quality >= 6:  # 本月 under two parents says neither
                continue
        owner[equals[0][1]] = column
    cells = tuple(_header_cell(position, text, match, owner) for position, text, match in matches)
    return Header(top, height, cells, duplicates)


def _header_cell(
    position: int, text: str, match: tuple[int, str, str | None] | None, owner: dict[int, str]
) -> HeaderCell:
    if position in owner and match:
        return HeaderCell(position, text, Role.COLUMN, owner[position], match[2], match[0] % 6 == 2)
    if not text:
        return HeaderCell(position, text, Role.BLANK)
    base = _split_unit(text)[0].lower()
    if base in _SERIAL or base in _OURS:
        return HeaderCell(position, text, Role.SERIAL)
    if text in _REMARK or base in _REMARK:
        return HeaderCell(position, text, Role.REMARK)
    return HeaderCell(position, text, Role.EXTRA)


def is_remark(text: str) -> bool:
    """True for headers of the column in which reporters explain."""
    return text in _REMARK or _split_unit(text)[0] in _REMARK
