"""Printed forms: title rows, merged headers, labels, thousand separators, signatures; what else is
in the workbook."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.model import CodeList, Column, Delivery, Kind
from xiantong.periods import Frequency, Period, written_period
from xiantong.sample.chance import Chance, pick
from xiantong.sample.old_workbook import to_xls
from xiantong.sample.sheet import Cell, CellError, Number, Raw, Sheet, Signed, to_text

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_PARENT = re.compile(r"(其中)[:：](.+)")
_FORMULA = re.compile(rb'(<c r="([A-Z]+\d+)"[^>]*><f>[^<]*</f>)<v ?(?:/>|></v>)')


@dataclass(frozen=True)
class Look:
    """The habits of the office that fills in a form; they last, so they hang on the dataset."""

    font: str
    title_font: str
    fill: str | None
    dates: str
    serial: bool
    total_first: bool
    separators: bool
    codes: bool
    unit_in_header: bool
    one_cell_titles: bool
    sheet_name: str
    formulas: bool
    notes: bool
    hidden: bool


def look_of(chance: Chance, dataset: str, title: str) -> Look:
    """The look of one dataset's forms."""
    rng, more = chance.of("look", dataset), chance.of("look", dataset, "workbook")
    return Look(
        font=pick(rng, ("宋体", "仿宋", "等线")),
        title_font=pick(rng, ("黑体", "方正小标宋简体", "宋体")),
        fill=pick(rng, ("F2F2F2", "DDEBF7", None)),
        dates=pick(rng, ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "年月日", "cell", "cell")),
        serial=rng.random() < 0.6,
        total_first=rng.random() < 0.4,
        separators=rng.random() < 0.6,
        codes=rng.random() < 0.12,
        unit_in_header=rng.random() < 0.4,
        one_cell_titles=rng.random() < 0.35,
        sheet_name=pick(rng, ("Sheet1", title[:20], "报表")),
        formulas=more.random() < 0.4,
        notes=more.random() < 0.25,
        hidden=more.random() < 0.15,
    )


def period_words(rng: np.random.Generator, period: Period) -> str:
    """The period in one of the ways in which offices write it."""
    if period.frequency is Frequency.QUARTERLY and rng.random() < 0.5:
        return f"{period.year}年{'一二三四'[period.ordinal - 1]}季度"
    if period.frequency is Frequency.ANNUAL and rng.random() < 0.5:
        return f"{period.year}年"
    if period.frequency is Frequency.MONTHLY and rng.random() < 0.15:
        return f"{period.year}年{period.ordinal}月份"
    return written_period(period)


class _Styles:
    """Names of the cell styles of one workbook."""

    title = "表题"
    line = "表头说明"
    header = "栏目"
    text = "文本"
    plain = "常规格"
    money = "金额"
    day = "日期"
    total = "合计"

    @classmethod
    def add_to(cls, book: Workbook, look: Look) -> None:
        """Register the styles in the look of the office."""
        thin = Side(style="thin")
        border = Border(left=thin, right=thin, top=thin, bottom=thin)
        fill = PatternFill("solid", fgColor=look.fill) if look.fill else PatternFill()
        usual, bold = Font(name=look.font, size=10), Font(name=look.font, size=10, bold=True)
        title = Font(name=look.title_font, size=16, bold=True)
        centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
        left, right = Alignment(horizontal="left", vertical="center"), Alignment(horizontal="right")
        for style in (
            NamedStyle(cls.title, title, alignment=centre),
            NamedStyle(cls.line, usual, alignment=left),
            NamedStyle(cls.header, bold, fill, border, centre),
            NamedStyle(cls.text, usual, None, border, left, "@"),
            NamedStyle(cls.plain, usual, None, border, left),
            NamedStyle(cls.money, usual, None, border, right, "#,##0.00"),
            NamedStyle(cls.day, usual, None, border, centre, "yyyy-mm-dd"),
            NamedStyle(cls.total, bold, None, border, right),
        ):
            book.add_named_style(style)


Shown = str | int | float | datetime | None


def _set(sheet: Worksheet, row: int, column: int, value: Shown, style: str) -> None:
    cell = sheet.cell(row, column)
    assert isinstance(cell, ExcelCell)
    cell.value = value
    if isinstance(value, str) and value.startswith("#"):
        cell.data_type = "e"
    cell.style = style


