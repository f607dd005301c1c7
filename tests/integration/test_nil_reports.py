"""零报告 from file to board: real files in a real inbox, and the steps of a round as the DAGs call them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from xiantong import steps
from xiantong.delivered import NOT_DELIVERED, DeliveryFile
from xiantong.deployment import Deployment
from xiantong.differences import Basis, read_difference
from xiantong.forms import write_template
from xiantong.ledger import Submission
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import read_board
from xiantong.returns import REVIEW_SHEET
from xiantong.settings import Settings
from xiantong.verdict import judge
from xiantong.warehouse import open_warehouse, rebuild

pytestmark = pytest.mark.integration

CASES = DatasetId("law_enforcement", "penalty_case")  # changes of a register
RECORDS = DatasetId("education", "training_record")  # facts
TOWN = "980121104000"
BUREAU = "980121000000education"
MONTH, QUARTER = Period("2023-10"), Period("2023-Q3")
AT = 1_698_900_000  # 2 November 2023, before the form is due
CASE = {
    "case_no": "青执罚字〔2023〕10001号", "case_kind": "CITY", "law_basis": "《城市市容和环境卫生管理条例》第三十四条",
    "area_code": "980121104000", "party_name": "张三", "file_date": "2023-10-09", "penalty_yuan": "0",
    "review_level": "OFFICE", "case_status": "FILED",
}  # fmt: skip


@dataclass
class Office:
    """One deployment, to which files come."""

    deployment: Deployment
    moments: Iterator[int] = field(default_factory=lambda: count(AT, 60))

    def hand_in(self, dataset: DatasetId, name: str, content: bytes) -> Submission:
        """Put a file into the inbox, and hear what was decided."""
        path = self.deployment.settings.inbox / dataset.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        moment = next(self.moments)
        os.utime(path, (moment, moment))
        known = {s.id for s in self.deployment.ledger.submissions()}
        steps.collect(self.deployment)
        contract = self.deployment.catalogue.contract(dataset)
        folder = self.deployment.settings.work / contract.id.raw_table / "round"
        for plan in steps.plan_batches(self.deployment, contract, folder):
            steps.parse_and_check(self.deployment, contract, plan)
        steps.settle_round(self.deployment, contract, folder)
        assert steps.close_round(self.deployment, contract, folder) == 0
        (new,) = [s for s in self.deployment.ledger.submissions() if s.id not in known]
        return new

    def form(self, *rows: dict[str, Any], word: str | None = None, period: Period = MONTH) -> bytes:
        """The township's form of penalty cases, with rows, with a word in the first row, or empty."""
        contract = self.deployment.catalogue.contract(CASES)
        path = self.deployment.settings.home / "form.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_template(contract, self.deployment.catalogue, path, period, TOWN, rows)
        book = openpyxl.load_workbook(path)
        if word:
            sheet = book.worksheets[0]
            header = next(r for r in sheet.iter_rows(max_row=9) if r[0].value == "案号")
            sheet.cell(header[0].row + 1, 1).value = word
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def table(self, dataset: DatasetId, *lines: list[str]) -> bytes:
        contract = self.deployment.catalogue.contract(dataset)
        stream = io.StringIO()
        csv.writer(stream).writerows([[c.header_zh for c in contract.table_columns], *lines])
        return stream.getvalue().encode("gb18030")

    def state(self, dataset: DatasetId, period: Period, reporter: str, day: date) -> str:
        rows = read_board(self.deployment, day, period, dataset)
        (row,) = [r for r in rows if r.reporter_code == reporter]
        return str(row.state)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.deployment.settings.warehouse_url) as warehouse:
            return [tuple(row) for row in warehouse.fetch(query)]

    def loaded(self, dataset: DatasetId) -> int:
        ((rows,),) = self.fetch(f"select count(*) from raw.{dataset.raw_table}")
        return int(rows)


