"""Rules of drills, duty checks and demonstration communities."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

FOREST_TOWNS = {
    "980121104000": "青岭镇", "980121105000": "松林镇", "980121200000": "云台乡", "980121203000": "高峰乡",
}  # fmt: skip
DRILL: Row = {
    "drill_no": "YL1", "drill_kind": "专项演练", "subject_kind": "防汛", "area_code": "980121104000",
    "drill_date": "2023-05-12", "participant_cnt": "80", "team_cnt": "2",
}  # fmt: skip
COMMUNITY: Row = {
    "area_code": "980121001002", "demo_level": "国家级", "community_name": "城关2社区",
    "population_cnt": "6703", "shelter_sqm": "9000", "drill_cnt": "1", "apply_status": "已申报",
    "inspect_score": "100",
}  # fmt: skip


def check(number: int, area: str, **changes: str | None) -> Row:
    row: Row = {
        "check_no": f"ZS{number}", "area_code": area, "check_kind": "值班值守",
        "check_date": "2023-10-12", "fire_season": "是", "duty_24h": "是", "problem_cnt": "1",
        "rectified_cnt": "1",
    }  # fmt: skip
    return row | changes


def all_towns(**changes: str | None) -> list[Row]:
    return [check(n, area, **changes) for n, area in enumerate(FOREST_TOWNS)]


def found(desk: Desk, dataset: str, period: str, rows: list[Row]) -> dict[str, list[int | None]]:
    return rules_of(desk.check(desk.delivery(f"emergency.{dataset}", period, rows))[0])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"participant_cnt": "0"}, "people_zero"),
        ({"team_cnt": "0"}, "unit_or_team"),
        ({"team_cnt": None, "unit_cnt": "3"}, None),
        ({"team_cnt": None, "drill_kind": "知识培训"}, None),
    ],
)
def test_drill_training(desk: Desk, changes: Row, rule: str | None) -> None:
    rules = found(desk, "drill_training", "2023-Q2", [DRILL | changes])
    assert rules == ({rule: [7]} if rule else {})


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"rectified_cnt": "2"}, "rectified_part"),
        ({"duty_24h": None}, "duty_season"),
        ({"duty_24h": "否"}, "duty_season"),
        ({"duty_24h": "否", "check_kind": "装备物资"}, None),
        ({"plan_valid_until": "2023-10-30"}, "plan_expired"),
        ({"plan_valid_until": "2023-10-31"}, None),
    ],
)
def test_duty_check(desk: Desk, changes: Row, rule: str | None) -> None:
    rows = [*all_towns(), check(9, "980121100000") | changes]
    assert found(desk, "duty_check", "2023-10", rows) == ({rule: [11]} if rule else {})


def test_forest_towns_without_a_duty_check_in_the_fire_season_are_named(desk: Desk) -> None:
    rows = [*all_towns()[:2], check(8, "980121200000", check_kind="预案抽查评审")]
    (checked,) = desk.check(desk.delivery("emergency.duty_check", "2023-10", rows))
    messages = [f.message_zh for f in checked.findings]
    assert sorted(messages) == ["防火期未检查的林业镇：云台乡", "防火期未检查的林业镇：高峰乡"]


def test_a_check_in_a_village_or_delivered_before_counts_for_the_town(desk: Desk) -> None:
    first = all_towns()[:3]
    explained = desk.delivery("emergency.duty_check", "2023-10", first)
    desk.accept(*desk.check(explained))
    assert found(desk, "duty_check", "2023-10", [check(7, "980121203201")]) == {}


def test_outside_the_fire_season_nobody_is_asked(desk: Desk) -> None:
    rows = [check(1, "980121100000", fire_season="否", check_date="2023-07-03", duty_24h=None)]
    assert found(desk, "duty_check", "2023-07", rows) == {}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"inspect_score": "100.5"}, "score_band"),
        ({"drill_cnt": "0"}, "drill_floor"),
        ({"drill_cnt": "0", "apply_status": "创建中"}, None),
    ],
)
def test_demo_community(desk: Desk, changes: Row, rule: str | None) -> None:
    rules = found(desk, "demo_community", "2023", [COMMUNITY | changes])
    assert rules == ({rule: [7]} if rule else {})
