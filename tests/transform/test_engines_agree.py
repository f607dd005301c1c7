"""The same raw rows give the same figures on DuckDB and on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.transform.conftest import Workshop

FACTS = {
    "fct_indicator_value": "indicator_code, area_code, period, frequency, measure_basis, breakdown_list, "
    "breakdown_code, value, unit, prior_value, same_period_value, yoy_pct, target_value, completion_pct, "
    "obs_status, comment_zh, revision",
    "fct_indicator_target": "indicator_code, area_code, target_period, target_value, comparator",
    "fct_indicator_comparison": "indicator_code, area_code, compare_area_code, period, compare_period, "
    "value, compare_value, gap, gap_unit, window_equal, rank_desc",
    "dim_period": "period, frequency, period_start, period_end, year, prior_period",
    "dim_area": "area_code, area_level, county_code, resident_population, valid_from, valid_to",
}
STAGED = {
    "stg_energy__energy_user": "uscc, area_code, valid_from, valid_to, is_current, _src_row",
    "stg_energy__fuel_consumption": "uscc, energy_code, period, consume_qty, county_code, _revision",
}


@pytest.mark.integration
def test_postgres_gives_the_figures_of_duckdb(filled: Workshop, filled_postgres: Workshop) -> None:
    for schema, tables in (("marts", FACTS), ("staging", STAGED)):
        for table, columns in tables.items():
            query = f"select {columns} from {schema}.{table}"
            ours, theirs = (sorted(w.rows(query), key=repr) for w in (filled, filled_postgres))
            assert ours, table
            assert ours == theirs, table


@pytest.mark.integration
def test_planner_of_postgres_knows_what_was_built(filled_postgres: Workshop) -> None:
    unknown = filled_postgres.rows(
        "select relnamespace::regnamespace || '.' || relname from pg_class "
        "where relnamespace::regnamespace::text in ('seeds', 'intermediate', 'marts') "
        "and relkind = 'r' and reltuples < 0"
    )
    assert unknown == []
