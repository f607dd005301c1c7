"""Writing worksheet XML: text is always text, so that nothing delivered becomes a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

from xiantong.returns.styles import MAIN, StyleBook

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAX_CELL_CHARACTERS = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Value: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and its cell format; text keeps being text, numbers are numbers."""

    value: Value = None
    style: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A jump from a cell to another place of the workbook."""

    cell: str
    sheet: str
    target: str


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` is 1-based; ``height`` in points, None lets the program choose; a row that is not
    ``fixed`` grows when somebody types more into it."""

    number: int
    cells: Sequence[Cell | None]
    height: float | None = None
    fixed: bool = True


@dataclass(frozen=True)
class Sheet:
    """A new worksheet. ``widths`` in characters; ``hidden`` are 1-based columns behind them; ``frozen`` is the first cell that scrolls;
    ``filter`` and ``merged`` are ranges; ``print_titles`` the rows repeated on every page."""

    name: str
    rows: Iterable[Row]
    widths: Sequence[float] = ()
    hidden: Sequence[int] = ()
    frozen: str | None = None
    filter: str | None = None
    merged: Sequence[str] = ()
    links: Sequence[Link] = ()
    print_titles: tuple[int, int] | None = None
    tab_rgb: str | None = None
    footer: str = ""
    text_range: str | None = field(default=None)


def clean(text: str) -> str:
    """Text without characters that a workbook cannot hold, cut to what a cell can hold."""
    return _ILLEGAL.sub("", text)[:MAX_CELL_CHARACTERS]


def looks_like_formula(text: str) -> bool:
    """True for text that a spreadsheet program would run when it is typed or pasted."""
    return text.startswith(_FORMULA_STARTS)


@cache
def letter(column: int) -> str:
    """Spreadsheet letters of a 1-based column number."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    number = 0
    for character in letters.upper():
        number = number * 26 + ord(character) - 64
    return number


def split_address(cell: str) -> tuple[int, int] | None:
    """``(row, column)`` of an address such as ``$B$17``; None for anything else."""
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})", cell)
    return (int(match[2]), column_number(match[1])) if match else None


def sheet_xml(sheet: Sheet, styles: StyleBook) -> Iterable[bytes]:
    """The worksheet part in pieces, in the order the standard asks for."""
    yield _head(sheet).encode()
    buffer: list[str] = []
    for row in sheet.rows:
        buffer.append(_row(row, styles))
        if len(buffer) >= 1_000:
            yield "".join(buffer).encode()
            buffer.clear()
    yield ("".join(buffer) + _tail(sheet)).encode()


def _head(sheet: Sheet) -> str:
    tab = f'<tabColor rgb="{sheet.tab_rgb}"/>' if sheet.tab_rgb else ""
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(sheet.widths, start=1)
    ) + "".join(f'<col min="{n}" max="{n}" width="9" hidden="1"/>' for n in sheet.hidden)
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheetPr>{tab}<pageSetUpPr fitToPage="1"/>'
        f'</sheetPr><sheetViews><sheetView showGridLines="0" workbookViewId="0">{_pane(sheet.frozen)}'
        f'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"{f'<cols>{columns}</cols>' if columns else ''}<sheetData>"
    )


def _pane(frozen: str | None) -> str:
    place = split_address(frozen) if frozen else None
    if not place:
        return ""
    row, column = place
    splits = f' xSplit="{column - 1}"' if column > 1 else ""
    splits += f' ySplit="{row - 1}"' if row > 1 else ""
    pane = "bottomRight" if column > 1 and row > 1 else "bottomLeft" if row > 1 else "topRight"
    return (
        f'<pane{splits} topLeftCell="{frozen}" activePane="{pane}" state="frozen"/>'
        f'<selection pane="{pane}" activeCell="{frozen}" sqref="{frozen}"/>'
    )


def _row(row: Row, styles: StyleBook) -> str:
    height = f' ht="{row.height:g}"' if row.height else ""
    height += ' customHeight="1"' if row.height and row.fixed else ""
    cells = "".join(
        _cell(f"{letter(n)}{row.number}", cell, styles)
        for n, cell in enumerate(row.cells, start=1)
        if cell is not None
    )
    return f'<row r="{row.number}"{height}>{cells}</row>'


def _cell(address: str, cell: Cell, styles: StyleBook) -> str:
    value, style = cell.value, cell.style
    if value is None or value == "":
        return f'<c r="{address}" s="{style}"/>'
    if isinstance(value, bool):
        return f'<c r="{address}" s="{style}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{address}" s="{style}"><v>{value!r}</v></c>'
    if looks_like_formula(value):
        style = styles.quoted(style)
    text = escape(clean(value))
    return f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _tail(sheet: Sheet) -> str:
    parts = ["</sheetData>"]
    if sheet.filter:
        parts.append(f'<autoFilter ref="{sheet.filter}"/>')
    if sheet.merged:
        merged = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.merged)
        parts.append(f'<mergeCells count="{len(sheet.merged)}">{merged}</mergeCells>')
    if sheet.links:
        links = "".join(
            f'<hyperlink ref="{link.cell}" location={quoteattr(_location(link))} '
            f"display={quoteattr(link.target)}/>"
            for link in sheet.links
        )
        parts.append(f"<hyperlinks>{links}</hyperlinks>")
    parts.append(
        '<printOptions horizontalCentered="1"/>'
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        f"<headerFooter><oddFooter>{escape(sheet.footer)}&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>"
    )
    if sheet.text_range:
        parts.append(
            f'<ignoredErrors><ignoredError sqref="{sheet.text_range}" numberStoredAsText="1"/></ignoredErrors>'
        )
    return "".join(parts) + "</worksheet>"


def _location(link: Link) -> str:
    return f"'{link.sheet.replace(chr(39), chr(39) * 2)}'!{link.target}"
