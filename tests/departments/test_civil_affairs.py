"""Rules of civil affairs: each one violated and kept; what is stored of children and old people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow.parquet as pq
import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.contracts.catalogue import Catalogue
from xiantong.delivered import Explanation
from xiantong.sample.people import citizen_id, credit_code

COUNTY, TOWN, VILLAGE = "980121000000", "980121104000", "980121104201"
OLD = "11010519491231002X"
ORG, OTHER_ORG = (credit_code("51", COUNTY, serial) for serial in (60_000_001, 60_000_002))


def born(year: int) -> str:
    """The identity number of somebody born in the middle of the year."""
    return citizen_id(COUNTY, date(year, 6, 15), 1)


def care(**changes: str | None) -> Row:
    row: Row = {
        "recipient_id_no": OLD, "recipient_name": "王秀英", "service_kind": "购买护理服务", "area_code": VILLAGE,
        "disability_level": "中度", "hardship_kind": "低保", "start_date": "2023-01-10", "service_cnt": "4",
        "service_hour": "6", "fee_yuan": "228", "satisfaction": "满意",
    }  # fmt: skip
    return row | changes


def site(**changes: str | None) -> Row:
    row: Row = {
        "site_code": "YL001", "site_name": "青岭镇老年食堂", "site_kind": "老年食堂", "area_code": VILLAGE, "bed_cnt": "60",
        "occupied_bed_cnt": "40", "care_bed_cnt": "30", "meal_cnt": "500", "meal_subsidy_yuan": "2000", "inspect_cnt": "1",
        "problem_cnt": "2", "rectified_cnt": "2", "site_status": "使用中",
    }  # fmt: skip
    return row | changes


def organization(uscc: str = ORG, **changes: str | None) -> Row:
    row: Row = {
        "uscc": uscc, "org_name": "青岭镇老年体育协会", "org_kind": "社会团体", "found_date": "2010-05-01",
        "inspect_result": "合格", "grade": "3A", "grade_date": "2020-05-01",
    }  # fmt: skip
    return row | changes


def village(area_code: str = VILLAGE, **changes: str | None) -> Row:
    row: Row = {
        "area_code": area_code, "grid_cnt": "3", "grid_worker_cnt": "3", "event_reported_cnt": "10",
        "event_closed_cnt": "10", "smart_community": "否",
    }  # fmt: skip
    return row | changes


def child(**changes: str | None) -> Row:
    row: Row = {
        "child_id_no": born(2012), "child_name": "李子晴", "area_code": VILLAGE, "child_kind": "孤儿",
        "guardian_kind": "其他亲属", "allowance_yuan": "3300", "visit_cnt": "1", "in_school": "是", "risk_level": "高",
    }  # fmt: skip
    return row | changes


MAKERS = {
    "elderly_service": ("2023-10", care),
    "elderly_site": ("2023-10", site),
    "social_organization": ("2023", organization),
    "child_protection": ("2023-Q3", child),
}


@pytest.mark.parametrize(
    ("dataset", "changes", "rules"),
    [
        ("elderly_service", {"recipient_id_no": born(1963)}, {}),
        ("elderly_service", {"recipient_id_no": born(1964)}, {"age_60"}),
        ("elderly_service", {"service_cnt": "0"}, {"fee_no_service"}),
        ("elderly_service", {"service_cnt": "0", "fee_yuan": "0"}, {}),
        ("elderly_service", {"service_kind": "家庭养老床位"}, {"accept_needed"}),
        ("elderly_service", {"service_kind": "家庭养老床位", "start_date": "2023-08-01"}, {}),
        ("elderly_service", {"service_kind": "家庭适老化改造", "accept_date": "2023-03-01"}, {}),
        ("elderly_site", {"occupied_bed_cnt": "60"}, {}),
        ("elderly_site", {"occupied_bed_cnt": "61"}, {"bed_part"}),
        ("elderly_site", {"care_bed_cnt": "61"}, {"care_part"}),
        ("elderly_site", {"rectified_cnt": "3"}, {"rectified_part"}),
        ("elderly_site", {"inspect_cnt": "0"}, {"canteen_uninspected"}),
        ("elderly_site", {"inspect_cnt": "0", "site_status": "停用"}, {}),
        ("elderly_site", {"inspect_cnt": "0", "site_kind": "养老机构"}, {}),
        ("elderly_site", {"meal_subsidy_yuan": "5000"}, {}),
        ("elderly_site", {"meal_subsidy_yuan": "5000.01"}, {"subsidy_per_meal"}),
        ("elderly_site", {"meal_cnt": None}, {"subsidy_per_meal"}),
        ("social_organization", {"grade_date": "2018-12-31"}, {}),
        ("social_organization", {"grade_date": "2018-12-30"}, {"grade_expired"}),
        ("social_organization", {"grade_date": "2018-12-30", "grade": None}, {}),
        ("child_protection", {"child_id_no": born(2005), "in_school": "否"}, {"age_18"}),
        ("child_protection", {"child_id_no": born(2005)}, {}),
        ("child_protection", {"child_id_no": born(2006), "in_school": "否"}, {}),
        ("child_protection", {"allowance_yuan": "3299.99"}, {"allowance_floor"}),
        ("child_protection", {"allowance_yuan": "0", "child_kind": "农村留守"}, {}),
        ("child_protection", {"visit_cnt": "0", "child_kind": "农村留守"}, {"visit_floor"}),
        ("child_protection", {"visit_cnt": "0"}, {}),
    ],
)  # fmt: skip
def test_row_rules(desk: Desk, dataset: str, changes: Row, rules: set[str]) -> None:
    period, maker = MAKERS[dataset]
    (checked,) = desk.check(desk.delivery(f"civil_affairs.{dataset}", period, [maker(**changes)]))
    assert rules_of(checked) == {rule: [7] for rule in rules}


def test_service_registered_twice_marks_both_rows(desk: Desk) -> None:
    rows = [care(), care(service_kind="探视走访"), care(fee_yuan="1")]
    (checked,) = desk.check(desk.delivery("civil_affairs.elderly_service", "2023-10", rows))
    assert rules_of(checked)["dup_service"] == [7, 9]


def test_sensitive_code_has_one_hash_however_it_is_written(desk: Desk) -> None:
    written = ("DIBAO", "dibao", "低保", "2")
    rows = [care(recipient_id_no=born(1950 + n), hardship_kind=w) for n, w in enumerate(written)]
    (checked,) = desk.check(desk.delivery("civil_affairs.elderly_service", "2023-10", rows))
    assert checked.candidate
    stored = pq.read_table(checked.candidate).column("hardship_kind").to_pylist()
    assert len(stored) == 4 and len(set(stored)) == 1 and len(stored[0]) == 64


def villages(catalogue: Catalogue, prefix: str, day: date = date(2023, 6, 30)) -> list[str]:
    """Villages and communities below an area that are in force on a day."""
    return [
        a.area_code
        for a in catalogue.areas
        if a.area_level == "village"
        and a.area_code.startswith(prefix)
        and (a.valid_from or day) <= day
        and (a.valid_to is None or a.valid_to > day)
    ]


@pytest.mark.parametrize(("area", "count"), [(COUNTY, 160), (TOWN, 12)])
def test_every_village_of_the_reporter_has_to_be_there(
    desk: Desk, catalogue: Catalogue, area: str, count: int
) -> None:
    all_of_them = villages(catalogue, area.rstrip("0"))
    assert len(all_of_them) == count
    rows = [village(code) for code in all_of_them]
    complete, lacking = desk.check(
        desk.delivery("civil_affairs.community_governance", "2023-Q2", rows, reporter=area, reporter_area=area),
        desk.delivery("civil_affairs.community_governance", "2023-Q3", rows[1:], reporter=area, reporter_area=area),
    )  # fmt: skip
    assert rules_of(complete) == {}
    (finding,) = lacking.findings
    assert finding.rule_id.endswith(".all_villages")
    assert finding.value and finding.value.startswith(all_of_them[0])


def test_more_closed_than_reported_and_fewer_workers_than_grids_want_a_reason(
    desk: Desk, catalogue: Catalogue
) -> None:
    rows = [village(code) for code in villages(catalogue, TOWN[:9])]
    rows[1] |= {"event_closed_cnt": "11"}
    rows[3] |= {"grid_worker_cnt": "2"}
    delivery = desk.delivery("civil_affairs.community_governance", "2023-Q3", rows, reporter=TOWN, reporter_area=TOWN)  # fmt: skip
    (checked,) = desk.check(delivery)
    assert rules_of(checked) == {"closed_part": [8], "grid_worker": [10]}


def registered(uscc: str, status: str) -> Row:
    return {
        "uscc": uscc, "entity_name": "协会", "entity_type": "社会组织", "industry_code": "S9521", "legal_person_name": "王强",
        "found_date": "2010-05-01", "approve_date": "2010-05-01", "reg_status": status, "status_date": "2023-02-01",
        "area_code": TOWN, "address": "青岭镇", "abnormal": "否", "serious_violation": "否",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "expected"), [("注销", {}), ("存续", {"missing_org": [None]})])
def test_organisation_of_last_year_is_inspected_or_cancelled(
    desk: Desk, status: str, expected: dict[str, list[None]]
) -> None:
    register = [registered(ORG, "存续"), registered(OTHER_ORG, status)]
    (entities,) = desk.check(desk.delivery("market_regulation.market_entity", "2023-02", register))
    desk.accept(entities)
    dataset = "civil_affairs.social_organization"
    before = desk.delivery(dataset, "2022", [organization(ORG), organization(OTHER_ORG)])
    now = desk.delivery(dataset, "2023", [organization(ORG)])
    checked = desk.check(before, now)[1]
    own = {k: v for k, v in rules_of(checked).items() if not k.startswith("auto_")}
    assert own == expected
    if expected:
        finding = next(f for f in checked.findings if f.rule_id.endswith("missing_org"))
        assert finding.value and finding.value.startswith(OTHER_ORG)


STAGES: Sequence[tuple[str | None, str | None, bool]] = (
    ("评估中", "评估合格", False),
    ("评估合格", "评估合格", False),
    ("评估合格", "已申请", True),
    (None, "已申请", False),
    ("评估合格", None, False),
)


@pytest.mark.parametrize("accepted_before", [True, False])
@pytest.mark.parametrize(("before", "now", "goes_back"), STAGES)
def test_adoption_never_goes_back(
    desk: Desk, before: str | None, now: str | None, goes_back: bool, accepted_before: bool
) -> None:
    """A child is found again by its hash, in the lake as in the same batch."""
    dataset = "civil_affairs.child_protection"
    other = child(child_id_no=born(2011), adoption_stage="已登记")
    first = desk.delivery(dataset, "2023-Q2", [other, child(adoption_stage=before)])
    second = desk.delivery(dataset, "2023-Q3", [child(adoption_stage=now), other])
    if accepted_before:
        desk.accept(*desk.check(first))
        (checked,) = desk.check(second)
    else:
        _, checked = desk.check(first, second)
    assert rules_of(checked) == ({"adoption_order": [7]} if goes_back else {})


def test_child_is_stored_as_a_hash_and_shown_to_nobody(desk: Desk) -> None:
    """The kind of protection and the risk stay codes, because county totals are counted by them."""
    rows = [child(allowance_yuan="1"), child(child_id_no=born(2013), child_kind="未知")]
    (wrong,) = desk.check(desk.delivery("civil_affairs.child_protection", "2023-Q3", rows))
    assert {f.value for f in wrong.findings if f.column in ("child_id_no", "child_kind")} <= {"***"}
    assert not any(text in repr(wrong) for text in (born(2012), born(2013), "李子晴", "未知"))
    (right,) = desk.check(desk.delivery("civil_affairs.child_protection", "2023-Q3", [child()]))
    assert right.candidate
    (stored,) = pq.read_table(right.candidate).to_pylist()
    assert (stored["child_kind"], stored["risk_level"]) == ("ORPHAN", "HIGH")
    assert {len(stored[name]) for name in ("child_id_no", "child_name", "guardian_kind")} == {64}


def test_explained_warning_is_no_obstacle(desk: Desk) -> None:
    why = Explanation(text="食堂后厨改造，停业两周", sheet="Sheet1", row=7)
    row = site(inspect_cnt="0")
    (checked,) = desk.check(
        desk.delivery("civil_affairs.elderly_site", "2023-10", [row], explanations=[why])
    )
    (finding,) = checked.findings
    assert finding.explanation == why.text
