"""``xiantong run`` ends when it is told to, whatever it is doing, and leaves nothing half true."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests.small_project import LIBRARY, SmallProject
from xiantong.deployment import Deployment
from xiantong.ledger import Status

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 100_000
PROMPT = 8.0  # seconds, on a busy machine
STARTING, CHECKING, BUILDING = "starting", "checking", "building"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SmallProject]:
    """With one delivery that takes a while."""
    project = SmallProject.make(tmp_path / "project")
    project.deliver("2023-09", *(f"L{n:07d},{n},2001-05-01,980121000000" for n in range(ROWS)))
    yield project
    for process in psutil.process_iter(["environ"]):  # left behind by a test that failed
        if (process.info["environ"] or {}).get("XIANTONG_HOME") == str(project.home):
            process.kill()


def is_at(project: SmallProject, stage: str) -> bool:
    if stage == STARTING:
        return (project.home / "airflow" / "lock").exists()
    deployment = Deployment(project.settings)
    if not deployment.has_ledger:
        return False
    if stage == CHECKING:
        return any((project.home / "work").rglob("*.plan.json"))
    return bool(deployment.ledger.submissions(status=Status.ACCEPTED))


@pytest.mark.parametrize(
    ("stage", "number", "status"),
    [
        (STARTING, signal.SIGTERM, 143),
        (CHECKING, signal.SIGTERM, 143),
        (CHECKING, signal.SIGINT, 130),
        (BUILDING, signal.SIGTERM, 143),
        (BUILDING, signal.SIGINT, 130),
    ],
)
def test_run_ends_at_once_with_a_true_ledger(
    project: SmallProject, stage: str, number: signal.Signals, status: int
) -> None:
    process = project.start("run")
    wait_until(lambda: is_at(project, stage))
    below = psutil.Process(process.pid).children(recursive=True)
    told = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert time.monotonic() - told < PROMPT
    assert process.returncode == status, stderr
    assert "stopped; run the same command again" in stderr and "Traceback" not in stderr
    assert [child for child in below if child.is_running()] == []

    deployment = Deployment(project.settings)
    accepted = deployment.ledger.submissions(LIBRARY, status=Status.ACCEPTED)
    assert len(deployment.ledger.pending(LIBRARY)) == (1 if stage == CHECKING else 0)
    assert len(accepted) == (1 if stage == BUILDING else 0)
    assert not (project.home / "published" / "warehouse.duckdb").exists()
    assert "running" not in runs(project)


def test_next_run_goes_on_where_others_were_stopped_and_killed(project: SmallProject) -> None:
    process = project.start("run")
    wait_until(lambda: is_at(project, CHECKING))
    process.kill()
    process.communicate()
    assert "running" in runs(project)
    process = project.start("run")
    wait_until(lambda: "running" in runs(project)[2:])
    process.terminate()
    process.communicate()
    assert process.returncode == 143
    done = project.call("run")
    assert done.returncode == 0, done.stderr
    assert project.ask("select count(*) as n from marts.fct_library") == [{"n": ROWS}]
    assert set(runs(project)) == {"failed", "success"}


def test_sigterm_ends_a_run_that_ignores_interrupts(project: SmallProject) -> None:
    """As the background jobs of a shell do."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = project.start("run")
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(lambda: is_at(project, CHECKING))
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143


def runs(project: SmallProject) -> list[str]:
    """States of all DAG runs in Airflow's own database."""
    engine = create_engine(f"sqlite:///{project.home / 'airflow' / 'airflow.db'}")
    try:
        with engine.connect() as connection:
            if not connection.execute(
                text("select 1 from sqlite_master where name = 'dag_run'")
            ).scalar():
                return []
            return [str(row[0]) for row in connection.execute(text("select state from dag_run"))]
    finally:
        engine.dispose()


def wait_until(condition: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
