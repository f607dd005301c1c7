"""Machine formats: CSV with Chinese headers or column names, and JSON with its envelope."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from xiantong.contracts.model import CodeList, Column, Delivery, Kind
from xiantong.sample.sheet import Cell, Number, Raw, Sheet, Signed, is_long_code, to_text

Patches = dict[tuple[int, str], Cell]
_REMARK = "备注"


def encoding(delivery: Delivery) -> str:
    return "gb18030" if delivery in (Delivery.CSV_GB18030, Delivery.SFTP) else "utf-8"


def uses_names(delivery: Delivery) -> bool:
    """True where a machine exports its own column names and codes."""
    return delivery in (Delivery.DATABASE, Delivery.HTTP_JSON)


def write_csv(
    path: Path, sheet: Sheet, codes: Mapping[str, CodeList], protect: str, bom: bool
) -> None:
    """Write rows as CSV. ``protect`` (an apostrophe, a tab or nothing) stands before long codes."""
    names = uses_names(sheet.contract.delivery)
    remarks = bool(sheet.remarks)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    headers = [column.name if names else sheet.header(column) for column in sheet.kept]
    writer.writerow(headers + ([_REMARK] if remarks else []))
    for number, row in enumerate(sheet.rows):
        texts = [
            _csv_text(column, row.get(column.name), codes, names, protect) for column in sheet.kept
        ]
        writer.writerow(texts + ([sheet.remarks.get(number, "")] if remarks else []))
    text = ("\ufeff" if bom else "") + buffer.getvalue()
    path.write_bytes(text.encode(encoding(sheet.contract.delivery)))


def _csv_text(
    column: Column, value: Cell, codes: Mapping[str, CodeList], names: bool, protect: str
) -> str:
    text = to_text(column, value, codes, names=names, dates="%Y-%m-%d")
    return protect + text if protect and text and is_long_code(column) else text


def envelope(sheet: Sheet, signed: Signed) -> dict[str, Any]:
    """The envelope of a JSON delivery."""
    return {
        "dataset_id": str(sheet.contract.id),
        "period": sheet.period.label,
        "reporter_code": sheet.reporter.reporter_code,
        "reporter_area_code": sheet.reporter.area_code,
        "submitted_at": f"{signed.at:%Y-%m-%dT%H:%M:%S}",
        "filler_name": signed.filler,
    }


def write_json(path: Path, sheet: Sheet, signed: Signed) -> None:
    """Write ``{envelope, rows}`` with column names; an explanation stands in ``remark``."""
    rows = []
    for number, cells in enumerate(sheet.rows):
        row = {column.name: _json_value(column, cells.get(column.name)) for column in sheet.kept}
        if number in sheet.remarks:
            row["remark"] = sheet.remarks[number]
        rows.append(row)
    document = {"envelope": envelope(sheet, signed), "rows": rows}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _json_value(column: Column, cell: Cell) -> str | int | float | None:
    if cell is None or isinstance(cell, bool | int):
        return cell
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, Number):
        return cell.value
    return to_text(column, cell, {}, names=True, dates="")


def stream_csv(path: Path, sheet: Sheet, pieces: Iterator[pa.Table], patches: Patches,
               codes: Mapping[str, CodeList], protect: str) -> int:  # fmt: skip
    """Write a large delivery piece by piece; ``patches`` replace cells of the first piece."""
    options = pacsv.WriteOptions(include_header=False, quoting_style="none", eol="\r\n")
    codec = encoding(sheet.contract.delivery)
    headers = [sheet.header(column) for column in sheet.kept]
    rows = 0
    with path.open("wb") as file:
        file.write((",".join([*headers, _REMARK]) + "\r\n").encode(codec))
        for piece in pieces:
            arrays = [_protected(_as_text(piece[c.name], c, codes), c, protect) for c in sheet.kept]
            arrays.append(piece["remark"])
            table = pa.table(arrays, names=[*sheet.columns, "remark"])
            if rows == 0:
                table = _patched(table, sheet, patches, codes, protect)
            buffer = io.BytesIO()
            pacsv.write_csv(table, buffer, options)
            file.write(buffer.getvalue().decode().encode(codec))
            rows += piece.num_rows
    return rows


def _as_text(
    values: pa.ChunkedArray, column: Column, codes: Mapping[str, CodeList]
) -> pa.ChunkedArray:
    if not column.code_list:
        return pc.cast(values, pa.string())
    entries = codes[column.code_list].codes
    known = pa.array([code.code for code in entries])
    return pa.array([code.zh for code in entries]).take(pc.index_in(values.combine_chunks(), known))


def _protected(values: pa.ChunkedArray, column: Column, protect: str) -> pa.ChunkedArray:
    return (
        pc.binary_join_element_wise(pa.scalar(protect), values, "")
        if protect and is_long_code(column)
        else values
    )


def _patched(
    table: pa.Table, sheet: Sheet, patches: Patches, codes: Mapping[str, CodeList], protect: str
) -> pa.Table:
    for name in sorted({name for _, name in patches}):
        column = sheet.contract.by_name[name]
        values = table[name].to_pylist()
        for (row, patched), cell in patches.items():
            if patched == name:
                values[row] = _csv_text(column, cell, codes, False, protect) or None
        table = table.set_column(
            table.column_names.index(name), name, pa.array(values, pa.string())
        )
    return table


def stream_json(
    path: Path, sheet: Sheet, signed: Signed, pieces: Iterator[pa.Table], patches: Patches
) -> int:
    """Write ``{envelope, rows}`` piece by piece, rows with column names."""
    rows = 0
    with path.open("wb") as file:
        head = json.dumps(envelope(sheet, signed), ensure_ascii=False)
        file.write(f'{{"envelope": {head},\n"rows": [\n'.encode())
        for piece in pieces:
            literals = {column.name: _literals(piece[column.name]) for column in sheet.kept}
            if rows == 0:
                _patch_literals(literals, sheet, patches)
            parts: list[Any] = []
            for number, (name, values) in enumerate(literals.items()):
                parts += [pa.scalar(f'{"{" if number == 0 else ", "}"{name}": '), values]
            lines = pc.binary_join_element_wise(*parts, pa.scalar("}"), "")
            file.write((",\n" if rows else "").encode() + ",\n".join(lines.to_pylist()).encode())
            rows += piece.num_rows
        file.write(b"\n]}\n")
    return rows


def _literals(values: pa.ChunkedArray) -> pa.Array:
    """JSON literals of a column; its texts need no escaping."""
    array = values.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    text = pc.cast(array, pa.string())
    if pa.types.is_string(array.type) or pa.types.is_date(array.type):
        text = pc.binary_join_element_wise(pa.scalar('"'), text, pa.scalar('"'), "")
    return pc.fill_null(text, "null")


def _patch_literals(literals: dict[str, pa.Array], sheet: Sheet, patches: Patches) -> None:
    for (row, name), cell in patches.items():
        values = literals[name].to_pylist()
        column = sheet.contract.by_name[name]
        if cell is None:
            values[row] = "null"
        elif column.is_numeric and not isinstance(cell, Raw):
            values[row] = str(cell.value if isinstance(cell, Number) else cell)
        else:
            values[row] = json.dumps(
                to_text(column, cell, {}, names=True, dates=""), ensure_ascii=False
            )
        literals[name] = pa.array(values, pa.string())


def head_rows(piece: pa.Table, sheet: Sheet, count: int) -> list[dict[str, Any]]:
    """The first rows of a large delivery as Python values, for mistakes to work on."""
    return [
        {name: _python(value, sheet.contract.by_name[name]) for name, value in row.items()}
        for row in piece.select(sheet.columns).slice(0, count).to_pylist()
    ]


def _python(value: Any, column: Column) -> Any:
    if isinstance(value, float) and column.kind in (Kind.DECIMAL, Kind.INTEGER):
        return Decimal(str(value))
    return value.date() if isinstance(value, datetime) else value
