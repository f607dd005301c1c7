"""The unit tests that stand beside the models, on both engines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.transform import build
from xiantong.transform.profile import Profile, environment


@pytest.mark.integration()
@pytest.mark.slow()
@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_unit_tests_of_the_models_pass(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    warehouse = request.getfixturevalue("postgres_url") if engine == "postgres" else ""
    settings = Settings(
        home=tmp_path, warehouse=warehouse, dbt_project=PROJECT_ROOT / "dbt_project"
    )
    built = build(settings)
    assert built.ok, built.summary()
    profile = Profile.of(settings)
    arguments = [
        *("test", "--select", "test_type:unit", "--target", profile.target),
        *("--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)),
        *("--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")),
        *("--log-level", "none", "--no-version-check"),
    ]
    with environment(profile.environment):
        outcome = dbtRunner().invoke(arguments)
    assert outcome.exception is None, outcome.exception
    results = outcome.result.results  # type: ignore[union-attr]
    assert len(results) > 20
    assert [f"{r.node.name}: {r.message}" for r in results if r.status != "pass"] == []
    assert "DBT_XIANTONG_PATH" not in os.environ
