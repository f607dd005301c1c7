"""Everything that people do to files, in one inbox: after the round the ledger tells the truth.

One round takes all of it; a second one, with explanations added and nothing else, completes the work.
"""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.small_project import LIBRARY, REPORTER, SmallProject
from xiantong.contracts.catalogue import Catalogue
from xiantong.forms import write_template
from xiantong.ledger import Ledger, Submission
from xiantong.parsing.biff import SIGNATURE
from xiantong.periods import Period, period_range
from xiantong.returns.package import write_workbook
from xiantong.returns.sheet_xml import Cell, Row, Sheet
from xiantong.returns.styles import StyleBook

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

HEADERS = ["图书馆编码", "藏书量", "开馆日期", "区划代码"]
ROWS: list[list[Any]] = [
    ["L001", 1200, "2001-05-01", "980121000000"],
    ["L002", 800, "2010-01-01", "980121000000"],
]
TITLES = [["图书馆藏书统计"], ["填报单位：青澧县文化馆"]]
REASON = "新馆已获批，明年开馆"


@dataclass
class Inbox:
    """Writes files into the inbox, each for a period of its own, and keeps what is expected."""

    project: SmallProject
    periods: Iterator[Period] = field(
        default_factory=lambda: iter(period_range(Period("2019-01"), Period("2023-10")))
    )
    expected: dict[str, tuple[str, int, str | None]] = field(default_factory=dict)
    moment: Iterator[int] = field(default_factory=lambda: count(1_700_000_000))

    def put(self, period: Period, suffix: str, content: bytes, mark: str = "") -> Path:
        path = self.project.home / "inbox" / LIBRARY.folder / f"{period}_{REPORTER}{mark}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        moment = next(self.moment)
        os.utime(path, (moment, moment))
        return path

    def expect(
        self, what: str, content: bytes, status: str, rows: int = 0, rule: str | None = None, suffix: str = ".xlsx"
    ) -> Period:  # fmt: skip
        """A file and what has to become of it: status, accepted rows, one rule that it breaks."""
        period = next(self.periods)
        self.put(period, suffix, content)
        self.expected[period.label] = (status, rows, rule)
        return period


def workbook(
    rows: list[list[Any]], change: Callable[[Any], None] = lambda book: None, headers: Any = HEADERS
) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [*TITLES, headers, *rows]:
        book.active.append(row)
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv_of(encoding: str) -> bytes:
    lines = [",".join(map(str, row)) for row in [HEADERS, *ROWS]]
    return "\r\n".join(lines).encode(encoding)


def second_sheet(book: Any) -> None:
    sheet = book.create_sheet("二")
    for row in [HEADERS, ["L003", 5, "2011-01-01", "980121000000"]]:
        sheet.append(row)


def merged_areas(book: Any) -> None:
    book.active["D5"].value = None
    book.active.merge_cells("D4:D5")


def hidden_and_frozen(book: Any) -> None:
    sheet = book.active
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet.freeze_panes = "B4"
    sheet.auto_filter.ref = "A3:D5"
    sheet.auto_filter.add_filter_column(0, ["L001"])


def stray_cells(book: Any) -> None:
    book.active.cell(1_048_576, 16_384).value = "x"


def very_wide(book: Any) -> None:
    for column in range(5, 3_000):
        book.active.cell(4, column).number_format = "0.00"
        book.active.cell(2, column).value = " "


def very_long(book: Any) -> None:
    for row in range(6, 60_000):
        book.active.cell(row, 1).number_format = "@"


