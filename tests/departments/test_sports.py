"""Rules of sports, each one violated and kept."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.contracts.catalogue import Catalogue

TOWN = "980121104000"
VENUE, EVENT = "sports.sport_venue", "sports.sport_event"


def ground(number: int, area_code: str, **changes: str | None) -> Row:
    row: Row = {
        "venue_code": f"TY{number:04d}", "venue_name": f"第{number}文体广场", "area_code": area_code, "venue_type": "其他",
        "venue_level": "村级", "ground_area_sqm": "800", "build_year": "2019", "open_kind": "免费开放", "venue_status": "使用中",
    }  # fmt: skip
    return row | changes


def event(**changes: str | None) -> Row:
    row: Row = {
        "event_no": "E1", "event_name": "足球裁判员培训班", "event_kind": "等级培训", "sport_item": "足球", "event_level": "县级",
        "area_code": TOWN, "start_date": "2023-08-01", "end_date": "2023-08-01", "participant_cnt": "30", "certified_cnt": "30",
    }  # fmt: skip
    return row | changes


@pytest.fixture
def village_grounds(catalogue: Catalogue) -> list[Row]:
    """One ground in every village of the township."""
    codes = [a.area_code for a in catalogue.areas if a.parent_code == TOWN]
    assert len(codes) == 12
    return [ground(number, code) for number, code in enumerate(codes, 1)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"end_date": "2023-07-31"}, "date_order"),
        ({"event_kind": "赛事"}, "certified_course"),
        ({"event_kind": "赛事", "certified_cnt": "0"}, None),
        ({"event_kind": "赛事", "certified_cnt": None}, None),
        ({"certified_cnt": "31"}, "certified_part"),
    ],
)
def test_event_rules(desk: Desk, changes: Row, rule: str | None) -> None:
    (checked,) = desk.check(desk.delivery(EVENT, "2023-Q3", [event(**changes)]))
    assert rules_of(checked) == ({rule: [7]} if rule else {})


@pytest.mark.parametrize("size", ["10", "200000"])
def test_usual_sizes_are_no_surprise(desk: Desk, village_grounds: list[Row], size: str) -> None:
    village_grounds[0]["ground_area_sqm"] = size
    delivery = desk.delivery(VENUE, "2023", village_grounds, reporter=TOWN, reporter_area=TOWN)
    assert rules_of(desk.check(delivery)[0]) == {}


@pytest.mark.parametrize("size", ["9.99", "200000.01"])
def test_unusual_sizes_want_a_reason(desk: Desk, village_grounds: list[Row], size: str) -> None:
    village_grounds[2]["ground_area_sqm"] = size
    delivery = desk.delivery(VENUE, "2023", village_grounds, reporter=TOWN, reporter_area=TOWN)
    assert rules_of(desk.check(delivery)[0]) == {"area_band": [9]}


def test_same_ground_under_two_codes_is_marked(desk: Desk, village_grounds: list[Row]) -> None:
    twin = village_grounds[0] | {"venue_code": "TY9999"}
    another = village_grounds[1] | {"venue_code": "TY9998", "venue_type": "篮球场"}
    rows = [*village_grounds, twin, another]
    delivery = desk.delivery(VENUE, "2023", rows, reporter=TOWN, reporter_area=TOWN)
    assert rules_of(desk.check(delivery)[0]) == {"dup_name": [7, 19]}


@pytest.mark.parametrize(
    "changes", [{"venue_status": "停用"}, {"venue_level": "学校"}, {"area_code": TOWN}]
)
def test_village_without_a_ground_of_its_own_is_named(
    desk: Desk, village_grounds: list[Row], changes: Row
) -> None:
    place = village_grounds[4]["area_code"]
    village_grounds[4] |= changes
    delivery = desk.delivery(VENUE, "2023", village_grounds, reporter=TOWN, reporter_area=TOWN)
    (finding,) = desk.check(delivery)[0].findings
    assert finding.rule_id == f"{VENUE}.village_cover"
    assert finding.value and finding.value.startswith(str(place))
    assert finding.row is None


@pytest.mark.parametrize("accepted_before", [True, False])
def test_grounds_of_earlier_years_still_cover_their_villages(
    desk: Desk, village_grounds: list[Row], accepted_before: bool
) -> None:
    """A form of changes: one ground is new, another is closed and leaves its village without any."""
    first = desk.delivery(VENUE, "2022", village_grounds, reporter=TOWN, reporter_area=TOWN)
    changes = [ground(90, TOWN), village_grounds[3] | {"venue_status": "停用"}]
    second = desk.delivery(VENUE, "2023", changes, reporter=TOWN, reporter_area=TOWN)
    if accepted_before:
        desk.accept(*desk.check(first))
        (checked,) = desk.check(second)
    else:
        _, checked = desk.check(first, second)
    (finding,) = checked.findings
    assert finding.value and finding.value.startswith(str(village_grounds[3]["area_code"]))
