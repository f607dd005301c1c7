"""``write_template``: a contract as the form that its department knows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Reporter
from xiantong.forms.guide import write_guide
from xiantong.forms.header import write_header
from xiantong.forms.layout import Form
from xiantong.forms.rows import Value, write_last, write_rows
from xiantong.forms.sheet import protect, set_page
from xiantong.forms.titles import write_footer, write_titles
from xiantong.forms.validations import add_validations
from xiantong.periods import Period

BLANK_ROWS = 200
_FIXED = datetime(2020, 1, 1)


def write_template(
    contract: Contract,
    catalogue: Catalogue,
    out: Path,
    period: Period | None = None,
    reporter: Reporter | str | None = None,
    last_values: Sequence[Mapping[str, Value]] | None = None,
    last_period: Period | None = None,
) -> Path:
    """Write the blank form; returns ``out``.

    ``period`` chooses the layout that is valid then (else the newest) and fills 报告期; ``reporter``
    (or its code) fills 填报单位; ``last_values`` are rows by column name to start from, for
    registers of which only a little changes. With ``last_period`` only what says what a row is is
    filled in; what is measured stays blank and has the value of that period as a comment. Raises
    ``ValueError`` where no layout is valid.
    """
    layout = contract.layout(period) if period else contract.layouts[-1]
    rows = BLANK_ROWS + len(last_values or ())
    columns = contract.table_columns
    form = Form(contract, catalogue, layout, columns, 5 if layout.unit else 4, rows)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = re.sub(r"[\\/*?:\[\]]", "", contract.title_zh)[:31]
    write_titles(sheet, form, period, reporter)
    write_header(sheet, form)
    write_rows(sheet, form)
    write_last(sheet, form, last_values or (), last_period)
    write_footer(sheet, form)
    add_validations(book, sheet, form)
    protect(sheet, form)
    set_page(sheet, form)
    write_guide(book, contract, catalogue, layout)
    book.properties.creator = "县统"
    book.properties.title = contract.title_zh
    out.parent.mkdir(parents=True, exist_ok=True)
    _save(book, out)
    return out


def _save(book: Workbook, out: Path) -> None:
    """Save without the moment of saving, so that the same form is the same file."""
    part = out.with_name(f"{out.name}.part")
    book.save(part)
    stamp = f"{_FIXED:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(part) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:\w+ [^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            fixed = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, data)
    part.unlink()
