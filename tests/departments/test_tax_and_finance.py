"""The rules of the tax service and the finance office: each violated once and kept once."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from tests.checking.conftest import desk as desk
from tests.departments.deliveries import ONE, entity

TAX, LOAN, LISTING = "tax.enterprise_tax", "finance_office.bank_loan", "finance_office.listing_pipeline"  # fmt: skip


def paid(**changes: str | None) -> Row:
    row: Row = {
        "uscc": ONE, "enterprise_name": "青澧某某有限公司", "tax_paid_ytd_wan": "100", "vat_ytd_wan": "60", "cit_ytd_wan": "20",
        "land_use_tax_ytd_wan": "15", "property_tax_ytd_wan": "5", "invoice_revenue_ytd_wan": "2500",
        "purchase_local_ytd_wan": "400", "purchase_ytd_wan": "1500", "taxable_land_mu": "80",
    }  # fmt: skip
    return row | changes


def loan(**changes: str | None) -> Row:
    row: Row = {
        "bank_code": "C1010980121100", "bank_name": "某银行", "loan_kind": "普惠小微", "loan_balance_wan": "1000",
        "loan_start_wan": "900", "inclusive_balance_wan": "1000", "new_loan_ytd_wan": "300", "npl_wan": "10",
    }  # fmt: skip
    return row | changes


def candidate(**changes: str | None) -> Row:
    row: Row = {
        "uscc": ONE, "enterprise_name": "青澧某某有限公司", "pipeline_level": "辅导备案", "stage_date": "2023-03-01",
        "share_reform_done": "是",
    }  # fmt: skip
    return row | changes


def own_rules(desk: Desk, dataset: str, period: str, row: Row) -> set[str]:
    (checked,) = desk.check(desk.delivery(dataset, period, [row]))
    return {rule for rule in rules_of(checked) if not rule.startswith("auto_")}


@pytest.mark.parametrize(
    ("dataset", "period", "row", "rules"),
    [
        (TAX, "2023-Q3", paid(), set()),
        (TAX, "2023-Q3", paid(vat_ytd_wan="60.06"), {"parts_le_total"}),
        (TAX, "2023-Q3", paid(vat_ytd_wan="100.06", cit_ytd_wan=None, land_use_tax_ytd_wan=None,
                              property_tax_ytd_wan=None), {"parts_le_total"}),
        (TAX, "2023-Q3", paid(purchase_local_ytd_wan="1500.01"), {"local_le_total"}),
        (LOAN, "2023-10", loan(), set()),
        (LOAN, "2023-10", loan(inclusive_balance_wan="1000.01"), {"inclusive_part"}),
        (LOAN, "2023-10", loan(npl_wan="1000.01"), {"npl_part"}),
        (LISTING, "2023-10", candidate(), set()),
        (LISTING, "2023-10", candidate(share_reform_done="否"), {"reform_order"}),
        (LISTING, "2023-10", candidate(share_reform_done="否", pipeline_level="股改中"), set()),
    ],
)  # fmt: skip
def test_row_rules(desk: Desk, dataset: str, period: str, row: Row, rules: set[str]) -> None:
    assert own_rules(desk, dataset, period, row) == rules


@pytest.mark.parametrize(
    ("dataset", "before", "now", "earlier", "later", "rules"),
    [
        (TAX, "2023-Q2", "2023-Q3", paid(), paid(), set()),
        (TAX, "2023-Q2", "2023-Q3", paid(tax_paid_ytd_wan="101"), paid(), {"ytd_monotonic"}),
        (TAX, "2022-Q4", "2023-Q1", paid(tax_paid_ytd_wan="101"), paid(), set()),
        (LOAN, "2023-09", "2023-10", loan(new_loan_ytd_wan="301"), loan(), {"ytd_monotonic"}),
        (LOAN, "2022-12", "2023-01", loan(new_loan_ytd_wan="301"), loan(), set()),
        (LOAN, "2023-09", "2023-10", loan(loan_kind="绿色", new_loan_ytd_wan="301"), loan(), set()),
        (LOAN, "2023-09", "2023-10", loan(), loan(loan_balance_wan="1300"), set()),
        (LOAN, "2023-09", "2023-10", loan(), loan(loan_balance_wan="1300.01"), {"balance_swing"}),
        (LOAN, "2023-09", "2023-10", loan(loan_balance_wan="0", inclusive_balance_wan="0", npl_wan="0"), loan(), set()),
        (LISTING, "2023-09", "2023-10", candidate(), candidate(pipeline_level="已申报"), set()),
        (LISTING, "2023-09", "2023-10", candidate(), candidate(pipeline_level="后备"), {"stage_forward"}),
    ],
)  # fmt: skip
def test_rules_over_two_periods(
    desk: Desk, dataset: str, before: str, now: str, earlier: Row, later: Row, rules: set[str]
) -> None:
    *_, checked = desk.check(
        desk.delivery(dataset, before, [earlier]), desk.delivery(dataset, now, [later])
    )
    assert {rule for rule in rules_of(checked) if not rule.startswith("auto_")} == rules


@pytest.mark.parametrize(("land", "asked"), [("80", False), ("79.99", True), (None, False)])
def test_taxed_land_is_most_of_the_parcels(desk: Desk, land: str | None, asked: bool) -> None:
    """100 mu in the latest list; the list of the year before had ten times as much."""
    entity(desk)
    for period, area in (("2022", "1000"), ("2023", "60")):
        rows: list[Row] = [
            {
                "parcel_code": f"980121101001GB0000{n}", "parcel_name": "某宗地", "area_code": "980121101000",
                "holder_uscc": ONE, "parcel_area_mu": size, "supply_mode": "招拍挂出让", "supply_date": "2012-01-01",
                "parcel_status": "投产使用", "_remark": "宗地分割办理变更登记，面积据实调整",
            }
            for n, size in enumerate((area, "40"))
        ]  # fmt: skip
        desk.accept(*desk.check(desk.delivery("natural_resources.industrial_parcel", period, rows)))
    assert ("land_area_gap" in own_rules(desk, TAX, "2023-Q3", paid(taxable_land_mu=land))) is asked
