"""The mornings of reminders, as Airflow's scheduler asks for them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from xiantong.contracts.model import Due
from xiantong.embedded import EmbeddedAirflow
from xiantong.periods import Frequency
from xiantong.reminders.rules import QuietRules
from xiantong.reporting_calendar import Obligation, UnknownYearWarning, WorkingDays

ANNUAL = Obligation(Frequency.ANNUAL, Due(anchor="month_day", month_day="10-03"))
RULES = QuietRules(before=3, every=5, patience=20)


@pytest.fixture
def make(airflow_home: EmbeddedAirflow) -> Any:
    from xiantong.dags.timetable import DueTimetable

    def made(*owed: Obligation, overrides: dict[date, bool] | None = None) -> Any:
        return DueTimetable(owed or (ANNUAL,), WorkingDays(overrides or {}), RULES)

    return made


def mornings(timetable: Any, first: datetime, count: int) -> list[str]:
    found, at = [], first
    for _ in range(count):
        morning = timetable.next_morning(at)
        found.append(f"{morning:%Y-%m-%d %H:%M}")
        at = morning.add(seconds=1)
    return found


def test_fires_in_the_morning_of_working_days_around_a_due_date(make: Any) -> None:
    # Due in the holiday week of 2023: told before it, and on the swapped Saturday after it.
    # 08:00 in the county is 00:00 UTC.
    found = mornings(make(), datetime(2023, 9, 1, tzinfo=UTC), 5)
    assert found == [
        "2023-09-25 00:00", "2023-09-28 00:00", "2023-10-07 00:00", "2023-10-12 00:00",
        "2023-10-19 00:00",
    ]  # fmt: skip


def test_year_without_anything_due_soon_is_looked_through(make: Any) -> None:
    assert mornings(make(), datetime(2023, 11, 15, tzinfo=UTC), 1) == ["2024-09-26 00:00"]


def test_nothing_owed_never_fires(make: Any) -> None:
    from xiantong.dags.timetable import DueTimetable

    assert DueTimetable((), WorkingDays(), RULES).next_morning(datetime.now(UTC)) is None


def test_override_table_reaches_the_timetable(make: Any) -> None:
    closed = make(overrides={date(2023, 9, 25): False, date(2023, 10, 7): False})
    assert mornings(closed, datetime(2023, 9, 1, tzinfo=UTC), 3) == [
        "2023-09-22 00:00", "2023-09-28 00:00", "2023-10-08 00:00",
    ]  # fmt: skip


def test_year_that_nobody_announced_is_estimated_with_a_clear_message(make: Any) -> None:
    with pytest.warns(UnknownYearWarning, match=r"holidays of 2035.*holidays\.csv"):
        assert make().next_morning(datetime(2035, 9, 1, tzinfo=UTC)) is not None


def test_scheduler_gets_back_what_was_stored(make: Any) -> None:
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable

    before = make(
        ANNUAL,
        Obligation(Frequency.MONTHLY, Due(count=5, unit="working_day", not_due="january")),
        overrides={date(2023, 10, 9): False},
    )
    after = decode_timetable(encode_timetable(before))
    assert type(after) is type(before)
    start = datetime(2023, 9, 1, tzinfo=UTC)
    assert mornings(after, start, 20) == mornings(before, start, 20)


def test_runs_follow_each_other_and_never_lie_in_the_past(make: Any) -> None:
    import pendulum
    from airflow.timetables.base import DataInterval, TimeRestriction

    timetable = make(Obligation(Frequency.MONTHLY, Due(count=5)))
    last = DataInterval.exact(pendulum.datetime(2023, 10, 12))
    open_end = TimeRestriction(pendulum.datetime(2020, 1, 1), None, True)
    info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=open_end)
    assert info.run_after > last.end
    no_catchup = TimeRestriction(pendulum.datetime(2020, 1, 1), None, False)
    before = pendulum.now("UTC")
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=no_catchup)
    assert info.run_after >= before
    ended = TimeRestriction(pendulum.datetime(2020, 1, 1), pendulum.datetime(2023, 10, 12), True)
    assert timetable.next_dagrun_info(last_automated_data_interval=last, restriction=ended) is None


def test_remind_dag_fires_by_the_contracts(dag_bag: Any) -> None:
    timetable = dag_bag.dags["remind"].timetable
    morning = timetable.next_morning(datetime(2023, 11, 9, tzinfo=UTC))
    assert f"{morning:%H:%M}" == "00:00"
    assert WorkingDays().is_working_day(morning.date())
