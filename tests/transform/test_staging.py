"""What the load modes mean: latest revision, versions in time, first accepted row."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from tests.transform.conftest import COUNTY, OTHER_COUNTY, Row, Workshop
from xiantong.names import DatasetId
from xiantong.transform import build

RECORD = "education.training_record"


def _training(number: str, course: str) -> Row:
    return {
        "record_no": number, "teacher_no": "T1", "course_name": course, "training_kind": "INDUCTION",
        "training_level": "COUNTY", "start_date": "2023-01-01", "end_date": "2023-01-02",
        "credit_hour": 8, "passed": True,
    }  # fmt: skip


def _fuel(uscc: str, consumed: float) -> Row:
    return {
        "uscc": uscc, "energy_code": "ELEC", "stock_start_qty": 0, "purchase_qty": consumed,
        "consume_qty": consumed, "consume_ytd_qty": consumed, "stock_end_qty": 0,
    }  # fmt: skip


def _user(uscc: str, name: str) -> Row:
    return {
        "uscc": uscc, "user_name": name, "area_code": COUNTY, "industry_code": "2611", "user_class": "KEY",
        "last_year_tce": 1, "connected": True, "has_captive_power": False, "two_high": False,
    }  # fmt: skip


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    workshop = Workshop.make(tmp_path_factory.mktemp("staged"))
    fuel, user = "energy.fuel_consumption", "energy.energy_user"
    workshop.load(fuel, "2023-10", [_fuel("A", 1), _fuel("B", 2)], accepted="2023-11-05 08:00:00")
    workshop.load(fuel, "2023-10", [_fuel("A", 9)], revision=3, accepted="2023-11-09 08:00:00")
    # A firm sends its own form, the bureau a merged one.
    workshop.load(
        fuel,
        "2023-11",
        [_fuel("A", 5)],
        reporter="firm",
        area=COUNTY,
        accepted="2023-12-01 08:00:00",
    )
    workshop.load(fuel, "2023-11", [_fuel("A", 6), _fuel("B", 7)], accepted="2023-12-02 08:00:00")
    workshop.load(
        fuel, "2023-11", [_fuel("A", 50)], reporter=OTHER_COUNTY, accepted="2023-12-03 08:00:00"
    )
    workshop.load(
        user, "2021", [_user("A", "one"), _user("B", "stays")], accepted="2022-01-05 08:00:00"
    )
    workshop.load(user, "2023", [_user("A", "three")], accepted="2024-01-05 08:00:00")
    workshop.load(
        user, "2023", [_user("A", "three corrected")], revision=2, accepted="2024-01-09 08:00:00"
    )
    # Delivered last, about a year in between.
    workshop.load(user, "2022", [_user("A", "two")], accepted="2024-02-01 08:00:00")
    workshop.load(RECORD, "2023-Q1", [_training("1", "first"), _training("2", "second")])
    workshop.load(RECORD, "2023-Q2", [_training("3", "third")])
    # Another county, the same numbers.
    workshop.load(RECORD, "2023-Q1", [_training("1", "elsewhere")], reporter=OTHER_COUNTY)
    elsewhere = _user("A", "elsewhere") | {"area_code": OTHER_COUNTY}
    workshop.load(user, "2023", [elsewhere], reporter=OTHER_COUNTY, accepted="2024-03-01 08:00:00")
    workshop.must_build()
    return workshop


def test_snapshot_keeps_the_latest_revision_of_a_reporter(staged: Workshop) -> None:
    assert staged.rows(
        "select uscc, consume_qty, _revision from staging.stg_energy__fuel_consumption where period = '2023-10'"
    ) == [("A", 9, 3)]


def test_snapshot_counts_a_key_of_two_reporters_once(staged: Workshop) -> None:
    assert staged.rows(
        "select uscc, consume_qty from staging.stg_energy__fuel_consumption "
        f"where period = '2023-11' and county_code = '{COUNTY}' order by uscc"
    ) == [("A", 6), ("B", 7)]


def test_key_holds_within_a_county(staged: Workshop) -> None:
    assert staged.rows(
        "select consume_qty from staging.stg_energy__fuel_consumption "
        f"where period = '2023-11' and county_code = '{OTHER_COUNTY}'"
    ) == [(50,)]
    assert staged.rows(
        "select user_name, valid_from, is_current from staging.stg_energy__energy_user "
        f"where county_code = '{OTHER_COUNTY}'"
    ) == [("elsewhere", date(2023, 1, 1), True)]
    assert staged.rows(
        "select course_name from staging.stg_education__training_record "
        f"where record_no = '1' and county_code = '{OTHER_COUNTY}'"
    ) == [("elsewhere",)]


def test_upsert_versions_follow_the_periods_they_were_delivered_for(staged: Workshop) -> None:
    assert staged.rows(
        "select user_name, valid_from, valid_to, is_current from staging.stg_energy__energy_user "
        f"where uscc = 'A' and county_code = '{COUNTY}' order by valid_from"
    ) == [
        ("one", date(2021, 1, 1), date(2022, 1, 1), False),
        ("two", date(2022, 1, 1), date(2023, 1, 1), False),
        ("three corrected", date(2023, 1, 1), None, True),
    ]


def test_upsert_keeps_keys_that_later_deliveries_leave_out(staged: Workshop) -> None:
    assert staged.rows(
        "select valid_to, is_current from staging.stg_energy__energy_user where uscc = 'B'"
    ) == [(None, True)]


def test_append_holds_every_accepted_fact(staged: Workshop) -> None:
    assert staged.rows(
        "select record_no, course_name, _period from staging.stg_education__training_record "
        f"where county_code = '{COUNTY}' order by 1"
    ) == [("1", "first", "2023-Q1"), ("2", "second", "2023-Q1"), ("3", "third", "2023-Q2")]


def test_as_of_shows_what_was_known(staged: Workshop) -> None:
    target = staged.folder / "past.duckdb"
    result = build(staged.settings, as_of=datetime(2023, 11, 6), target=target)
    assert result.ok, result.summary()
    with duckdb.connect(str(target)) as past:
        assert past.execute(
            "select uscc, consume_qty from staging.stg_energy__fuel_consumption order by uscc"
        ).fetchall() == [("A", 1), ("B", 2)]
        assert past.execute(
            "select user_name, is_current from staging.stg_energy__energy_user where uscc = 'A'"
        ).fetchall() == [("one", True)]
    assert staged.rows("select count(*) from staging.stg_energy__energy_user") == [(5,)]


def test_fact_that_came_twice_fails_the_grain_test(staged: Workshop) -> None:
    staged.load(RECORD, "2023-Q3", [_training("1", "first again")])
    result = staged.build(changed={DatasetId.parse(RECORD)})
    (failure,) = result.failures
    assert (failure.kind, failure.name) == ("test", "stg_education__training_record")
    assert failure.message == (
        "grain (county_code, record_no) broken by 2 rows with 1 different values"
    )
