"""The figures that the prefecture printed, asked of the deliveries of its four counties.

What the warehouse makes of them is tried from end to end elsewhere; here it is that they follow from
the counties' life and not from one seed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Reporter
from xiantong.periods import Period
from xiantong.sample import industry, statistics
from xiantong.sample.county import County
from xiantong.sample.table import Table

Maker = Callable[[County, Period, Reporter], Table]
LARGE = 50_000


@pytest.fixture(scope="module", params=[1, 11])
def county(request: pytest.FixtureRequest, catalogue: Catalogue) -> County:
    return County(catalogue, Period("2022-01"), Period("2023-12"), seed=request.param)


def ask(county: County, maker: Maker, period: str, query: str) -> Decimal:
    """The answer of ``query`` over what the bureaus of the four counties delivered."""
    bureaus = county.bureaus("industry")
    assert len(bureaus) == 4
    tables = [maker(county, Period(period), bureau) for bureau in bureaus]
    delivered = pd.DataFrame([row for table in tables for row in table.rows])
    found = duckdb.query_df(delivered, "delivered", query).fetchone()
    assert found
    return Decimal(str(found[0]))


def divisions(county: County, group: str) -> str:
    code = county.catalogue.codes["industry_group"].by_code[group]
    return ", ".join(f"'{division}'" for division in code.extra["divisions"])


def test_biochemistry_in_september(county: County) -> None:
    of_group = (
        f"from delivered where substr(industry_code, 2, 2) in ({divisions(county, 'BIOCHEM')})"
    )

    def answer(what: str) -> Decimal:
        return ask(county, industry.enterprise_monthly, "2023-09", f"select {what} {of_group}")

    assert answer("count(*)") == 234
    assert answer("count(*) filter (where output_ytd_wan < output_ytd_ly_wan)") == 125
    growth = answer("100 * (sum(output_ytd_wan)::double / sum(output_ytd_ly_wan)::double - 1)")
    assert round(growth, 6) == Decimal("-3.8")
    # New firms stay in the output and are counted apart.
    assert answer("count(*) filter (where output_ytd_ly_wan = 0)") > 0


def test_technical_renovation_in_october(county: County) -> None:
    growth = "select 100 * (sum(invest_ytd_wan)::double / sum(invest_ytd_ly_wan)::double - 1) from delivered"
    found = ask(county, industry.technical_renovation, "2023-10", growth)
    assert round(found, 6) == Decimal("14.1")
    least = "select least(min(invest_current_wan), min(invest_ytd_ly_wan)) from delivered"
    for month in ("2023-10", "2023-11", "2023-12"):
        assert ask(county, industry.technical_renovation, month, least) >= 0


def test_the_province_prints_its_growth_for_the_quarters_only(county: County) -> None:
    def printed(period: str) -> list[object]:
        rows = statistics.benchmark_series(county, Period(period)).rows
        return [r["growth_pct"] for r in rows if r["indicator_code"] == "IND_TECHREN_INV_YOY"]

    assert printed("2023-09") == [Decimal("26.5")]
    assert printed("2023-10") == []


def test_projects_that_were_not_started_at_the_end_of_october(county: County) -> None:
    waiting = "from delivered where start_date is null and exit_date is null"
    gathered = "source_batch in ('CONVENTION', 'MOBILISATION')"
    everybody = ask(county, industry.funnel_project, "2023-10", f"select count(*) {waiting}")
    called = ask(
        county, industry.funnel_project, "2023-10", f"select count(*) {waiting} and {gathered}"
    )
    assert (everybody, called) == (21, 21)


def test_large_firms_with_a_technology_centre_of_the_province(county: County) -> None:
    large = f"select count(*) from delivered where revenue_wan >= {LARGE}"
    centres = f"{large} and tech_center_level in ('PROVINCIAL', 'NATIONAL')"
    assert ask(county, industry.enterprise_evaluation, "2023", centres) == 11
    assert ask(county, industry.enterprise_evaluation, "2023", large) > 15
