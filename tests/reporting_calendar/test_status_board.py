"""Who owes what, what came, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from tests.county import County
from xiantong.county_time import county_day
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import State, StatusRow, status_board, unnamed_files

POWER = DatasetId("energy", "power_unit")
ROSTER = DatasetId("education", "teacher_roster")  # due on 20 September and 20 February
SPORT = DatasetId("education", "sport_hour")
BUREAU = "980121000000energy"
OCTOBER = Period("2023-10")  # energy.power_unit: due on 2023-11-10


@dataclass(frozen=True)
class Record:
    submitted_at: datetime
    status: str = "accepted"
    revision: int | None = 1
    dataset: DatasetId = POWER
    reporter_code: str | None = BUREAU
    period: Period | None = OCTOBER
    id: str = ""


@pytest.fixture
def board(catalogue):
    def look(
        records: list[Record], as_of: date | datetime = date(2023, 11, 20), period=OCTOBER
    ) -> StatusRow:
        rows = status_board(catalogue, records, as_of, period)
        (row,) = [row for row in rows if row.dataset == POWER]
        return row

    return look


def on(day: int, hour: int = 9) -> datetime:
    return datetime(2023, 11, day, hour)


@pytest.mark.parametrize(
    ("records", "state", "days_late", "revision"),
    [
        ([], State.MISSING, 10, None),
        ([Record(on(8))], State.ACCEPTED, -2, 1),
        ([Record(on(10, 15))], State.ACCEPTED, 0, 1),  # 23:00 in the county
        ([Record(on(10, 16))], State.LATE, 1, 1),  # midnight
        ([Record(on(13))], State.LATE, 3, 1),
        ([Record(on(8)), Record(on(15), revision=2)], State.ACCEPTED, -2, 2),
        ([Record(on(9), "returned", None)], State.RETURNED, 10, None),
        ([Record(on(9), "returned", None), Record(on(12))], State.LATE, 2, 1),
        ([Record(on(9), "received", None)], State.ARRIVED, -1, None),
        ([Record(on(9), "returned", None), Record(on(9, 10), "received", None)], State.ARRIVED, -1, None),
        ([Record(on(9), "returned", None), Record(on(9, 10), "duplicate", None)], State.RETURNED, 10, None),
        ([Record(on(8)), Record(on(9), "returned", None)], State.ACCEPTED, -2, 1),
    ],
)  # fmt: skip
def test_state_follows_from_what_came_and_when(board, records, state, days_late, revision):
    row = board(records)
    assert (row.state, row.days_late, row.revision) == (state, days_late, revision)
    assert row.due_at == date(2023, 11, 10)
    assert row.reporter_code == BUREAU
    assert row.reporter_name


def test_nothing_is_missing_before_the_due_date(board):
    assert board([], date(2023, 11, 10)).state is State.DUE
    assert board([], date(2023, 11, 11)).state is State.MISSING


def test_board_of_an_earlier_day_does_not_know_what_came_later(board):
    records = [Record(on(8, 12))]
    assert board(records, date(2023, 11, 7)).state is State.DUE
    assert board(records, on(8, 11)).state is State.DUE
    assert board(records, on(8, 12)).state is State.ACCEPTED


def test_row_names_the_latest_decided_delivery_that_was_no_duplicate(board):
    assert board([]).submission_id is None
    assert board([Record(on(8), "received", id="a")]).submission_id is None
    records = [
        Record(on(8), id="a"),
        Record(on(9), "returned", id="b"),
        Record(on(10), "duplicate", id="c"),
        Record(on(11), "received", id="d"),
    ]
    assert board(records).submission_id == "b"


def test_holiday_months_are_not_due(catalogue):
    rows = status_board(catalogue, [], date(2023, 9, 1), Period("2023-07"))
    assert {row.state for row in rows if row.dataset == SPORT} == {State.NOT_DUE}


def test_board_of_a_period_has_only_datasets_of_its_frequency(catalogue):
    rows = status_board(catalogue, [], date(2023, 11, 20), Period("2023-Q3"))
    assert rows
    assert all(catalogue.contracts[row.dataset].frequency == "quarterly" for row in rows)


def test_board_without_period_goes_from_the_first_delivery_to_the_last_ended_period(catalogue):
    records = [Record(datetime(2023, 9, 5), period=Period("2023-08"))]
    rows = [r for r in status_board(catalogue, records, date(2023, 11, 20)) if r.dataset == POWER]
    assert [(str(r.period), r.state) for r in rows] == [
        ("2023-08", State.ACCEPTED),
        ("2023-09", State.MISSING),
        ("2023-10", State.MISSING),
    ]


def test_counties_that_are_only_compared_owe_nothing(catalogue):
    rows = status_board(catalogue, [], date(2023, 11, 20), OCTOBER)
    assert {str(row.reporter_code)[:6] for row in rows} == {"980121"}


def test_unexpected_reporter_is_shown(catalogue):
    records = [Record(on(8), reporter_code="980122000000energy")]
    rows = [
        r
        for r in status_board(catalogue, records, date(2023, 11, 20), OCTOBER)
        if r.dataset == POWER
    ]
    assert [r.state for r in rows] == [State.MISSING, State.ACCEPTED]


def test_file_of_an_unknown_sender_stands_on_no_board(catalogue):
    without = status_board(catalogue, [], date(2023, 11, 20), OCTOBER)
    records = [Record(on(8), "returned", None, reporter_code=None, dataset=dataset)
               for dataset in (POWER, DatasetId("civil_affairs", "elderly_service"))]  # fmt: skip
    assert status_board(catalogue, records, date(2023, 11, 20), OCTOBER) == without
    assert len(without) > 100


def test_files_of_unknown_senders_are_listed_for_a_month(tmp_path, catalogue):
    county = County(tmp_path, catalogue)
    dataset = "civil_affairs.elderly_service"
    checked = county.submit(dataset, "某镇.csv", on(8), None, [], reporter=None)
    county.settle(dataset, checked)
    (submission,) = county.ledger.submissions()
    assert (submission.reporter_code, submission.status) == (None, "returned")
    settled = county_day(submission.settled_at)
    for days, expected in ((-1, []), (0, [submission.id]), (30, [submission.id]), (32, [])):
        found = unnamed_files(county.ledger, settled + timedelta(days=days))
        assert [s.id for s in found] == expected, days


def test_what_is_due_at_the_start_of_its_term_is_on_the_board_before_the_term_ends(catalogue):
    def periods(day: date) -> list[str]:
        rows = [r for r in status_board(catalogue, [], day) if r.dataset == ROSTER]
        return sorted({str(row.period) for row in rows})

    assert periods(date(2023, 9, 1)) == ["2023-S1"]
    assert periods(date(2023, 9, 10)) == ["2023-S2"]
    assert periods(date(2023, 11, 20)) == ["2023-S2"]


def township_codes(catalogue) -> list[str]:
    return [r.reporter_code for r in catalogue.reporters if r.kind == "township"]


def test_a_form_about_villages_is_owed_by_towns_and_not_by_subdistricts(catalogue):
    def owing(dataset: DatasetId) -> set[str | None]:
        rows = status_board(catalogue, [], date(2023, 11, 20), OCTOBER)
        return {row.reporter_code for row in rows if row.dataset == dataset}

    streets = {"980121001000", "980121002000"}
    assert owing(DatasetId("law_enforcement", "penalty_case")) >= streets
    rural = owing(DatasetId("agri_rural", "village_project"))
    assert rural == set(township_codes(catalogue)) - streets


def test_bureau_that_adds_its_own_rows_excuses_no_township(catalogue):
    dataset = DatasetId("emergency", "drill_training")  # owed by townships and the bureau
    bureau, (absent, *present) = "980121000000emergency", township_codes(catalogue)
    moment = datetime(2023, 10, 5)
    records = [
        Record(moment, dataset=dataset, reporter_code=code, period=Period("2023-Q3"))
        for code in (bureau, *present)
    ]
    rows = status_board(catalogue, records, date(2024, 1, 20))
    found = {(str(r.period), r.reporter_code): r.state for r in rows if r.dataset == dataset}
    assert found["2023-Q3", absent] is State.MISSING
    assert found["2023-Q4", absent] is State.MISSING and found["2023-Q4", bureau] is State.MISSING
    alone = status_board(catalogue, records[:2], date(2023, 10, 20), Period("2023-Q3"))
    assert [r.reporter_code for r in alone if r.dataset == dataset] == sorted([bureau, present[0]])


def test_bureau_that_collected_last_time_is_the_one_that_is_late(catalogue):
    dataset = DatasetId("civil_affairs", "elderly_service")  # owed by townships
    bureau = "980121000000civil_affairs"
    record = Record(on(5), dataset=dataset, reporter_code=bureau, period=Period("2023-09"))

    def owing(records, period):
        rows = status_board(catalogue, records, date(2023, 11, 20), Period(period))
        return {row.reporter_code for row in rows if row.dataset == dataset}

    assert len(owing([], "2023-10")) == 14
    assert owing([record], "2023-10") == {bureau}
