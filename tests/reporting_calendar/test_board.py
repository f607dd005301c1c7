"""The board with its rates, and how long it is kept."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path

import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.ledger import Delivery, DeliveryState, Ledger, Record, Status, Submission
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import Board, BoardCache, State

UNITS = DatasetId.parse("energy.power_unit")
BUREAU = "980121000000energy"
DAY = date(2023, 12, 31)


def record(number: int, period: str, at: datetime, status: Status = Status.ACCEPTED) -> Record:
    return Record(f"{number:020d}", UNITS, Period(period), BUREAU, at, status, number, 0, 0, 0)


HISTORY = [
    record(1, "2023-09", datetime(2023, 10, 5)),
    record(2, "2023-10", datetime(2023, 11, 5), Status.RETURNED),
    record(3, "2023-10", datetime(2023, 11, 20)),
    record(4, "2023-11", datetime(2023, 12, 5), Status.RETURNED),
    record(5, "2023-11", datetime(2023, 12, 6), Status.DUPLICATE),
]


def test_rates_count_reports_and_not_deliveries(catalogue: Catalogue) -> None:
    board = Board.of(catalogue, HISTORY, DAY)
    rows = board.by_dataset[UNITS]
    assert [(str(r.period), r.state) for r in rows] == [
        ("2023-09", State.ACCEPTED),
        ("2023-10", State.LATE),
        ("2023-11", State.RETURNED),
    ]
    rates = board.rates(rows)
    assert (rates.owed, rates.on_time) == (3, 1)
    assert (rates.judged, rates.first_pass) == (3, 1)
    assert rates.on_time_pct == pytest.approx(100 / 3)
    latest = board.latest[UNITS, BUREAU, Period("2023-11")]
    assert latest.id.endswith("4")  # what a duplicate repeats


def test_a_board_of_an_earlier_day_knows_nothing_later(catalogue: Catalogue) -> None:
    board = Board.of(catalogue, HISTORY, date(2023, 11, 10))
    states = {str(r.period): r.state for r in board.of_reporter(BUREAU) if r.dataset == UNITS}
    assert states["2023-10"] is State.RETURNED
    assert board.rates([r for r in board.rows if r.dataset == UNITS]).judged == 2


def test_rates_of_nothing_are_unknown(catalogue: Catalogue) -> None:
    rates = Board.of(catalogue, (), DAY).rates(())
    assert rates.on_time_pct is None and rates.first_pass_pct is None


def test_a_board_is_made_again_when_the_ledger_changed(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.upgrade()
    cache = BoardCache(catalogue, ledger, patience=60)
    before = cache.board(DAY)
    assert cache.board(DAY) is before
    settle(ledger, HISTORY[0])
    after = cache.board(DAY)
    assert after is not before
    assert [r.state for r in after.by_dataset[UNITS] if str(r.period) == "2023-09"] == [
        State.ACCEPTED
    ]
    assert cache.board(date(2023, 9, 30)).day == date(2023, 9, 30)
    assert cache.board(DAY) is after


def test_whoever_has_no_patience_gets_the_board_before(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.upgrade()
    cache = BoardCache(catalogue, ledger, patience=0)
    before = cache.board(DAY)
    settle(ledger, HISTORY[0])
    assert cache.board(DAY) is before
    deadline = time.monotonic() + 60
    while cache.board(DAY) is before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(cache.board(DAY).latest) == 1


def test_what_is_derived_is_made_once(catalogue: Catalogue) -> None:
    board = Board.of(catalogue, HISTORY, DAY)
    made: list[int] = []
    assert [board.once("key", lambda: len(made.append(1) or made)) for _ in range(3)] == [1, 1, 1]


def settle(ledger: Ledger, known: Record) -> None:
    moment = known.submitted_at
    ledger.register(
        [
            Delivery(
                known.id, UNITS, "a.xlsx", "0" * 64, 1, 0, moment, moment, DeliveryState.RECEIVED
            )
        ]
    )
    submission = Submission(
        id=known.id, dataset=UNITS, file_name="a.xlsx", sha256="0" * 64, content_digest="",
        status=known.status, revision=1, period=known.period, reporter_code=BUREAU,
        reporter_area_code=None, reporter_name=None, submitted_at=moment, settled_at=moment,
    )  # fmt: skip
    ledger.record([(submission, ())])
