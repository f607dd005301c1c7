"""Every contract's blank form, filled in, is read and checked like any other delivery."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from xiantong.checking import EmptyLake, check_batch
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, Reporter
from xiantong.delivered import DeliveryFile
from xiantong.findings import CheckedSubmission
from xiantong.forms import write_template
from xiantong.names import DatasetId
from xiantong.parsing import parse_delivery
from xiantong.periods import Period
from xiantong.sample.county import County
from xiantong.sample.deliver import make_sheet
from xiantong.sample.departments import departments, known_datasets
from xiantong.sample.people import citizen_id, credit_code
from xiantong.sample.writers import head_rows, write_csv
from xiantong.settings import PROJECT_ROOT

DATASETS = sorted(
    f"{path.parent.name}.{path.name.removesuffix('.odcs.yaml')}"
    for path in (PROJECT_ROOT / "expectations").glob("*/*.odcs.yaml")
)
SHEET_ROWS = 200
# Rules about the form of a file and of single cells; what is left is about what the figures say.
_FORMAL = ("columns", "file_", "unit", "envelope_", "formula", "merged", "total_row", "error_cell",
           "numeric", "precision", "required", "key", "code", "date", "length", "month", "year",
           "boolean", "integer", "timestamp", "scale", "format", "uscc", "id", "period")  # fmt: skip


def period_of(contract: Contract) -> Period:
    return Period.of(date(2023, 10, 5), contract.frequency)


def reporter_of(contract: Contract, catalogue: Catalogue) -> Reporter:
    """The department's own bureau, else a unit of the kind that owes the form."""
    county = [r for r in catalogue.reporters if r.area_code.startswith("980121")]
    own = [r for r in county if r.department == contract.id.department]
    return (own or [r for r in county if r.kind == contract.reporter_kind])[0]


def valid_value(column: Column, n: int, catalogue: Catalogue) -> Any:
    """A value that the contract allows, another one in every row."""
    if column.ref == "_areas.area_code":
        return [a.area_code for a in catalogue.areas if a.area_code.startswith("980121")][n]
    if column.ref and column.ref.startswith("_zones"):
        return catalogue.zones[n % len(catalogue.zones)].zone_code
    if column.name.endswith("uscc"):
        return credit_code("91", "980121", n + 1)
    if column.name.endswith("id_no"):
        return citizen_id("980121", date(1980, 1, n + 1), n + 1)
    match column.kind:
        case Kind.CODE if column.code_list:
            codes = catalogue.codes[column.code_list].codes
            return codes[n % len(codes)].code
        case Kind.INTEGER:
            return n + 1
        case Kind.DECIMAL:
            return Decimal(n + 1) / 4 if column.scale else Decimal(n + 1)
        case Kind.DATE:
            return date(2023, 10, n + 1)
        case Kind.TIMESTAMP:
            return datetime(2023, 10, n + 1, 8, 30)
        case Kind.BOOLEAN:
            return n % 2 == 0
        case Kind.YEAR:
            return 2000 + n
        case Kind.MONTH:
            return f"2019-{n + 1:02d}"
        case _:
            return f"{n + 1:0{min(column.length or 8, 8)}d}"


def filled(contract: Contract, catalogue: Catalogue, path: Path) -> Path:
    rows = [
        {c.name: valid_value(c, n, catalogue) for c in contract.table_columns} for n in range(3)
    ]
    reporter = reporter_of(contract, catalogue)
    return write_template(contract, catalogue, path, period_of(contract), reporter, rows)


def check(
    contract: Contract, catalogue: Catalogue, folder: Path, files: Sequence[Path], said: bool = True
) -> list[CheckedSubmission]:
    """Check files together, as in one round; ``said``: the sender names period and reporter."""
    sources = [
        DeliveryFile(
            f"{n:020d}", contract.id, path, path.name, datetime(2023, 11, 8, n),
            period_of(contract) if said else None,
            reporter_of(contract, catalogue).reporter_code if said else None,
        )
        for n, path in enumerate(files)
    ]  # fmt: skip
    parsed = [parse_delivery(source, contract, catalogue, folder) for source in sources]
    return check_batch(contract, catalogue, parsed, EmptyLake(), folder, b"key")


def is_formal(rule_id: str) -> bool:
    kind = rule_id.rpartition(".")[2].removeprefix("auto_")
    return kind != rule_id.rpartition(".")[2] and kind.startswith(_FORMAL)


