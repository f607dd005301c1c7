"""``xiantong run`` from the inbox to the published snapshot, on the real embedded stack."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy.exc import DBAPIError

from tests.small_project import LIBRARY, VISIT, SmallProject

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

VISIT_HEADER = "图书馆编码,到馆人次"


def deliver_everything(project: SmallProject) -> None:
    project.deliver("2023-09")
    project.deliver("2023-10")
    project.deliver(
        "2023-11", "L001,很多,2001-05-01,980121000000", "L002,1,2010-01-01,980121000000"
    )
    project.deliver("2023-10", "L001,300", "L009,1", header=VISIT_HEADER, dataset=VISIT)
    project.deliver("2023-09", "L001,300", "L002,40", header=VISIT_HEADER, dataset=VISIT)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    return SmallProject.make(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def first(project: SmallProject) -> dict[str, Any]:
    """Report of the first, undisturbed round."""
    deliver_everything(project)
    done = project.call("run", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_round_accepts_and_returns_with_the_reason(first: dict[str, Any]) -> None:
    decided = {(s["dataset"], s["period"]): s["status"] for s in first["submissions"]}
    assert decided == {
        ("culture.library", "2023-09"): "accepted",
        ("culture.library", "2023-10"): "accepted",
        ("culture.library", "2023-11"): "returned",
        ("culture.visit", "2023-09"): "accepted",
        ("culture.visit", "2023-10"): "returned",  # L009 is in no register
    }
    assert first["ok"]
    assert first["arrived"] == 5


def test_returned_submission_has_a_workbook(project: SmallProject, first: dict[str, Any]) -> None:
    returned = [s for s in first["submissions"] if s["status"] == "returned"]
    assert returned
    assert all((project.home / "returns" / s["return"]).is_file() for s in returned)


def test_accepted_rows_reach_the_published_mart(
    project: SmallProject, first: dict[str, Any]
) -> None:
    rows = project.ask("select period, library_code, book_cnt from marts.fct_library order by all")
    assert [(r["period"], r["library_code"], r["book_cnt"]) for r in rows] == [
        ("2023-09", "L001", 1200),
        ("2023-09", "L002", 800),
        ("2023-10", "L001", 1200),
        ("2023-10", "L002", 800),
    ]


def test_second_round_finds_nothing_and_changes_nothing(
    project: SmallProject, first: dict[str, Any]
) -> None:
    before = state_of(project)
    snapshot = (project.home / "published" / "warehouse.duckdb").stat().st_mtime_ns
    done = project.call("run", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert report["arrived"] == 0 and report["submissions"] == [] and report["models"] == 0
    assert state_of(project) == before
    assert (project.home / "published" / "warehouse.duckdb").stat().st_mtime_ns == snapshot


def test_failing_task_gives_exit_status_1_and_the_next_round_makes_up_for_it(
    project: SmallProject, first: dict[str, Any]
) -> None:
    mart = project.root / "dbt_project" / "models" / "marts" / "culture" / "fct_library.sql"
    sound = mart.read_text(encoding="utf-8")
    mart.write_text(sound.replace("book_cnt", "no_such_column"), encoding="utf-8")
    try:
        done = project.call("run", "--json")
    finally:
        mart.write_text(sound, encoding="utf-8")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert {(f["dag"], f["task"]) for f in report["failed"]} == {
        ("marts", "build"),
        ("marts", "publish"),
    }
    assert "no_such_column" in report["failed"][0]["error"]
    again = project.call("run")
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.parametrize("moment", ["checked", "recorded"])
def test_killed_round_is_completed_by_the_next_one(
    project: SmallProject, first: dict[str, Any], tmp_path: Path, moment: str
) -> None:
    killed = project.at(tmp_path / "home")
    deliver_everything(killed)
    # The keyed hashes and Airflow's own database are not what is compared.
    shutil.copytree(
        project.home / "airflow",
        killed.home / "airflow",
        ignore=shutil.ignore_patterns("lock", "logs"),
    )
    with killed.start("run") as process:
        wait_for(killed, moment)
        process.kill()
    assert state_of(killed) != state_of(project)
    done = killed.call("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert state_of(killed) == state_of(project)


def test_second_process_on_the_same_home_is_sent_away(
    project: SmallProject, tmp_path: Path
) -> None:
    busy = project.at(tmp_path / "home")
    with busy.start("run") as working:
        lock = busy.home / "airflow" / "lock"
        while not (lock.exists() and lock.read_text()):
            time.sleep(0.05)
        done = busy.call("run")
        assert done.returncode == 1
        assert "works on" in done.stderr and "Traceback" not in done.stderr
        working.kill()


def wait_for(project: SmallProject, moment: str, seconds: float = 300) -> None:
    """Until the round has come so far that it is worth killing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if moment == "checked" and list((project.home / "work").glob("submit__*/*/*.checked.json")):
            return
        if moment == "recorded" and decided_datasets(project) == {str(LIBRARY)}:
            return
        time.sleep(0.02)
    raise AssertionError(f"the round never came to {moment!r}")


def decided_datasets(project: SmallProject) -> set[str]:
    if not (project.home / "ledger.db").exists():
        return set()
    from xiantong.ledger import Ledger

    try:
        return {str(s.dataset) for s in Ledger(project.settings.ledger_url).submissions()}
    except DBAPIError:  # the tables are just being made
        return set()


def state_of(project: SmallProject) -> dict[str, Any]:
    """Everything that must not depend on interruptions: decisions, findings, rows, files."""
    from xiantong.ledger import Ledger

    ledger = Ledger(project.settings.ledger_url)
    submissions = ledger.submissions()
    return {
        "submissions": [
            (
                s.id,
                str(s.dataset),
                str(s.period),
                str(s.status),
                s.revision,
                s.error_cnt,
                s.warning_cnt,
                s.accepted_row_cnt,
                s.content_digest,
                s.lake_key,
                s.return_key,
                s.loaded_at is not None,
            )
            for s in submissions
        ],
        "findings": [(f.submission.id, f.seq, f.finding) for f in ledger.findings(submissions)],
        "raw": {str(d): _rows(project, f"raw.{d.raw_table}") for d in (LIBRARY, VISIT)},
        "published": {
            name: _rows(project, f"marts.{name}", published=True)
            for name in ("fct_library", "fct_visit")
        },
        "work": sorted(p.name for p in (project.home / "work").rglob("*") if p.is_file()),
    }


def _rows(
    project: SmallProject, table: str, published: bool = False
) -> list[tuple[Any, ...]] | None:
    path = project.home / ("published/warehouse.duckdb" if published else "warehouse.duckdb")
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        try:
            query = f"select * exclude (_accepted_at) from {table} order by all"
            if published:
                query = f"select * exclude (loaded_at, run_id) from {table} order by all"
            return connection.execute(query).fetchall()
        except duckdb.CatalogException:
            return None
