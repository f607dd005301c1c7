"""Workbooks: xlsx and xls as sheets of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import python_calamine as calamine

from xiantong.parsing.biff import biff_marks
from xiantong.parsing.found import UnreadableError
from xiantong.parsing.sheet import Marks, Row, Rows, Sheet
from xiantong.parsing.sheet_xml import SheetFacts, WorkbookXml

HEAD_ROWS = 2_000
CHUNK_ROWS = 10_000
SPARSE_COLUMNS = 256
MAC_EPOCH = date(1904, 1, 1)
PC_EPOCH = date(1899, 12, 30)
XLSX_SUFFIXES = frozenset({"", ".xlsx", ".xlsm"})
XLS_SUFFIXES = frozenset({"", ".xls"})
Result = TypeVar("Result")


@dataclass(frozen=True)
class Workbook:
    """Sheets in workbook order; ``epoch`` is day 0 of serial dates."""

    sheets: list[Sheet]
    epoch: date = PC_EPOCH


def read_xlsx(path: Path, wants_percent: bool) -> Workbook:
    """Read an xlsx file. ``wants_percent``: tell which numbers are shown as percentages.

    Raises ``UnreadableError`` where the file is damaged, encrypted or too big.
    """
    facts, epoch = _guarded(lambda: _facts(path, wants_percent))
    book = _open(path, XLSX_SUFFIXES)
    sheets = []
    for number, metadata in enumerate(book.sheets_metadata):
        if metadata.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        hidden = metadata.visible != calamine.SheetVisibleEnum.Visible
        fact = facts.get(metadata.name)
        if fact and fact.is_sparse:
            sheets.append(_sparse_sheet(path, metadata.name, hidden, fact.marks))
        else:
            marks = fact.marks if fact else Marks()
            sheets.append(_sheet(book, number, metadata.name, hidden, marks))
    return Workbook(sheets, epoch)


def _facts(path: Path, wants_percent: bool) -> tuple[dict[str, SheetFacts], date]:
    """What the XML says of each sheet, and day 0 of serial dates."""
    with closing(WorkbookXml(path)) as xml:
        xml.verify("xl/sharedStrings.xml")
        facts = {name: xml.facts(name, wants_percent) for name in xml.sheet_paths}
        return facts, MAC_EPOCH if xml.date_1904 else PC_EPOCH


def read_xls(path: Path) -> Workbook:
    """Read a BIFF8 file. Raises ``UnreadableError`` as ``read_xlsx`` does."""
    book = _open(path, XLS_SUFFIXES)
    all_marks, is_1904 = biff_marks(path)
    sheets = []
    for number, metadata in enumerate(book.sheets_metadata):
        if metadata.typ == calamine.SheetTypeEnum.WorkSheet:
            hidden = metadata.visible != calamine.SheetVisibleEnum.Visible
            marks = all_marks.get(metadata.name, Marks())
            sheets.append(_sheet(book, number, metadata.name, hidden, marks))
    return Workbook(sheets, MAC_EPOCH if is_1904 else PC_EPOCH)


def _open(path: Path, suffixes: frozenset[str]) -> Any:
    """Open a workbook whose format is known. The reader believes a suffix more than the content, so
    a file with another one is handed over without its name."""
    if path.suffix.lower() in suffixes:
        return _guarded(lambda: calamine.CalamineWorkbook.from_path(str(path)))
    with path.open("rb") as file:
        return _guarded(lambda: calamine.CalamineWorkbook.from_filelike(file))


def _sheet(book: Any, number: int, name: str, hidden: bool, marks: Marks) -> Sheet:
    data = _guarded(lambda: book.get_sheet_by_index(number))
    merges = [(*first, *last) for first, last in data.merged_cell_ranges or []]
    rows: Iterator[Row] = _guarded(data.iter_rows)
    if data.start and data.start[1]:
        # The reader leaves out blank columns on the left, though not blank rows above.
        margin = [None] * data.start[1]
        rows = ([*margin, *row] for row in rows)
    # A merged value may reach over a chunk's end, so such a sheet is read in one.
    first = HEAD_ROWS if not merges else None
    head = _guarded(lambda: list(islice(rows, first)))
    return Sheet(
        name=name,
        head=Rows(head, range(1, len(head) + 1)),
        tail=_chunks(rows, len(head)),
        merges=merges,
        marks=marks,
        hidden=hidden,
    )


def _chunks(rows: Iterator[Row], start: int) -> Iterator[Rows]:
    while chunk := _guarded(lambda: list(islice(rows, CHUNK_ROWS))):
        yield Rows(chunk, range(start + 1, start + len(chunk) + 1))
        start += len(chunk)


def _sparse_sheet(path: Path, name: str, hidden: bool, marks: Marks) -> Sheet:
    """A sheet with stray cells far outside its table, read cell by cell."""
    import openpyxl

    blank = (None,) * SPARSE_COLUMNS

    def read() -> tuple[list[Row], list[int]]:
        file = path.open("rb")  # by its name alone it might be refused
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            cells: list[Row] = []
            numbers: list[int] = []
            rows = book[name].iter_rows(max_col=SPARSE_COLUMNS, values_only=True)
            for number, row in enumerate(rows, start=1):
                if row != blank:
                    cells.append(row)
                    numbers.append(number)
            return cells, numbers
        finally:
            book.close()
            file.close()

    cells, numbers = _guarded(read)
    return Sheet(name, Rows(cells, numbers), marks=marks, hidden=hidden)


def _guarded(read: Callable[[], Result]) -> Result:
    """Call into a reader of foreign files: whatever it raises means that the file is damaged, but
    for our own lack of memory."""
    try:
        return read()
    except MemoryError:
        raise
    except calamine.PasswordError as error:
        raise UnreadableError(
            "password", "文件设有打开密码，无法读取", "请取消密码后重新报送"
        ) from error
    except UnreadableError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise UnreadableError(
                "damaged", "文件已损坏或不完整，无法打开", "请用表格软件打开确认后另存，重新报送"
            ) from error
        raise
