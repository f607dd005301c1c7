"""Extensions and exemptions: who gets which date, and what was known when."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.county import County
from xiantong.closing import close_period
from xiantong.contracts.catalogue import Catalogue
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import (
    ArrangementError,
    State,
    StatusRow,
    exempt,
    extend,
    list_arrangements,
    read_board,
    withdraw,
)

POWER = "energy.power_unit"  # of 2023-10: due on 2023-11-10
DATASET = DatasetId.parse(POWER)
ENERGY = "980121000000energy"
OCTOBER = Period("2023-10")
NEW = date(2023, 11, 20)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def county(request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue) -> County:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return County(tmp_path / "home", catalogue, ledger_url=url)


@pytest.fixture
def deployment(county: County) -> Deployment:
    _ = county.ledger  # what nobody delivered to has no ledger yet
    return Deployment(county.settings)


def on(day: int, hour: int = 9) -> datetime:
    return datetime(2023, 11, day, hour)


def row(deployment: Deployment, day: int, dataset: str = POWER) -> StatusRow:
    board = read_board(deployment, date(2023, 11, day), OCTOBER)
    (found,) = [r for r in board if str(r.dataset) == dataset and r.reporter_code == ENERGY]
    return found


def deliver(county: County, day: int) -> None:
    checked = county.submit(POWER, f"{day}.csv", on(day), "2023-10", [{}], reporter=ENERGY)
    county.settle(POWER, checked)


def test_extension_moves_the_due_date_of_what_is_outstanding(deployment) -> None:
    assert row(deployment, 15).state is State.MISSING
    extend(deployment, ENERGY, OCTOBER, NEW, reason="系统切换", by="李", at=on(14))
    found = row(deployment, 15)
    assert (found.state, found.due_at, found.days_late) == (State.DUE, NEW, 0)
    assert found.arrangement is not None and found.arrangement.reason == "系统切换"
    assert row(deployment, 13).state is State.MISSING  # nobody knew of it then
    assert row(deployment, 21).state is State.MISSING


def test_extension_counts_for_what_is_delivered_while_it_holds(county, deployment) -> None:
    extend(deployment, ENERGY, OCTOBER, NEW, reason="r", by="x", dataset=DATASET, at=on(9))
    deliver(county, 15)
    (submission,) = county.ledger.submissions()
    assert submission.due_at == NEW
    assert (row(deployment, 30).state, row(deployment, 30).days_late) == (State.ACCEPTED, -5)


def test_extension_that_came_after_the_delivery_does_not_make_it_timely(county, deployment) -> None:
    deliver(county, 15)
    extend(deployment, ENERGY, OCTOBER, NEW, reason="r", by="x", at=on(16))
    (submission,) = county.ledger.submissions()
    assert submission.due_at == date(2023, 11, 10)
    assert (row(deployment, 30).state, row(deployment, 30).days_late) == (State.LATE, 5)


def test_extension_that_was_agreed_before_it_was_written_down_counts_from_then(
    county, deployment
) -> None:
    extend(deployment, ENERGY, OCTOBER, NEW, reason="电话批准", by="x", granted_at=on(9), at=on(25))
    deliver(county, 15)
    assert row(deployment, 30).state is State.ACCEPTED
    (kept,) = list_arrangements(deployment)
    assert (kept.granted_at, kept.recorded_at) == (on(9), on(25))


def test_exempt_reporter_owes_nothing_but_may_deliver(county, deployment) -> None:
    exempt(deployment, ENERGY, OCTOBER, reason="停运", by="x", dataset=DATASET, at=on(1))
    found = row(deployment, 30)
    assert (found.state, found.due_at, found.days_late) == (State.EXEMPT, None, None)
    assert row(deployment, 30, "energy.fuel_consumption").state is State.MISSING
    deliver(county, 15)
    assert row(deployment, 30).state is State.ACCEPTED
    assert county.ledger.submissions()[0].due_at is None


def test_arrangement_for_a_department_leaves_the_others_alone(deployment) -> None:
    extend(deployment, ENERGY, OCTOBER, NEW, reason="r", by="x", department="energy", at=on(1))
    assert row(deployment, 15).due_at == NEW
    arrangements = list_arrangements(deployment)
    other = DatasetId.parse("education.sport_hour")
    assert arrangements.find(other, OCTOBER, ENERGY, on(15)) is None
    assert arrangements.find(DATASET, OCTOBER, "980121000000education", on(15)) is None
    assert arrangements.find(DATASET, Period("2023-09"), ENERGY, on(15)) is None


def test_withdrawn_arrangement_no_longer_holds_but_what_came_under_it_stays_timely(
    county, deployment
) -> None:
    made = extend(deployment, ENERGY, OCTOBER, NEW, reason="r", by="x", at=on(9))
    deliver(county, 15)
    withdraw(deployment, made.seq, reason="误录", by="y", at=on(16))
    assert row(deployment, 30).state is State.ACCEPTED
    assert [a.kind.value for a in list_arrangements(deployment)] == ["extend", "withdraw"]
    assert list_arrangements(deployment).find(DATASET, OCTOBER, ENERGY, on(17)) is None


def test_later_arrangement_counts_and_its_withdrawal_brings_back_the_earlier(deployment) -> None:
    extend(deployment, ENERGY, OCTOBER, NEW, reason="r", by="x", at=on(9))
    second = extend(deployment, ENERGY, OCTOBER, NEW.replace(day=28), reason="r", by="x", at=on(10))
    assert row(deployment, 15).due_at == NEW.replace(day=28)
    withdraw(deployment, second.seq, reason="r", by="x", at=on(11))
    assert row(deployment, 15).due_at == NEW


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reporter": "nobody"}, "no reporter"),
        ({"period": Period("2023-Q3"), "dataset": DATASET}, "no period of"),
        ({"dataset": DATASET, "department": "energy"}, "not both"),
        ({"department": "nothing"}, "there are: "),
        ({"reason": ""}, "a reason is wanted"),
        ({"granted_at": on(28)}, "in the future"),
    ],
)
def test_what_cannot_be_arranged_is_said(deployment, values, said) -> None:
    given = {"reporter": ENERGY, "period": OCTOBER, "due_at": NEW, "reason": "r", "by": "x"}
    with pytest.raises(ArrangementError, match=said):
        extend(deployment, **given | values, at=on(9))
    with pytest.raises(ArrangementError, match="no arrangement 7"):
        withdraw(deployment, 7, reason="r", by="x")
    assert list(list_arrangements(deployment)) == []


def test_closed_period_is_shown_on_the_board(deployment) -> None:
    close_period(deployment, OCTOBER, reason="月报已发布", by="x", datasets=[DATASET], at=on(20))
    assert row(deployment, 25).is_closed
    assert not row(deployment, 19).is_closed
    assert not row(deployment, 25, "energy.fuel_consumption").is_closed
