"""What firms paid and invoiced, as the tax service delivers it every quarter."""

from __future__ import annotations

from decimal import Decimal

from xiantong.periods import Period
from xiantong.sample import firms, market_regulation
from xiantong.sample.chance import money
from xiantong.sample.county import County, Unit, month_number
from xiantong.sample.department import Department
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

_OTHER_FIRMS = 240
_LAND_TAX_WAN_PER_MU = 0.32
_QUARTER_SHARE = (0.24, 0.49, 0.73, 1.0)


def enterprise_tax(county: County, period: Period) -> Table:
    """Industrial firms of the county and a part of its trade, building and service companies."""
    month = month_number(period)
    rows = [
        _industrial_row(county, firm, month)
        for firm in firms.firms(county)
        if firm.born <= month
    ]  # fmt: skip
    companies = county.once(market_regulation.companies)[:_OTHER_FIRMS]
    rows += [_other_row(county, unit, period) for unit in companies]
    return Table(rows)


def _industrial_row(county: County, firm: firms.Firm, month: int) -> Row:
    rng = county.chance.of("tax", firm.uscc, month // 12)
    revenue = float(firms.revenue(county, firm, month))
    paid = firms.tax_paid(county, firm, month)
    row = _row(firm.unit, paid, revenue * rng.uniform(0.98, 1.04))
    land_tax = min(firm.land_mu * _LAND_TAX_WAN_PER_MU * (month % 12 + 1) / 12, float(paid) * 0.3)
    rest = float(paid) - land_tax
    purchase = revenue * rng.uniform(0.55, 0.78)
    row |= {
        "vat_ytd_wan": money(rest * rng.uniform(0.5, 0.6)),
        "cit_ytd_wan": money(rest * rng.uniform(0.12, 0.24)),
        "land_use_tax_ytd_wan": money(land_tax),
        "property_tax_ytd_wan": money(rest * 0.05),
        "export_refund_ytd_wan": money(revenue * 0.03) if rng.random() < 0.2 else None,
        "purchase_local_ytd_wan": money(purchase * rng.uniform(0.06, 0.42)),
        "purchase_ytd_wan": money(purchase),
        "taxable_land_mu": money(firm.land_mu),
    }
    return row


def _other_row(county: County, unit: Unit, period: Period) -> Row:
    rng = county.chance.of("tax", unit.uscc, period.year)
    year = float(rng.lognormal(5.6, 1.1)) + 20
    revenue = year * _QUARTER_SHARE[period.ordinal - 1]
    purchase = revenue * rng.uniform(0.5, 0.85)
    row = _row(unit, money(revenue * rng.uniform(0.01, 0.035)), revenue)
    row |= {
        "vat_ytd_wan": money(revenue * 0.006),
        "purchase_local_ytd_wan": money(purchase * rng.uniform(0.1, 0.6)),
        "purchase_ytd_wan": money(purchase),
    }
    return row


def _row(unit: Unit, paid: Decimal, invoiced: float) -> Row:
    return {
        "uscc": unit.uscc,
        "enterprise_name": unit.name,
        "tax_paid_ytd_wan": paid,
        "vat_ytd_wan": None,
        "cit_ytd_wan": None,
        "land_use_tax_ytd_wan": None,
        "property_tax_ytd_wan": None,
        "export_refund_ytd_wan": None,
        "invoice_revenue_ytd_wan": money(invoiced),
        "purchase_local_ytd_wan": None,
        "purchase_ytd_wan": None,
        "taxable_land_mu": None,
    }


DEPARTMENT = Department(
    makers={"enterprise_tax": enterprise_tax},
    breaks={"enterprise_tax": Add("purchase_local_ytd_wan", 900_000)},
    wrong_units={"enterprise_tax": "tax_paid_ytd_wan"},
)
