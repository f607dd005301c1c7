"""Every own rule of the state assets datasets, once broken and once kept."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of

USCC = "91350100M000100Y43"


def finance(**changes: str | None) -> Row:
    row: Row = {
        "uscc": USCC, "enterprise_name": "青澧城投集团", "soe_level": "一级平台", "assets_wan": "1000", "liability_wan": "600",
        "debt_wan": "400", "revenue_ytd_wan": "90", "net_profit_wan": "-5", "due_next_12m_wan": "100", "cash_wan": "50",
    }  # fmt: skip
    return row | changes


def asset(**changes: str | None) -> Row:
    row: Row = {
        "asset_code": "Z1", "owner_uscc": USCC, "asset_kind": "房屋", "area_code": "980121100000", "book_value_wan": "12",
        "income_ytd_wan": "0.5", "reuse_status": "完成",
    }  # fmt: skip
    return row | changes


def own(rules: dict[str, list[int | None]]) -> set[str]:
    return {name for name in rules if not name.startswith("auto_ref")}


@pytest.mark.parametrize(
    ("dataset", "period", "row", "rules"),
    [
        ("soe_financial", "2023-10", finance(), set()),
        ("soe_financial", "2023-10", finance(liability_wan="1000.01"), {"liability_part"}),
        ("soe_financial", "2023-10", finance(debt_wan="601"), {"debt_part"}),
        ("soe_financial", "2023-10", finance(cash_wan="49.99"), {"coverage"}),
        ("idle_asset", "2023-Q3", asset(), set()),
        ("idle_asset", "2023-Q3", asset(income_ytd_wan="0"), {"reuse_income"}),
        ("idle_asset", "2023-Q3", asset(income_ytd_wan="0", reuse_status="推进中"), set()),
        ("idle_asset", "2023-Q3", asset(book_value_wan="0"), {"value_zero"}),
    ],
)  # fmt: skip
def test_a_row_is_judged_on_its_own(
    desk: Desk, dataset: str, period: str, row: Row, rules: set[str]
) -> None:
    (checked,) = desk.check(desk.delivery(f"state_assets.{dataset}", period, [row]))
    assert own(rules_of(checked)) == rules


def test_revenue_since_january_does_not_shrink_inside_a_year(desk: Desk) -> None:
    checked = desk.check(
        desk.delivery("state_assets.soe_financial", "2023-11", [finance()]),
        desk.delivery("state_assets.soe_financial", "2023-12", [finance(revenue_ytd_wan="89")]),
        desk.delivery("state_assets.soe_financial", "2024-01", [finance(revenue_ytd_wan="8")]),
    )
    assert [own(rules_of(c)) for c in checked] == [set(), {"ytd_monotonic"}, set()]
