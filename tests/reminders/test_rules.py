"""When reminders are due, on the official calendar."""

from __future__ import annotations

from datetime import date

import pytest

from xiantong.reminders import QuietRules
from xiantong.reporting_calendar import WorkingDays

DAYS = WorkingDays()


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        # Wednesday: the Friday before, the day itself, the day after, then every five working days.
        ("2023-11-15", ["2023-11-10", "2023-11-15", "2023-11-16", "2023-11-23", "2023-11-30"]),
        # Inside the holiday week (29 September to 6 October): told on the last day before it, and
        # on the swapped Saturday after it.
        ("2023-10-03", ["2023-09-25", "2023-09-28", "2023-10-07", "2023-10-12", "2023-10-19"]),
        # Spring Festival 2024: Sunday 4 February and Sunday 18 February are worked.
        ("2024-02-12", ["2024-02-06", "2024-02-09", "2024-02-18", "2024-02-23", "2024-03-01"]),
    ],
)  # fmt: skip
def test_days_follow_the_official_calendar(due: str, expected: list[str]) -> None:
    found = QuietRules(before=3, every=5, patience=60).days(d(due), DAYS)
    assert found[:5] == [d(text) for text in expected]
    assert all(DAYS.is_working_day(day) for day in found)
    assert (found[-1] - d(due)).days <= 60


def test_morning_that_was_missed_is_made_up_for_once() -> None:
    rules = QuietRules()
    due = d("2023-11-15")
    assert rules.speaks(due, d("2023-11-17"), None, DAYS)  # nobody spoke on the 15th and 16th
    assert not rules.speaks(due, d("2023-11-17"), d("2023-11-16"), DAYS)
    assert not rules.speaks(due, d("2023-11-09"), None, DAYS)
    assert rules.speaks(due, d("2023-11-23"), d("2023-11-16"), DAYS)