@pytest.mark.parametrize("dataset", DATASETS)
def test_filled_form_has_no_finding_about_its_form(
    dataset: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    contract = catalogue.contract(dataset)
    path = filled(contract, catalogue, tmp_path / "f.xlsx")
    (checked,) = check(contract, catalogue, tmp_path, [path], said=False)
    assert [f.message_zh for f in checked.findings if is_formal(f.rule_id)] == []
    assert checked.row_count == 3
    assert checked.envelope.period == period_of(contract)
    assert checked.envelope.reporter_code == reporter_of(contract, catalogue).reporter_code
    assert set(checked.cells) >= {column.name for column in contract.table_columns}


@pytest.mark.parametrize("dataset", DATASETS)
def test_form_that_says_nothing_occurred_is_taken_where_that_can_be(
    dataset: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    contract = catalogue.contract(dataset)
    path, reporter = tmp_path / "f.xlsx", reporter_of(contract, catalogue)
    write_template(contract, catalogue, path, period_of(contract), reporter)
    book = load_workbook(path)
    told = "\n".join(str(row[0].value) for row in book["填表说明"].iter_rows(max_row=8))
    assert ("首行任一栏填“零报告”" in told) == contract.may_be_nil
    (empty,) = check(contract, catalogue, tmp_path, [path], said=False)
    assert [f.rule_id.rpartition(".")[2] for f in empty.findings] == ["auto_file_no_rows"]
    first = str(book.worksheets[0].freeze_panes).replace("B", "A")
    book.worksheets[0][first] = "零报告"
    book.save(path)
    (checked,) = check(contract, catalogue, tmp_path, [path], said=False)
    rules = [f.rule_id.rpartition(".")[2] for f in checked.findings]
    assert rules == ([] if contract.may_be_nil else ["auto_file_nil"])
    assert (checked.candidate is not None) == contract.may_be_nil
    if checked.candidate:
        rows = pq.read_table(checked.candidate)
        assert rows.num_rows == 0
        assert set(rows.column_names) > {column.name for column in contract.columns}


def sample_rows(county: County, contract: Contract) -> list[dict[str, Any]]:
    """The first rows that the sample delivers."""
    period = period_of(contract)
    offered = departments(county)[contract.id.department]
    if contract.id.dataset in offered.streams:
        piece = next(offered.streams[contract.id.dataset](county, period))
        sheet = make_sheet(contract, period, county.reporter(contract), _table([]))
        return head_rows(piece, sheet, SHEET_ROWS)
    if shared := offered.by_reporter.get(contract.id.dataset):
        reporters = shared.reporters(county, period)
        table = shared.maker(county, period, reporters[0]) if reporters else _table([])
    else:
        table = offered.makers[contract.id.dataset](county, period)
    return [dict(row) for row in table.rows]


def _table(rows: list[dict[str, Any]]) -> Any:
    from xiantong.sample.table import Table

    return Table(rows)


def said(checked: CheckedSubmission, first: int) -> list[tuple[object, ...]]:
    """Findings without their place in a workbook: data rows are counted from ``first``."""
    return sorted(
        (f.rule_id, str(f.severity), None if f.row is None else f.row - first, f.column or "", f.message_zh)
        for f in checked.findings
    )  # fmt: skip


@pytest.fixture(scope="module")
def county(catalogue: Catalogue) -> County:
    return County(catalogue, Period("2023-01"), Period("2023-12"), seed=1, scale=0.1)


@pytest.mark.parametrize("dataset", DATASETS)
def test_sample_written_into_the_form_gives_the_findings_of_the_samples_own_file(
    dataset: str, catalogue: Catalogue, county: County, tmp_path: Path
) -> None:
    contract = catalogue.contract(dataset)
    rows = sample_rows(county, contract)
    period, reporter = period_of(contract), reporter_of(contract, catalogue)
    form = write_template(contract, catalogue, tmp_path / "form.xlsx", period, reporter, rows)
    export = tmp_path / "export.csv"
    sheet = make_sheet(contract, period, reporter, _table(rows))
    write_csv(export, sheet, catalogue.codes, protect="", bom=False)
    by_form, by_export = check(contract, catalogue, tmp_path, [form, export])
    layout = contract.layout(period)
    first = (5 if layout.unit else 4) + layout.header_rows
    assert by_form.row_count == by_export.row_count == len(rows) > 0
    assert said(by_form, first) == said(by_export, 2)
    assert by_form.content_digest == by_export.content_digest


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_forms_saved_by_libreoffice_are_read_the_same(catalogue: Catalogue, tmp_path: Path) -> None:
    """Every fourth contract: all of them would take a minute."""
    chosen = [catalogue.contract(dataset) for dataset in DATASETS[::4]]
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    files = [filled(contract, catalogue, ours / f"{contract.id}.xlsx") for contract in chosen]
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
         "--outdir", theirs, *files],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    for contract, file in zip(chosen, files, strict=True):
        folder = tmp_path / str(contract.id)
        folder.mkdir()
        both = [file, theirs / file.name]
        sources = [
            DeliveryFile(f"{n:020d}", contract.id, path, path.name, datetime(2023, 11, 8))
            for n, path in enumerate(both)
        ]
        parsed = [parse_delivery(source, contract, catalogue, folder) for source in sources]
        tables = [pq.read_table(str(p.rows_path)) for p in parsed]
        assert tables[0].equals(tables[1]), contract.id
        assert [f.message_zh for f in parsed[1].findings if f.severity != "info"] == []
        assert parsed[0].envelope.period == parsed[1].envelope.period == period_of(contract)


def test_every_known_dataset_is_tried(catalogue: Catalogue, county: County) -> None:
    known = known_datasets(county)
    assert len(known) >= 24
    assert set(known) <= {DatasetId.parse(dataset) for dataset in DATASETS}
