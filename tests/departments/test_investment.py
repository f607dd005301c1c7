"""Every own rule of the investment datasets, once broken and once kept."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.checking.conftest import Desk, Row, rules_of

USCC = "91350100M000100Y43"
CODE = "2301-980121-04-01-100001"
OTHER = "2301-980121-04-01-100002"


def project(**changes: str | None) -> Row:
    row: Row = {
        "project_code": CODE, "project_name": "青澧新型墙材生产线项目", "builder_uscc": USCC, "builder_name": "青澧新型墙材有限公司",
        "project_category": "新型工业化", "is_industrial": "是", "project_type": "新建", "area_code": "980121100000",
        "total_invest_wan": "8000", "plan_year": "2023", "pipeline_stage": "在建", "plan_start_date": "2023-02-01",
        "start_date": "2023-03-01", "plan_finish_date": "2024-06-30", "stat_in_date": "2023-03-20", "lead_unit": "工业和信息化局",
        "_remark": "已由工信局逐项核对备案证和合同",
    }  # fmt: skip
    return row | changes


def progress(**changes: str | None) -> Row:
    row: Row = {
        "project_code": CODE, "invest_current_wan": "300", "invest_ytd_wan": "900", "invest_total_done_wan": "900",
        "plan_year_wan": "1000", "construction_wan": "600", "equipment_wan": "200", "other_wan": "100", "progress_desc": "主体施工",
    }  # fmt: skip
    return row | changes


def node(code: str, done: str | None, **changes: str | None) -> Row:
    row: Row = {
        "project_code": CODE, "node_code": code, "plan_date": "2023-06-30", "plan_version": "1", "actual_date": done,
        "responsible_unit": "自然资源和规划局", "evidence_no": "建字-1" if done else None,
    }  # fmt: skip
    return row | changes


def meeting(**changes: str | None) -> Row:
    row: Row = {
        "meeting_no": "HS2023-001", "meeting_date": "2023-10-14", "topic": "用地保障会商", "project_cnt": "2", "issue_cnt": "2",
    }  # fmt: skip
    return row | changes


def issue(number: int, **changes: str | None) -> Row:
    row: Row = {
        "issue_no": f"HS2023-001-{number:02d}", "meeting_no": "HS2023-001", "issue_category": "用地", "issue_desc": "用地指标未落实",
        "raise_date": "2023-10-14", "responsible_unit": "自然资源和规划局", "due_date": "2023-11-20", "issue_status": "办理中",
    }  # fmt: skip
    return row | changes


def fund(**changes: str | None) -> Row:
    row: Row = {
        "fund_item_no": "ZJ1", "item_name": "供水管网更新工程", "fund_kind": "地方政府专项债券", "plan_year": "2023",
        "apply_level": "省级", "apply_wan": "5000", "review_status": "已下达", "granted_wan": "4000", "grant_date": "2023-05-10",
        "issued_wan": "4000", "paid_wan": "1000",
    }  # fmt: skip
    return row | changes


CLOSED: Row = {
    "issue_status": "已销号", "close_date": "2023-10-20", "confirm_by": "张伟", "solution": "指标已落实"
}  # fmt: skip


def own(rules: dict[str, list[int | None]]) -> set[str]:
    return {name for name in rules if not name.startswith("auto_ref")}


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A desk that knows one project under construction and one that has not started."""
    idle = project(project_code=OTHER, project_name="青澧冷链物流项目", pipeline_stage="前期", start_date=None, stat_in_date=None)  # fmt: skip
    desk.accept(
        *desk.check(desk.delivery("investment.project_register", "2023-01", [project(), idle]))
    )
    return desk


@pytest.mark.parametrize(
    ("dataset", "row", "rules"),
    [
        ("project_register", project(), set()),
        ("project_register", project(project_code="2301-980121-04-01-1", project_name="甲"), {"code_format"}),
        ("project_register", project(finish_date="2023-02-01"), {"date_order"}),
        ("project_register", project(stat_in_date="2022-11-30"), {"date_order"}),
        ("project_register", project(stat_in_date="2022-12-01"), set()),
        ("project_register", project(total_invest_wan="499.99"), {"small_stat"}),
        ("project_register", project(total_invest_wan="499.99", stat_in_date=None), set()),
        ("project_register", project(project_category="乡村振兴"), {"category_industry"}),
        ("project_register", project(project_category="其他"), set()),
        ("project_monthly", progress(), set()),
        ("project_monthly", progress(invest_current_wan="901"), {"ytd_ge_current", "jump"}),
        ("project_monthly", progress(other_wan="100.06"), {"parts_total"}),
        ("project_monthly", progress(other_wan="100.05"), set()),
        ("project_monthly", progress(other_wan=None), set()),
        ("project_monthly", progress(invest_total_done_wan="8800.01"), {"over_total"}),
        ("project_monthly", progress(invest_total_done_wan="8800"), set()),
        ("project_monthly", progress(project_code=OTHER), {"started_only"}),
        ("project_monthly", progress(project_code=OTHER, invest_current_wan="0"), set()),
        ("project_monthly", progress(plan_year_wan="1500"), {"behind_plan"}),
        ("project_monthly", progress(plan_year_wan="1500", slow_reason="用地"), set()),
        ("project_monthly", progress(plan_year_wan="1350"), set()),
        ("project_monthly", progress(plan_year_wan="599"), {"jump"}),
        ("project_node", node("START", "2023-03-01"), set()),
        ("project_node", node("START", "2023-03-01", evidence_no=None), {"evidence"}),
        ("coordination_issue", issue(1), set()),
        ("coordination_issue", issue(1, **CLOSED), set()),
        ("coordination_issue", issue(1, **CLOSED | {"close_date": "2023-10-13"}), {"close_after_raise"}),
        ("coordination_issue", issue(1, **CLOSED | {"confirm_by": None}), {"closed_complete"}),
        ("coordination_issue", issue(1, due_date="2023-10-30"), {"overdue"}),
        ("coordination_issue", issue(1, due_date="2023-10-30", **CLOSED), set()),
        ("fund_item", fund(), set()),
        ("fund_item", fund(granted_wan="5001"), {"grant_le_apply"}),
        ("fund_item", fund(grant_date=None), {"grant_date_needed"}),
        ("fund_item", fund(paid_wan="4000.01"), {"paid_le_grant"}),
        ("fund_item", fund(fund_kind="增发国债"), {"bond_issue"}),
        ("fund_item", fund(fund_kind="增发国债", issued_wan="0"), set()),
    ],
)  # fmt: skip
def test_a_row_is_judged_on_its_own(office: Desk, dataset: str, row: Row, rules: set[str]) -> None:
    rows = [row | {"_remark": None}]
    (checked,) = office.check(office.delivery(f"investment.{dataset}", "2023-10", rows))
    assert own(rules_of(checked)) == rules