def write_form(path: Path, sheet: Sheet, look: Look, signed: Signed, codes: Mapping[str, CodeList],
               rng: np.random.Generator, remark_column: bool) -> None:  # fmt: skip
    """Write ``sheet`` as a printed form, in the format of its contract; the same arguments give the
    same bytes."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = look.sheet_name
    _Styles.add_to(book, look)
    old = sheet.contract.delivery is Delivery.XLS
    form = _Form(page, sheet, look, signed, codes, rng, remark_column or bool(sheet.remarks))
    form.formulas = look.formulas and not look.separators and not old
    form.write()
    if look.notes:
        _add_notes(book, sheet)
    if look.hidden:
        _add_hidden(book, sheet)
    book.properties.creator = signed.filler
    buffer = io.BytesIO()
    if old:
        path.write_bytes(to_xls(book))
    else:
        book.save(buffer)
        path.write_bytes(_timeless(buffer.getvalue(), signed.at, form.results))


def _add_notes(book: Workbook, sheet: Sheet) -> None:
    """A second sheet that explains how the form is filled in."""
    page = book.create_sheet("填表说明")
    units = "、".join(sorted({c.unit for c in sheet.kept if c.unit and not c.unit.isascii()}))
    lines = (
        "填表说明",
        f"一、本表为{sheet.contract.form_no}《{sheet.contract.title_zh}》，由各填报单位按期填报。",
        f"二、指标的计量单位有：{units}。"
        if units
        else "二、代码用文本格式填写，不得省略前面的零。",
        "三、没有发生的指标填0或者留空，不得填写“无”。",
        "四、需要说明的情况写在备注栏。",
    )
    for number, text in enumerate(lines, 1):
        page.cell(number, 1, text)
    page.column_dimensions["A"].width = 70


def _add_hidden(book: Workbook, sheet: Sheet) -> None:
    """What the office counts for itself, on a sheet that it has hidden."""
    page = book.create_sheet("校验")
    page.sheet_state = "hidden"
    for number, line in enumerate((("项目", "数值"), ("本期行数", len(sheet.rows))), 1):
        for place, value in enumerate(line, 1):
            page.cell(number, place, value)


class _Form:
    """Writes one form from the title down to the signatures."""

    def __init__(self, page: Worksheet, sheet: Sheet, look: Look, signed: Signed,
                 codes: Mapping[str, CodeList], rng: np.random.Generator, remarks: bool) -> None:  # fmt: skip
        self.page, self.sheet, self.look, self.signed, self.codes, self.rng = (
            page,
            sheet,
            look,
            signed,
            codes,
            rng,
        )
        self.remarks = remarks
        self.styles = _Styles
        self.columns = sheet.kept
        self.left = 2 if look.serial else 1
        self.width = self.left - 1 + len(self.columns) + remarks
        self.layout = sheet.contract.layout(sheet.period)
        self.formulas = False
        self.results: dict[str, int | float] = {}

    def write(self) -> None:
        """Write the form; ``results`` then has what its formulas give, by cell."""
        row = self._titles()
        row = self._header(row)
        count = len(self.sheet.rows)
        if self.sheet.totals and self.look.total_first:
            row = self._total(row, range(row + 1, row + 1 + count))
        for number, cells in enumerate(self.sheet.rows):
            self._row(row, number, cells)
            row += 1
        if self.sheet.totals and not self.look.total_first:
            row = self._total(row, range(row - count, row))
        self._footer(row)
        self._widths()

    def _merge(self, row: int, first: int, last: int, text: str, style: str, rows: int = 1) -> None:
        for r in range(row, row + rows):
            for c in range(first, last + 1):
                self.page.cell(r, c).style = style
        _set(self.page, row, first, text, style)
        if last > first or rows > 1:
            self.page.merge_cells(
                start_row=row, end_row=row + rows - 1, start_column=first, end_column=last
            )

    def _titles(self) -> int:
        """Title, form number, reporter and period, unit; returns the first row of the header."""
        contract, reporter = self.sheet.contract, self.sheet.reporter
        county = reporter.reporter_name.split("县")[0]
        style = self.styles.line
        self._merge(1, 1, self.width, contract.title_zh, self.styles.title)
        self.page.row_dimensions[1].height = 28
        middle = max(self.width // 2, 1)
        self._merge(2, 1, middle, f"表    号：{contract.form_no}", style)
        self._merge(
            2,
            middle + 1,
            self.width,
            f"制定机关：{county}县统计局" if "县" in reporter.reporter_name else "制定机关：统计局",
            style,
        )
        who = f"填报单位{pick(self.rng, ('', '（盖章）'))}：{reporter.reporter_name}"
        when = f"报告期：{period_words(self.rng, self.sheet.period)}"
        if self.look.one_cell_titles:
            self._merge(3, 1, self.width, f"{who}        {when}", style)
        else:
            self._merge(3, 1, middle, who, style)
            self._merge(3, middle + 1, self.width, when, style)
        if self.sheet.unit is None:
            return 4
        self._merge(4, 1, self.width, f"计量单位：{self.sheet.unit}", style)
        return 5

    def _header(self, row: int) -> int:
        two = self.layout.header_rows == 2
        texts = [self._header_text(column) for column in self.columns]
        if self.look.serial:
            self._merge(row, 1, 1, "序号", self.styles.header, 2 if two else 1)
        if self.remarks:
            self._merge(row, self.width, self.width, "备注", self.styles.header, 2 if two else 1)
        for first, last, parent in (
            _groups(texts) if two else ((i, i, None) for i in range(len(texts)))
        ):
            left = self.left + first
            if parent is None:
                self._merge(row, left, left, texts[first], self.styles.header, 2 if two else 1)
                continue
            self._merge(row, left, self.left + last, parent, self.styles.header)
            for place in range(first, last + 1):
                match = _PARENT.match(texts[place])
                assert match
                _set(self.page, row + 1, self.left + place, match[2], self.styles.header)
        end = row + (2 if two else 1)
        self.page.freeze_panes = f"{get_column_letter(self.left + 1)}{end}"
        return end

    def _header_text(self, column: Column) -> str:
        text, unit = self.sheet.header(column), column.unit
        # A bracket overrides the 计量单位 line, so columns that the line speaks of get none.
        spelled = unit is not None and not unit.isascii() and len(unit) <= 8 and "或" not in unit
        if self.look.unit_in_header and column.is_numeric and spelled and not self.sheet.unit:
            return f"{text}（{unit}）"
        return text

    def _row(self, row: int, number: int, cells: Mapping[str, Cell]) -> None:
        if self.look.serial:
            _set(self.page, row, 1, number + 1, self.styles.plain)
        for place, column in enumerate(self.columns):
            value, style = self._cell(column, cells.get(column.name))
            _set(self.page, row, self.left + place, value, style)
        if self.remarks:
            _set(self.page, row, self.width, self.sheet.remarks.get(number), self.styles.plain)

    def _cell(self, column: Column, value: Cell) -> tuple[Shown, str]:
        styles = self.styles
        if isinstance(value, Number):
            return value.value, styles.plain
        if isinstance(value, CellError):
            return value.code, styles.plain
        if isinstance(value, Raw):
            return value.text, styles.text
        if column.is_numeric and isinstance(value, int | Decimal):
            return self._number(column, value)
        if column.kind is Kind.DATE and isinstance(value, date) and self.look.dates == "cell":
            return datetime(value.year, value.month, value.day), styles.day
        if column.kind is Kind.YEAR and isinstance(value, int):
            return (f"{value}年" if self.look.separators else value), styles.plain
        if column.code_list and self.look.codes and isinstance(value, str):
            return value, styles.text
        dates = "%Y-%m-%d" if self.look.dates == "cell" else self.look.dates
        return to_text(column, value, self.codes, names=False, dates=dates) or None, styles.text

    def _number(self, column: Column, value: int | Decimal) -> tuple[Shown, str]:
        """A numeric cell, or text with thousand separators or (rarely) full-width digits."""
        if self.look.separators and value >= 1000 and self.rng.random() < 0.5:
            return f"{value:,}", self.styles.text
        seldom = not self.formulas and self.rng.random() < 0.004
        if isinstance(value, int) and 0 <= value < 1000 and seldom:
            return str(value).translate(_FULL_WIDTH), self.styles.text
        number = value if isinstance(value, int) else float(value)
        return number, self.styles.money if column.kind is Kind.DECIMAL else self.styles.plain

    def _total(self, row: int, summed: range) -> int:
        """The 合计 row, typed or as sums over the rows ``summed``."""
        for place in range(1, self.width + 1):
            self.page.cell(row, place).style = self.styles.total
        _set(self.page, row, 1, "合计" if self.rng.random() < 0.7 else "合  计", self.styles.total)
        for place, column in enumerate(self.columns):
            value = self.sheet.totals.get(column.name)
            if isinstance(value, Decimal):
                shown = int(value) if column.kind is Kind.INTEGER else float(value)
                letter = get_column_letter(self.left + place)
                if self.formulas and summed and self._adds_up(column):
                    self.results[f"{letter}{row}"] = shown
                    formula = f"=SUM({letter}{summed[0]}:{letter}{summed[-1]})"
                    _set(self.page, row, self.left + place, formula, self.styles.total)
                else:
                    _set(self.page, row, self.left + place, shown, self.styles.total)
        return row + 1

    def _adds_up(self, column: Column) -> bool:
        """Whether the total is the sum of the cells: a formula cannot be out of date."""
        cells = [row.get(column.name) for row in self.sheet.rows]
        numbers = [Decimal(cell) for cell in cells if isinstance(cell, int | Decimal)]
        others = [
            cell for cell in cells if cell is not None and not isinstance(cell, int | Decimal)
        ]
        return not others and sum(numbers, Decimal(0)) == self.sheet.totals[column.name]

    def _footer(self, row: int) -> None:
        day = self.signed.at
        texts = {
            "填表人": self.signed.filler,
            "审核人": self.signed.reviewer,
            "单位负责人": self.signed.head,
            "填报日期": f"{day.year}年{day.month}月{day.day}日",
        }
        parts = [f"{label}：{texts[label]}" for label in self.layout.footer if label in texts]
        if self.look.one_cell_titles or self.width < 2 * len(parts):
            self._merge(row, 1, self.width, "        ".join(parts), self.styles.line)
            return
        step = self.width // len(parts)
        for number, text in enumerate(parts):
            last = self.width if number == len(parts) - 1 else (number + 1) * step
            self._merge(row, number * step + 1, last, text, self.styles.line)

    def _widths(self) -> None:
        if self.look.serial:
            self.page.column_dimensions["A"].width = 6
        for place, column in enumerate(self.columns):
            length = 22 if column.kind is Kind.STRING and (column.length or 0) > 40 else 13
            length = max(
                length,
                min((column.length or 0) + 3, 24),
                min(2 * len(self.sheet.header(column)) + 2, 22),
            )
            self.page.column_dimensions[get_column_letter(self.left + place)].width = length
        if self.remarks:
            self.page.column_dimensions[get_column_letter(self.width)].width = 30


def _groups(texts: list[str]) -> Iterator[tuple[int, int, str | None]]:
    """Runs of columns below one parent (其中), others alone."""
    place = 0
    while place < len(texts):
        match = _PARENT.match(texts[place])
        last = place
        while match and last + 1 < len(texts) and _PARENT.match(texts[last + 1]):
            last += 1
        yield place, last, match[1] if match else None
        place = last + 1


def _timeless(workbook: bytes, at: datetime, results: Mapping[str, int | float]) -> bytes:
    """The workbook with ``at`` instead of the time of writing, in its properties and in the zip, and
    with the results of its formulas, as if a spreadsheet program had saved it."""
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}".encode()
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, data)
            if results and info.filename == "xl/worksheets/sheet1.xml":
                data = _FORMULA.sub(partial(_computed, results), data)
            entry = zipfile.ZipInfo(
                info.filename, (at.year, at.month, at.day, at.hour, at.minute, 0)
            )
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            new.writestr(entry, data, compresslevel=6)
    return target.getvalue()


def _computed(results: Mapping[str, int | float], formula: re.Match[bytes]) -> bytes:
    return formula[1] + b"<v>%s</v>" % str(results[formula[2].decode()]).encode()
