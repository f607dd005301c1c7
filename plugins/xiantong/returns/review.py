"""The sheet «审核意见»: the decision, what was submitted, and every finding with what to do."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from xiantong.contracts.model import Severity
from xiantong.returns.entries import Entry
from xiantong.returns.sheet_xml import Cell, Link, Row, Sheet, letter
from xiantong.returns.styles import StyleBook
from xiantong.verdict import Outcome

NAME = "审核意见"
# Rule, sheet, row, mark and explanation are read back when the return is delivered again: do not
# reword their headers.
HEADERS = ("序号", "级别", "工作表", "行号", "列", "单元格", "填报值", "问题", "如何修改", "规则编号", "说明", "标识")  # fmt: skip
WIDTHS = (6, 10, 14, 8, 17, 9, 20, 36, 32, 26, 34)
# The last column is for our own reading only.
_SHOWN = len(WIDTHS)
MARK_COLOURS = {Severity.ERROR: "FFFFC9C6", Severity.WARNING: "FFFFE9A8"}
_HEADER_ROW = 7
_LINE = 15.0
_FONT = "微软雅黑"
_INK, _GREY, _BLUE = "FF1F2D3D", "FF6B7785", "FF1F4E79"
_BANNERS = {
    Outcome.RETURNED: ("FFFBE3E1", "FFA61B12"),
    Outcome.PARTIAL: ("FFFFF3D6", "FF8A5A00"),
    Outcome.ACCEPTED: ("FFE3F3E6", "FF1E6B34"),
}
_FIXES = {
    Severity.ERROR: "请核对后改正",
    Severity.WARNING: "请核对，属实的请说明原因",
    Severity.INFO: "",
}
_TAB_COLOURS = {
    Outcome.RETURNED: "FFD0342C",
    Outcome.PARTIAL: "FFE0A100",
    Outcome.ACCEPTED: "FF2E8B57",
}


@dataclass(frozen=True)
class Review:
    """Everything that the sheet says. ``facts`` are the two lines below the decision."""

    title: str
    outcome: Outcome
    sentence: str
    facts: tuple[str, str]
    advice: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class _Look:
    """Cell formats of the sheet."""

    title: int
    banner: int
    fact: int
    advice: int
    legend: dict[Severity, int]
    header: int
    text: int
    middle: int
    small: int
    link: int
    severity: dict[Severity, int]
    wanted: int


def review_sheet(review: Review, styles: StyleBook) -> Sheet:
    """The sheet in the formats of a workbook; ``styles`` receives what is missing."""
    look = _look(review.outcome, styles)
    last = _HEADER_ROW + len(review.entries)
    width = letter(_SHOWN)
    rows = [*_top(review, look), *_table(review.entries, look)]
    return Sheet(
        name=NAME,
        rows=rows,
        widths=WIDTHS,
        hidden=(len(HEADERS),),
        frozen=f"A{_HEADER_ROW + 1}",
        filter=f"A{_HEADER_ROW}:{width}{max(last, _HEADER_ROW + 1)}",
        merged=[*(f"A{n}:{width}{n}" for n in (1, 2, 3, 4, 6)), "A5:C5", "D5:G5", f"H5:{width}5"],
        links=_links(review.entries),
        print_titles=(_HEADER_ROW, _HEADER_ROW),
        tab_rgb=_TAB_COLOURS[review.outcome],
        text_range=f"A{_HEADER_ROW}:{width}{max(last, _HEADER_ROW + 1)}",
    )


def _top(review: Review, look: _Look) -> list[Row]:
    filled = [None] * (_SHOWN - 1)

    def line(number: int, text: str, style: int, height: float) -> Row:
        return Row(number, [Cell(text, style), *(Cell(None, style) for _ in filled)], height)

    legend = [
        (3, Severity.ERROR, Severity.ERROR.label_zh),
        (4, Severity.WARNING, f"{Severity.WARNING.label_zh}：写在「说明」列"),
        (4, Severity.INFO, Severity.INFO.label_zh),
    ]
    cells = [
        Cell(text if n == 0 else None, look.legend[severity])
        for span, severity, text in legend
        for n in range(span)
    ]
    total = sum(WIDTHS)
    return [
        line(1, review.title, look.title, 34),
        line(2, review.sentence, look.banner, 30),
        line(3, review.facts[0], look.fact, 19),
        line(4, review.facts[1], look.fact, 19),
        Row(5, cells, 19),
        line(6, review.advice, look.advice, 6 + _LINE * _lines(review.advice, total)),
    ]


def _table(entries: Sequence[Entry], look: _Look) -> list[Row]:
    rows = [Row(_HEADER_ROW, [Cell(text, look.header) for text in HEADERS], 24)]
    for number, entry in enumerate(entries, start=1):
        waits = entry.severity is Severity.WARNING and not entry.explanation
        cells = [
            Cell(number, look.middle),
            Cell(entry.severity.name_zh, look.severity[entry.severity]),
            Cell(entry.sheet, look.text),
            Cell(entry.row, look.middle),
            Cell(entry.header, look.text),
            Cell(entry.cell, look.link if entry.jump else look.middle),
            Cell(entry.value, look.text),
            Cell(entry.problem, look.text),
            Cell(entry.fix or _FIXES[entry.severity], look.text),
            Cell(entry.rule_id, look.small),
            Cell(entry.explanation, look.wanted if waits else look.text),
        ]
        mark = Cell(entry.fingerprint, look.small)
        lines = max(
            _lines(str(cell.value), width * (1.3 if cell.style == look.small else 1))
            for cell, width in zip(cells, WIDTHS, strict=True)
            if cell.value is not None
        )
        rows.append(
            Row(_HEADER_ROW + number, [*cells, mark], min(400, 7 + _LINE * lines), fixed=False)
        )
    return rows


def _links(entries: Sequence[Entry]) -> list[Link]:
    return [
        Link(f"F{_HEADER_ROW + number}", *entry.jump)
        for number, entry in enumerate(entries, start=1)
        if entry.jump
    ]


def text_width(text: str) -> int:
    """Width in characters of the size that spreadsheet columns are measured in; Chinese counts two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil(text_width(line) / (width - 1.5))) for line in text.split("\n"))


