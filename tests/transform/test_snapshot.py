"""The published snapshot, from both engines, and the past."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.transform.conftest import Workshop
from xiantong.transform import publish


def _tables(path: Path) -> dict[str, int]:
    with duckdb.connect(str(path), read_only=True) as snapshot:
        names = snapshot.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by 1"
        ).fetchall()
        return {name: _count(snapshot, name) for (name,) in names}


def _count(snapshot: duckdb.DuckDBPyConnection, table: str) -> int:
    found = snapshot.execute(f"select count(*) from {table}").fetchone()
    assert found
    return int(found[0])


def test_snapshot_holds_marts_raw_and_staging_as_tables(filled: Workshop) -> None:
    tables = _tables(publish(filled.settings))
    assert (
        tables["marts.fct_indicator_value"]
        == filled.rows("select count(*) from marts.fct_indicator_value")[0][0]
    )
    assert tables["raw.energy__energy_user"] == 3
    assert tables["staging.stg_energy__energy_user"] == 3
    assert tables["seeds.seed_energy_type"] > 0


def test_snapshot_has_no_personal_columns(filled: Workshop) -> None:
    with duckdb.connect(str(publish(filled.settings)), read_only=True) as snapshot:
        columns = snapshot.execute(
            "select column_name from duckdb_columns() where table_name like '%energy_user'"
        ).fetchall()
    assert ("user_name",) in columns
    assert ("energy_manager",) not in columns


def test_snapshot_keeps_the_comments(filled: Workshop) -> None:
    with duckdb.connect(str(publish(filled.settings)), read_only=True) as snapshot:
        for table in ("raw.energy__energy_user", "staging.stg_energy__energy_user"):
            schema, name = table.split(".")
            found = snapshot.execute(
                "select comment from duckdb_columns() where schema_name = ? and table_name = ? "
                "and column_name = 'user_name'",
                [schema, name],
            ).fetchone()
            assert found and found[0].startswith("用能单位名称"), table


def test_snapshot_can_be_read_while_the_warehouse_is_open(filled: Workshop) -> None:
    path = publish(filled.settings)
    with duckdb.connect(filled.settings.warehouse_url.removeprefix("duckdb:///")):
        reading = (
            f"import duckdb; duckdb.connect({str(path)!r}, read_only=True).execute('select 1')"
        )
        assert subprocess.run([sys.executable, "-c", reading], check=False).returncode == 0


def test_failed_publish_leaves_the_old_snapshot(filled: Workshop) -> None:
    path = publish(filled.settings)
    before = path.read_bytes()
    filled.settings.root.joinpath("published").chmod(0o755)
    with duckdb.connect(filled.settings.warehouse_url.removeprefix("duckdb:///")) as warehouse:
        warehouse.execute("create view marts.broken as select 1 / 0 as one, error('broken') as two")
    try:
        with pytest.raises(duckdb.Error):
            publish(filled.settings)
    finally:
        with duckdb.connect(filled.settings.warehouse_url.removeprefix("duckdb:///")) as warehouse:
            warehouse.execute("drop view marts.broken")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.integration
def test_snapshot_of_postgres_equals_that_of_duckdb(
    filled: Workshop, filled_postgres: Workshop
) -> None:
    ours, theirs = publish(filled.settings), publish(filled_postgres.settings)
    assert _tables(ours) == _tables(theirs)
    for table in ("marts.fct_indicator_value", "raw.energy__inspection"):
        columns = "* exclude (computed_at, lineage_run_id)" if "indicator" in table else "*"
        query = f"select {columns} from {table}"
        with duckdb.connect(str(ours)) as a, duckdb.connect(str(theirs)) as b:
            left, right = (sorted(c.execute(query).fetchall(), key=repr) for c in (a, b))
        assert left == right, table
