"""A file that came back is handed in again unchanged, with a list of explanations beside it.

Real workbooks in a real inbox, and the steps of a round as the DAGs call them, down to the loaded rows.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.small_project import LIBRARY, REPORTER, SmallProject
from xiantong import steps
from xiantong.deployment import Deployment
from xiantong.findings import Finding
from xiantong.forms import write_template
from xiantong.ledger import Submission
from xiantong.periods import Period
from xiantong.returns import REVIEW_SHEET

pytestmark = pytest.mark.integration

PERIOD = Period("2023-10")
REASON = "新馆已获批，明年开馆"
OTHER_REASON = "旧馆搬迁，开馆日期推迟"
COLUMN_REASON = "本馆内部登记用，不必读入"
TALK = "核实无误"
WANTED = "没有说明原因，请写明具体情况，如停产检修、政策调整"
ODD_DATE = "auto_future_opened_date"
FUTURE = ("L001", "L002")  # libraries that open in the future, which is odd
Texts = Mapping[str, str]  # by library; "" is the department's own column


@dataclass
class Desk:
    """The inbox of a department, and what the county answers."""

    project: SmallProject
    suffix: str
    _moments: count[int] = field(default_factory=lambda: count(1_700_000_000, 60))

    @cached_property
    def deployment(self) -> Deployment:
        return Deployment(self.project.settings)

    @cached_property
    def workbook(self) -> bytes:
        """A form with two odd rows and a column that nobody asked for."""
        catalogue = self.deployment.catalogue
        rows = [
            {"library_code": code, "book_cnt": 1200, "opened_date": "2031-05-01", "area_code": "980121000000"}
            for code in FUTURE
        ]  # fmt: skip
        path = self.project.home / "form.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_template(catalogue.contract(LIBRARY), catalogue, path, PERIOD, REPORTER, rows)
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        header = next(row for row in sheet.iter_rows(max_row=9) if row[0].value == "图书馆编码")
        sheet.cell(header[0].row, sheet.max_column + 1).value = "处理人"
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def hand_in(self, name: str, explanations: Texts | None = None) -> Submission:
        """Put the workbook into the inbox, with a list beside it, and hear what was decided."""
        self._put(f"{name}.xlsx", self.workbook)
        if explanations is not None:
            self._put(f"{name}{self.suffix}", self._sidecar(explanations))
        known = {s.id for s in self.deployment.ledger.submissions()}
        self._round()
        (new,) = [s for s in self.deployment.ledger.submissions() if s.id not in known]
        return new

    def findings(self, submission: Submission) -> dict[str, Finding]:
        """Findings that want an explanation, by library; "" is the column's."""
        found = [r.finding for r in self.deployment.ledger.findings([submission])]
        rows = sorted((f for f in found if f.rule_id.endswith(ODD_DATE)), key=lambda f: f.row or 0)
        assert len(rows) == len(FUTURE)
        (column,) = [f for f in found if f.rule_id.endswith("auto_columns")]
        return {**dict(zip(FUTURE, rows, strict=True)), "": column}

    def review(self, submission: Submission) -> dict[str, tuple[str, str | None]]:
        """What the return says: advice and explanation, by library."""
        book = openpyxl.load_workbook(
            self.project.settings.returns / str(submission.return_key), read_only=True
        )
        lines = list(book[REVIEW_SHEET].iter_rows(min_row=7, values_only=True))
        told = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
        by_rule = sorted(
            (line for line in told if str(line["规则编号"]).endswith((ODD_DATE, "auto_columns"))),
            key=lambda line: (str(line["规则编号"]).endswith("auto_columns"), line["行号"]),
        )
        return {
            library: (str(line["如何修改"]), line["说明"])
            for library, line in zip((*FUTURE, ""), by_rule, strict=True)
        }

    def loaded(self) -> list[tuple[str, int]]:
        """Rows of the raw table: library and revision."""
        warehouse = self.project.home / "warehouse.duckdb"
        if not warehouse.exists():
            return []
        with duckdb.connect(warehouse, read_only=True) as connection:
            return connection.execute(
                "select library_code, _revision from raw.culture__library order by all"
            ).fetchall()

    def _put(self, name: str, content: bytes) -> None:
        path = self.project.home / "inbox" / LIBRARY.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        moment = next(self._moments)
        os.utime(path, (moment, moment))

    def _sidecar(self, explanations: Texts) -> bytes:
        """As a person fills it in: rule, row and text."""
        asked = self.findings(self.deployment.ledger.latest(LIBRARY)[0])
        table = [["规则编号", "行号", "说明"]] + [
            [asked[library].rule_id, str(asked[library].row or ""), text]
            for library, text in explanations.items()
        ]
        if self.suffix.endswith(".csv"):
            text = io.StringIO()
            csv.writer(text).writerows(table)
            return text.getvalue().encode("gb18030")  # as Excel saves CSV in China
        book = openpyxl.Workbook()
        for line in table:
            book.worksheets[0].append(line)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def _round(self) -> None:
        contract = self.deployment.catalogue.contract(LIBRARY)
        folder = self.project.home / "work" / "library" / "round"
        steps.collect(self.deployment)
        for plan in steps.plan_batches(self.deployment, contract, folder):
            steps.parse_and_check(self.deployment, contract, plan)
        steps.settle_round(self.deployment, contract, folder)
        assert steps.close_round(self.deployment, contract, folder) == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    return SmallProject.make(tmp_path_factory.mktemp("project"))


