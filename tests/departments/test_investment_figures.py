"""The figures of the development bureau and the state assets office, asked of the sample's own rows.

They follow from the county's life, not from one seed.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period, period_range
from xiantong.sample import audit, energy, investment, state_assets
from xiantong.sample import projects as world
from xiantong.sample.county import County
from xiantong.sample.table import Row

MONTHS = period_range(Period("2022-01"), Period("2023-12"))


@pytest.fixture(scope="module", params=[1, 11])
def years(request: pytest.FixtureRequest, catalogue: Catalogue) -> County:
    return County(catalogue, Period("2022-01"), Period("2023-12"), seed=request.param)


def versions(rows: Iterator[Row], key: str) -> pd.DataFrame:
    """The last delivered version of every key."""
    return pd.DataFrame({row[key]: row for row in rows}.values())


def ask(query: str, **tables: pd.DataFrame) -> tuple[object, ...] | None:
    """First row of the answer over ``tables``, by their names."""
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    return connection.sql(query).fetchone()


@pytest.fixture(scope="module")
def register(years: County) -> pd.DataFrame:
    """The county's project register at the end of 2023."""
    own = years.bureaus("investment")[0]
    tables = (investment.project_register(years, month, own) for month in MONTHS)
    return versions((row for table in tables for row in table.rows), "project_code")


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("year(stat_in_date) = 2023", 144),
        ("year(stat_in_date) = 2023 and is_industrial", 59),
        ("year(plan_finish_date) = 2023", 41),
        ("year(plan_finish_date) = 2023 and is_industrial", 20),
        ("plan_year = 2024", 277),
    ],
)
def test_projects(register: pd.DataFrame, condition: str, count: int) -> None:
    assert ask(f"select count(*) from register where {condition}", register=register) == (count,)


def test_the_register_knows_the_projects_of_the_energy_review(
    years: County, register: pd.DataFrame
) -> None:
    reviewed = {
        row["project_code"]
        for row in energy.supervision.project_review(years, Period("2023-Q4")).rows
    }
    assert len(reviewed) == 12
    assert reviewed <= set(register.project_code)


@pytest.mark.parametrize("kind", ["village", "relocation", "renovation", "plant", "urban"])
def test_every_kind_of_project_is_registered(
    years: County, register: pd.DataFrame, kind: world.Kind
) -> None:
    codes = {p.code for p in world.of_kind(years, kind) if p.filed <= MONTHS[-1].end}
    assert len(codes) > 20
    assert codes <= set(register.project_code)


def test_meetings_and_issues_of_2023(years: County) -> None:
    months = [month for month in MONTHS if month.year == 2023]
    meetings = pd.DataFrame(
        row for month in months for row in investment.coordination_meeting(years, month).rows
    )
    assert len(meetings) == 60
    issues = versions(
        (row for month in MONTHS for row in investment.coordination_issue(years, month).rows),
        "issue_no",
    )
    closed = ask(
        "select count(*) from issues where issue_status = 'CLOSED' and close_date between '2023-01-01' and '2023-12-31'",
        issues=issues,
    )
    assert closed == (469,)
    counted = ask(
        "select bool_and(issue_cnt = (select count(*) from issues as i where i.meeting_no = m.meeting_no)) from meetings as m",
        issues=issues,
        meetings=meetings,
    )
    assert counted == (True,)


def test_bonds_and_platforms(years: County) -> None:
    funds = versions(
        (row for month in MONTHS for row in investment.fund_item(years, month).rows), "fund_item_no"
    )
    issued = ask(
        "select count(*) from funds where fund_kind = 'SPECIAL_BOND' and plan_year = 2023 and issued_wan > 0",
        funds=funds,
    )
    assert issued == (5,)
    for month in MONTHS:
        levels = [row["soe_level"] for row in state_assets.soe_financial(years, month).rows]
        assert levels.count("GROUP") == 3


def test_findings_share_out_the_amount_of_their_audit(years: County) -> None:
    quarters = period_range(Period("2022-Q1"), Period("2023-Q4"))
    audits = versions((r for q in quarters for r in audit.audit_project(years, q).rows), "audit_no")
    items = versions(
        (row for month in MONTHS for row in audit.rectification_item(years, month).rows), "item_no"
    )
    found = ask(
        """
        select count(*) filter (where abs(audits.problem_amount_wan - found.amount_wan) < 0.05), count(*)
        from audits
        inner join (select audit_no, sum(amount_wan) as amount_wan from items group by audit_no) as found
            using (audit_no)
        """,
        audits=audits,
        items=items,
    )
    assert found and found[0] == found[1]
    assert len(items) > 200
