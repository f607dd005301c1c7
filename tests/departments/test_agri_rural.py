"""Rules of rural works, toilets, upkeep and village companies: each once violated and once not."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

AREA = "980121104200"
ID, OTHER_ID = "11010519491231002X", "110105194912310038"
USCC = "91350100M000100Y43"

PROJECT: Row = {
    "item_no": "NCJS104001", "item_name": "青岭镇1村自然村组道路硬化工程", "area_code": AREA,
    "village_cnt": "1", "hamlet_cnt": "8", "work_kind": "自然村硬化路", "plan_quantity": "8.5",
    "done_quantity": "8.5", "road_paved_km": "8.5", "invest_wan": "360", "invest_done_wan": "350",
    "start_date": "2022-06-01", "finish_date": "2022-12-01", "accept_date": "2023-05-01",
    "settle_date": None,
}  # fmt: skip
HOUSEHOLD: Row = {
    "householder_id_no": ID, "householder_name": "王建国", "area_code": AREA, "plan_year": "2023",
    "toilet_kind": "三格化粪池", "apply_date": "2023-03-01", "start_date": "2023-04-01",
    "finish_date": "2023-05-01", "accept_date": "2023-08-01", "accept_result": "合格",
    "subsidy_yuan": "2000",
}  # fmt: skip
FACILITY: Row = {
    "area_code": AREA, "facility_kind": "集中供水", "facility_cnt": "3", "running_cnt": "3",
    "spend_ytd_yuan": "6000", "spend_current_yuan": "2000", "problem_cnt": "2",
    "rectified_cnt": "2",
}  # fmt: skip
VILLAGE = [
    FACILITY,
    FACILITY | {"facility_kind": "污水设施"},
    FACILITY | {"facility_kind": "OTHER"},
]
COMPANY: Row = {
    "uscc": USCC, "company_name": "青岭镇强村富民发展有限公司", "area_code": "980121104000",
    "revenue_current_wan": "12", "revenue_ytd_wan": "90", "profit_wan": "-3", "village_share_cnt": "9",
    "employ_cnt": "20", "local_employ_cnt": "16", "main_business": "农产品经营",
}  # fmt: skip


def found(desk: Desk, dataset: str, period: str, rows: list[Row]) -> dict[str, list[int | None]]:
    return rules_of(desk.check(desk.delivery(f"agri_rural.{dataset}", period, rows))[0])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"finish_date": "2022-05-31"}, "stage_order"),
        ({"accept_date": "2022-11-30", "settle_date": "2022-12-30"}, "stage_order"),
        ({"settle_date": "2023-04-30"}, "stage_order"),
        ({"finish_date": None, "accept_date": None, "settle_date": "2022-05-01"}, "stage_order"),
        ({"finish_date": None}, None),
        ({"invest_done_wan": "360.01"}, "invest_part"),
        ({"invest_done_wan": "360"}, None),
        ({"done_quantity": "8.6"}, "quantity_part"),
        ({"plan_quantity": None}, None),
        ({"accept_date": "2023-04-29"}, "settle_overdue"),
        ({"accept_date": "2023-04-30"}, None),
        ({"accept_date": "2023-04-29", "settle_date": "2023-10-31"}, None),
    ],
)
def test_village_project(desk: Desk, changes: Row, rule: str | None) -> None:
    rules = found(
        desk, "village_project", "2023-10", [PROJECT, PROJECT | {"item_no": "2"} | changes]
    )
    assert rules == ({rule: [8]} if rule else {})


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"finish_date": "2023-03-31"}, "accepted_order"),
        ({"start_date": None, "finish_date": "2023-02-28"}, "accepted_order"),
        ({"accept_date": "2023-04-30"}, "accepted_order"),
        ({"finish_date": None, "start_date": None, "accept_date": "2023-02-01"}, "accepted_order"),
        ({"accept_result": None}, "accept_result_needed"),
        ({"accept_result": None, "accept_date": None}, None),
        ({"householder_id_no": ID[:-1] + "1"}, "auto_idno_householder_id_no"),
    ],
)
def test_toilet_retrofit(desk: Desk, changes: Row, rule: str | None) -> None:
    assert found(desk, "toilet_retrofit", "2023-Q3", [HOUSEHOLD | changes]) == (
        {rule: [7]} if rule else {}
    )


def test_a_household_may_stand_in_the_plans_of_two_years(desk: Desk) -> None:
    assert (
        found(desk, "toilet_retrofit", "2023-Q3", [HOUSEHOLD, HOUSEHOLD | {"plan_year": "2022"}])
        == {}
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"running_cnt": "4"}, "running_part"),
        ({"rectified_cnt": "3"}, "rectified_part"),
        ({"facility_cnt": "0", "running_cnt": "0"}, None),
    ],
)
def test_facility_maintenance(desk: Desk, changes: Row, rule: str | None) -> None:
    rules = found(desk, "facility_maintenance", "2023-Q3", [VILLAGE[0] | changes, *VILLAGE[1:]])
    assert rules == ({rule: [7]} if rule else {})


def test_a_village_without_one_kind_of_facility_is_asked(desk: Desk) -> None:
    other = [row | {"area_code": "980121104201"} for row in VILLAGE]
    rules = found(desk, "facility_maintenance", "2023-Q3", [*VILLAGE[:2], *other])
    assert rules == {"kinds_complete": [7]}


def test_spending_since_january_does_not_fall_within_a_year(desk: Desk) -> None:
    less = [row | {"spend_ytd_yuan": "5999"} for row in VILLAGE]
    desk.accept(*desk.check(desk.delivery("agri_rural.facility_maintenance", "2023-Q3", VILLAGE)))
    assert found(desk, "facility_maintenance", "2023-Q4", less) == {"ytd_monotonic": [7, 8, 9]}
    assert found(desk, "facility_maintenance", "2023-Q4", VILLAGE) == {}
    desk.accept(*desk.check(desk.delivery("agri_rural.facility_maintenance", "2023-Q4", VILLAGE)))
    assert found(desk, "facility_maintenance", "2024-Q1", less) == {}


@pytest.fixture
def registered(desk: Desk) -> Desk:
    entity = {
        "uscc": USCC, "entity_name": "青岭镇强村富民发展有限公司", "entity_type": "COMPANY",
        "industry_code": "L7291", "found_date": "2019-05-01", "reg_status": "ACTIVE",
        "area_code": "980121104000", "approve_date": "2019-05-01",
    }  # fmt: skip
    desk.accept(*desk.check(desk.delivery("market_regulation.market_entity", "2023-01", [entity])))
    return desk


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"revenue_current_wan": "90.01"}, "ytd_ge_current"),
        ({"revenue_current_wan": "0", "revenue_ytd_wan": "0"}, "zero_company"),
        ({"revenue_current_wan": "0", "revenue_ytd_wan": "0", "employ_cnt": "0", "local_employ_cnt": None}, None),
        ({"local_employ_cnt": "21"}, "local_part"),
        ({"uscc": "91512081MA62K0260E"}, "auto_ref_uscc"),
    ],
)  # fmt: skip
def test_collective_company(registered: Desk, changes: Row, rule: str | None) -> None:
    rules = found(registered, "collective_company", "2023-10", [COMPANY | changes])
    assert rules == ({rule: [7]} if rule else {})


def test_revenue_since_january_does_not_fall_within_a_year(registered: Desk) -> None:
    dataset = "agri_rural.collective_company"
    less = [COMPANY | {"revenue_ytd_wan": "89.99"}]
    registered.accept(*registered.check(registered.delivery(dataset, "2023-11", [COMPANY])))
    assert found(registered, "collective_company", "2023-12", less) == {"ytd_monotonic": [7]}
    registered.accept(*registered.check(registered.delivery(dataset, "2023-12", [COMPANY])))
    assert found(registered, "collective_company", "2024-01", less) == {}
