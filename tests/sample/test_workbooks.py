"""Workbooks as offices leave them: other sheets, formulas, other units, the old format, and closed ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import openpyxl
import pytest
import python_calamine as calamine
from tests.parsing.build import Reader

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Delivery
from xiantong.periods import Period
from xiantong.sample import SampleSummary, write_sample

Sample = tuple[Path, SampleSummary]


def closed(sample: Sample, kind: str) -> Path:
    found = [wrong.path for wrong in sample[1].wrong if wrong.mistake == kind]
    assert found
    return found[0]


@pytest.fixture(scope="module")
def opened(sample: Sample) -> dict[Path, openpyxl.Workbook]:
    """Workbooks of forms, every third one."""
    folder, summary = sample
    shut = {w.path for w in summary.wrong if w.mistake in ("cut_off", "locked")}
    return {
        path: openpyxl.load_workbook(path)
        for path in sorted(folder.rglob("*.xlsx"))[::3]
        if path not in shut
    }


def texts(book: openpyxl.Workbook) -> list[str]:
    rows = book.worksheets[0].iter_rows(values_only=True)
    return [str(value) for row in rows for value in row if isinstance(value, str)]


def test_some_workbooks_have_notes_or_a_hidden_sheet(
    opened: dict[Path, openpyxl.Workbook],
) -> None:
    more = Counter(
        (sheet.title, sheet.sheet_state)
        for book in opened.values()
        for sheet in book.worksheets[1:]
    )
    assert set(more) == {("填表说明", "visible"), ("校验", "hidden")}
    assert all(book.worksheets[0].sheet_state == "visible" for book in opened.values())


def test_forms_are_filled_in_in_other_units(opened: dict[Path, openpyxl.Workbook]) -> None:
    lines = {t for book in opened.values() for t in texts(book) if t.startswith("计量单位")}
    assert {"计量单位：万元", "计量单位：亿元", "计量单位：元"} <= lines


def test_totals_are_formulas_with_the_result_that_a_spreadsheet_saved(
    opened: dict[Path, openpyxl.Workbook],
) -> None:
    compared = 0
    for path, book in opened.items():
        page = book.worksheets[0]
        results = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        saved = results.to_python(skip_empty_area=False)
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("=SUM("):
                    summed = page[cell.value[5:-1]]
                    values = [c.value for (c,) in summed if isinstance(c.value, int | float)]
                    assert saved[cell.row - 1][cell.column - 1] == pytest.approx(sum(values))
                    compared += 1
    assert compared > 20


def test_the_contract_for_xls_gets_xls(catalogue: Catalogue, tmp_path: Path) -> None:
    month = Period("2023-12")
    write_sample(tmp_path, catalogue, month, month, 1, datasets=["state_assets.idle_asset"])
    (path,) = (tmp_path / "state_assets/idle_asset").iterdir()
    contract = catalogue.contract("state_assets.idle_asset")
    assert contract.delivery is Delivery.XLS and path.suffix == ".xls"
    assert path.read_bytes().startswith(bytes.fromhex("d0cf11e0"))
    page = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    assert page.to_python()[0][0] == contract.title_zh
    read = Reader(catalogue, tmp_path, contract).read(path)
    assert read.row_count > 10
    assert not read.findings


@pytest.mark.parametrize(("mistake", "rule"), [("cut_off", "damaged"), ("locked", "password")])
def test_closed_workbooks_say_why_they_are_closed(
    sample: Sample, catalogue: Catalogue, tmp_path: Path, mistake: str, rule: str
) -> None:
    path = closed(sample, mistake)
    dataset = f"{path.parent.parent.name}.{path.parent.name}"
    reader = Reader(catalogue, tmp_path, catalogue.contract(dataset))
    unread = reader.read(path)
    assert unread.envelope.reporter_code and unread.envelope.period
    (finding,) = unread.findings
    assert finding.rule_id == f"{dataset}.auto_file_{rule}"
    (corrected,) = (wrong.corrected for wrong in sample[1].wrong if wrong.path == path)
    assert reader.read(corrected).row_count > 0