@pytest.fixture(params=["duckdb", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    url = "" if request.param == "duckdb" else request.getfixturevalue("postgres_url")
    return Office(
        Deployment(Settings(home=tmp_path / "home", warehouse=url, ledger=url, stable_seconds=0))
    )


def test_report_of_nothing_is_accepted_and_stands_on_the_board(office: Office) -> None:
    late = date(2023, 12, 1)
    empty = office.hand_in(CASES, f"{MONTH}_{TOWN}_空.xlsx", office.form())
    assert (empty.status, office.state(CASES, MONTH, TOWN, late)) == ("returned", "returned")
    (told,) = office.deployment.ledger.findings([empty])
    assert "零报告" in told.finding.fix_zh
    nil = office.hand_in(CASES, f"{MONTH}_{TOWN}.xlsx", office.form(word="零报告"))
    assert (nil.status, nil.revision, nil.row_cnt, nil.accepted_row_cnt) == ("accepted", 2, 0, 0)
    assert (nil.error_cnt, nil.warning_cnt, nil.return_key) == (0, 0, None)
    assert nil.due_at == date(2023, 11, 7)
    assert office.state(CASES, MONTH, TOWN, late) == "accepted"
    assert nil.lake_key
    assert pq.read_metadata(office.deployment.store.local_path(nil.lake_key)).num_rows == 0
    assert office.loaded(CASES) == 0
    assert office.deployment.ledger.unloaded(CASES) == []
    # The same, said in another file and in other words, is nothing new.
    again = office.hand_in(CASES, f"{MONTH}_{TOWN}_再报.xlsx", office.form(word="本期无"))
    assert (again.status, again.duplicate_of) == ("duplicate", nil.id)


def test_later_file_brings_the_rows_and_a_later_word_takes_none_away(office: Office) -> None:
    nil = office.hand_in(CASES, f"{MONTH}_{TOWN}.xlsx", office.form(word="无"))
    filled = office.hand_in(CASES, f"{MONTH}_{TOWN}_补.xlsx", office.form(CASE))
    assert (filled.status, filled.revision, office.loaded(CASES)) == ("accepted", 2, 1)
    difference = read_difference(office.deployment, filled.id)
    assert (difference.base.id, difference.counts.basis) == (nil.id, Basis.ACCEPTED)
    assert (difference.counts.added_cnt, difference.counts.unchanged_cnt) == (1, 0)
    last = office.hand_in(CASES, f"{MONTH}_{TOWN}_三.xlsx", office.form(word="零报告"))
    assert (last.status, last.revision, office.loaded(CASES)) == ("accepted", 3, 1)
    difference = read_difference(office.deployment, last.id)
    assert (difference.counts.kept_cnt, difference.counts.removed_cnt) == (1, 0)
    # The next month is compared with what is known, and nothing else.
    november = Period("2023-11")
    following = office.form(CASE | {"case_status": "INVESTIGATING"}, period=november)
    next_month = office.hand_in(CASES, f"{november}_{TOWN}.xlsx", following)
    assert (next_month.status, next_month.warning_cnt) == ("accepted", 0)


def test_word_after_a_returned_file_is_compared_with_its_rows(office: Office) -> None:
    wrong = office.hand_in(CASES, f"{MONTH}_{TOWN}.xlsx", office.form(CASE | {"case_kind": "X"}))
    assert wrong.status == "returned"
    nil = office.hand_in(CASES, f"{MONTH}_{TOWN}_二.xlsx", office.form(word="零报告"))
    difference = read_difference(office.deployment, nil.id)
    assert difference.counts.basis is Basis.DELIVERED
    assert (difference.counts.removed_cnt, difference.counts.added_cnt) == (1, 0)


def test_word_above_rows_goes_back_in_a_workbook_that_says_so(office: Office) -> None:
    book = openpyxl.load_workbook(io.BytesIO(office.form(CASE)))
    sheet = book.worksheets[0]
    place = next(r[0] for r in sheet.iter_rows(max_row=9) if r[0].value == CASE["case_no"])
    row = [cell.value for cell in sheet[place.row]]
    for column, value in enumerate(row, start=1):
        sheet.cell(place.row + 1, column).value = value
        sheet.cell(place.row, column).value = "无" if column == 1 else None
    stream = io.BytesIO()
    book.save(stream)
    both = office.hand_in(CASES, f"{MONTH}_{TOWN}.xlsx", stream.getvalue())
    assert (both.status, both.row_cnt, both.accepted_row_cnt) == ("returned", 1, 0)
    (told,) = office.deployment.ledger.findings([both])
    assert told.finding.rule_id == f"{CASES}.auto_file_nil"
    assert both.return_key
    returned = openpyxl.load_workbook(office.deployment.settings.returns / both.return_key)
    text = "\n".join(str(c.value) for row in returned[REVIEW_SHEET].iter_rows() for c in row)
    assert "本期确无发生的，请删去数据行" in text


def test_facts_by_csv_and_json_and_a_new_warehouse(office: Office) -> None:
    nil = office.hand_in(RECORDS, f"{QUARTER}_{BUREAU}.csv", office.table(RECORDS, ["本期无发生"]))
    assert (nil.status, nil.accepted_row_cnt) == ("accepted", 0)
    envelope = {"period": "2023-Q4", "reporter_code": BUREAU, "dataset_id": str(RECORDS)}
    document = {"envelope": envelope | {"nil": True}, "rows": []}
    pushed = office.hand_in(RECORDS, "b.json", json.dumps(document).encode())
    assert (pushed.status, str(pushed.period)) == ("accepted", "2023-Q4")
    document = {"envelope": envelope, "rows": []}
    silent = office.hand_in(RECORDS, "c.json", json.dumps(document).encode())
    assert silent.status == "returned"
    office.hand_in(CASES, f"{MONTH}_{TOWN}.xlsx", office.form(CASE))
    deployment = office.deployment
    summary = rebuild(
        deployment.settings, deployment.catalogue, deployment.ledger, deployment.store
    )
    assert summary.rows == {str(CASES): 1, str(RECORDS): 0}
    assert office.fetch(
        "select period, status, row_cnt, accepted_row_cnt from raw.ledger__submission "
        f"where dataset_id = '{RECORDS}' order by submitted_at"
    ) == [("2023-Q3", "accepted", 0, 0), ("2023-Q4", "accepted", 0, 0), ("2023-Q4", "returned", 0, 0)]  # fmt: skip


def test_check_before_handing_in_says_that_it_will_be_accepted(
    office: Office, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(office.form(word="零报告"))
    source = DeliveryFile(NOT_DELIVERED, CASES, path, path.name, datetime(2023, 11, 2, tzinfo=UTC))
    contract = office.deployment.catalogue.contract(CASES)
    checked = steps.check_alone(office.deployment, contract, source, tmp_path / "work")
    verdict = judge(contract, checked)
    assert (verdict.outcome, verdict.sentence_zh) == ("accepted", "已受理：零报告。")
    assert checked.findings == ()
