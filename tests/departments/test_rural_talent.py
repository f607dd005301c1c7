"""Rules of the talent register and of talent services."""

from __future__ import annotations

from datetime import date

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.sample.people import citizen_id

AREA = "980121104200"


def identity(born: date) -> str:
    return citizen_id("980121", born, 17)


PERSON: Row = {
    "talent_id_no": identity(date(1975, 3, 4)), "talent_name": "刘秀兰", "area_code": AREA,
    "talent_kind": "农业生产经营", "is_top_goose": "否", "register_date": "2023-05-06",
}  # fmt: skip
SERVICE: Row = {
    "activity_no": "RCFW1", "area_code": AREA, "service_kind": "技术帮带", "activity_date": "2023-08-09",
    "expert_cnt": "2", "beneficiary_cnt": "30",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"is_top_goose": "是"}, "top_goose_drive"),
        ({"is_top_goose": "是", "drives_household_cnt": "0"}, "top_goose_drive"),
        ({"is_top_goose": "是", "drives_household_cnt": "12"}, None),
        # 65 completed years on 31 December, and the day on which it is 66
        ({"talent_id_no": identity(date(1958, 1, 1))}, None),
        ({"talent_id_no": identity(date(1957, 12, 31))}, "age_band"),
    ],
)
def test_talent_profile(desk: Desk, changes: Row, rule: str | None) -> None:
    (checked,) = desk.check(
        desk.delivery("rural_talent.talent_profile", "2023", [PERSON | changes])
    )
    assert rules_of(checked) == ({rule: [7]} if rule else {})


def test_the_same_person_stands_once_in_the_register(desk: Desk) -> None:
    other = PERSON | {"talent_id_no": identity(date(1980, 1, 2))}
    again = PERSON | {"talent_kind": "乡村治理"}
    rows = [PERSON, other, again]
    (checked,) = desk.check(desk.delivery("rural_talent.talent_profile", "2023", rows))
    assert rules_of(checked)["kind_once"] == [7, 9]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"expert_cnt": None}, "experts_needed"),
        ({"expert_cnt": None, "service_kind": "用工扶持"}, None),
        ({"beneficiary_cnt": "0"}, "beneficiaries"),
        ({"beneficiary_cnt": "0", "service_kind": "宣传"}, None),
    ],
)
def test_talent_service(desk: Desk, changes: Row, rule: str | None) -> None:
    (checked,) = desk.check(
        desk.delivery("rural_talent.talent_service", "2023-Q3", [SERVICE | changes])
    )
    assert rules_of(checked) == ({rule: [7]} if rule else {})
