"""Airflow for tests in this process. It reads its configuration while it is imported, so the
environment is set before the first import and Airflow's part of it stays for the session."""

from __future__ import annotations

import os
from typing import Any

import pytest

from xiantong.embedded import EmbeddedAirflow
from xiantong.settings import PROJECT_ROOT, Settings


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedAirflow:
    embedded = EmbeddedAirflow(Settings(home=tmp_path_factory.mktemp("home")))
    environment = embedded.environment()
    os.environ.update({k: v for k, v in environment.items() if k.startswith("AIRFLOW")})
    return embedded


@pytest.fixture(scope="session")
def dag_bag(airflow_home: EmbeddedAirflow) -> Any:
    """The project's own DAG folder, parsed as Airflow does it."""
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = PROJECT_ROOT / "dags"
    return BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
