"""The DAGs that follow from the contracts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.embedded import EmbeddedAirflow
from xiantong.settings import PROJECT_ROOT

DAG_FILES = sorted((PROJECT_ROOT / "dags").glob("*.py"))


def test_dag_files_import_without_error(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}


def test_every_contract_has_one_dag_and_nothing_else_has(
    dag_bag: Any, catalogue: Catalogue
) -> None:
    submissions = {dag_id for dag_id in dag_bag.dags if dag_id.startswith("submit__")}
    assert submissions == {dataset.dag_id for dataset in catalogue.contracts}
    assert set(dag_bag.dags) - submissions == {"intake", "marts", "remind"}


@pytest.mark.parametrize("dag_id", ["intake", "marts", "remind", "submit__energy__inspection"])
def test_only_the_dag_of_a_running_task_is_made(
    airflow_home: EmbeddedAirflow, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.sdk.definitions.context import _AIRFLOW_PARSING_CONTEXT_DAG_ID

    monkeypatch.setenv(_AIRFLOW_PARSING_CONTEXT_DAG_ID, dag_id)
    folder = PROJECT_ROOT / "dags"
    bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
    assert bag.import_errors == {}
    assert set(bag.dags) == {dag_id}


def test_dag_is_scheduled_on_its_inbox_and_tells_what_it_accepted(
    dag_bag: Any, catalogue: Catalogue
) -> None:
    for dataset in catalogue.contracts:
        dag = dag_bag.dags[dataset.dag_id]
        assert dag.timetable.asset_condition.name == dataset.asset_name("inbox")
        outlets = {outlet.name for outlet in dag.task_dict["settle"].outlets}
        assert outlets == {dataset.asset_name("raw"), dataset.asset_name("reported")}


def test_marts_wait_for_any_raw_asset(dag_bag: Any, catalogue: Catalogue) -> None:
    condition = dag_bag.dags["marts"].timetable.asset_condition
    assert type(condition).__name__ == "AssetAny"
    assert {a.name for a in condition.objects} == {d.asset_name("raw") for d in catalogue.contracts}


def test_only_one_task_at_a_time_writes_the_warehouse(dag_bag: Any) -> None:
    writers = {
        (dag_id.partition("__")[0], task.task_id)
        for dag_id, dag in dag_bag.dags.items()
        for task in dag.tasks
        if task.pool == "warehouse_writer"
    }
    assert writers == {("submit", "settle"), ("marts", "build"), ("marts", "publish")}


def test_dags_carry_owner_department_and_documentation_in_both_languages(
    dag_bag: Any, catalogue: Catalogue
) -> None:
    for dataset, contract in catalogue.contracts.items():
        dag = dag_bag.dags[dataset.dag_id]
        assert dataset.department in dag.tags
        assert {task.owner for task in dag.tasks} == {"data-team"}
        assert all(task.retries for task in dag.tasks)
        for said in (contract.title_zh, contract.title_en, contract.grain, contract.due_text):
            assert said in dag.doc_md


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_dag_file_is_thin_and_names_no_department(path: Path, catalogue: Catalogue) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 12
    assert not {d.department for d in catalogue.contracts if d.department in text}


def test_parsing_loads_neither_great_expectations_nor_dbt_and_is_quick(
    airflow_home: EmbeddedAirflow,
) -> None:
    program = """
import sys, time
import airflow.sdk, airflow.sdk.exceptions
started = time.process_time()
from xiantong.dags.factory import intake_dag, marts_dag, remind_dag, submission_dags
intake_dag(); marts_dag(); remind_dag(); dags = submission_dags()
seconds = time.process_time() - started
heavy = {"great_expectations", "dbt", "pandas", "duckdb", "pyarrow"} & set(sys.modules)
print(len(dags), seconds, *sorted(heavy))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | airflow_home.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    count, seconds, *heavy = done.stdout.splitlines()[-1].split()
    assert int(count) > 20
    assert heavy == []
    assert float(seconds) < 4


def test_plugins_folder_offers_airflow_the_plugin_only() -> None:
    ignored = (PROJECT_ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert "xiantong/" in ignored
    assert [p.name for p in (PROJECT_ROOT / "plugins").glob("*.py")] == ["xiantong_plugin.py"]


def test_secrets_of_the_embedded_airflow_are_private(airflow_home: EmbeddedAirflow) -> None:
    for name in ("secrets.json", "passwords.json"):
        assert (airflow_home.home / name).stat().st_mode & 0o777 == 0o600
    assert airflow_home.environment() == airflow_home.environment()
    assert len(airflow_home.admin_password()) >= 12
