"""A closed period takes nothing, says why, and takes again what the office lets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select

from tests.county import CLAIM, REPORTER, ROSTER, TRAINING, County, error
from xiantong.closing import ClosedPeriods, ClosingError, close_period, list_periods, reopen_period
from xiantong.deployment import Deployment
from xiantong.findings import CheckedSubmission
from xiantong.ledger import Status
from xiantong.ledger.closings import Closing, ClosingKind, ClosingLog
from xiantong.ledger.schema import ClosingRow
from xiantong.names import DatasetId
from xiantong.periods import Period

YEAR = Period("2023")
RULE = f"{ROSTER}.auto_period_closed"
ROWS, MORE = [{"studio_code": "A"}], [{"studio_code": "A"}, {"studio_code": "B"}]
DECEMBER = datetime(2023, 12, 1, 8)


@pytest.fixture
def deployment(county: County) -> Deployment:
    return Deployment(county.settings)


def arrive(
    county: County, name: str, at: datetime, rows: list[dict], *findings, **values
) -> CheckedSubmission:
    """A delivery that reached us at ``at``; its file may look older."""
    delivery = county.deliver(ROSTER, name, at.replace(month=11), repr((name, rows)).encode())
    with county.ledger.writing() as session:
        from xiantong.ledger.schema import DeliveryRow

        session.get_one(DeliveryRow, delivery.id).received_at = at
    return county.checked(delivery, "2023", rows, findings, **values)


def close(deployment: Deployment, **values) -> list[Closing]:
    values = {"reason": "年报已发布", "by": "李科长", "at": DECEMBER} | values
    return close_period(deployment, YEAR, **values)


def test_correction_of_a_closed_period_goes_back_and_says_when_why_and_how(
    county, deployment
) -> None:
    county.settle(ROSTER, arrive(county, "a.xlsx", DECEMBER.replace(hour=7), ROWS))
    close(deployment)
    county.settle(ROSTER, arrive(county, "b.xlsx", DECEMBER.replace(day=5), MORE))
    second = county.ledger.submissions()[-1]
    assert (second.revision, second.status, second.return_key is not None) == (2, Status.RETURNED, True)  # fmt: skip
    (recorded,) = county.ledger.findings([second])
    finding = recorded.finding
    assert finding.rule_id == RULE
    assert "2023年12月1日封账" in finding.message_zh and "年报已发布" in finding.message_zh
    assert finding.message_zh.startswith("报告期2023年度已于")
    assert "更正" in finding.message_zh
    assert "申请重新开放" in finding.fix_zh
    assert [row[0] for row in county.raw(ROSTER, "studio_code")] == ["A"]


def test_first_delivery_for_a_closed_period_is_late_and_goes_back_too(county, deployment) -> None:
    close(deployment)
    county.settle(ROSTER, arrive(county, "a.xlsx", DECEMBER.replace(day=5), ROWS))
    (submission,) = county.ledger.submissions()
    (recorded,) = county.ledger.findings([submission])
    assert submission.status is Status.RETURNED
    assert "尚无已受理的数据" in recorded.finding.message_zh


def test_other_findings_are_told_with_the_closing(county, deployment) -> None:
    close(deployment)
    county.settle(ROSTER, arrive(county, "a.xlsx", DECEMBER.replace(day=5), ROWS, error()))
    found = county.ledger.findings(county.ledger.submissions())
    assert {r.finding.rule_id for r in found} == {RULE, "r.wrong"}


def test_old_time_of_a_file_does_not_open_a_closed_period(county, deployment) -> None:
    close(deployment)
    late = arrive(county, "old.xlsx", DECEMBER.replace(day=5), ROWS)
    assert late.envelope.submitted_at < DECEMBER
    county.settle(ROSTER, late)
    assert county.ledger.submissions()[0].status is Status.RETURNED


def test_reopened_period_takes_the_same_rows_in_a_new_delivery(county, deployment) -> None:
    close(deployment)
    county.settle(ROSTER, arrive(county, "a.xlsx", DECEMBER.replace(day=5), ROWS))
    reopen_period(
        deployment, YEAR, reason="漏报", by="李科长", reporter=REPORTER,
        until=date(2023, 12, 20), at=DECEMBER.replace(day=6),
    )  # fmt: skip
    county.settle(ROSTER, arrive(county, "a.xlsx", DECEMBER.replace(day=7), ROWS))
    county.settle(ROSTER, arrive(county, "c.xlsx", DECEMBER.replace(day=21), MORE))
    states = [(s.revision, s.status.value) for s in county.ledger.submissions()]
    assert states == [(1, "returned"), (2, "accepted"), (3, "returned")]


def test_last_day_of_a_reopening_is_a_day_in_the_county(county, deployment) -> None:
    close(deployment)
    reopen_period(
        deployment,
        YEAR,
        reason="漏报",
        by="x",
        until=date(2023, 12, 20),
        at=DECEMBER.replace(day=2),
    )
    closed = ClosedPeriods(ClosingLog(county.ledger).read())

    def is_closed(at: datetime) -> bool:
        return closed.closing(DatasetId.parse(ROSTER), YEAR, REPORTER, at) is not None

    assert not is_closed(datetime(2023, 12, 20, 15, 59))  # 23:59 in the county
    assert is_closed(datetime(2023, 12, 20, 16, 0))


def test_settled_before_the_closing_stays_and_a_repeated_file_stays_a_duplicate(
    county, deployment
) -> None:
    county.settle(ROSTER, arrive(county, "a.xlsx", DECEMBER.replace(hour=7), ROWS))
    close(deployment)
    county.settle(ROSTER, arrive(county, "again.xlsx", DECEMBER.replace(day=9), ROWS))
    assert {s.status.value for s in county.ledger.submissions()} == {"accepted", "duplicate"}
    duplicate = county.ledger.submissions(status=Status.DUPLICATE)
    (answer,) = county.ledger.findings(duplicate)
    assert "内容完全相同" in answer.finding.message_zh


def test_rows_mode_does_not_let_good_rows_into_a_closed_period(county, deployment) -> None:
    close_period(deployment, Period("2023-10"), reason="月报", by="x", at=datetime(2023, 11, 1))
    county.settle(
        CLAIM, county.submit(CLAIM, "a.csv", DECEMBER, "2023-10", [{"settlement_no": "S"}])
    )
    assert county.ledger.submissions()[0].status is Status.RETURNED


def closed_for(closings: list[Closing], dataset: str, reporter: str, at: datetime) -> bool:
    found = ClosedPeriods(closings).closing(DatasetId.parse(dataset), YEAR, reporter, at)
    return found is not None


def test_last_decision_that_concerns_a_report_counts() -> None:
    def decided(kind: str, day: int, **scope) -> Closing:
        return Closing(ClosingKind(kind), YEAR, "r", "x", datetime(2023, 12, day), **scope)

    roster, training = DatasetId.parse(ROSTER), TRAINING
    history = [
        decided("close", 1),
        decided("reopen", 3, dataset=roster),
        decided("close", 5, dataset=roster, reporter_code="R"),
    ]
    at = datetime(2023, 12, 10)
    assert closed_for(history, training, "R", at)
    assert closed_for(history, ROSTER, "R", at)
    assert not closed_for(history, ROSTER, "S", at)
    assert not closed_for(history, ROSTER, "R", datetime(2023, 12, 4))
    assert not closed_for(history, training, "R", datetime(2023, 11, 30))
    other_year = ClosedPeriods(history).closing(roster, Period("2022"), "R", at)
    assert other_year is None


def test_history_is_only_added_to(county, deployment) -> None:
    close(deployment)
    reopen_period(deployment, YEAR, reason="漏报", by="王", at=DECEMBER.replace(day=2))
    close(deployment, at=DECEMBER.replace(day=3), reason="再次封账")
    states = [(row.closing.reason, row.state) for row in list_periods(deployment)]
    assert states == [("再次封账", "closed"), ("漏报", "over"), ("年报已发布", "over")]
    with county.ledger.reading() as session:
        found = session.execute(
            select(ClosingRow.kind, ClosingRow.decided_by).order_by(ClosingRow.seq)
        )
        assert [tuple(row) for row in found] == [("close", "李科长"), ("reopen", "王"), ("close", "李科长")]  # fmt: skip


def test_release_freezes_its_periods_and_may_do_so_again(county, deployment) -> None:
    (frozen,) = close(deployment, release="2023-年报-1")
    assert close(deployment, release="2023-年报-1") == []
    (kept,) = ClosingLog(county.ledger).read()
    assert replace(kept, seq=None) == frozen
    assert kept.release == "2023-年报-1"
    (again,) = close(deployment, release="2023-年报-2", at=DECEMBER.replace(day=9))
    assert again.release == "2023-年报-2"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": " "}, "a reason is wanted"),
        ({"reporter": "nobody"}, "no reporter has the code"),
        ({"datasets": [DatasetId.parse(CLAIM)]}, "no period of medical_insurance.claim"),
    ],
)
def test_what_cannot_be_closed_is_said(county, deployment, values, said) -> None:
    with pytest.raises(ClosingError, match=said):
        close(deployment, **values)
    assert ClosingLog(county.ledger).read() == []


def test_closing_twice_and_reopening_what_is_open_are_refused(county, deployment) -> None:
    with pytest.raises(ClosingError, match="nothing to reopen"):
        reopen_period(deployment, YEAR, reason="r", by="x", at=DECEMBER)
    close(deployment)
    with pytest.raises(ClosingError, match="closed already"):
        close(deployment, datasets=[DatasetId.parse(ROSTER)])
    with pytest.raises(ClosingError, match="is over"):
        reopen_period(deployment, YEAR, reason="r", by="x", until=date(2023, 11, 1), at=DECEMBER)
