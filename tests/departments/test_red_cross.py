"""Rules of the Red Cross society, each one violated and kept."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

TOWN = "980121001000"
TRAINING, SERVICE = "red_cross.training_class", "red_cross.humanitarian_service"


def training(**changes: str | None) -> Row:
    row: Row = {
        "class_no": "J1", "class_kind": "救护员取证", "area_code": TOWN, "start_date": "2023-08-01", "attend_cnt": "40",
        "certified_cnt": "40", "target_cnt": "10000",
    }  # fmt: skip
    return row | changes


def service(number: int = 1, **changes: str | None) -> Row:
    row: Row = {
        "service_kind": "网上募捐", "area_code": TOWN, "activity_no": f"A{number}", "person_cnt": "300",
        "income_yuan": "1000", "spend_yuan": "1000",
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"certified_cnt": "41"}, "certified_part"),
        ({"class_kind": "普及培训", "certified_cnt": "1"}, "awareness_no_cert"),
        ({"class_kind": "普及培训", "certified_cnt": "0"}, None),
    ],
)
def test_training_rules(desk: Desk, changes: Row, rule: str | None) -> None:
    (checked,) = desk.check(desk.delivery(TRAINING, "2023-Q3", [training(**changes)]))
    assert rules_of(checked) == ({rule: [7]} if rule else {})


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, {}),
        ({"service_kind": "造血干细胞", "donate_cnt": "2"}, {}),
        ({"service_kind": "造血干细胞", "donate_cnt": "0"}, {"stem_cell": [7]}),
        ({"service_kind": "造血干细胞"}, {"stem_cell": [7]}),
        ({"income_yuan": "0"}, {"online_income": [7], "spend_le_income": [None]}),
        ({"income_yuan": "0", "spend_yuan": "0"}, {}),
        ({"income_yuan": "0", "service_kind": "线下募捐"}, {"spend_le_income": [None]}),
    ],
)
def test_service_rules(desk: Desk, changes: Row, rules: dict[str, list[int | None]]) -> None:
    (checked,) = desk.check(desk.delivery(SERVICE, "2023-10", [service(**changes)]))
    assert rules_of(checked) == rules


@pytest.mark.parametrize("accepted_before", [True, False])
@pytest.mark.parametrize(("spend", "lacking"), [("1500", None), ("1500.01", "0.01")])
def test_what_earlier_months_left_may_be_spent(
    desk: Desk, accepted_before: bool, spend: str, lacking: str | None
) -> None:
    earlier = [desk.delivery(SERVICE, m, [service(income_yuan=i)]) for m, i in (("2023-08", "1300"), ("2023-09", "1200"))]  # fmt: skip
    now = desk.delivery(SERVICE, "2023-10", [service(spend_yuan=spend)])
    if accepted_before:
        desk.accept(*desk.check(*earlier))
        (checked,) = desk.check(now)
    else:
        *_, checked = desk.check(*earlier, now)
    assert rules_of(checked) == ({"spend_le_income": [None]} if lacking else {})
    assert all(lacking in f.fix_zh for f in checked.findings if lacking)


def test_a_corrected_month_counts_once_in_the_balance(desk: Desk) -> None:
    """September left 200; its correction in the same batch leaves 500 and not 700."""
    desk.accept(*desk.check(desk.delivery(SERVICE, "2023-09", [service(income_yuan="1200")])))
    corrected = desk.delivery(SERVICE, "2023-09", [service(income_yuan="1500")])
    within = desk.delivery(SERVICE, "2023-10", [service(spend_yuan="1500")])
    beyond = desk.delivery(SERVICE, "2023-10", [service(spend_yuan="1600")])
    assert [rules_of(c) for c in desk.check(corrected, within)] == [{}, {}]
    assert rules_of(desk.check(corrected, beyond)[1]) == {"spend_le_income": [None]}
