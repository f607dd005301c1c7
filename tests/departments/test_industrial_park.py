"""Rules of the land quota and of the occupancy survey: each once violated and once not."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from tests.departments.test_natural_resources import REGISTER, USCC, parcel

QUOTA = "industrial_park.land_quota"
SURVEY = "industrial_park.parcel_occupancy"
ZONE = "980121400000"


def cluster(name: str = "城东组团", **changes: str | None) -> Row:
    row: Row = {
        "zone_code": ZONE, "cluster_name": name, "stock_land_mu": "400", "new_quota_mu": "300",
        "quota_used_mu": "100", "supplied_ytd_mu": "80", "demand_signed_mu": "300",
    }  # fmt: skip
    return row | changes


def occupier(code: str = "980121100001GB00001", **changes: str | None) -> Row:
    row: Row = {
        "parcel_code": code, "occupier_uscc": USCC, "occupier_name": "青澧机械有限公司",
        "occupy_kind": "自用", "occupied_mu": "50",
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("quota_ceiling", {"quota_used_mu": "300.01"}, {"quota_used_mu": "300"}),
        ("shortage", {"demand_signed_mu": "400.5"}, {"demand_signed_mu": "400"}),
    ],
)
def test_quota_rule(desk: Desk, rule: str, bad: Row, good: Row) -> None:
    (checked,) = desk.check(desk.delivery(QUOTA, "2023-Q2", [cluster("城西组团"), cluster(**bad)]))
    assert rules_of(checked) == {rule: [8]}
    (checked,) = desk.check(desk.delivery(QUOTA, "2023-Q2", [cluster("城西组团"), cluster(**good)]))
    assert checked.findings == ()


@pytest.mark.parametrize(
    ("period", "changes", "rules"),
    [
        ("2023-Q2", {"supplied_ytd_mu": "79", "stock_land_mu": "401"}, {"supplied_monotonic": [7]}),
        ("2023-Q2", {"supplied_ytd_mu": "120", "stock_land_mu": "410"}, {}),
        ("2023-Q2", {"supplied_ytd_mu": "120", "stock_land_mu": "411"}, {"stock_balance": [7]}),
        ("2023-Q2", {"supplied_ytd_mu": "120", "stock_land_mu": "309.9"}, {"stock_balance": [7]}),
        ("2023-Q2", {"cluster_name": "城西组团", "supplied_ytd_mu": "0", "stock_land_mu": "900"}, {}),
    ],
)  # fmt: skip
def test_quota_follows_the_quarter_before(
    desk: Desk, period: str, changes: Row, rules: dict[str, list[int]]
) -> None:
    desk.accept(*desk.check(desk.delivery(QUOTA, "2023-Q1", [cluster()])))
    (checked,) = desk.check(desk.delivery(QUOTA, period, [cluster(**changes)]))
    assert rules_of(checked) == rules


def test_new_year_starts_from_nothing(desk: Desk) -> None:
    desk.accept(*desk.check(desk.delivery(QUOTA, "2022-Q4", [cluster()])))
    row = cluster(supplied_ytd_mu="0", stock_land_mu="900")
    (checked,) = desk.check(desk.delivery(QUOTA, "2023-Q1", [row]))
    assert checked.findings == ()


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("tenant_rent", {"occupy_kind": "租赁使用"}, {"occupy_kind": "租赁使用", "rent_yuan_sqm_month": "9.5"}),
        ("disposal_needs_status", {"disposal_mode": "收储"}, {"disposal_mode": "收储", "disposal_status": "推进中"}),
    ],
)  # fmt: skip
def test_survey_rule(desk: Desk, rule: str, bad: Row, good: Row) -> None:
    other = occupier("980121100001GB00002")
    (checked,) = desk.check(desk.delivery(SURVEY, "2023-S2", [other, occupier(**bad)]))
    assert rules_of(checked) == {rule: [8]}
    (checked,) = desk.check(desk.delivery(SURVEY, "2023-S2", [other, occupier(**good)]))
    assert checked.findings == ()


def test_lease_may_end_in_the_future(desk: Desk) -> None:
    row = occupier(occupy_kind="租赁使用", rent_yuan_sqm_month="9", lease_end_date="2031-12-31")
    (checked,) = desk.check(desk.delivery(SURVEY, "2023-S2", [row]))
    assert checked.findings == ()


def test_occupiers_together_use_no_more_than_the_parcel(desk: Desk) -> None:
    """Two in a hundred is how well survey and register agree; the version of the half-year counts."""
    desk.accept(*desk.check(desk.delivery(REGISTER, "2022-03", [parcel(1), parcel(2)])))
    halved = parcel(1, parcel_area_mu="25", _remark="宗地分割，分割部分另立新代码")
    desk.accept(*desk.check(desk.delivery(REGISTER, "2023-09", [halved])))
    rows = [
        occupier(occupied_mu="30"),
        occupier(occupier_uscc="91512081MA62K0260E", occupied_mu="21"),
        occupier("980121100001GB00002", occupied_mu="51.01"),
    ]
    known = {"sum_area": [9]}
    (before,) = desk.check(desk.delivery(SURVEY, "2023-S1", rows))
    assert {k: v for k, v in rules_of(before).items() if not k.startswith("auto")} == known
    (after,) = desk.check(desk.delivery(SURVEY, "2023-S2", rows))
    found = {k: sorted(v) for k, v in rules_of(after).items() if not k.startswith("auto")}
    assert found == {"sum_area": [7, 8, 9]}


def test_survey_names_supplied_parcels_that_it_lacks(desk: Desk) -> None:
    """Land in zones only, in its state at the end of the half-year; nobody else's county."""
    building = {"start_date": None, "finish_date": None, "plan_start_date": "2023-12-01"}
    supplied = parcel(2, zone_code=ZONE, parcel_status="已供", **building)
    register = [
        parcel(1, zone_code=ZONE), supplied, parcel(3, parcel_status="已供", **building),
        parcel(4, zone_code=ZONE, parcel_status="未供", **building),
    ]  # fmt: skip
    desk.accept(*desk.check(desk.delivery(REGISTER, "2023-10", register)))
    (checked,) = desk.check(desk.delivery(SURVEY, "2023-S2", [occupier()]))
    (finding,) = [f for f in checked.findings if f.rule_id.endswith(".coverage")]
    assert finding.message_zh == "园区内已供工业用地未纳入调查：980121100001GB00002"
    (early,) = desk.check(desk.delivery(SURVEY, "2023-S1", [occupier()]))
    assert "coverage" not in rules_of(early)
    full = [occupier(), occupier("980121100001GB00002", occupy_kind="闲置")]
    (checked,) = desk.check(desk.delivery(SURVEY, "2023-S2", full))
    assert checked.findings == ()
