"""Rules of the parcel register: each once violated and once not."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

REGISTER = "natural_resources.industrial_parcel"
USCC = "91350100M000100Y43"


def parcel(number: int = 1, **changes: str | None) -> Row:
    row: Row = {
        "parcel_code": f"980121100001GB{number:05d}", "parcel_name": "河口镇工业大道1号地块",
        "area_code": "980121100000", "holder_uscc": USCC, "parcel_area_mu": "50",
        "supply_date": "2019-03-01", "supply_mode": "标准地出让", "plan_start_date": "2019-06-01",
        "start_date": "2019-06-01", "finish_date": "2020-12-01", "far_min": "1.0", "far_max": "2.0",
        "built_area_sqm": "30000", "far_area_sqm": "30000", "parcel_status": "投产使用",
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("parcel_format", {"parcel_code": "980121100001gb00001"}, {}),
        ("parcel_format", {"parcel_code": "980121100001GB0001"}, {}),
        ("parcel_county", {"parcel_code": "980122100001GB00001"}, {}),
        ("far_limits", {"far_max": "0.9"}, {"far_max": "1.0"}),
        ("far_area", {"far_area_sqm": "29999.99"}, {"far_area_sqm": None}),
        ("date_order", {"finish_date": "2019-05-31"}, {"finish_date": "2019-06-01"}),
        (
            "idle_hint",
            {"start_date": None, "finish_date": None, "parcel_status": "已供", "plan_start_date": "2022-10-30"},
            {"start_date": None, "finish_date": None, "parcel_status": "已供", "plan_start_date": "2022-10-31"},
        ),
        (
            "idle_hint",
            {"start_date": None, "finish_date": None, "parcel_status": "已供"},
            {"start_date": None, "finish_date": None, "parcel_status": "闲置"},
        ),
    ],
)  # fmt: skip
def test_rule_finds_what_is_wrong_and_nothing_else(
    desk: Desk, rule: str, bad: Row, good: Row
) -> None:
    (checked,) = desk.check(desk.delivery(REGISTER, "2023-10", [parcel(7), parcel(**bad)]))
    assert rules_of(checked).get(rule) == [8]
    (checked,) = desk.check(desk.delivery(REGISTER, "2023-10", [parcel(7), parcel(**good)]))
    assert checked.findings == ()


def test_area_is_compared_with_the_last_version_before(desk: Desk) -> None:
    desk.accept(*desk.check(desk.delivery(REGISTER, "2022-03", [parcel(1), parcel(2)])))
    rows = [parcel(1, parcel_area_mu="50.6"), parcel(2, parcel_area_mu="50.5"), parcel(3)]
    (checked,) = desk.check(desk.delivery(REGISTER, "2023-10", rows))
    assert rules_of(checked) == {"area_change": [7]}
    (finding,) = checked.findings
    assert "50.00亩" in finding.fix_zh


def test_new_parcel_need_not_be_known(desk: Desk) -> None:
    """The catalogue lets a parcel refer to its own register, which would forbid new ones."""
    desk.accept(*desk.check(desk.delivery(REGISTER, "2023-09", [parcel(1)])))
    (checked,) = desk.check(desk.delivery(REGISTER, "2023-10", [parcel(2)]))
    assert checked.findings == ()
