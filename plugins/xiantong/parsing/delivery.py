"""Reading one delivery: format, tables, envelope, units, totals."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pyarrow.compute as pc

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Severity
from xiantong.delivered import DeliveryFile, Explanation
from xiantong.names import DatasetId
from xiantong.parsing.cells import CellReader, cell_readers
from xiantong.parsing.csv_blocks import BlockReader, cut_blocks
from xiantong.parsing.envelope import EnvelopeReader
from xiantong.parsing.explanations import (
    explanations_of,
    has_explanations,
    is_explanation_sheet,
)
from xiantong.parsing.formats import CsvBody, Document, open_document, open_list
from xiantong.parsing.found import NOWHERE, FindingList, Place, UnreadableError
from xiantong.parsing.headers import Header, HeaderIndex, Role, find_header, header_index
from xiantong.parsing.identity import Same
from xiantong.parsing.model import ParsedDelivery
from xiantong.parsing.nil import NIL
from xiantong.parsing.output import RowWriter
from xiantong.parsing.sheet import Rows, Sheet, column_letter
from xiantong.parsing.table import TableReader
from xiantong.parsing.titles import Label, Titles
from xiantong.parsing.totals import check_totals
from xiantong.parsing.unit_lines import delivered_factors

ALIKE = 0.6  # share of the best sheet's columns at which another sheet belongs to the table
LISTED_AREAS = 2_000
TITLE_ROWS = 10
_TELLING = frozenset({"period", "area_code"})


def read_delivery(
    source: DeliveryFile, contract: Contract, catalogue: Catalogue, out_dir: Path
) -> ParsedDelivery:
    """See ``xiantong.parsing.parse_delivery``."""
    return _Delivery(source, contract, catalogue, out_dir).read()


@dataclass
class _Table:
    """A sheet with its header."""

    sheet: Sheet
    header: Header
    titles: Titles


@dataclass
class _Delivery:
    source: DeliveryFile
    contract: Contract
    catalogue: Catalogue
    out_dir: Path
    titles: Titles = field(default_factory=Titles)
    explanations: list[Explanation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found = FindingList(self.contract)
        self.envelopes = EnvelopeReader(self.source, self.contract, self.catalogue, self.found)
        self.writer = RowWriter(
            self.out_dir / f"{self.source.submission_id}.parquet", self.contract
        )
        self.factors: dict[str, Decimal] = {}
        self.letters: dict[str, str] = {}
        self.sheet_letters: dict[str, dict[str, str]] = {}
        self.missing: list[str] = []
        self.is_nil = False
        self.spans: list[tuple[TableReader, int, int]] = []
        self.telling: dict[str, set[str]] = {name: set() for name in sorted(_TELLING)}

    def read(self) -> ParsedDelivery:
        rows_path = None
        envelopes = self.envelopes
        try:
            document = open_document(self.source.path, self.contract, self.found)
            self.titles.said += document.titles.said
            self._read_tables(document)
            rows_path = self.writer.close()
            check_totals(self.spans, self.writer, self.found)
        except UnreadableError as error:
            self.writer.discard()
            self.found.unreadable(error)
            # One thing to mend at a time: the envelope is judged when the file can be read.
            envelopes = EnvelopeReader(
                self.source, self.contract, self.catalogue, FindingList(self.contract)
            )
        self._read_sidecar()
        envelope = envelopes.read(
            self.titles, sorted(self.telling["period"]), sorted(self.telling["area_code"])
        )
        return ParsedDelivery(
            source=self.source,
            envelope=envelope,
            rows_path=rows_path,
            row_count=self.writer.row_count if rows_path else 0,
            findings=self.found.explained(self.explanations),
            unit_factors=self.factors if rows_path else {},
            column_letters=self.letters,
            sheet_letters=self.sheet_letters,
            missing=tuple(self.missing),
            explanations=tuple(self.explanations),
            is_nil=self.is_nil,
        )

    def _read_sidecar(self) -> None:
        """What was written beside the file counts more than what stands in it."""
        if self.source.sidecar is None:
            return
        try:
            lists = [s for s in open_list(self.source.sidecar) if has_explanations(s)]
            self.explanations += [given for s in lists for given in explanations_of(s)]
        except UnreadableError:
            lists = []
        if not lists:
            self.found.add(
                "sidecar",
                Severity.INFO,
                "随附的说明文件无法识别，没有读入",
                "说明文件须有「规则编号」「行号」「说明」等列，可用退回时随附的明细表填写",
            )

    # --- tables ---------------------------------------------------------------------------------

    def _read_tables(self, document: Document) -> None:
        if document.has_no_records:
            tables = []
            deque(chain.from_iterable(s.tail for s in document.sheets), 0)  # for what is no record
        else:
            tables = self._find_tables(document)
        self._check_dataset(tables)
        units: list[Mapping[str, Decimal]] = []
        readers = cell_readers(self.contract, document.epoch)
        for table in tables:
            reader = self._reader(table, readers)
            self._report_header(reader)
            first = self.writer.row_count
            self._read_rows(reader, document)
            units.append(delivered_factors(reader, table.titles, self.titles, self.found))
            self._report_unnamed(reader)
            self.spans.append((reader, first, self.writer.row_count))
        self._merge_factors(units)
        self._report_nil(document)
        if not self.writer.row_count:
            self.writer.discard()

    def _report_nil(self, document: Document) -> None:
        """Take down that nothing occurred. Raises ``UnreadableError`` where there are no rows and
        nobody says why, or where the dataset has rows whatever occurs."""
        saying = [reader for reader, _, _ in self.spans if reader.nil]
        is_said = document.says_nil or bool(saying)
        if self.writer.row_count:
            contradicted = [reader for reader in saying if reader.row_count]
            if document.says_nil or contradicted:
                self._report_nil_with_rows(contradicted)
        elif is_said and self.contract.may_be_nil:
            self.is_nil = True
        elif is_said:
            raise UnreadableError(
                "nil",
                f"《{self.contract.title_zh}》每期都有数据，不能填“{NIL}”",
                "请逐行填写；没有数值的请填写零值行",
            )
        elif not self.found.has_errors:
            how = "本期无数据的请填写零值行"
            if self.contract.may_be_nil:
                where = (
                    'envelope中写明 "nil": true' if document.has_no_records else f"首行填“{NIL}”"
                )
                how = f"本期确无发生的，请在{where}"
            raise UnreadableError("no_rows", "表中没有数据行", f"请填写后重新报送；{how}")

    def _report_nil_with_rows(self, contradicted: Sequence[TableReader]) -> None:
        """A finding about the whole file: which of the two is true, nobody can tell."""
        where = f"第{contradicted[0].nil}行" if contradicted else "envelope中"
        self.found.error(
            "file_nil",
            f"{where}写明“{NIL}”，表中却有{self.writer.row_count}行数据",
            f"有数据的请删去“{NIL}”；本期确无发生的，请删去数据行",
            Place(contradicted[0].sheet.name) if contradicted else NOWHERE,
        )

    def _find_tables(self, document: Document) -> list[_Table]:
        index = header_index(self.contract)
        candidates: list[_Table] = []
        hidden: list[_Table] = []
        for sheet in document.sheets:
            if is_explanation_sheet(sheet):
                self.explanations += explanations_of(sheet)
                continue
            header = find_header(sheet.head.cells, sheet.merges, index)
            if header and _is_table(sheet, header, index):
                (hidden if sheet.hidden else candidates).append(self._table(sheet, header))
        self._report_hidden(hidden)
        candidates = [t for t in candidates if self._other_dataset(t) is None] or candidates
        if not candidates:
            self._check_dataset([self._untitled(sheet) for sheet in document.sheets])
            names = "、".join(c.header_zh for c in self.contract.table_columns[:4])
            raise UnreadableError(
                "no_table",
                f"没有找到《{self.contract.title_zh}》的表头",
                f"请使用统一的空白表，表头应包括：{names}等列",
            )
        best = max(len(table.header.positions) for table in candidates)
        return [t for t in candidates if len(t.header.positions) >= ALIKE * best]

    def _table(self, sheet: Sheet, header: Header) -> _Table:
        titles = Titles()
        for row, number in zip(sheet.head.cells[: header.top], sheet.head.numbers, strict=False):
            titles.read(row, Place(sheet.name, number))
        if len(self.contract.layouts) > 1 and header.cells:
            header = self._in_layout(sheet, header, titles)
        return _Table(sheet, header, titles)

    def _untitled(self, sheet: Sheet) -> _Table:
        """A sheet without a header of ours, for what its first rows say."""
        return self._table(sheet, Header(min(TITLE_ROWS, len(sheet.head.cells)), 0, ()))

    def _in_layout(self, sheet: Sheet, header: Header, titles: Titles) -> Header:
        """The header read as the layout that is valid in the period prints it."""
        period = self.envelopes.likely_period(titles)
        for number, layout in enumerate(self.contract.layouts):
            if period and layout.is_valid(period):
                index = header_index(self.contract, number)
                header = find_header(sheet.head.cells, sheet.merges, index) or header
        return header

    def _report_hidden(self, hidden: Sequence[_Table]) -> None:
        for table in hidden:
            self.found.add(
                "file_hidden_sheet",
                Severity.INFO,
                f"隐藏的工作表「{table.sheet.name}」没有读入",
                "需要报送的请取消隐藏",
                Place(table.sheet.name),
            )

    def _other_dataset(self, table: _Table) -> DatasetId | None:
        said = table.titles.first(Label.FORM_NO)
        if not said:
            return None
        number = "".join(said.split())
        if number == self.contract.form_no:
            return None
        return _form_numbers(Same(self.catalogue)).get(number)

    def _check_dataset(self, tables: Sequence[_Table]) -> None:
        """Raise ``UnreadableError`` where the delivery says that it is another dataset's."""
        others = [other for table in tables if (other := self._other_dataset(table))]
        said = self.titles.first(Label.DATASET)
        if said and said != str(self.contract.id):
            raise UnreadableError(
                "other_dataset",
                f"dataset_id「{said}」不是{self.contract.id}",
                "请核对数据集后重新报送",
            )
        form = self.titles.first(Label.FORM_NO)
        if form and form != self.contract.form_no:
            others += [d for d in [_form_numbers(Same(self.catalogue)).get(form)] if d]
        if others:
            meant = self.catalogue.contracts[others[0]]
            raise UnreadableError(
                "other_dataset",
                f"表号「{meant.form_no}」是《{meant.title_zh}》，不是《{self.contract.title_zh}》",
                f"请报送《{self.contract.title_zh}》（{self.contract.form_no}）",
            )

    # --- one table ------------------------------------------------------------------------------

    def _reader(self, table: _Table, readers: dict[str, CellReader]) -> TableReader:
        self.titles.said += table.titles.said
        self.titles.free += table.titles.free
        reader = TableReader(
            self.contract, table.sheet, table.header, readers, self.found,
            lambda row, place: self.titles.read(row, place, free=False),
        )  # fmt: skip
        if table.sheet.lettered:
            letters = {n: column_letter(p) for n, p in reader.positions.items()}
            self.letters = self.letters or letters
            if letters != self.letters and table.sheet.name:
                self.sheet_letters[table.sheet.name] = letters
        return reader

    def _report_header(self, reader: TableReader) -> None:
        contract, header, sheet = self.contract, reader.header, reader.sheet
        numbers = sheet.head.numbers
        line = numbers[header.end - 1] if header.end <= len(numbers) else None
        place = Place(sheet.name, line or None)
        absent = [c for c in contract.table_columns if c.name not in reader.positions]
        self.missing += [c.name for c in absent if c.name not in self.missing]
        duplicated = set(header.duplicates.values())
        required = [c.header_zh for c in absent if c.required and c.name not in duplicated]
        if required:
            self.found.error(
                "columns",
                f"缺少列：{'、'.join(required)}",
                "请补上所缺的列，列名与空白表一致",
                place,
            )
        if header.duplicates:
            texts = "、".join(header.duplicates)
            self.found.error(
                "columns", f"列名重复：{texts}", "请保留一列，或写全列名以便区分", place
            )
        extra = [c.text for c in header.having(Role.EXTRA) if c.text not in header.duplicates]
        if extra:
            self.found.add(
                "columns",
                Severity.WARNING,
                f"无法识别的列：{'、'.join(extra)}",
                "请核对列名；确为多余的请删除或说明原因",
                place,
            )

    def _report_unnamed(self, reader: TableReader) -> None:
        last = max(reader.positions.values())
        for position, count in reader.unnamed.items():
            if position < last:
                self.found.add(
                    "columns",
                    Severity.WARNING,
                    f"无法识别的列：{column_letter(position)}列没有列名，有{count}个值没有读入",
                    "请补上列名，或删除该列",
                    Place(reader.sheet.name, None, column_letter(position)),
                )

    def _read_rows(self, reader: TableReader, document: Document) -> None:
        sheet, end = reader.sheet, reader.header.end
        self._write(reader, Rows(sheet.head.cells[end:], sheet.head.numbers[end:]))
        for rows in sheet.tail:
            self._write(reader, rows)
        if document.body is not None:
            self._read_body(reader, document.body)

    def _read_body(self, reader: TableReader, body: CsvBody) -> None:
        """The part of a large delimited file that follows its first rows."""
        blocks = BlockReader(body.file, reader, body.decoder)
        for block, columns in blocks.read(cut_blocks(body.file, body.offset, body.first_line)):
            if columns is None or reader.ended:
                self._write(reader, blocks.rows(block))
                continue
            texts, remarks, numbers = blocks.take(columns)
            self.writer.write_columns(texts, remarks, numbers, None)
            distinct = {
                name: pc.unique(texts[name]).to_pylist() for name in _TELLING & texts.keys()
            }
            self._remember(distinct)

    def _write(self, reader: TableReader, rows: Rows) -> None:
        text = reader.read(rows)
        self.writer.write(text, reader.sheet.name)
        self._remember(text.columns)

    def _remember(self, columns: Mapping[str, Sequence[str | None]]) -> None:
        """Distinct periods and areas, in case nobody says whose delivery this is."""
        for name, seen in self.telling.items():
            if len(seen) < LISTED_AREAS:
                seen.update(text for text in columns.get(name, ()) if text)

    def _merge_factors(self, units: Sequence[Mapping[str, Decimal]]) -> None:
        """One factor per column for the whole delivery."""
        for name in {name for factors in units for name in factors}:
            column = self.contract.by_name[name]
            different = {factors.get(name, Decimal(1)) for factors in units}
            if len(different) > 1:
                self.found.error(
                    "unit",
                    f"「{column.header_zh}」在各工作表中的计量单位不一致",
                    "请统一计量单位后重新报送",
                    column=column,
                )
            elif (only := different.pop()) != 1:
                self.factors[name] = only


def _is_table(sheet: Sheet, header: Header, index: HeaderIndex) -> bool:
    """Whether enough of the contract's columns are there to call it the table."""
    if not sheet.lettered:  # the keys of a JSON document leave no doubt
        return True
    return len(header.positions) >= min(index.size, max(2, index.size // 5))


@lru_cache(maxsize=8)
def _form_numbers(key: Same[Catalogue]) -> dict[str, DatasetId]:
    return {contract.form_no: dataset for dataset, contract in key.value.contracts.items()}
