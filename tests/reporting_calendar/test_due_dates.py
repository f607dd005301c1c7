"""Due dates on the official calendar. Dates were taken from the State Council's announcements."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from pathlib import Path

import pytest

from xiantong.contracts.model import Contract, Due
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar import (
    UnknownYearError,
    UnknownYearWarning,
    WorkingDays,
    due_date,
    periods_due,
)


@pytest.fixture
def owed(catalogue):
    base = catalogue.contract("energy.power_unit")

    def make(frequency: str = "monthly", **due: object) -> Contract:
        return base.model_copy(update={"frequency": Frequency(frequency), "due": Due(**due)})

    return make


def test_swapped_weekends_are_working_days():
    days = WorkingDays()
    assert days.is_working_day(date(2023, 10, 7))  # Saturday worked for the holiday week
    assert not days.is_working_day(date(2023, 10, 6))  # Friday of the holiday week
    assert days.is_working_day(date(2024, 2, 4))  # Sunday before the Spring Festival


@pytest.mark.parametrize(
    ("year", "worked", "off"),
    [
        # 国务院办公厅关于2023年部分节假日安排的通知（国办发明电〔2022〕16号）
        (
            2023,
            "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
            "01-02 01-23 01-24 01-25 01-26 01-27 04-05 05-01 05-02 05-03 06-22 06-23 09-29 10-02 "
            "10-03 10-04 10-05 10-06",
        ),
        # 国务院办公厅关于2024年部分节假日安排的通知（国办发明电〔2023〕7号）
        (
            2024,
            "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
            "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 "
            "10-01 10-02 10-03 10-04 10-07",
        ),
    ],
)
def test_all_published_swaps_and_no_others(year: int, worked: str, off: str):
    days = WorkingDays(strict=True)
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year == 2024 else 365)]
    weekends_worked = [d for d in every if d.weekday() >= 5 and days.is_working_day(d)]
    weekdays_off = [d for d in every if d.weekday() < 5 and not days.is_working_day(d)]
    assert [f"{d:%m-%d}" for d in weekends_worked] == worked.split()
    assert [f"{d:%m-%d}" for d in weekdays_off] == off.split()


@pytest.mark.parametrize(
    ("period", "due"),
    [
        ("2023-09", "2023-10-11"),  # 1–6 October off, 7 and 8 worked
        ("2023-10", "2023-11-07"),
        ("2023-04", "2023-05-09"),  # 1–3 May off, Saturday 6 worked
        ("2024-01", "2024-02-06"),  # Sunday 4 February worked
        ("2023-12", "2024-01-08"),
    ],
)
def test_fifth_working_day_after_month_end(owed, period, due):
    contract = owed(count=5, unit="working_day")
    assert due_date(contract, Period(period)) == date.fromisoformat(due)


def test_last_working_day_of_the_month(owed):
    contract = owed(count=0, unit="working_day")
    assert due_date(contract, Period("2023-09")) == date(2023, 9, 28)
    assert due_date(contract, Period("2023-12")) == date(2023, 12, 29)


@pytest.mark.parametrize(
    ("frequency", "due", "period", "expected"),
    [
        ("monthly", {"count": 8}, "2023-10", "2023-11-08"),
        ("quarterly", {"count": 25}, "2023-Q4", "2024-01-25"),
        ("semester", {"count": 19, "anchor": "period_start"}, "2023-S2", "2023-09-20"),
        ("semester", {"count": 19, "anchor": "period_start"}, "2024-S1", "2024-02-20"),
        ("annual", {"anchor": "month_day", "month_day": "03-31"}, "2023", "2023-03-31"),
        ("annual", {"anchor": "month_day", "month_day": "01-31", "year_offset": 1}, "2023", "2024-01-31"),
        ("annual", {"anchor": "month_day", "month_day": "12-31", "year_offset": -1}, "2024", "2023-12-31"),
        ("annual", {"anchor": "month_day", "month_day": "02-29"}, "2023", "2023-02-28"),
    ],
)  # fmt: skip
def test_other_ways_to_be_due(owed, frequency, due, period, expected):
    assert due_date(owed(frequency, **due), Period(period)) == date.fromisoformat(expected)


def test_january_is_not_due_where_it_is_reported_with_february(owed):
    contract = owed(count=12, not_due="january")
    assert due_date(contract, Period("2024-01")) is None
    assert due_date(contract, Period("2024-02")) == date(2024, 3, 12)


def test_nothing_is_due_for_the_summer_holidays(catalogue):
    contract = catalogue.contract("education.sport_hour")
    months = [m for m in range(1, 13) if due_date(contract, Period(f"2023-{m:02d}")) is None]
    assert months == [7, 8]


def test_periods_due_are_those_whose_due_date_lies_in_the_range(owed):
    contract = owed(count=5, unit="working_day")
    found = periods_due(contract, date(2023, 10, 11), date(2023, 12, 7))
    assert [str(p) for p in found] == ["2023-09", "2023-10", "2023-11"]
    assert periods_due(contract, date(2023, 10, 12), date(2023, 11, 6)) == []


def test_periods_due_ahead_of_their_year_are_found(owed):
    contract = owed("annual", anchor="month_day", month_day="12-31", year_offset=-1)
    assert periods_due(contract, date(2023, 12, 1), date(2023, 12, 31)) == [Period("2024")]


def test_every_contract_has_due_dates_and_agrees_with_periods_due(catalogue):
    counted = 0
    for contract in catalogue.contracts.values():
        for period in periods_due(contract, date(2023, 1, 1), date(2024, 12, 31)):
            due = due_date(contract, period)
            assert due is not None
            assert periods_due(contract, due, due).count(period) == 1
            counted += 1
    assert counted > 300


def test_unknown_year_is_estimated_with_a_warning(owed):
    contract = owed(count=1, unit="working_day")
    with pytest.warns(UnknownYearWarning, match="holidays of 2035"):
        assert due_date(contract, Period("2034-12")) == date(2035, 1, 2)


def test_unknown_year_is_refused_when_exact_dates_are_wanted(owed):
    with pytest.raises(UnknownYearError, match=r"2035.*holidays\.csv"):
        due_date(owed(count=1, unit="working_day"), Period("2034-12"), WorkingDays(strict=True))


def test_looking_at_known_years_never_warns(catalogue):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for contract in catalogue.contracts.values():
            periods_due(contract, date(2023, 1, 1), date(2026, 6, 30))


def test_override_table_makes_a_year_known_and_wins_over_the_package(owed, tmp_path: Path):
    (tmp_path / "holidays.csv").write_text(
        "date,kind\n2035-01-01,holiday\n2035-01-02,holiday\n2035-01-06,workday\n2023-11-01,holiday\n",
        encoding="utf-8",
    )
    days = WorkingDays.read(tmp_path, strict=True)
    contract = owed(count=4, unit="working_day")
    assert due_date(contract, Period("2034-12"), days) == date(2035, 1, 6)
    assert due_date(contract, Period("2023-10"), days) == date(2023, 11, 7)


def test_broken_line_of_the_override_table_is_named(tmp_path: Path):
    (tmp_path / "holidays.csv").write_text("date,kind\n2035-01-01,feast\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 2.*holiday or workday"):
        WorkingDays.read(tmp_path)
