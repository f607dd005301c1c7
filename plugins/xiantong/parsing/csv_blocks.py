"""Large delimited files by columns: blocks of whole rows, read in parallel, in bounded memory.

Bytes are split before they are decoded: in GB18030, as in UTF-8, no byte of a longer character looks
like a delimiter, a quote or a line end. Only columns that hold other than ASCII are decoded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from xiantong.parsing.cells import APOSTROPHES, WHITE, Trouble
from xiantong.parsing.csv_file import (
    GB18030,
    CsvFile,
    Decoder,
    broken_quotes,
    csv_rows,
    last_row_end,
)
from xiantong.parsing.sheet import Rows
from xiantong.parsing.table import TOTAL_SIGNS, TableReader, report_trouble
from xiantong.parsing.titles import footer_pattern

BLOCK_BYTES = 24 * 1024**2
MAX_ROW_BYTES = 64 * 1024**2
WORKERS = 2
IN_FLIGHT = 3
# How a row may begin that is no data; what is found is looked at more closely, row by row.
_TOTALS = (
    r"\s*(?:[\p{Han}\s]{1,30}[省市州县区乡镇村校街道处\s]|本.{1,2})?"
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|总\s*合\s*计|(?i:(?:sub|grand)?[\s-]*totals?))数?"
    r"\s*(?:[(（][^)）]{1,8}[)）])?\s*(?:[:：].{0,8})?\s*"
)
_OF_WHICH = r"\s*其\s*中\s*[:：，,]?\s*"
_NOTES = (
    r"\s*(?:(?:注|备注|说明|附注|注释|填表说明|填报说明|补充资料)\s*\d*\s*[:：、.．]"
    r"|[-—*\s]*以下|[数资][据料]来源|第\s*\d+\s*页|[*＊※]|[(（](?:盖章|公章|签章|印章))"
)
_SCIENTIFIC = r"^\d(?:\.\d+)?[Ee]\+\d+$"
_UNTIDY = (b"'", b"=")
_UNTIDY_WIDE = tuple(c.encode() for c in WHITE + APOSTROPHES if not c.isascii())


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows as delivered; ``first_line`` is the line of the first one."""

    data: bytes
    first_line: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of a block by position in the table; ``numbers`` are their lines."""

    texts: dict[int, pa.Array]
    numbers: np.ndarray[Any, np.dtype[np.int64]]


class _IrregularError(Exception):
    """A block that has to be read row by row."""


def cut_blocks(file: CsvFile, offset: int, first_line: int) -> Iterator[Block]:
    """The file from ``offset`` on as blocks of whole rows.

    Raises ``UnreadableError`` for a quotation that does not end within ``MAX_ROW_BYTES``.
    """
    rest, line = b"", first_line
    with file.open() as stream:
        stream.seek(offset)
        while chunk := stream.read(BLOCK_BYTES):
            data = rest + chunk
            cut = last_row_end(data, file.delimiter.encode())
            if cut == 0 and len(data) > MAX_ROW_BYTES:
                raise broken_quotes(line)
            if cut:
                yield Block(data[:cut], line)
                line += data.count(b"\n", 0, cut)
            rest = data[cut:]
    if rest:
        yield Block(rest, line)


class BlockReader:
    """Reads blocks below one header: by columns where they are regular, else row by row."""

    def __init__(self, file: CsvFile, table: TableReader, decoder: Decoder) -> None:
        self.file = file
        self.table = table
        self.decoder = decoder
        positions = {*table.positions.values(), *table.remarks}
        self.wanted = sorted(positions | set(table.label_positions))
        headers = "|".join(
            re.escape(cell.text)
            for cell in table.header.cells
            if cell.position in table.label_positions and cell.text
        )
        self._special = f"^(?:(?:{_TOTALS}|{_OF_WHICH}|{headers or '合计'})$|{_NOTES}|\\s*(?:{footer_pattern()}))"

    def read(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, Columns | None]]:
        """Blocks in order, parsed ahead; None where a block has to be read row by row."""
        with ThreadPoolExecutor(WORKERS) as pool:
            waiting: deque[tuple[Block, Future[Columns | None]]] = deque()
            for block in blocks:
                waiting.append((block, pool.submit(self._columns, block)))
                if len(waiting) >= IN_FLIGHT:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()

    def rows(self, block: Block) -> Rows:
        """A block row by row. Raises ``UnreadableError`` for a quotation that never ends."""
        text = self.decoder.text(block.data, block.first_line)
        return csv_rows(text, self.file.delimiter, block.first_line)

    def take(self, columns: Columns) -> tuple[dict[str, pa.Array], pa.Array | None, pa.Array]:
        """Contract columns, remarks and line numbers of the data rows of a regular block."""
        texts = columns.texts
        blank = self._blank_rows(texts)
        numbers = pa.array(columns.numbers)
        if blank is not None:
            keep = pc.invert(blank)
            texts = {position: array.filter(keep) for position, array in texts.items()}
            numbers = numbers.filter(keep)
        self.table.row_count += len(numbers)
        self._report_scientific(texts, numbers)
        return (
            {name: texts[position] for name, position in self.table.positions.items()},
            self._remarks(texts),
            numbers,
        )

    def _blank_rows(self, texts: dict[int, pa.Array]) -> pa.Array | None:
        arrays = [texts[position] for position in self.table.positions.values()]
        if any(array.null_count == 0 for array in arrays):
            return None
        blank = arrays[0].is_null()
        for array in arrays[1:]:
            blank = pc.and_(blank, array.is_null())
        return blank if pc.any(blank).as_py() else None

    def _remarks(self, texts: dict[int, pa.Array]) -> pa.Array | None:
        arrays = [texts[position] for position in self.table.remarks]
        if len(arrays) < 2:
            return arrays[0] if arrays else None
        joined = pc.binary_join_element_wise(*arrays, "；", null_handling="skip")
        return pc.if_else(pc.equal(joined, ""), None, joined)

    def _report_scientific(self, texts: dict[int, pa.Array], numbers: pa.Array) -> None:
        for name, position in self.table.positions.items():
            column = self.table.columns[name]
            if not column.is_text_id or column.code_list or not _holds(texts[position], b"+"):
                continue
            bad = pc.fill_null(pc.match_substring_regex(texts[position], _SCIENTIFIC), False)
            for index in pc.indices_nonzero(bad).to_pylist():
                place = self.table.place(numbers[index].as_py(), name)
                value = texts[position][index].as_py()
                report_trouble(self.table.found, column, Trouble.NUMERIC, place, value)

    # --- in the worker threads ------------------------------------------------------------------

    def _columns(self, block: Block) -> Columns | None:
        try:
            return self._read_columns(block)
        except (_IrregularError, pa.ArrowInvalid, UnicodeDecodeError):
            return None

    def _read_columns(self, block: Block) -> Columns:
        data = block.data.rstrip(b"\r\n")
        if data.count(b"\r") != data.count(b"\r\n") or b"\0" in data:
            raise _IrregularError
        quoted = b'"' in data
        lines = data.count(b"\n") + 1
        width = self._width(data)
        table = self._parse(data, width, self.wanted, quoted)
        if table.num_rows == lines:
            numbers = np.arange(block.first_line, block.first_line + lines, dtype=np.int64)
        elif quoted:
            numbers = self._numbers(data, width, block.first_line, lines)
        else:
            raise _IrregularError
        texts = {}
        for position, column in zip(self.wanted, table.columns, strict=True):
            text = self._text(column.combine_chunks())
            if position in self.table.label_positions and _may_be_special(text):
                special = pc.match_substring_regex(pc.unique(text), self._special)
                if pc.any(special).as_py():
                    raise _IrregularError
            texts[position] = text
        return Columns(texts, numbers)

    def _width(self, data: bytes) -> int:
        """Number of fields: that of the header, unless all rows end with further delimiters."""
        end = data.find(b"\n")
        first = data[: end if end >= 0 else None]
        if b'"' in first:
            return self.table.width
        return max(self.table.width, first.count(self.file.delimiter.encode()) + 1)

    def _parse(self, data: bytes, width: int, positions: list[int], quoted: bool) -> pa.Table:
        names = [str(position) for position in range(width)]
        surplus = names[self.table.width :]
        table = pv.read_csv(
            pa.BufferReader(data),
            read_options=pv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(data) + 1
            ),
            parse_options=pv.ParseOptions(delimiter=self.file.delimiter, newlines_in_values=quoted),
            convert_options=pv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(names, pa.binary()),
                include_columns=[*(str(position) for position in positions), *surplus],
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        if any(table.column(name).null_count < table.num_rows for name in surplus):
            raise _IrregularError
        return table.drop_columns(surplus) if surplus else table

    def _numbers(
        self, data: bytes, width: int, first_line: int, lines: int
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Lines of rows where quoted values hold line ends."""
        table = self._parse(data, width, list(range(self.table.width)), True)
        inner = np.zeros(table.num_rows, dtype=np.int64)
        for column in table.columns:
            count = pc.fill_null(pc.count_substring(column, b"\n"), 0)
            inner += count.to_numpy()
        if int(inner.sum()) + table.num_rows != lines:
            raise _IrregularError
        starts = np.concatenate(([0], np.cumsum(inner + 1)[:-1]))
        return first_line + starts

    def _text(self, array: pa.Array) -> pa.Array:
        """Text without outer white space and apostrophe, null where blank."""
        if self.file.encoding == GB18030 and not _is_ascii(array):
            array = _decoded(array)
        else:
            array = array.cast(pa.string())
        return _tidy(array)


