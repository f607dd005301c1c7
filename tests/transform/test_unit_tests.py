"""The project built empty on both engines: its unit tests, and the types that it gives the analysts."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from dbt.cli.main import dbtRunner
from sqlalchemy.engine import make_url

from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.transform import build
from xiantong.transform.profile import Profile, environment
from xiantong.warehouse.opening import open_warehouse

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

# Sums of integers are numeric on one engine and hugeint on the other, a quotient may be floating point.
# Neither survives the way into a spreadsheet: a mart says how many places a figure has.
UNSETTLED = """
    select table_name || '.' || column_name || ' ' || data_type
    from information_schema.columns
    where table_schema = 'marts' and (
        upper(data_type) in ('HUGEINT', 'DOUBLE', 'DOUBLE PRECISION', 'FLOAT', 'REAL')
        or (data_type = 'numeric' and numeric_precision is null)
    )
    order by 1
"""

# The description of a column is its comment in the warehouse.
UNDESCRIBED = {
    "duckdb": """
        select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where schema_name in ('marts', 'seeds') and coalesce(comment, '') = ''
    """,
    "postgresql": """
        select c.oid::regclass || '.' || a.attname
        from pg_class as c join pg_attribute as a on a.attrelid = c.oid
        where c.relnamespace::regnamespace::text in ('marts', 'seeds') and c.relkind = 'r'
            and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null
    """,
}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A deployment to which nothing was delivered yet, with every model built."""
    home = tmp_path_factory.mktemp(f"built_{request.param}")
    if request.param == "duckdb":
        yield _build(Settings(home=home, dbt_project=PROJECT_ROOT / "dbt_project"))
        return
    server = request.getfixturevalue("postgres_server")
    name = f"built_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
        url = server.replace("/postgres?", f"/{name}?")
        yield _build(Settings(home=home, warehouse=url, dbt_project=PROJECT_ROOT / "dbt_project"))
        admin.execute(f'drop database "{name}" with (force)')


def _build(settings: Settings) -> Settings:
    result = build(settings)
    assert result.ok, result.summary()
    return settings


def test_unit_tests_of_the_models_pass(built: Settings) -> None:
    profile = Profile.of(built)
    arguments = [
        *("test", "--select", "test_type:unit", "--target", profile.target),
        *("--project-dir", str(built.dbt_project), "--profiles-dir", str(built.dbt_project)),
        # The folder of the build, so that dbt does not parse everything once more.
        *("--target-path", str(built.root / "dbt_target"), "--log-path", str(built.root / "logs")),
        *("--log-level", "none", "--no-version-check"),
    ]
    with environment(profile.environment):
        outcome = dbtRunner().invoke(arguments)
    assert outcome.exception is None, outcome.exception
    results = outcome.result.results  # type: ignore[union-attr]
    assert len(results) > 20
    assert [f"{r.node.name}: {r.message}" for r in results if r.status != "pass"] == []
    assert "DBT_XIANTONG_PATH" not in os.environ


def test_every_figure_of_a_mart_has_a_settled_type(built: Settings) -> None:
    with open_warehouse(built.warehouse_url) as warehouse:
        assert [found for (found,) in warehouse.fetch(UNSETTLED)] == []


def test_every_column_of_marts_and_seeds_carries_its_description(built: Settings) -> None:
    with open_warehouse(built.warehouse_url) as warehouse:
        ((columns,),) = warehouse.fetch(
            "select count(*) from information_schema.columns where table_schema in ('marts', 'seeds')"
        )
        assert columns > 1200
        undescribed = UNDESCRIBED[make_url(built.warehouse_url).get_backend_name()]
        assert [found for (found,) in warehouse.fetch(undescribed)] == []
