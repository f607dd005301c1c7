"""Writing the text Parquet of one delivery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xiantong.contracts.model import Contract
from xiantong.parsing.table import TextRows

FLUSH_ROWS = 100_000


def text_schema(contract: Contract) -> pa.Schema:
    """All columns of the contract as text, then the row's remark, number and place."""
    return pa.schema(
        [
            *((column.name, pa.string()) for column in contract.columns),
            ("_remark", pa.string()),
            ("_row", pa.int64()),
            ("_src_sheet", pa.string()),
            ("_src_row", pa.int64()),
        ]
    )


class RowWriter:
    """Collects the rows of a delivery; nothing is written before ``close`` or a full row group."""

    def __init__(self, path: Path, contract: Contract) -> None:
        self.path = path
        self.schema = text_schema(contract)
        self.row_count = 0
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._whole: pa.Table | None = None

    def write(self, rows: TextRows, sheet: str | None) -> None:
        if rows.numbers:
            columns = {n: pa.array(texts, pa.string()) for n, texts in rows.columns.items()}
            remarks = pa.array(rows.remarks, pa.string())
            self.write_columns(columns, remarks, pa.array(rows.numbers, pa.int64()), sheet)

    def write_columns(
        self,
        columns: dict[str, pa.Array],
        remarks: pa.Array | None,
        numbers: pa.Array,
        sheet: str | None,
    ) -> None:
        """Append rows by column; columns that are not given stay blank."""
        count = len(numbers)
        if not count:
            return
        given: dict[str, pa.Array] = {
            **columns,
            "_remark": remarks if remarks is not None else pa.nulls(count, pa.string()),
            "_row": pa.array(np.arange(self.row_count, self.row_count + count, dtype=np.int64)),
            "_src_sheet": pa.repeat(pa.scalar(sheet, pa.string()), count),
            "_src_row": numbers,
        }
        arrays = [
            given[name] if name in given else pa.nulls(count, pa.string())
            for name in self.schema.names
        ]
        self.row_count += count
        self._waiting.append(pa.Table.from_arrays(arrays, schema=self.schema))
        self._waiting_rows += count
        if self._waiting_rows >= FLUSH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            self._file = pa.OSFile(str(self.path), "wb")
            self._writer = pq.ParquetWriter(
                self._file, self.schema, compression="snappy", write_statistics=False
            )
        table = pa.concat_tables(self._waiting)
        self._whole = table if table.num_rows == self.row_count else None
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._waiting, self._waiting_rows = [], 0

    def close(self) -> Path | None:
        """Finish the file; None (and no file) when there is no row."""
        if not self.row_count:
            return None
        if self._waiting:
            self._flush()
        self._end()
        return self.path

    def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._file.close()
            self._writer = None

    def discard(self) -> None:
        """Remove what was written."""
        self._end()
        self.path.unlink(missing_ok=True)

    def texts(self, name: str, first: int, last: int) -> Iterator[pa.Array]:
        """Texts of a column in the closed file's rows ``first`` up to, not including, ``last``."""
        if self._whole is not None:
            yield from self._whole.column(name).slice(first, last - first).chunks
            return
        with pq.ParquetFile(self.path) as file:
            start = 0
            for group in range(file.num_row_groups):
                column = file.read_row_group(group, columns=[name]).column(name)
                end = start + len(column)
                if start < last and end > first:
                    part = column.slice(max(first - start, 0), min(last, end) - max(first, start))
                    yield part.combine_chunks()
                start = end
