"""Rules of penalty cases, coordination and the force: each once violated and once not."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

CASES = "law_enforcement.penalty_case"
MATTERS = "law_enforcement.joint_coordination"
FORCE = "law_enforcement.enforcement_capacity"


def case(number: int = 1, **changes: str | None) -> Row:
    row: Row = {
        "case_no": f"罚字{number}号", "case_kind": "城市管理", "law_basis": "条例第三条", "area_code": "980121001000",
        "party_name": "李强", "file_date": "2023-08-01", "decide_date": "2023-08-20", "penalty_yuan": "500",
        "review_level": "承办机构审核", "case_status": "已决定", "performed_yuan": "500",
    }  # fmt: skip
    return row | changes


def matter(number: int = 1, **changes: str | None) -> Row:
    row: Row = {
        "matter_no": f"XZ{number}", "matter_kind": "公安协助", "partner_unit": "县公安局", "raise_date": "2023-08-01",
        "handle_date": "2023-08-09", "result": "已办结",
    }  # fmt: skip
    return row | changes


def team(name: str = "城关执法队", **changes: str | None) -> Row:
    row: Row = {
        "unit_name": name, "area_code": "980121001000", "officer_cnt": "9", "recorder_cnt": "5",
        "budget_wan": "120", "spent_wan": "119.5",
    }  # fmt: skip
    return row | changes


def penalty(yuan: str, level: str) -> Row:
    return {"penalty_yuan": yuan, "review_level": level}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("decide_after_file", {"decide_date": "2023-07-31"}, {"decide_date": "2023-08-01"}),
        ("large_review", penalty("30000", "法制机构审核"), penalty("30000", "负责人集体讨论")),
        ("large_review", penalty("30000", "承办机构审核"), penalty("29999.99", "法制机构审核")),
        ("performed_part", {"performed_yuan": "500.01"}, {"performed_yuan": None}),
        (
            "deadline",
            {"decide_date": None, "file_date": "2023-08-01"},
            {"decide_date": None, "file_date": "2023-08-02"},
        ),
    ],
)
def test_case_rule(desk: Desk, rule: str, bad: Row, good: Row) -> None:
    (checked,) = desk.check(desk.delivery(CASES, "2023-10", [case(9), case(**bad)]))
    assert rules_of(checked) == {rule: [8]}
    (checked,) = desk.check(desk.delivery(CASES, "2023-10", [case(9), case(**good)]))
    assert checked.findings == ()


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("handle_after_raise", {"handle_date": "2023-07-31"}, {"handle_date": None}),
        ("court_ref", {"matter_kind": "申请法院强制执行"}, {"matter_kind": "联席会议"}),
    ],
)
def test_matter_rule(desk: Desk, rule: str, bad: Row, good: Row) -> None:
    (checked,) = desk.check(desk.delivery(MATTERS, "2023-Q3", [matter(9), matter(**bad)]))
    assert rules_of(checked) == {rule: [8]}
    (checked,) = desk.check(desk.delivery(MATTERS, "2023-Q3", [matter(9), matter(**good)]))
    assert checked.findings == ()


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("spent_over", {"spent_wan": "120.01"}, {"spent_wan": "120"}),
        ("recorder_per_officer", {"recorder_cnt": "4"}, {"recorder_cnt": None}),
    ],
)
def test_force_rule(desk: Desk, rule: str, bad: Row, good: Row) -> None:
    (checked,) = desk.check(desk.delivery(FORCE, "2023", [team("东湖执法队"), team(**bad)]))
    assert rules_of(checked) == {rule: [8]}
    (checked,) = desk.check(desk.delivery(FORCE, "2023", [team("东湖执法队"), team(**good)]))
    assert checked.findings == ()


def test_serious_case_against_a_firm_that_is_not_registered_is_returned(desk: Desk) -> None:
    unknown = case(subject_uscc="91350100M000100Y43")
    (checked,) = desk.check(desk.delivery(CASES, "2023-10", [unknown]))
    assert checked.findings == ()  # Nobody has delivered the register yet.
    row: Row = {
        "uscc": "91512081MA62K0260E", "entity_name": "青澧甲有限公司", "entity_type": "企业", "industry_code": "C3421",
        "legal_person_name": "李强", "found_date": "2015-01-01", "reg_status": "存续", "area_code": "980121001000",
    }  # fmt: skip
    desk.accept(*desk.check(desk.delivery("market_regulation.market_entity", "2023-09", [row])))
    (checked,) = desk.check(desk.delivery(CASES, "2023-10", [unknown]))
    assert rules_of(checked) == {"auto_ref_subject_uscc": [7]}
