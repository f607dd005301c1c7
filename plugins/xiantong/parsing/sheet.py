"""A sheet as every format delivers it: rows of cells with their row numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xiantong.parsing.cells import Cell

Row = Sequence[Cell]
Position = tuple[int, int]  # 0-based row and column of the sheet


@dataclass(frozen=True, slots=True)
class Rows:
    """Consecutive rows; ``numbers`` are their row numbers as the reporter sees them."""

    cells: Sequence[Row]
    numbers: Sequence[int]


@dataclass(frozen=True)
class Marks:
    """What a cell's value does not show.

    ``errors``: cells with an error value; ``uncomputed``: formulas that nobody has computed;
    ``percent``: numbers that are displayed as a percentage (0.141 shown as 14.1 %).
    """

    errors: dict[Position, str] = field(default_factory=dict)
    uncomputed: frozenset[Position] = frozenset()
    percent: frozenset[Position] = frozenset()


@dataclass
class Sheet:
    """One sheet, or the only table of a file without sheets (``name`` None).

    ``head`` are its first rows, ``tail`` the rest in chunks. ``merges`` are merged ranges (first row, first column, last row, last column;
    0-based, as the marks). ``lettered``: columns are known by letters;
    ``fixed_width``: every row must have as many cells as the header.
    """

    name: str | None
    head: Rows
    tail: Iterator[Rows] = field(default_factory=lambda: iter(()))
    merges: Sequence[tuple[int, int, int, int]] = ()
    marks: Marks = Marks()
    hidden: bool = False
    lettered: bool = True
    fixed_width: bool = False


def column_letter(position: int) -> str:
    """``A`` for 0, ``AA`` for 26."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
