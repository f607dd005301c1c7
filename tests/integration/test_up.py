"""The real scheduler: a file dropped into the inbox arrives in a mart, and nobody does anything."""

from __future__ import annotations

import contextlib
import json
import signal
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import pytest

from tests.ports import free_port
from tests.small_project import SmallProject

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Up:
    project: SmallProject
    process: psutil.Process

    def component(self, name: str) -> list[psutil.Process]:
        """Running processes of one component; empty while it is down."""
        return [
            child
            for child in self.process.children()
            if child.status() != psutil.STATUS_ZOMBIE and name in child.cmdline()
        ]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Up]:
    """A small project with its local Airflow, started and stopped with the command line."""
    project = SmallProject.make(tmp_path_factory.mktemp("project"))
    process = project.start("up", "--port", str(port), XIANTONG_INTAKE_SECONDS="15")
    try:
        wait_until(lambda: health(port).get("scheduler") == "healthy", 240)
        yield Up(project, psutil.Process(process.pid))
    finally:
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=90)
    assert process.returncode == 0, stderr
    assert "stopped" in stderr and "Traceback" not in stderr
    assert len(below) >= 4
    assert [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


@pytest.fixture(scope="module")
def project(up: Up) -> SmallProject:
    return up.project


def test_all_components_become_healthy(project: SmallProject, port: int) -> None:
    parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
    wait_until(lambda: [health(port).get(part) for part in parts] == ["healthy"] * 4, 120)


def test_nothing_listens_beyond_this_machine(up: Up) -> None:
    listening = set()
    for process in up.process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # a task that ended meanwhile
            connections = process.net_connections()
            listening |= {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_api_wants_the_generated_password(project: SmallProject, port: int) -> None:
    passwords = project.home / "airflow" / "passwords.json"
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(port, "/api/v2/dags")
    assert refused.value.code in (401, 403)
    token = json.loads(
        fetch(
            port,
            "/auth/token",
            {"username": "admin", "password": json.loads(passwords.read_text())["admin"]},
        )
    )["access_token"]
    wait_until(
        lambda: json.loads(fetch(port, "/api/v2/dags", token=token))["total_entries"] == 5, 120
    )


def test_dropped_file_arrives_in_the_mart_by_itself(project: SmallProject) -> None:
    project.deliver("2023-09")
    published = project.home / "published" / "warehouse.duckdb"
    wait_until(published.exists, 500)
    rows = project.ask("select period, library_code, book_cnt from marts.fct_library order by all")
    assert [(r["library_code"], r["book_cnt"]) for r in rows] == [("L001", 1200), ("L002", 800)]


def test_component_that_dies_is_started_again(up: Up) -> None:
    (triggerer,) = up.component("triggerer")
    triggerer.kill()
    wait_until(lambda: bool(set(up.component("triggerer")) - {triggerer}), 60)


def health(port: int) -> dict[str, str]:
    try:
        report = json.loads(fetch(port, "/api/v2/monitor/health"))
    except (OSError, ValueError):
        return {}
    return {name: part["status"] for name, part in report.items() if part}


def fetch(port: int, path: str, body: dict[str, str] | None = None, token: str = "") -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as response:
        content: bytes = response.read()
    return content


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(1)
