"""A form that starts from the reporter's last accepted rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from xiantong.checking.lake import AcceptedFile
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Privacy
from xiantong.forms import write_template
from xiantong.forms.last import NoLastRowsError, last_rows
from xiantong.names import DatasetId
from xiantong.periods import Period

FUEL = "energy.fuel_consumption"
REPORTER = "980121000000energy"


class Lake:
    def __init__(self, *files: AcceptedFile) -> None:
        self.files = list(files)

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]:
        return self.files


def accepted(folder: Path, period: str, revision: int, consumed: int) -> AcceptedFile:
    path = folder / f"{period}-{revision}.parquet"
    row = {"uscc": "91110000600037341L", "energy_code": "RAW_COAL", "consume_qty": consumed, "_src_row": 5}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row]), path)
    return AcceptedFile(path, path.stem, REPORTER, Period(period), revision, datetime(2023, 11, 1))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(
        accepted(tmp_path, "2023-09", 1, 7),
        accepted(tmp_path, "2023-09", 2, 1234567),
        accepted(tmp_path, "2023-08", 3, 8),
        accepted(tmp_path, "2023-11", 1, 9),
    )


def test_rows_are_filled_in_and_their_figures_are_comments(
    catalogue: Catalogue, lake: Lake, tmp_path: Path
) -> None:
    contract = catalogue.contract(FUEL)
    last = last_rows(contract, lake, REPORTER, Period("2023-10"))
    assert (last.period, [row["consume_qty"] for row in last.rows]) == (
        Period("2023-09"),
        [1234567],
    )
    path = write_template(
        contract,
        catalogue,
        tmp_path / "f.xlsx",
        Period("2023-10"),
        REPORTER,
        last.rows,
        last.period,
    )
    sheet = load_workbook(path).worksheets[0]
    places = {
        str(c.value).split("\n")[0]: c for row in sheet.iter_rows(max_row=6) for c in row if c.value
    }
    consumed = sheet.cell(places["消费量合计"].row + 1, places["消费量合计"].column)
    assert consumed.value is None
    assert consumed.comment is not None
    assert consumed.comment.text.startswith("上期（2023年9月）：1,234,567")
    assert sheet.cell(consumed.row, places["统一社会信用代码"].column).value == "91110000600037341L"
    assert sheet.cell(consumed.row, places["能源品种代码"].column).value == "原煤"


def test_without_a_period_the_newest_rows_count(catalogue: Catalogue, lake: Lake) -> None:
    last = last_rows(catalogue.contract(FUEL), lake, REPORTER, None)
    assert last.period == Period("2023-11")


@pytest.mark.parametrize(
    ("dataset", "reporter", "said"),
    [
        (FUEL, "somebody", "nothing of somebody"),
        ("medical_insurance.claim", REPORTER, "events"),
    ],
)
def test_what_cannot_be_started_from_says_why(
    catalogue: Catalogue, lake: Lake, dataset: str, reporter: str, said: str
) -> None:
    with pytest.raises(NoLastRowsError, match=said):
        last_rows(catalogue.contract(dataset), lake, reporter, Period("2023-10"))


def test_rows_that_only_a_person_identifies_do_not_leave_the_lake(
    catalogue: Catalogue, lake: Lake
) -> None:
    contract = catalogue.contract(FUEL)
    columns = tuple(
        c.model_copy(update={"privacy": Privacy.PERSONAL}) if c.name == "uscc" else c
        for c in contract.columns
    )
    with pytest.raises(NoLastRowsError, match="persons"):
        last_rows(contract.model_copy(update={"columns": columns}), lake, REPORTER, None)
