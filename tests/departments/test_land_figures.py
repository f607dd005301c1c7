"""What the county printed about its land follows from the rows of the sample."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from xiantong.periods import Period, period_range
from xiantong.sample import industrial_park, land_acquisition, natural_resources, parcels
from xiantong.sample.county import County
from xiantong.sample.table import Row

YEAR_END = date(2023, 12, 31)
TOWN, PARK = "980121100000", "980121400000"


def ledger(county: County) -> list[Row]:
    """The ledger of the relocation town for December 2023."""
    office = next(r for r in county.township_offices if r.area_code == TOWN)
    return land_acquisition.household_agreement(county, Period("2023-12"), office).rows


def test_two_villages_have_moved_as_a_whole(county: County) -> None:
    villages: dict[str, list[Row]] = defaultdict(list)
    for row in ledger(county):
        villages[str(row["area_code"])].append(row)
    moved = [
        code
        for code, rows in villages.items()
        if any(row["whole_village"] for row in rows) and all(row["demolish_date"] for row in rows)
    ]
    assert len(moved) == 2
    assert any(row["whole_village"] and not row["demolish_date"] for row in ledger(county))


def test_nearly_ten_thousand_mu_are_vacated(county: County) -> None:
    land = sum(Decimal(str(row["vacated_land_mu"] or 0)) for row in ledger(county))
    assert 9_500 < land <= 10_000


def quota(county: County, period: str) -> list[Row]:
    return industrial_park.land_quota(county, Period(period)).rows


def total(rows: list[Row], column: str) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows), Decimal(0))


def test_land_stock_of_the_park_and_the_years_it_lasts(county: County) -> None:
    stock = total(quota(county, "2023-Q4"), "stock_land_mu")
    assert stock == 1154
    supply = [total(quota(county, f"{year}-Q4"), "supplied_ytd_mu") for year in (2022, 2023)]
    assert 2 <= stock / (sum(supply, Decimal(0)) / 2) <= 3


def test_supply_of_the_park_is_that_of_the_parcel_register(county: County) -> None:
    """The land bureau and the park committee speak of the same parcels."""
    register: dict[object, Row] = {}
    for month in period_range(county.first, county.last):
        for row in natural_resources.industrial_parcel(county, month).rows:
            register[row["parcel_code"]] = row
    supplied = sum(
        Decimal(str(row["parcel_area_mu"]))
        for row in register.values()
        if row["zone_code"] and isinstance(row["supply_date"], date) and row["supply_date"].year == 2023
    )  # fmt: skip
    assert supplied == total(quota(county, "2023-Q4"), "supplied_ytd_mu")


def test_not_every_parcel_of_the_park_can_be_evaluated_yet(county: County) -> None:
    """Land that is still being built on or has just come into use keeps the coverage below 100."""
    in_zone = [p for p in parcels.registered(county, 2023 * 12 + 11) if p.zone_code == PARK]
    states = [p.status(YEAR_END) for p in in_zone]
    assert 0.5 < states.count("IN_USE") / len(states) < 1