def _look(outcome: Outcome, styles: StyleBook) -> _Look:
    def font(size: float, rgb: str, more: str = "") -> int:
        return styles.font(
            f'{more}<sz val="{size:g}"/><color rgb="{rgb}"/><name val="{_FONT}"/><family val="2"/>'
        )

    bold = "<b/>"
    border = styles.thin_border("FFD5DBE3")
    left = 'horizontal="left" vertical="center" wrapText="1" indent="1"'
    centre = 'horizontal="center" vertical="center" wrapText="1"'
    fill, ink = _BANNERS[outcome]

    def body(rgb: str = _INK, size: float = 10, align: str = left, **more: int) -> int:
        more.setdefault("number_format", 49 if align == left else 0)
        return styles.cell_format(font=font(size, rgb), border=border, align=align, **more)

    severity_ink = {Severity.ERROR: "FFA61B12", Severity.WARNING: "FF8A5A00", Severity.INFO: _GREY}
    grey = styles.solid_fill("FFF1F3F6")
    fills = {s: styles.solid_fill(rgb) for s, rgb in MARK_COLOURS.items()} | {Severity.INFO: grey}
    return _Look(
        title=styles.cell_format(font=font(18, _BLUE, bold), align=left),
        banner=styles.cell_format(
            font=font(12, ink, bold), fill=styles.solid_fill(fill), align=left
        ),
        fact=styles.cell_format(font=font(10, _INK), align=left),
        advice=styles.cell_format(font=font(10, _GREY), align=left),
        legend={
            s: styles.cell_format(font=font(10, severity_ink[s]), fill=fills[s], align=left)
            for s in fills
        },
        header=styles.cell_format(
            font=font(10, "FFFFFFFF", bold),
            fill=styles.solid_fill(_BLUE),
            border=border,
            align=centre,
        ),
        text=body(),
        middle=body(align=centre),
        small=body(_GREY, 8),
        link=styles.cell_format(font=font(10, "FF0563C1", "<u/>"), border=border, align=centre),
        severity={
            s: styles.cell_format(
                font=font(10, severity_ink[s], bold), fill=fills[s], border=border, align=centre
            )
            for s in fills
        },
        wanted=body(fill=styles.solid_fill("FFFFFFB3")),
    )
