"""The figures that townships and the county report at year's end, asked of the sample's own rows.

What the warehouse makes of them is tried from end to end elsewhere; here it is that they follow from
the county's life and not from one seed.
"""

from __future__ import annotations

import csv

import duckdb
import pandas as pd
import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period
from xiantong.sample import agri_rural, forestry
from xiantong.sample.county import County
from xiantong.sample.table import Table
from xiantong.settings import PROJECT_ROOT

TOWNSHIP = "980121104"
COUNTY = "980121000000"


@pytest.fixture(scope="module", params=[1, 11])
def years(request: pytest.FixtureRequest, catalogue: Catalogue) -> County:
    return County(catalogue, Period("2022-01"), Period("2023-12"), seed=request.param)


def ask(table: Table, query: str) -> int:
    """The answer of ``query`` over the rows of ``delivered`` in the demonstration township."""
    rows = pd.DataFrame(table.rows)  # noqa: F841  (read by the query)
    found = duckdb.sql(
        f"with delivered as (select * from rows where starts_with(area_code, '{TOWNSHIP}')) {query}"
    ).fetchone()
    assert found
    return int(found[0])


def test_households_added_to_the_plan_of_2023(years: County) -> None:
    table = agri_rural.toilet_retrofit(years, Period("2023-Q4"))
    assert ask(table, "select count(*) from delivered where plan_year = 2023") == 157


def test_households_applying_in_the_third_quarter(years: County) -> None:
    table = agri_rural.toilet_retrofit(years, Period("2023-Q3"))
    query = "select count(*) from delivered where apply_date is not null and accept_date is null"
    assert ask(table, query) == 154


def test_villages_and_natural_villages_of_the_works(years: County) -> None:
    table = agri_rural.village_project(years, Period("2023-12"))
    assert ask(table, "select sum(village_cnt) from delivered") == 3
    assert ask(table, "select sum(hamlet_cnt) from delivered") == 24


def test_planting_sessions_of_the_year(years: County) -> None:
    rows = [
        row
        for quarter in range(1, 5)
        for row in forestry.greening_activity(years, Period(f"2023-Q{quarter}")).rows
    ]
    query = "select count(*) from delivered where activity_kind = 'PLANTING' and year(activity_date) = 2023"
    assert ask(Table(rows), query) == 2


@pytest.mark.parametrize(
    ("indicator", "value"),
    [("TAL_TOP_GOOSE_CNT", 10), ("EM_DEMO_NATIONAL_CNT", 1), ("EM_DEMO_PROVINCIAL_CNT", 2)],
)
def test_targets_of_2024(indicator: str, value: float) -> None:
    path = PROJECT_ROOT / "expectations/indicators/targets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = [
            (float(row["target_value"]), row["comparator"])
            for row in csv.DictReader(file)
            if (row["indicator_code"], row["area_code"], row["target_period"])
            == (indicator, COUNTY, "2024")
        ]
    assert found == [(value, ">=")]
