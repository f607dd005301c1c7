"""The rows of one table: what is data, what is a total, a note or a signature."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import compress

from xiantong.contracts.model import Column, Contract, Severity
from xiantong.parsing.cells import Cell, CellReader, ColumnText, Trouble, clean, plain_text
from xiantong.parsing.found import FindingList, Place
from xiantong.parsing.headers import Header, Role, is_remark, plain
from xiantong.parsing.sheet import Row, Rows, Sheet, column_letter
from xiantong.parsing.titles import has_label, is_bare_footer, is_footer
from xiantong.parsing.units import find_unit

LABEL_COLUMNS = 3
# Of what a total is the sum: everything (全县, 青澧县), or a group that is called after a place (青岭镇).
_WHOLE = r"全[省市州县区乡镇村校街道]{1,2}|本[页表县]|本单位|[\u4e00-\u9fff]{1,10}县"
_GROUP = r"[\u4e00-\u9fff]{1,10}(?:[镇乡村市区]|街道|街道办事处)"
_TOTAL = re.compile(
    rf"(?:{_WHOLE}|(?P<group>{_GROUP}))?"
    r"(?P<word>合计|总计|小计|共计|总合计|(?:sub|grand)?-?totals?)数?"
    r"(?:[(（][^)）]{1,8}[)）])?(?:[:：](?:\d{1,6}[\u4e00-\u9fff]{0,2})?)?",
    re.IGNORECASE,
)
_PART = re.compile("小计|本页|sub", re.IGNORECASE)
TOTAL_SIGNS = ("计", "otal", "OTAL")
_OF_WHICH = re.compile(r"其\s*中\s*[:：，,]?")
_PLACEHOLDER = re.compile(r"[-—–_/\\*×.…]+|无")
_NOTE = re.compile(
    r"(?:注|备注|说明|附注|注释|填表说明|填报说明|补充资料)\s*\d*\s*[:：、.．]"
    r"|[-—*\s]*以下(?:空白|无正文|无内容)|[数资][据料]来源\s*[:：]|第\s*\d+\s*页|[*＊※]\s*[\u4e00-\u9fff]{3}"
    r"|[(（](?:盖章|公章|签章|印章)[)）]"
)
_NUMBERED = re.compile(r"\d{1,2}\s*[.、．)）]\s*[\u4e00-\u9fff]{4}")
_COLUMN_SIGNS = frozenset("甲乙丙丁戊己庚辛壬癸")
_DATA = re.compile(r"[0-9A-Za-z]")


class Kind(Enum):
    """What a row below the header is."""

    DATA = "data"
    BLANK = "blank"
    TOTAL = "total"
    OF_WHICH = "of which"
    NOTE = "note"
    FOOTER = "footer"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Total:
    """A 合计 row. ``before`` is the number of data rows of its sheet that stand above it, ``group``
    the name of what it sums up where it gives one (青岭镇小计)."""

    label: str
    sheet: str | None
    number: int
    before: int
    cells: dict[str, Cell]
    is_part: bool = False
    group: str | None = None


@dataclass
class TextRows:
    """Data rows as text, by column; ``numbers`` are their row numbers."""

    numbers: list[int]
    columns: dict[str, list[str | None]]
    remarks: list[str | None]


@dataclass
class TableReader:
    """Reads the rows below one header, chunk by chunk.

    ``on_footer`` is told the cells of signature rows. What is found while reading: ``totals``,
    ``row_count``, ``units`` printed below the header, ``unnamed`` columns with the number of their
    values, ``ended`` after a signature row; and the findings.
    """

    contract: Contract
    sheet: Sheet
    header: Header
    readers: dict[str, CellReader]
    found: FindingList
    on_footer: Callable[[Row, Place], None]
    totals: list[Total] = field(default_factory=list)
    row_count: int = 0
    units: dict[str, str] = field(default_factory=dict)
    unnamed: dict[int, int] = field(default_factory=dict)
    ended: bool = False
    _after_note: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self.positions = self.header.positions
        self.columns = {name: self.contract.by_name[name] for name in self.positions}
        self.remarks = [
            c.position
            for c in self.header.cells
            if c.role is Role.REMARK or (c.column and is_remark(c.text))
        ]
        self._texts_of_header = {c.text for c in self.header.cells if c.text}
        self._blank_headers = [c.position for c in self.header.having(Role.BLANK)]
        # A place or a year names no row: a total may have the code of the whole county beside it.
        self._keys = [p for name, p in self.positions.items() if self.columns[name].is_identity]
        self.label_positions = self._label_positions()
        self.width = len(self.header.cells)
        self._vertical = self._vertical_merges()
        self._swallowed = self._swallowed_cells()
        mapped = set(self.positions.values())
        self._erroneous = {row for row, column in self.sheet.marks.errors if column in mapped}

    @property
    def labelling(self) -> list[str]:
        """Contract columns in which 合计, or the name of a group of rows, may stand."""
        return [name for name, position in self.positions.items()
                if position in self.label_positions and not self.columns[name].is_numeric]  # fmt: skip

    def place(self, number: int | None, name: str | None = None) -> Place:
        """A row, or the cell of a contract column in it."""
        letter = None
        if name in self.positions and self.sheet.lettered:
            letter = column_letter(self.positions[name])
        return Place(self.sheet.name, number, letter)

    def read(self, rows: Rows) -> TextRows:
        """The data rows among ``rows`` as text."""
        cells, numbers = self._fill_merged(rows)
        kept = [self.keep(row, number) for row, number in zip(cells, numbers, strict=True)]
        if not all(kept):
            cells = list(compress(cells, kept))
            numbers = list(compress(numbers, kept))
        texts = {name: self._column(name, cells, numbers) for name in self.positions}
        remarks = [self._remark(row) for row in cells] if self.remarks else [None] * len(cells)
        self._note_unnamed(cells)
        return TextRows(list(numbers), texts, remarks)

    def keep(self, row: Row, number: int) -> bool:
        """Whether a row is data; totals, notes and signatures are taken note of."""
        kind = self.classify(row)
        self._after_note = kind is Kind.NOTE or (self._after_note and kind is Kind.BLANK)
        if kind is Kind.BLANK and number - 1 in self._erroneous:
            kind = Kind.DATA  # every value is an error value, which reads as blank
        if self.ended and kind not in (Kind.REPEATED, Kind.FOOTER):
            self._report_late(row, number, kind)
            return False
        if kind is Kind.DATA and self.sheet.fixed_width and not self._fits(row, number):
            return False
        if kind is Kind.DATA:
            self.row_count += 1
            return True
        if kind is Kind.TOTAL:
            self._take_total(row, number)
        elif kind is Kind.OF_WHICH:
            self._report_of_which(row, number)
        elif kind is Kind.FOOTER:
            self.on_footer(row, Place(self.sheet.name, number))
            self.ended = True
        elif kind is Kind.REPEATED:
            self.ended = False
        return False

    def _fits(self, row: Row, number: int) -> bool:
        """Whether a row has as many fields as the header; blank ones at the end do not count."""
        width = len(row)
        if width == self.width or (
            width > self.width and not any(map(plain_text, row[self.width :]))
        ):
            return True
        self.found.error(
            "file_row_width",
            f"第{number}行有{width}个字段，表头有{self.width}个",
            "请检查该行的逗号和双引号；字段内有逗号时应加双引号",
            Place(self.sheet.name, number),
        )
        return False

    # --- what a row is --------------------------------------------------------------------------

    def classify(self, row: Row) -> Kind:
        first = next((cell for cell in row if cell is not None and cell != ""), None)
        if first is None:
            return Kind.BLANK
        if type(first) is str:
            text = clean(first)
            if text is None:
                return self._of_mapped(row)
            if is_footer(text) or (is_bare_footer(text) and self._filled(row) <= 8):
                return Kind.FOOTER
            if self._is_note(text, row):
                return Kind.NOTE
            if plain(text) in self._texts_of_header and self._repeats_header(row):
                return Kind.REPEATED
            if _OF_WHICH.fullmatch(text) and not self._is_identified(row, row.index(first)):
                return Kind.OF_WHICH
        if self._total(row):
            return Kind.TOTAL
        if not self.row_count and self._is_below_header(row):
            return Kind.NOTE
        return self._of_mapped(row)

    def _is_note(self, text: str, row: Row) -> bool:
        """A sentence that stands alone: a note, the next one of numbered notes, a seal."""
        if not (_NOTE.match(text) or (self._after_note and _NUMBERED.match(text))):
            return False
        return self._filled(row) <= 2

    def _of_mapped(self, row: Row) -> Kind:
        """A row without a value in any column of the contract is blank, whatever else it holds."""
        width = len(row)
        for position in self.positions.values():
            if position < width:
                cell = row[position]
                if cell is not None and cell != "" and (type(cell) is not str or clean(cell)):
                    return Kind.DATA
        return Kind.BLANK

    def _filled(self, row: Row) -> int:
        return sum(1 for cell in row if plain_text(cell))

    def _total(self, row: Row) -> re.Match[str] | None:
        """What makes a row a total. A row that has a key is none, whatever its name: somebody may
        be called 总计."""
        for position in self.label_positions:
            cell = row[position] if position < len(row) else None
            if type(cell) is str and any(sign in cell for sign in TOTAL_SIGNS):
                found = _TOTAL.fullmatch(re.sub(r"\s", "", cell))
                if found and not self._is_identified(row, position):
                    return found
        return None

    def _is_identified(self, row: Row, label: int) -> bool:
        """Whether every key that names a row is filled in, by other cells than the one with the label."""
        texts = [plain_text(row[p]) if p < len(row) else None for p in self._keys]
        return (
            bool(texts)
            and label not in self._keys
            and all(text and not _PLACEHOLDER.fullmatch(text) for text in texts)
        )

    def _label_positions(self) -> list[int]:
        """Columns in which 合计 is written: the first ones, and text columns before any number."""
        labels: list[int] = []
        for cell in self.header.cells:
            column = self.contract.by_name[cell.column] if cell.column else None
            if column and column.is_numeric and len(labels) >= LABEL_COLUMNS:
                break
            labels.append(cell.position)
        return labels[:8]

    def _repeats_header(self, row: Row) -> bool:
        texts = [plain(text) for text in map(plain_text, row) if text]
        same = sum(text in self._texts_of_header for text in texts)
        return same >= 2 and same >= 0.6 * len(texts)

    def _is_below_header(self, row: Row) -> bool:
        """A row of column numbers (甲 乙 1 2 3) or of units, printed below the header."""
        texts = [text for text in map(plain_text, row) if text]
        if self._holds_only_units(row, len(texts)):
            self._take_units(row)
            return True
        if len(texts) < 3:
            return False
        numbers = [text.strip("()（）[]①") for text in texts if text not in _COLUMN_SIGNS]
        if len(numbers) >= 2 and numbers == [str(n) for n in range(1, len(numbers) + 1)]:
            return True
        units = [text for text in texts if find_unit(text)]
        if len(units) >= 2 and len(units) >= len(texts) - 2 and not any(map(_DATA.search, texts)):
            self._take_units(row)
            return True
        return False

    def _holds_only_units(self, row: Row, filled: int) -> bool:
        """True where nothing stands in a row but units below headers of numbers: a form with one
        amount prints one unit, and no number is spelt like a unit."""
        units = [
            text
            for name, position in self.positions.items()
            if self.columns[name].is_numeric
            and position < len(row)
            and (text := plain_text(row[position]))
            and find_unit(text)
        ]
        return 0 < len(units) == filled

    def _take_units(self, row: Row) -> None:
        for name, position in self.positions.items():
            text = plain_text(row[position]) if position < len(row) else None
            if text and self.columns[name].is_numeric:
                self.units[name] = text

    def _take_total(self, row: Row, number: int) -> None:
        cells = {
            name: row[position]
            for name, position in self.positions.items()
            if position < len(row) and self.columns[name].is_numeric
        }
        found = self._total(row)
        assert found
        group = found["group"]
        is_part = bool(group) or _PART.search(found[0]) is not None
        self.totals.append(
            Total(found[0], self.sheet.name, number, self.row_count, cells, is_part, group)
        )

    def _report_of_which(self, row: Row, number: int) -> None:
        """Figures beside a bare 其中 belong to the total above it, as which part nobody can tell."""
        if self._filled(row) > 1:
            self.found.add(
                "file_of_which",
                Severity.INFO,
                f"第{number}行「其中」没有写明是哪一项，没有读入",
                "需要报送的请写明该行的名称和代码；只作说明的可以不管",
                Place(self.sheet.name, number),
            )

    def _report_late(self, row: Row, number: int, kind: Kind) -> None:
        if kind is Kind.DATA and self._of_size(row):
            self.found.error(
                "file_rows_below_footer",
                f"第{number}行在填表人、审核人一行之下，没有读入",
                "请把数据移到表格内、填表人一行之上",
                Place(self.sheet.name, number),
            )

    def _of_size(self, row: Row) -> bool:
        """True where a row fills the table as data does."""
        texts = [
            text for p in self.positions.values() if p < len(row) and (text := plain_text(row[p]))
        ]
        if any(map(has_label, texts)):
            return False
        return len(texts) >= max(2, 0.5 * sum(c.required for c in self.columns.values()))

    # --- values ---------------------------------------------------------------------------------

    def _column(self, name: str, cells: Sequence[Row], numbers: Sequence[int]) -> list[str | None]:
        position, column = self.positions[name], self.columns[name]
        values = [row[position] if position < len(row) else None for row in cells]
        percent: frozenset[int] = frozenset()
        if self.sheet.marks.percent and column.unit == "%":
            shown = {row for row, at in self.sheet.marks.percent if at == position}
            percent = frozenset(i for i, number in enumerate(numbers) if number - 1 in shown)
        read = self.readers[name].read(values, percent)
        self._report(column, read, numbers)
        self._report_marks(column, position, numbers)
        return read.texts

    def _report(self, column: Column, read: ColumnText, numbers: Sequence[int]) -> None:
        for index, trouble in read.troubles:
            place, value = self.place(numbers[index], column.name), read.texts[index]
            report_trouble(self.found, column, trouble, place, value)

    def _report_marks(self, column: Column, position: int, numbers: Sequence[int]) -> None:
        marks = self.sheet.marks
        if not marks.errors and not marks.uncomputed and not self._swallowed:
            return
        for number in numbers:
            at = (number - 1, position)
            if at in self._swallowed:
                self.found.error(
                    "merged",
                    f"「{column.header_zh}」的单元格已与其他单元格合并，没有自己的数值",
                    "请取消合并，逐格填写；没有数值的留空",
                    self.place(number, column.name),
                    column,
                )
            elif at in marks.errors:
                self.found.error(
                    "error_cell",
                    f"「{column.header_zh}」的公式出错（{marks.errors[at]}）",
                    "请更正公式，或直接填写数值",
                    self.place(number, column.name),
                    column,
                    marks.errors[at],
                )
            elif at in marks.uncomputed:
                self.found.error(
                    "formula",
                    f"「{column.header_zh}」是没有计算结果的公式",
                    "请用表格软件打开并保存一次，或把公式改为数值",
                    self.place(number, column.name),
                    column,
                )

    def _remark(self, row: Row) -> str | None:
        texts = [plain_text(row[p]) for p in self.remarks if p < len(row)]
        return "；".join(text for text in texts if text) or None

    def _note_unnamed(self, cells: Sequence[Row]) -> None:
        """Count values in columns without a header, so that nothing is dropped silently."""
        for position in self._blank_headers:
            filled = sum(1 for row in cells if position < len(row) and plain_text(row[position]))
            if filled:
                self.unnamed[position] = self.unnamed.get(position, 0) + filled

    # --- merged cells ---------------------------------------------------------------------------

    def _vertical_merges(self) -> list[tuple[int, int, int]]:
        """Merged ranges below the header in text columns: column, first row, last row."""
        texts = {p for name, p in self.positions.items() if not self.columns[name].is_numeric}
        return [
            (column, first, last)
            for first, column, last, _ in self.sheet.merges
            if last > first >= self.header.end and column in texts
        ]

    def _swallowed_cells(self) -> frozenset[tuple[int, int]]:
        """Cells of numeric columns below the header that a merged range with a value hides: what
        one number means for several cells, nobody can tell."""
        numeric = {p for name, p in self.positions.items() if self.columns[name].is_numeric}
        rows = {
            n - 1: row
            for n, row in zip(self.sheet.head.numbers, self.sheet.head.cells, strict=True)
        }
        hidden: set[tuple[int, int]] = set()
        for top, left, bottom, right in self.sheet.merges:
            first = rows.get(top, ())
            if top < self.header.end or left >= len(first) or not plain_text(first[left]):
                continue
            columns = numeric.intersection(range(left, right + 1))
            last = min(bottom, max(rows))
            hidden |= {(row, column) for column in columns for row in range(top, last + 1)}
            hidden.discard((top, left))
        return frozenset(hidden)

    def _fill_merged(self, rows: Rows) -> tuple[Sequence[Row], Sequence[int]]:
        if not self._vertical:
            return rows.cells, rows.numbers
        cells = [list(row) for row in rows.cells]
        index = {number - 1: i for i, number in enumerate(rows.numbers)}
        for column, first, last in self._vertical:
            top = index.get(first)
            value = cells[top][column] if top is not None and column < len(cells[top]) else None
            if value is None or value == "":
                continue
            for row in range(first + 1, last + 1):
                below = index.get(row)
                if below is not None:
                    cells[below] += [None] * (column + 1 - len(cells[below]))
                    cells[below][column] = value
        return cells, rows.numbers


def report_trouble(
    found: FindingList, column: Column, trouble: Trouble, place: Place, value: str | None
) -> None:
    """Report a cell whose form has already cost digits."""
    header = column.header_zh
    if trouble is Trouble.NUMERIC:
        message = f"「{header}」是数字格式，开头的0或第15位以后的数字可能已丢失"
        found.error(str(trouble), message, "请将单元格设为文本格式后重新填写", place, column, value)
    else:
        message = f"「{header}」超过15位有效数字，表格软件已丢失末尾数字"
        found.error(str(trouble), message, "请核对数值和单位", place, column, value)