@pytest.fixture(params=[".说明.csv", ".说明.xlsx", ".xlsx.findings.csv"])
def desk(made: SmallProject, tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    return Desk(made.at(tmp_path / "home"), request.param)


def outcome(submission: Submission) -> tuple[str, int | None, int]:
    return submission.status.value, submission.revision, submission.unexplained_cnt


def test_same_workbook_with_empty_talk_is_refused_and_with_reasons_accepted(desk: Desk) -> None:
    first = desk.hand_in("十月")
    assert outcome(first) == ("returned", 1, 3)
    assert outcome(desk.hand_in("十月再报")) == ("duplicate", None, 3)

    # One reason and two times nothing: the reason counts, the others are asked for again.
    refused = desk.hand_in("十月说明", {"L001": REASON, "L002": TALK, "": TALK})
    assert outcome(refused) == ("returned", 2, 2)
    assert refused.sha256 == first.sha256
    found = desk.findings(refused)
    assert found["L001"].explanation == REASON
    for unexplained in ("L002", ""):
        assert found[unexplained].explanation is None
        assert found[unexplained].fix_zh == f"「{TALK}」{WANTED}"
    told = desk.review(refused)
    assert told["L001"] == ("已说明，不需再处理", REASON)
    assert told["L002"] == told[""] == (f"「{TALK}」{WANTED}", None)
    assert desk.loaded() == []

    # The very same again brings nothing, and takes nothing.
    again = desk.hand_in("十月又报", {"L001": REASON, "L002": TALK, "": TALK})
    assert (again.status.value, again.duplicate_of) == ("duplicate", refused.id)

    # What was missing is enough; what was said before is remembered.
    accepted = desk.hand_in("十月补充", {"L002": OTHER_REASON, "": COLUMN_REASON})
    assert outcome(accepted) == ("accepted", 3, 0)
    assert accepted.sha256 == first.sha256
    found = desk.findings(accepted)
    assert {library: f.explanation for library, f in found.items()} == {
        "L001": REASON, "L002": OTHER_REASON, "": COLUMN_REASON,
    }  # fmt: skip
    assert [found[library].carried_from for library in (*FUTURE, "")] == [refused.id, None, None]
    assert desk.loaded() == [("L001", 3), ("L002", 3)]


def test_empty_talk_after_a_reason_takes_nothing_back(desk: Desk) -> None:
    desk.hand_in("十月")
    reasons = {"L001": REASON, "L002": OTHER_REASON, "": COLUMN_REASON}
    accepted = desk.hand_in("十月说明", reasons)
    assert outcome(accepted) == ("accepted", 2, 0)
    again = desk.hand_in("十月再报", dict.fromkeys(reasons, TALK))
    assert outcome(again) == ("accepted", 3, 0)
    found = desk.findings(again)
    assert {library: f.explanation for library, f in found.items()} == reasons
    assert {f.carried_from for f in found.values()} == {accepted.id}
    assert not any(TALK in f.fix_zh for f in found.values())
    assert desk.loaded() == [(code, revision) for code in FUTURE for revision in (2, 3)]


def test_replaced_list_beside_the_file_that_lies_there_is_heard(desk: Desk) -> None:
    """Nobody has to copy the workbook: only the list changes, twice."""
    desk.hand_in("十月")
    everything = ("L001", "L002", "")
    assert outcome(desk.hand_in("十月", dict.fromkeys(everything, TALK))) == ("returned", 2, 3)
    accepted = desk.hand_in("十月", dict.fromkeys(everything, REASON))
    assert outcome(accepted) == ("accepted", 3, 0)
