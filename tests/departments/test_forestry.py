"""Rules of greening activities and of fire reports with their times of day."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

AREA = "980121104200"
ACTIVITY: Row = {
    "activity_no": "LY1", "area_code": AREA, "activity_date": "2023-03-12", "activity_kind": "义务植树",
    "participant_cnt": "100", "tree_cnt": "5000",
}  # fmt: skip
FIRE: Row = {
    "event_no": "HQ1", "area_code": AREA, "event_kind": "FIRE", "discovered_at": "2023-03-05T14:00:00",
    "reported_at": "2023-03-05T15:00:00", "arrived_at": "2023-03-05T15:20:00",
    "controlled_at": "2023-03-05T17:00:00", "report_channel": "PATROL", "shared_to_county": "true",
    "affected_mu": "3.5", "casualty_cnt": "0",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"survival_pct": "100"}, None),
        ({"survival_pct": "100.1"}, "survival_band"),
        ({"tree_cnt": "5001"}, "trees_per_person"),
        ({"tree_cnt": None}, "planting_needs_trees"),
        ({"tree_cnt": None, "activity_kind": "认种认养"}, None),
    ],
)
def test_greening_activity(desk: Desk, changes: Row, rule: str | None) -> None:
    rows = [ACTIVITY | changes]
    (checked,) = desk.check(desk.delivery("forestry.greening_activity", "2023-Q1", rows))
    assert rules_of(checked) == ({rule: [7]} if rule else {})


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"reported_at": "2023-03-05T13:59:59"}, "report_latency"),
        ({"controlled_at": "2023-03-05T15:19:00"}, "time_order"),
        ({"arrived_at": None, "controlled_at": None}, None),
        ({"shared_to_county": "false"}, "fire_needs_report"),
        ({"shared_to_county": "false", "event_kind": "HOTSPOT"}, None),
        ({"reported_at": "2023-03-05T15:00:01"}, "late_report"),
        ({"reported_at": "2023-03-05T15:10:00", "event_kind": "HOTSPOT"}, None),
        ({"discovered_at": "2023年3月5日14时30分"}, None),
        ({"discovered_at": "2023年3月5日下午"}, "auto_date_discovered_at"),
    ],
)
def test_fire_event(desk: Desk, changes: Row, rule: str | None) -> None:
    (checked,) = desk.check(desk.delivery("forestry.fire_event", "2023-03", [FIRE | changes]))
    assert rules_of(checked) == ({rule: [7]} if rule else {})