def with_cached(content: bytes) -> bytes:
    """The same workbook as if Excel had computed ``=600*2``."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            data = source.read(name)
            for blank in (b"<f>600*2</f><v/>", b"<f>600*2</f><v />", b"<f>600*2</f><v></v>"):
                data = data.replace(blank, b"<f>600*2</f><v>1200</v>")
            out.writestr(name, data)
    return target.getvalue()


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    return stream.getvalue()


def encrypted() -> bytes:
    name = "EncryptedPackage".encode("utf-16-le")
    return SIGNATURE + b"\0" * 504 + name.ljust(64, b"\0") + struct.pack("<H", 34) + b"\0" * 900


def inline_strings(folder: Path) -> bytes:
    """A workbook without shared strings, as WPS and report servers write them."""
    rows = [
        Row(n, [Cell(value) for value in row])
        for n, row in enumerate([*TITLES, HEADERS, *ROWS], start=1)
    ]
    path = folder / "wps.xlsx"
    write_workbook([(Sheet("Sheet1", rows), StyleBook())], path)
    return path.read_bytes()


def blank_form(project: SmallProject, folder: Path) -> bytes:
    catalogue = Catalogue(project.settings.expectations)
    path = write_template(catalogue.contract(LIBRARY), catalogue, folder / "blank.xlsx")
    return path.read_bytes()


def fill(inbox: Inbox, folder: Path) -> dict[str, Period]:
    good = workbook(ROWS)
    total = ["合计", 2000, None, None]
    html = "<html><table><tr><td>图书馆编码</td></tr></table></html>".encode()
    future = [["L001", 1200, "2099-05-01", "980121000000"], ROWS[1]]
    expect, named = inbox.expect, {}
    named["good"] = expect("as it should be", good, "accepted", 2)
    expect("truncated", good[: len(good) * 2 // 3], "returned", rule="auto_file_damaged")
    expect("password", encrypted(), "returned", rule="auto_file_password")
    expect("nothing in it", b"", "returned", rule="auto_file_empty")
    expect("GB18030", csv_of("gb18030"), "accepted", 2, suffix=".csv")
    expect("UTF-16", csv_of("utf-16"), "accepted", 2, suffix=".csv")
    expect("no encoding", bytes(range(128, 256)) * 40, "returned", rule="auto_file_encoding", suffix=".csv")  # fmt: skip
    expect("two sheets", workbook(ROWS[:1], second_sheet), "accepted", 2)
    formula = workbook([["L001", "=600*2", "2001-05-01", "980121000000"], ROWS[1]])
    expect("formula", formula, "returned", rule="auto_formula_book_cnt")
    expect("computed formula", with_cached(formula), "accepted", 2)
    expect("merged cells", workbook(ROWS, merged_areas), "accepted", 2)
    expect("total last", workbook([*ROWS, total]), "accepted", 2)
    expect("total first", workbook([total, *ROWS]), "accepted", 2)
    expect("wrong total", workbook([*ROWS, ["合计", 1999, None, None]]), "returned", rule="auto_total_row_book_cnt")  # fmt: skip
    expect("numeric id", workbook([[1, 5, "2001-05-01", "980121000000"], ROWS[1]]), "returned", rule="auto_numeric_cell_library_code")  # fmt: skip
    expect("numeric area", workbook([["L001", 5, "2001-05-01", 980121000000], ROWS[1]]), "returned", rule="auto_numeric_cell_area_code")  # fmt: skip
    expect("full width", workbook([["L001", "１，２００", "2001-05-01", "980121000000"], ROWS[1]]), "accepted", 2)  # fmt: skip
    expect("hidden and frozen", workbook(ROWS, hidden_and_frozen), "accepted", 2)
    expect("stray cell", workbook(ROWS, stray_cells), "accepted", 2)
    expect("very wide", workbook(ROWS, very_wide), "accepted", 2)
    expect("very long", workbook(ROWS, very_long), "accepted", 2)
    expect("blank form", blank_form(inbox.project, folder), "returned", rule="auto_file_no_rows")
    expect("titles only", workbook([], headers=[]), "returned", rule="auto_file_no_table")
    expect("zip bomb", zip_bomb(), "returned", rule="auto_file_too_big")
    expect("HTML called xlsx", html, "returned", rule="auto_file_html")
    expect("CSV called xlsx", csv_of("utf-8-sig"), "accepted", 2)
    expect("inline strings", inline_strings(folder), "accepted", 2)
    named["future"] = expect("opens in the future", workbook(future), "returned", rule="auto_future_opened_date")  # fmt: skip
    # Not finished: nothing may become of these.
    inbox.put(next(inbox.periods), ".xlsx.part", good[:100])
    inbox.put(next(inbox.periods), ".xlsx", good, mark="~")
    (inbox.project.home / "inbox" / LIBRARY.folder / "~$lock.xlsx").write_bytes(b"x")
    # The same content again under another name; ten corrections in a row.
    inbox.put(named["good"], ".xlsx", good, mark="（副本）")
    named["corrected"] = next(inbox.periods)
    for number in range(10):
        rows = [["L001", number, "2001-05-01", "980121000000"], ROWS[1]]
        inbox.put(named["corrected"], ".xlsx", workbook(rows), mark=f"_更正{number}")
    return named


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Inbox:
    project = SmallProject.make(tmp_path_factory.mktemp("project"))
    return Inbox(project)


@pytest.fixture(scope="module")
def named(inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Period]:
    """Periods of the files that tests ask for, after the first round."""
    named = fill(inbox, tmp_path_factory.mktemp("files"))
    inbox.expected[str(next(inbox.periods))] = ("never", 0, None)
    done = inbox.project.call("run", "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(done.stdout)["ok"]
    return named


def submissions(project: SmallProject) -> dict[str, list[Submission]]:
    """What the ledger says, by period."""
    found: dict[str, list[Submission]] = {}
    for submission in Ledger(project.settings.ledger_url).submissions(LIBRARY):
        found.setdefault(str(submission.period), []).append(submission)
    return found


def test_every_file_became_what_it_deserves(inbox: Inbox, named: dict[str, Period]) -> None:
    ledger = Ledger(inbox.project.settings.ledger_url)
    by_period = submissions(inbox.project)
    assert len(inbox.expected) > 25
    wrong = {}
    for period, (status, rows, rule) in inbox.expected.items():
        if status == "never":
            assert period not in by_period
            continue
        first = min(by_period[period], key=lambda s: s.submitted_at)
        rules = {f.finding.rule_id.rpartition(".")[2] for f in ledger.findings([first])}
        if (str(first.status), first.accepted_row_cnt) != (status, rows) or (rule and rule not in rules):  # fmt: skip
            wrong[period] = (str(first.status), first.accepted_row_cnt, rules, status, rows, rule)
    assert wrong == {}


def test_every_return_opens_with_the_review_in_front(
    inbox: Inbox, named: dict[str, Period]
) -> None:
    returned = [s for found in submissions(inbox.project).values() for s in found if s.wants_return]
    assert len(returned) > 10
    for submission in returned:
        path = inbox.project.home / "returns" / str(submission.return_key)
        book = openpyxl.load_workbook(path)
        assert book.sheetnames[0] == "审核意见"
        assert str(book.worksheets[0]["A2"].value).startswith("退回")


def test_same_content_counts_once_and_corrections_are_revisions(
    inbox: Inbox, named: dict[str, Period]
) -> None:
    by_period = submissions(inbox.project)
    assert sorted(str(s.status) for s in by_period[str(named["good"])]) == ["accepted", "duplicate"]
    corrected = by_period[str(named["corrected"])]
    assert [s.revision for s in corrected] == list(range(1, 11))
    rows = inbox.project.ask(
        f"select book_cnt from marts.fct_library where period = '{named['corrected']}' "
        "and library_code = 'L001'"
    )
    assert rows == [{"book_cnt": 9}]


def test_unfinished_files_are_left_alone(inbox: Inbox, named: dict[str, Period]) -> None:
    report = json.loads((inbox.project.home / "last_intake.json").read_text("utf-8"))
    temporary = [s for s in report["skipped"] if "temporary" in s["reason"]]
    assert len(temporary) >= 2


def test_second_round_completes_what_an_explanation_was_missing_for(
    inbox: Inbox, named: dict[str, Period]
) -> None:
    """Last, because it is a round of its own: the returned list, filled in, lies beside the file."""
    before = submissions(inbox.project)
    (waiting,) = before[str(named["future"])]
    review = openpyxl.load_workbook(
        inbox.project.home / "returns" / str(waiting.return_key)
    ).worksheets[0]
    header = [cell.value for cell in review[7]]
    line = {name: cell.value for name, cell in zip(header, review[8], strict=True)}
    line["说明"] = REASON
    text = io.StringIO()
    csv.writer(text).writerows([list(line), list(line.values())])
    inbox.put(named["future"], ".说明.csv", text.getvalue().encode("gb18030"))
    done = inbox.project.call("run", "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    after = submissions(inbox.project)
    assert [(s.revision, str(s.status)) for s in after.pop(str(named["future"]))] == [
        (1, "returned"),
        (2, "accepted"),
    ]
    del before[str(named["future"])]
    assert len(before) > 25
    assert after == before
    explained = inbox.project.ask(
        "select period, explanation, row_area_code from marts.fct_finding where explanation is not null"
    )
    assert explained == [
        {"period": str(named["future"]), "explanation": REASON, "row_area_code": "980121000000"}
    ]
