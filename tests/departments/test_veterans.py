"""Rules of veterans affairs, each one violated and kept; what is stored of veterans."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.contracts.catalogue import Catalogue
from xiantong.warehouse.tables import raw_table

TOWN = "980121104000"
ID = "11010519491231002X"


def veteran(**changes: str | None) -> Row:
    row: Row = {
        "veteran_id_no": ID, "veteran_name": "王建国", "area_code": TOWN, "service_kind": "集中供养", "age": "73",
        "is_key_person": "否", "service_cnt": "20", "benefit_yuan": "1500", "admitted_date": "2015-03-01",
    }  # fmt: skip
    return row | changes


def facility(**changes: str | None) -> Row:
    row: Row = {
        "facility_code": "GM01", "facility_name": "青澧县军人公墓", "facility_kind": "军人公墓", "area_code": TOWN,
        "capacity_cnt": "1000", "used_cnt": "1000", "built_cnt": "1000",
    }  # fmt: skip
    return row | changes


def petition(number: int = 1, **changes: str | None) -> Row:
    row: Row = {
        "case_no": f"XF{number:03d}", "petitioner_id_no": ID, "petition_kind": "待遇", "accept_date": "2023-08-20",
        "due_date": "2023-10-31", "is_escalated": "否", "risk_level": "低",
    }  # fmt: skip
    return row | changes


MAKERS = {
    "beneficiary": ("2023-10", veteran),
    "honour_facility": ("2023-Q3", facility),
    "petition_case": ("2023-10", petition),
}


@pytest.mark.parametrize(
    ("dataset", "changes", "rule"),
    [
        ("beneficiary", {}, None),
        ("beneficiary", {"age": "17"}, "age_band"),
        ("beneficiary", {"age": "110"}, None),
        ("beneficiary", {"age": "111"}, "age_band"),
        ("beneficiary", {"service_cnt": "0", "benefit_yuan": "0"}, "benefit_no_service"),
        ("beneficiary", {"service_cnt": "0", "benefit_yuan": None}, "benefit_no_service"),
        ("beneficiary", {"service_cnt": "0"}, None),
        ("beneficiary", {"admitted_date": None}, "care_admit"),
        ("beneficiary", {"admitted_date": None, "service_kind": "健康管理"}, None),
        ("honour_facility", {}, None),
        ("honour_facility", {"used_cnt": "1001"}, "used_part"),
        ("honour_facility", {"built_cnt": "1001"}, "built_part"),
        ("petition_case", {}, None),
        ("petition_case", {"due_date": "2023-10-30"}, "overdue"),
        ("petition_case", {"due_date": "2023-10-30", "close_date": "2023-10-31"}, None),
        ("petition_case", {"close_date": "2023-08-20"}, None),
        ("petition_case", {"close_date": "2023-08-19"}, "close_after_accept"),
    ],
)
def test_row_rules(desk: Desk, dataset: str, changes: Row, rule: str | None) -> None:
    period, maker = MAKERS[dataset]
    (checked,) = desk.check(desk.delivery(f"veterans.{dataset}", period, [maker(**changes)]))
    assert rules_of(checked) == ({rule: [7]} if rule else {})


@pytest.mark.parametrize(("count", "expected"), [(10, {}), (9, {"escalation": [7, 8]})])
def test_more_than_a_fifth_escalated_wants_a_reason_for_each(
    desk: Desk, count: int, expected: dict[str, list[int]]
) -> None:
    rows = [petition(n, is_escalated="是" if n < 2 else "否") for n in range(count)]
    quiet = [petition(n) for n in range(3)]
    checked = desk.check(
        desk.delivery("veterans.petition_case", "2023-10", rows),
        desk.delivery("veterans.petition_case", "2023-09", quiet),
    )
    assert [rules_of(c) for c in checked] == [expected, {}]


def test_veteran_is_stored_as_a_hash(desk: Desk) -> None:
    (checked,) = desk.check(desk.delivery("veterans.beneficiary", "2023-10", [veteran()]))
    assert checked.candidate
    (stored,) = pq.read_table(checked.candidate).to_pylist()
    assert {len(stored[name]) for name in ("veteran_id_no", "is_key_person")} == {64}


def test_hashed_columns_are_text_in_the_warehouse(catalogue: Catalogue) -> None:
    """Whether somebody is watched is a yes or no in the form and a hash in the raw table."""
    types = {c.name: c.type for c in raw_table(catalogue.contract("veterans.beneficiary")).columns}
    assert (types["is_key_person"], types["age"]) == ("varchar", "bigint")
