"""Rules of the relocation ledger: each once violated and once not."""

from __future__ import annotations

from datetime import date

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.sample.people import citizen_id

LEDGER = "land_acquisition.household_agreement"
TOWN = "980121100000"
IDS = [citizen_id(TOWN, date(1980, 1, 1), serial) for serial in (1, 3)]


def household(number: int = 1, **changes: str | None) -> Row:
    row: Row = {
        "agreement_no": f"ZQ-{number:05d}", "area_code": "980121100200", "relocation_project_name": "滨江片区",
        "householder_name": "王伟", "householder_id_no": IDS[0], "member_cnt": "4", "whole_village": "是",
        "sign_date": "2023-01-10", "vacate_date": "2023-02-10", "demolish_date": "2023-03-10",
        "house_area_sqm": "180", "compensation_wan": "60", "paid_wan": "40", "resettle_mode": "安置房",
    }  # fmt: skip
    return row | changes


def check(desk: Desk, period: str, rows: list[Row]) -> dict[str, list[int | None]]:
    delivery = desk.delivery(LEDGER, period, rows, reporter=TOWN, reporter_area=TOWN)
    (checked,) = desk.check(delivery)
    return rules_of(checked)


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("date_order", {"vacate_date": "2023-01-09"}, {"vacate_date": "2023-01-10"}),
        ("date_order", {"demolish_date": "2023-02-09"}, {"demolish_date": None}),
        ("date_order", {"vacate_date": None, "demolish_date": "2023-01-09"}, {"vacate_date": None, "demolish_date": "2023-01-11"}),
        ("paid_le_agreed", {"paid_wan": "60.01"}, {"paid_wan": "60"}),
        ("member_range", {"member_cnt": "16"}, {"member_cnt": "15"}),
        ("member_range", {"member_cnt": "0"}, {"member_cnt": "1"}),
    ],
)  # fmt: skip
def test_row_rule(desk: Desk, rule: str, bad: Row, good: Row) -> None:
    other = household(9, householder_id_no=IDS[1])
    assert check(desk, "2023-10", [other, household(**bad)]) == {rule: [8]}
    assert check(desk, "2023-10", [other, household(**good)]) == {}


def test_ledger_follows_the_month_before(desk: Desk) -> None:
    """What was paid stays paid, and nobody disappears."""
    first = [household(n, relocation_project_name=f"项目{n}") for n in (1, 2, 3)]
    delivery = desk.delivery(LEDGER, "2023-09", first, reporter=TOWN, reporter_area=TOWN)
    desk.accept(*desk.check(delivery))
    less = [
        first[0] | {"paid_wan": "39.99"}, first[1] | {"paid_wan": None}, first[2] | {"paid_wan": "40"},
    ]  # fmt: skip
    assert check(desk, "2023-10", less) == {"paid_monotonic": [7, 8]}
    gone = desk.delivery(LEDGER, "2023-10", first[:2], reporter=TOWN, reporter_area=TOWN)
    (checked,) = desk.check(gone)
    (finding,) = [f for f in checked.findings if f.rule_id.endswith("no_vanish")]
    assert finding.value == "ZQ-00003"
    assert "ZQ-00003" in finding.fix_zh


def test_one_householder_signs_once_per_project(desk: Desk) -> None:
    rows = [household(1), household(2), household(3, relocation_project_name="另一项目"),
            household(4, householder_id_no=IDS[1])]  # fmt: skip
    assert check(desk, "2023-10", rows) == {"one_house_once": [7, 8]}
    assert check(desk, "2023-10", rows[1:]) == {}
