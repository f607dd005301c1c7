"""Every kind of promise of a model is told when it is broken, and only then, on every engine."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.transform.conftest import Workshop
from xiantong.transform import BuildResult

SOUND = {"code": "'ELEC'", "kind": "'new'", "amount": "1.5", "area": "'980121000000'"}
PROMISES = {
    "grain": ["code", "coalesce(kind, 'none')"],
    "filled": ["amount", "area"],
    "within": {"amount": [0, 2]},
    "values": {"kind": ["new", "old"]},
}
KNOWN = {
    "codes": {"code": "energy_type"},
    "refers": [{"column": "area", "to": "ref('seed_area')", "field": "area_code"}],
}
# Defect -> rows (what is different from a sound row) and what is said of them.
DEFECTS = {
    "key_repeats": ([{}, {}], "grain (code, coalesce(kind, 'none')) broken by 2 rows with 1 different values"),
    "key_is_empty": (
        [{"code": "cast(null as varchar(20))"}], "grain (code, coalesce(kind, 'none')) broken by 1 rows with 1 different values"
    ),
    "column_is_empty": ([{"amount": "cast(null as decimal(9, 1))"}], "filled (amount) broken by 1 rows"),
    "number_too_small": ([{"amount": "-0.5"}], "within (amount) broken by 1 rows"),
    "number_too_large": ([{"amount": "2.5"}], "within (amount) broken by 1 rows"),
    "code_is_unknown": ([{"code": "'PHLOGISTON'"}], "codes (code) broken by 1 rows with 1 different values"),
    "value_is_unknown": ([{"kind": "'odd'"}], "values (kind) broken by 1 rows with 1 different values"),
    "area_is_nowhere": (
        [{"area": "'1'"}, {"area": "'1'", "kind": "'old'"}], "refers (area) broken by 2 rows with 1 different values"
    ),
    "two_at_once": (
        [{"amount": "-1", "area": "cast(null as varchar(20))"}], "filled (area) broken by 1 rows; within (amount) broken by 1 rows"
    ),
}  # fmt: skip
KEPT = {
    "sound": [{}, {"kind": "'old'"}],
    "at_the_bounds": [{"amount": "0"}, {"amount": "2", "kind": "'old'"}],
    "empty_is_no_value": [{"kind": "cast(null as varchar(20))"}],
    "no_rows": [],
}
ODD = ("code_is_unknown", "area_is_nowhere")


def _model(rows: list[dict[str, str]]) -> str:
    selects = [
        "select " + ", ".join(f"{value} as {name}" for name, value in (SOUND | row).items())
        for row in rows or [{}]
    ]
    nothing = "" if rows else " where 1 = 0"
    return f"select * from ({' union all '.join(selects)}) as planted{nothing}\n"


def _write(folder: Path, name: str, rows: list[dict[str, str]], *tests: object) -> None:
    (folder / f"{name}.sql").write_text(_model(rows))
    model = {"name": name, "description": "Planted.", "data_tests": list(tests)}
    (folder / f"{name}.yml").write_text(yaml.safe_dump({"version": 2, "models": [model]}))


def _planted(workshop: Workshop) -> BuildResult:
    folder = workshop.settings.dbt_project / "models" / "marts" / "planted"
    folder.mkdir()
    promises, known = {"promises": {"arguments": PROMISES}}, {"known": {"arguments": KNOWN}}
    for name, rows in KEPT.items():
        _write(folder, f"kept_{name}", rows, promises, known)
    for name, (rows, _) in DEFECTS.items():
        _write(folder, f"broken_{name}", rows, promises, known)
    odd = {"known": {"arguments": KNOWN, "config": {"severity": "warn"}}}
    for name in ODD:
        _write(folder, f"odd_{name}", DEFECTS[name][0], odd)
    (folder / "fct_after.sql").write_text("select * from {{ ref('broken_key_repeats') }}")
    return workshop.build()


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return _planted(Workshop.make(tmp_path_factory.mktemp("planted")))


def _told(result: BuildResult, status: str) -> dict[str, str]:
    """What is said of the planted models whose test ended so."""
    planted = ("kept_", "broken_", "odd_")
    tests = (node for node in result.nodes if node.kind == "test" and node.status == status)
    return {node.name: node.message for node in tests if node.name.startswith(planted)}


def _assert_all_told(result: BuildResult) -> None:
    assert _told(result, "fail") == {f"broken_{name}": told for name, (_, told) in DEFECTS.items()}
    assert _told(result, "warn") == {f"odd_{name}": DEFECTS[name][1] for name in ODD}
    assert {f"kept_{name}" for name in KEPT} <= set(_told(result, "pass"))


def test_every_broken_promise_is_told(on_duckdb: BuildResult) -> None:
    _assert_all_told(on_duckdb)


def test_what_is_merely_expected_does_not_fail_the_build(on_duckdb: BuildResult) -> None:
    assert {node.name for node in on_duckdb.warnings} == {f"odd_{name}" for name in ODD}
    assert not {node.name for node in on_duckdb.failures} & {f"odd_{name}" for name in ODD}


def test_what_is_built_from_a_broken_model_waits(on_duckdb: BuildResult) -> None:
    assert {n.name: n.status for n in on_duckdb.models}["fct_after"] == "skipped"


@pytest.mark.integration
def test_postgres_tells_the_same(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _assert_all_told(_planted(Workshop.make(tmp_path_factory.mktemp("planted_pg"), postgres_url)))