def _bytes_of(array: pa.Array) -> bytes:
    """The characters of an array, values without gaps."""
    offsets, data = array.buffers()[1], array.buffers()[2]
    if data is None or not len(array):
        return b""
    bounds = np.frombuffer(offsets, dtype=np.int32)
    start, end = int(bounds[array.offset]), int(bounds[array.offset + len(array)])
    return bytes(memoryview(data)[start:end])


def _is_ascii(array: pa.Array) -> bool:
    return _bytes_of(array).isascii()


def _may_be_special(array: pa.Array) -> bool:
    """Whether any of the values might be a label, a note or a signature."""
    data = _bytes_of(array)
    return not data.isascii() or any(
        sign.encode() in data for sign in TOTAL_SIGNS if sign.isascii()
    )


def _holds(array: pa.Array, part: bytes) -> bool:
    return part in _bytes_of(array)


def _decoded(array: pa.Array) -> pa.Array:
    """Decode GB18030; each distinct value once."""
    encoded = array.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    texts = b"\n".join(values).decode(GB18030).split("\n")
    if len(texts) != len(values):  # values with line ends
        texts = [value.decode(GB18030) for value in values]
    return pa.array(texts, pa.string()).take(encoded.indices)


def _is_untidy(data: bytes) -> bool:
    """Whether white space or an apostrophe may stand in any of the values."""
    if not data:
        return False
    if np.frombuffer(data, dtype=np.uint8).min() <= ord(" ") or any(
        mark in data for mark in _UNTIDY
    ):
        return True
    # One byte is looked for thirty times as fast as several.
    return any(mark[:1] in data and mark in data for mark in _UNTIDY_WIDE)


def _tidy(array: pa.Array) -> pa.Array:
    data = _bytes_of(array)
    if not _is_untidy(data):
        return array
    array = pc.utf8_trim(array, characters=WHITE)
    if b'="' in data:
        array = pc.replace_substring_regex(array, '^="(.*)"$', r"\1")
    if b"'" in data or any(mark.encode() in data for mark in APOSTROPHES[1:]):
        array = pc.replace_substring_regex(array, f"^[{APOSTROPHES}]\\s*", "")
    return pc.if_else(pc.equal(pc.binary_length(array), 0), pa.scalar(None, pa.string()), array)
