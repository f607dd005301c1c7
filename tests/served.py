"""Airflow's real API server with the project's plugin, on a home of its own."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port
from xiantong import steps
from xiantong.deployment import Deployment
from xiantong.embedded import EmbeddedAirflow
from xiantong.forms import write_template
from xiantong.ledger import Submission
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.settings import PROJECT_ROOT, Settings

SPORT = DatasetId.parse("education.sport_hour")
ROSTER = DatasetId.parse("education.teacher_roster")
FUEL = DatasetId.parse("energy.fuel_consumption")
BUREAU = "980121000000education"
MEGABYTES = 2
PEOPLE = """user,name,role,reporter_code
county,县统计数据室,office,
education,教育体育局报送员,reporter,980121000000education
education2,教育体育局第二报送员,reporter,980121000000education
energy,发展和改革局报送员,reporter,980121000000energy
river,河口镇报送员,reporter,980121100000
"""
GOOD_ROW: Mapping[str, Any] = {
    "school_code": "2198012101", "school_stage": "PRIMARY", "school_day_cnt": 20,
    "pe_lesson_week_cnt": 5, "pe_lesson_min": 40, "big_break_min": 30, "after_class_min": 60,
    "met_day_cnt": 20, "ball_league_cnt": 2, "student_pass_cnt": 90, "student_tested_cnt": 100,
}  # fmt: skip
WRONG_ROW = {**GOOD_ROW, "met_day_cnt": 22}  # more good days than school days: an error
ODD_ROW = {**GOOD_ROW, "after_class_min": 0, "big_break_min": 0}  # wants an explanation


@dataclass(frozen=True)
class Served:
    """The server, and what a test needs beside it."""

    settings: Settings
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def deployment(self) -> Deployment:
        return Deployment(self.settings)

    def token(self, user: str) -> str:
        """Airflow's own token of a user, for the Authorization header."""
        password = EmbeddedAirflow(self.settings).passwords()[user]
        answer = httpx.post(
            f"{self.base}/auth/token",
            json={"username": user, "password": password},
            trust_env=False,
        )
        token: str = answer.raise_for_status().json()["access_token"]
        return token

    @contextmanager
    def as_user(self, user: str | None) -> Iterator[Visitor]:
        """A browser-like client of a user, logged in with Airflow's cookie."""
        cookies = {"_token": self.token(user)} if user else None
        with httpx.Client(
            base_url=f"{self.base}/xiantong", cookies=cookies, trust_env=False, timeout=120,
            headers={"Accept": "text/html"},
        ) as client:  # fmt: skip
            yield Visitor(client)

    def form(
        self, folder: Path, rows: Sequence[Mapping[str, Any]], period: str = "2026-10"
    ) -> Path:
        """The blank form of sport hours, filled in."""
        contract = self.deployment.catalogue.contract(SPORT)
        path = folder / f"体育_{period}.xlsx"
        return write_template(
            contract, self.deployment.catalogue, path, Period(period), BUREAU, list(rows)
        )

    def deliver(
        self, dataset: DatasetId, path: Path, name: str, at: datetime | None = None
    ) -> None:
        """Put a file into the inbox as a department does it, now or at another moment."""
        target = self.settings.inbox / dataset.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        if at is not None:
            os.utime(target, (at.timestamp(), at.timestamp()))

    def round(self) -> None:
        """What intake and the DAGs do, without their scheduler."""
        deployment = self.deployment
        steps.collect(deployment)
        for dataset in steps.waiting(deployment):
            contract = deployment.catalogue.contract(dataset)
            folder = self.settings.work / dataset.dag_id / "round"
            for plan in steps.plan_batches(deployment, contract, folder):
                steps.parse_and_check(deployment, contract, plan)
            steps.settle_round(deployment, contract, folder)
            steps.close_round(deployment, contract, folder)

    def latest(self, period: str = "2026-10") -> Submission:
        (found,) = self.deployment.ledger.latest(SPORT, period=Period(period))
        return found


@dataclass(frozen=True)
class Visitor:
    """A client that fills in forms as they stand on the pages."""

    client: httpx.Client

    def get(self, path: str, status: int = 200, **query: Any) -> str:
        answer = self.client.get(path, params=query or None, follow_redirects=True)
        assert answer.status_code == status, answer.text[-800:]
        return answer.text

    def download(self, path: str) -> bytes:
        answer = self.client.get(path).raise_for_status()
        assert answer.headers["content-disposition"].startswith("attachment")
        return answer.content

    def csrf(self, path: str = "/upload?dataset=education.sport_hour") -> str:
        return field(self.client.get(path).text, "csrf")

    def upload(
        self, content: bytes, name: str = "表.xlsx", dataset: DatasetId = SPORT, **form: str
    ) -> httpx.Response:
        """Upload a file; the answer is the page of its draft where it was checked."""
        data = {"csrf": self.csrf(f"/upload?dataset={dataset}"), "dataset": str(dataset)} | form
        return self.client.post(
            "/upload", data=data, files={"file": (name, content)}, follow_redirects=True
        )

    def draft(self, content: bytes, name: str = "表.xlsx", **form: str) -> tuple[str, str]:
        """Path and page of the draft of a file."""
        answer = self.upload(content, name, **form)
        assert answer.status_code == 200, answer.text[-800:]
        return answer.url.path.removeprefix("/xiantong"), answer.text

    def hand_in(self, draft: str, page: str, *explanations: str, **more: str) -> httpx.Response:
        """Press 报送 with the explanations in the order of the questions."""
        data = {"csrf": field(page, "csrf")} | more
        names = re.findall(r'<textarea id="[^"]+" name="([^"]+)"', page)
        data |= dict(zip(names, explanations, strict=False))
        return self.client.post(f"{draft}/hand-in", data=data, follow_redirects=True)


def field(page: str, name: str) -> str:
    """Value of a hidden field of the first form that has it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page[-800:]
    return html.unescape(found[1])


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """Start the API server; it is stopped at the end, with everything below it."""
    people = home / "people.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    settings = Settings(
        home=home / "var", people=people, upload_megabytes=MEGABYTES, stable_seconds=0
    )
    port = free_port()
    environment = os.environ | EmbeddedAirflow(settings).environment(port)
    environment |= {
        "XIANTONG_PEOPLE": str(people),
        "XIANTONG_UPLOAD_MEGABYTES": str(MEGABYTES),
        "XIANTONG_EXPECTATIONS": str(PROJECT_ROOT / "expectations"),
    }
    subprocess.run(
        [sys.executable, "-m", "xiantong.dags.database"], env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    command = [sys.executable, "-m", "airflow", "api-server", "--host", "127.0.0.1"]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(port, process)
            yield Served(settings, port)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, "the API server ended"
        try:
            httpx.get(f"http://127.0.0.1:{port}/xiantong/", trust_env=False, timeout=5)
        except httpx.TransportError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError("the API server does not answer")
