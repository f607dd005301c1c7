"""Rules of the media centre's content and business."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

CONTENT: Row = {
    "channel_code": "客户端", "content_kind": "治理型新闻", "item_cnt": "21", "original_cnt": "21",
    "view_cnt": "3000", "governance_cnt": "21", "appeal_in_cnt": "9", "appeal_done_cnt": "9",
}  # fmt: skip
LINE: Row = {
    "line_code": "社区信息枢纽", "line_name": "澧事通", "register_user_cnt": "50000",
    "active_user_cnt": "50000", "revenue_ytd_wan": "60", "cost_ytd_wan": "70",
}  # fmt: skip


def found(desk: Desk, dataset: str, period: str, row: Row) -> dict[str, list[int | None]]:
    return rules_of(desk.check(desk.delivery(f"media.{dataset}", period, [row]))[0])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"original_cnt": "22"}, "original_part"),
        ({"appeal_done_cnt": "10"}, "appeal_part"),
        ({"appeal_in_cnt": None}, None),
        ({"view_cnt": "0"}, "view_zero"),
        ({"view_cnt": "0", "item_cnt": "20", "original_cnt": None}, None),
    ],
)
def test_content_month(desk: Desk, changes: Row, rule: str | None) -> None:
    rules = found(desk, "content_month", "2023-10", CONTENT | changes)
    assert rules == ({rule: [7]} if rule else {})


def test_active_users_are_registered(desk: Desk) -> None:
    assert found(desk, "operation_month", "2023-10", LINE) == {}
    wrong = LINE | {"active_user_cnt": "50001"}
    assert found(desk, "operation_month", "2023-10", wrong) == {"active_part": [7]}


def test_revenue_and_users_of_a_line_are_compared_with_the_month_before(desk: Desk) -> None:
    desk.accept(*desk.check(desk.delivery("media.operation_month", "2023-11", [LINE])))
    less = LINE | {"revenue_ytd_wan": "59.99"}
    assert found(desk, "operation_month", "2023-12", less) == {"revenue_monotonic": [7]}
    fewer = LINE | {"register_user_cnt": "49999", "active_user_cnt": "100"}
    assert found(desk, "operation_month", "2023-12", fewer) == {"register_drop": [7]}
    other_line = less | {"line_code": "草坪运营"}
    assert found(desk, "operation_month", "2023-12", other_line) == {}


def test_revenue_starts_anew_in_january(desk: Desk) -> None:
    desk.accept(*desk.check(desk.delivery("media.operation_month", "2023-12", [LINE])))
    assert found(desk, "operation_month", "2024-01", LINE | {"revenue_ytd_wan": "3"}) == {}