def test_progress_follows_from_the_month_before_in_the_same_year(office: Desk) -> None:
    def months(*pairs: tuple[str, Row]) -> list[set[str]]:
        made = [office.delivery("investment.project_monthly", p, [row]) for p, row in pairs]
        return [own(rules_of(checked)) for checked in office.check(*made)]

    def done(current: str, ytd: str) -> Row:
        return progress(invest_current_wan=current, invest_ytd_wan=ytd, construction_wan=None)

    kept = months(
        ("2023-10", done("300", "900")), ("2023-11", done("100.05", "1000")), ("2023-12", done("0", "1000.05")),
        ("2024-01", done("50", "50") | {"plan_year_wan": "200"}),
    )  # fmt: skip
    assert kept == [set(), set(), set(), set()]
    broken = months(("2023-10", done("300", "900")), ("2023-11", done("0", "899.9")))
    assert broken[1] == {"ytd_monotonic", "ytd_chain"}
    assert months(("2023-08", done("300", "900")), ("2023-11", done("0", "800"))) == [set(), set()]


def test_a_project_does_not_step_back_nor_stand_twice(office: Desk) -> None:
    def check(*rows: Row) -> dict[str, list[int | None]]:
        made = office.delivery("investment.project_register", "2023-02", rows)
        return rules_of(office.check(made)[0])

    assert check(project(pipeline_stage="停缓建")) == {}
    assert check(project(pipeline_stage="前期", _remark=None)) == {"stage_back": [7]}
    twin = project(project_code="2302-980121-04-01-100009", _remark=None)
    assert check(twin) == {"duplicate_name": [7]}, "the other one was delivered a month before"
    assert check(twin, project(_remark=None)) == {"duplicate_name": [7, 8]}
    assert check(project(_remark=None)) == {}, "the same project again"


def test_nodes_are_done_in_order_over_deliveries(office: Desk) -> None:
    def check(period: str, *rows: Row) -> dict[str, list[int | None]]:
        return rules_of(office.check(office.delivery("investment.project_node", period, rows))[0])

    first = [node("FILING", "2023-01-05"), node("LAND", None), node("EIA", None)]
    office.accept(*office.check(office.delivery("investment.project_node", "2023-01", first)))
    assert check("2023-02", node("PLANNING", "2023-02-08")) == {"node_order": [7]}
    assert check("2023-02", node("PLANNING", "2023-02-08"), node("LAND", "2023-02-01")) == {}, (
        "the environmental review is not obligatory"
    )
    assert check("2023-02", node("FILING", None, evidence_no="1")) == {"undo": [7]}
    moved = node("LAND", None, plan_date="2023-08-01")
    assert check("2023-02", moved) == {"plan_moved": [7]}
    assert check("2023-02", moved | {"plan_version": "2"}) == {}
    assert check("2023-02", moved | {"plan_date": "2023-06-01"}) == {}


def test_a_meeting_counts_the_issues_of_the_list(office: Desk) -> None:
    def check(row: Row, submitted_at: datetime = datetime(2023, 11, 2)) -> set[str]:
        made = office.delivery("investment.coordination_meeting", "2023-10", [row], submitted_at=submitted_at)  # fmt: skip
        return own(rules_of(office.check(made)[0]))

    early = datetime(2023, 10, 25)
    dataset = "investment.coordination_meeting"
    office.accept(
        *office.check(office.delivery(dataset, "2023-10", [meeting()], submitted_at=early))
    )
    issues = office.delivery("investment.coordination_issue", "2023-10", [issue(1), issue(2)])
    office.accept(*office.check(issues))
    assert "issue_match" not in check(meeting())
    assert "issue_match" in check(meeting(issue_cnt="3"))
    second = meeting(meeting_no="HS2023-002", meeting_date="2023-10-21")
    assert check(second) == {"issue_match"}
    assert check(second, early) == set(), "the list is not yet due"
    assert check(second | {"issue_cnt": "0"}) == set()
    assert check(second | {"issue_cnt": "0", "meeting_date": "2023-10-22"}) == {"saturday"}
