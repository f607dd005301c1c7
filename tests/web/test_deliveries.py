"""Rows that another system sends with a token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.served import BUREAU, FUEL, GOOD_ROW, MEGABYTES, SPORT, WRONG_ROW, Served, Visitor
from xiantong.ledger import Status
from xiantong.names import DatasetId

TRAINING = DatasetId("education", "training_record")
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]


def payload(row: Any, period: str) -> bytes:
    envelope = {"period": period, "reporter_code": BUREAU}
    return json.dumps({"envelope": envelope, "rows": [row]}, ensure_ascii=False).encode()


def send(
    served: Served, content: bytes, dataset: str = str(SPORT), user: str = "education", **query: Any
) -> httpx.Response:
    return httpx.post(
        f"{served.base}/xiantong/deliveries/{dataset}", content=content, params=query, timeout=120,
        headers={"Authorization": f"Bearer {served.token(user)}", "Content-Type": "application/json"},
        trust_env=False,
    )  # fmt: skip


def inbox(served: Served) -> list[str]:
    return sorted(path.name for path in (served.settings.inbox / SPORT.folder).iterdir())


def drafts(served: Served) -> set[Path]:
    return set(served.settings.drafts.glob("*/content"))


def get(visitor: Visitor, path: str) -> Any:
    return json.loads(visitor.get(path.removeprefix("/xiantong")))


def test_rows_are_taken_decided_and_reported_back(served: Served) -> None:
    content = payload(WRONG_ROW, "2026-01")
    answer = send(served, content)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert answer.headers["location"] == told["state"]
    with served.as_user("education") as visitor:
        assert get(visitor, told["state"]) == {"state": "waiting", "href": None}
        served.round()
        assert get(visitor, told["state"])["state"] == "settled"
        report = get(visitor, told["report"])
        assert (report["status"], report["revision"], report["errors"]) == ("returned", 1, 1)
        (finding,) = report["findings"]
        assert "达标天数大于在校天数" in finding["message_zh"]
        assert visitor.download(f"/submissions/{told['delivery']}/original") == content
        corrected = send(served, payload(GOOD_ROW, "2026-01")).json()
        served.round()
        report = get(visitor, corrected["report"])
        assert (report["status"], report["revision"], report["findings"]) == ("accepted", 2, [])
    submission = served.latest("2026-01")
    assert (submission.status, submission.id) == (Status.ACCEPTED, corrected["delivery"])


def test_report_of_nothing_is_taken_where_rows_are_events(served: Served) -> None:
    """By another system and on the page; a table of the period wants its rows."""
    told = {"envelope": {"period": "2026-Q1", "reporter_code": BUREAU, "nil": True}, "rows": []}
    content = json.dumps(told).encode()
    report = send(served, content, str(TRAINING), check_only=True).json()
    assert (report["is_valid"], report["rows"], report["findings"]) == (True, 0, [])
    silent = content.replace(b"true", b"false")
    report = send(served, silent, str(TRAINING), check_only=True).json()
    assert not report["is_valid"] and "零报告" not in report["findings"][0]["message_zh"]
    assert '"nil": true' in report["findings"][0]["fix_zh"]
    report = send(served, content.replace(b"2026-Q1", b"2026-02"), check_only=True).json()
    assert not report["is_valid"] and "零值行" in report["findings"][0]["fix_zh"]
    with served.as_user("education") as visitor:
        page = visitor.upload(content, "a.json", TRAINING).text
        assert "审核通过，可以报送" in page and "· 零报告 ·" in page


def test_check_only_says_the_same_and_keeps_nothing(served: Served) -> None:
    known, before = served.deployment.ledger.mark(), (inbox(served), drafts(served))
    answer = send(served, payload(WRONG_ROW, "2026-02"), check_only=True)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["is_valid"], report["errors"], report["period"]) == (False, 1, "2026-02")
    assert send(served, payload(GOOD_ROW, "2026-02"), check_only=True).json()["is_valid"]
    assert served.deployment.ledger.mark() == known
    assert (inbox(served), drafts(served)) == before


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"rows": 1}', 422),
        (b"[" * 100_000, 422),
        (b"x" * (MEGABYTES + 1) * 1_000_000 + b"x", 413),
    ],
    ids=["empty", "half", "list", "no rows", "deep", "large"],
)
def test_what_is_no_delivery_is_refused_in_words(
    served: Served, content: bytes, status: int
) -> None:
    before = inbox(served)
    answer = send(served, content)
    assert answer.status_code == status
    assert not answer.json()["detail"].isascii()
    assert inbox(served) == before


def test_only_the_department_itself_sends_and_reads(served: Served) -> None:
    content = payload(GOOD_ROW, "2026-03")
    assert send(served, content, user="energy").status_code == 403
    assert send(served, content, dataset=str(FUEL)).status_code == 403
    assert send(served, content, dataset="education.nothing").status_code == 404
    submission = served.latest("2026-05")
    with served.as_user("energy") as other:
        other.get(f"/submissions/{submission.id}/report.json", 403)


def test_a_browsers_cookie_is_not_enough(served: Served) -> None:
    with served.as_user("education") as visitor:
        answer = visitor.client.post(
            f"/deliveries/{SPORT}", content=payload(GOOD_ROW, "2026-03"),
            headers={"Content-Type": "application/json", "Accept": "*/*"},
        )  # fmt: skip
    assert answer.status_code == 403
    assert "Bearer" in answer.json()["detail"]
