"""Telling formats by content, and opening a delivery as sheets."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from pathlib import Path

from xiantong.contracts.model import Contract
from xiantong.parsing import biff
from xiantong.parsing.csv_file import UTF8, CsvFile, Decoder, csv_rows, recognise, sniff
from xiantong.parsing.envelope import titles_of_json
from xiantong.parsing.found import FindingList, UnreadableError
from xiantong.parsing.headers import header_index
from xiantong.parsing.json_file import looks_like_json, read_json
from xiantong.parsing.nil import envelope_says_nil
from xiantong.parsing.sheet import Sheet
from xiantong.parsing.titles import Titles
from xiantong.parsing.workbook import PC_EPOCH, read_xls, read_xlsx

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_SAVE_AS = "请用表格软件打开，另存为xlsx格式后重新报送"
_LIST_LIMIT = 64 << 20
_UTF16_LIMIT = 256 * 1024**2


class Format(Enum):
    XLSX = "xlsx"
    XLS = "xls"
    JSON = "json"
    CSV = "csv"
    UTF16 = "utf-16"


@dataclass(frozen=True, slots=True)
class CsvBody:
    """What of a large delimited file follows the rows in its sheet's head."""

    file: CsvFile
    decoder: Decoder
    offset: int
    first_line: int


@dataclass(frozen=True)
class Document:
    """A delivery as sheets; ``titles`` is what stands beside them (a JSON envelope), ``says_nil``
    whether 零报告 stands there, too."""

    sheets: Sequence[Sheet]
    titles: Titles = field(default_factory=Titles)
    epoch: date = PC_EPOCH
    body: CsvBody | None = None
    says_nil: bool = False

    @property
    def has_no_records(self) -> bool:
        """True for a JSON document with an empty list of rows, which is no table either."""
        return bool(self.sheets) and all(
            not sheet.lettered and not any(sheet.head.cells) for sheet in self.sheets
        )


def open_document(path: Path, contract: Contract, found: FindingList) -> Document:
    """Open a delivery. Raises ``UnreadableError`` with what the reporter should do."""
    match tell_format(path):
        case Format.XLSX:
            wants_percent = any(column.unit == "%" for column in contract.columns)
            book = read_xlsx(path, wants_percent)
            return Document(book.sheets, epoch=book.epoch)
        case Format.XLS:
            book = read_xls(path)
            return Document(book.sheets, epoch=book.epoch)
        case Format.JSON:
            document = read_json(path, found)
            return Document(
                [document.sheet],
                titles_of_json(document.envelope),
                says_nil=envelope_says_nil(document.envelope),
            )
        case Format.UTF16:
            return _open_utf16(path, contract, found)
        case _:
            return _open_csv(path, contract, found)


def open_list(path: Path) -> list[Sheet]:
    """The sheets of a small list that belongs to no contract, such as explanations beside a file.

    Raises ``UnreadableError`` where it is neither a workbook nor CSV, or far too long.
    """
    if path.stat().st_size > _LIST_LIMIT:
        raise UnreadableError("too_big", "说明文件过大", "请只保留需要说明的行")
    match tell_format(path):
        case Format.XLSX:
            return read_xlsx(path, wants_percent=False).sheets
        case Format.XLS:
            return read_xls(path).sheets
        case Format.UTF16:
            text = path.read_bytes().decode("utf-16", "replace")
        case Format.CSV:
            file = recognise(path)
            with file.open() as stream:
                text = stream.read()[file.start :].decode(file.encoding, "replace")
        case _:
            return []
    first = text.partition("\n")[0]
    return [_csv_sheet(text, max(",\t;", key=first.count))]


def tell_format(path: Path) -> Format:
    """The format of a file by its content. Raises ``UnreadableError`` for what is no table."""
    with path.open("rb") as file:
        first = file.read(4096)
    if not first.removeprefix(codecs.BOM_UTF8).strip() and path.stat().st_size <= len(first):
        raise UnreadableError("empty", "文件是空的", "请填写后重新报送")
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _tell_zip(path)
    if first.startswith(biff.SIGNATURE):
        return _tell_ole(path)
    start = first.removeprefix(codecs.BOM_UTF8).lstrip()[:256].lower()
    if start.startswith(
        (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style", b"<head")
    ):
        raise UnreadableError(
            "html", "文件是网页或XML格式，只是改了扩展名，不是真正的表格", _SAVE_AS
        )
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Format.UTF16
    if first.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")
    ):
        raise UnreadableError("format", "文件不是表格（xlsx、xls、CSV、JSON）", _SAVE_AS)
    return Format.JSON if looks_like_json(first) else Format.CSV


def _tell_zip(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableError(
            "damaged", "文件已损坏或不完整，无法打开", "请用表格软件打开确认后另存，重新报送"
        ) from error
    if "xl/workbook.xml" in names:
        return Format.XLSX
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise UnreadableError("format", "文件是文档，不是表格", _SAVE_AS)
    if names & {"xl/workbook.bin", "content.xml"}:
        raise UnreadableError("format", "不支持xlsb和ods格式", _SAVE_AS)
    raise UnreadableError("format", "文件是压缩包", "请解压后逐个报送其中的表格")


def _tell_ole(path: Path) -> Format:
    content = path.read_bytes()
    if _ENCRYPTED in content:
        raise UnreadableError("password", "文件设有打开密码，无法读取", "请取消密码后重新报送")
    if not any(name in content for name in _WORKBOOK_STREAMS):
        raise UnreadableError("format", "文件不是表格或已损坏", _SAVE_AS)
    return Format.XLS


def _open_csv(path: Path, contract: Contract, found: FindingList) -> Document:
    file = recognise(path)
    decoder = Decoder(file.encoding, found)
    head = file.head()
    delimiter = sniff(head.decode(file.encoding, "replace"), header_index(contract))
    if delimiter != file.delimiter:
        file = replace(file, delimiter=delimiter)
        head = file.head()
    sheet = _csv_sheet(decoder.text(head, 1), delimiter)
    offset = file.start + len(head)
    if offset >= file.size:
        return Document([sheet])
    return Document([sheet], body=CsvBody(file, decoder, offset, head.count(b"\n") + 1))


def _open_utf16(path: Path, contract: Contract, found: FindingList) -> Document:
    """What spreadsheets call Unicode text."""
    if path.stat().st_size > _UTF16_LIMIT:
        raise UnreadableError(
            "encoding", "UTF-16编码的文件过大", "请另存为UTF-8编码的CSV后重新报送"
        )
    try:
        text = path.read_bytes().decode("utf-16")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            "encoding", "文件编码无法识别", f"请另存为{UTF8.upper()}编码的CSV"
        ) from error
    return Document([_csv_sheet(text, sniff(text[:65_536], header_index(contract)))])


def _csv_sheet(text: str, delimiter: str) -> Sheet:
    return Sheet(None, csv_rows(text, delimiter, 1), fixed_width=True)
