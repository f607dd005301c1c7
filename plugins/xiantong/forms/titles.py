"""The lines above and below the table: title, authority, reporter, period, unit, signatures."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Reporter
from xiantong.forms.layout import Form
from xiantong.forms.styles import CENTRE, FONT, OPEN
from xiantong.periods import Period, written_period


def write_titles(
    sheet: Worksheet, form: Form, period: Period | None, reporter: Reporter | str | None
) -> None:
    contract = form.contract
    title = _line(sheet, 1, [contract.title_zh], form.width)[0]
    title.font = Font(name=FONT, size=18, bold=True)
    title.alignment = CENTRE
    sheet.row_dimensions[1].height = 36
    authority = _authority(form)
    _line(
        sheet,
        2,
        [f"表号：{contract.form_no}", f"制定机关：{authority}" if authority else ""],
        form.width,
    )
    said = f"报告期：{written_period(period) if period else ''}"
    for cell in _line(sheet, 3, [f"填报单位：{_name(form.catalogue, reporter)}", said], form.width):
        cell.protection = OPEN
    if form.layout.unit:
        unit = _line(sheet, 4, ["", f"计量单位：{form.layout.unit}"], form.width)[-1]
        unit.alignment = Alignment(horizontal="right", vertical="center")


def _line(sheet: Worksheet, row: int, texts: Sequence[str], width: int) -> list[Cell]:
    """One title row: the texts share the width of the table."""
    width = max(width, len(texts))
    cells = []
    for n, text in enumerate(texts):
        first, last = n * width // len(texts) + 1, (n + 1) * width // len(texts)
        cell = sheet.cell(row, first)
        assert isinstance(cell, Cell)
        cell.value = text or None
        cell.font = Font(name=FONT, size=11)
        right = n == len(texts) - 1 and n > 0
        cell.alignment = Alignment(horizontal="right" if right else "left", vertical="center")
        if last > first:
            sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
        cells.append(cell)
    sheet.row_dimensions[row].height = 21
    return cells


def _authority(form: Form) -> str:
    """The department's own bureau: the one in the county whose townships report."""
    bureaus = [
        r
        for r in form.catalogue.reporters
        if r.kind == "bureau" and r.department == form.contract.id.department
    ]
    own = [r for r in bureaus if r.area_code[:6] in form.catalogue.home_counties] or bureaus
    return own[0].reporter_name if own else ""


def _name(catalogue: Catalogue, reporter: Reporter | str | None) -> str:
    if isinstance(reporter, Reporter):
        return reporter.reporter_name
    if reporter is None:
        return ""
    return catalogue.reporter_name(reporter) or reporter


def write_footer(sheet: Worksheet, form: Form) -> None:
    labels = [f"{text}：" for text in form.layout.footer]
    if form.width < len(labels):
        labels = ["　　　　".join(labels)]
    for cell in _line(sheet, form.last + 1, labels, form.width):
        cell.alignment = Alignment(horizontal="left", vertical="center")
        cell.protection = OPEN
    sheet.row_dimensions[form.last + 1].height = 26
