"""The county office extends, exempts, closes and reopens on the page of a report, always with a reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.served import BUREAU, GOOD_ROW, SPORT, Served, Visitor, field
from xiantong.county_time import county_today

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

REASON = "学校停电一周，数据迟到"


def report(period: str) -> str:
    return f"/reports/{SPORT}/{period}/{BUREAU}"


def decide(visitor: Visitor, period: str, decision: str, **form: Any) -> httpx.Response:
    """Fill in a form of the report's page and send it."""
    csrf = field(visitor.get(report(period)), "csrf") if "csrf" not in form else form["csrf"]
    data = {"reason": REASON} | form | {"csrf": csrf, "decision": decision}
    return visitor.client.post(report(period), data=data, follow_redirects=True)


def test_missing_report_leads_to_its_page_and_is_extended_and_withdrawn(served: Served) -> None:
    later = county_today() + timedelta(days=9)
    with served.as_user("county") as office, served.as_user("education") as reporter:
        assert report("2026-06") in office.get(f"/board/{SPORT}")
        assert report("2026-06") in office.get("/board", state="missing", period="2026-06")
        answer = decide(office, "2026-06", "extend", day=str(later))
        assert answer.status_code == 200 and REASON in answer.text and f"到{later}" in answer.text

        page = reporter.get(report("2026-06"))
        assert "还有9天" in page and REASON in page
        assert "<textarea" not in page and ">county<" not in page  # nothing to decide here
        assert "已延期" in reporter.get("/")

        (made,) = [a.seq for a in _arrangements(served) if a.period.label == "2026-06"]
        answer = decide(office, "2026-06", "withdraw", number=made, reason="误录")
        assert "不再有效" in answer.text and "逾期未报" in answer.text
        assert decide(office, "2026-06", "withdraw", number=made).status_code == 422  # twice


def test_exempt_report_is_not_missing(served: Served) -> None:
    with served.as_user("county") as office:
        before = office.get("/board", state="missing", department="education")
        assert report("2026-09") in before
        assert "免报" in decide(office, "2026-09", "exempt").text
        assert report("2026-09") not in office.get(
            "/board", state="missing", department="education"
        )


def test_closed_report_goes_back_until_it_is_reopened(served: Served, tmp_path: Path) -> None:
    content = served.form(tmp_path, [GOOD_ROW], "2026-10").read_bytes()
    with served.as_user("county") as office, served.as_user("education") as reporter:
        assert "已封账" in decide(office, "2026-10", "close", scope="dataset").text
        _, refused = reporter.draft(content)
        assert "封账" in refused and REASON in refused
        assert "已封账" in reporter.get(report("2026-10"))
        answer = decide(office, "2026-10", "reopen", day=str(county_today()), reason="补报十月")
        assert "补报十月" in answer.text and "<dd><span class" in answer.text
        _, open_again = reporter.draft(content)
        assert "封账" not in open_again


@pytest.mark.parametrize(
    ("decision", "form", "said"),
    [
        ("extend", {"day": "2099-01-01", "reason": "  "}, "请写明原因"),
        ("extend", {}, "请选择新的截止日期"),
        ("extend", {"day": "2020-01-01"}, "已经过去"),
        ("extend", {"day": "2099-01-01", "scope": "period"}, "没有这样的范围"),
        ("withdraw", {}, "请从列表中选择"),
        ("reopen", {}, "情况已有变化"),
        ("extend", {"day": "soon"}, "日期的写法"),
        ("forget", {}, "decision"),
    ],
)
def test_what_is_no_decision_is_told_and_not_recorded(
    served: Served, decision: str, form: dict[str, str], said: str
) -> None:
    known = len(_arrangements(served))
    with served.as_user("county") as office:
        answer = decide(office, "2026-09", decision, **form)
    assert answer.status_code == 422 and said in answer.text
    assert len(_arrangements(served)) == known


def test_only_the_office_decides_and_only_from_its_own_page(served: Served) -> None:
    known = len(_arrangements(served))
    with served.as_user("education") as reporter, served.as_user("county") as office:
        own = reporter.csrf()
        refused = decide(reporter, "2026-09", "exempt", csrf=own)
        assert refused.status_code == 403 and "县统计部门" in refused.text
        assert decide(office, "2026-09", "exempt", csrf=own).status_code == 403
        assert decide(office, "2026-09", "exempt", csrf="").status_code == 403
    assert len(_arrangements(served)) == known


def test_reports_that_nobody_owes_are_not_found(served: Served) -> None:
    with served.as_user("county") as office:
        for path in (f"/reports/{SPORT}/2026-05/nobody", f"/reports/no.such/2026-05/{BUREAU}"):
            assert office.client.get(path).status_code == 404, path
        assert office.client.get(f"/reports/{SPORT}/2026-Q1/{BUREAU}").status_code == 422


def _arrangements(served: Served) -> list[Any]:
    from xiantong.reporting_calendar import list_arrangements

    return list(list_arrangements(served.deployment))
