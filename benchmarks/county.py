"""A large county's ledger and the real API server over it, for the benchmark of the board."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from benchmarks.measure import ROOT
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.county_time import county_today
from xiantong.embedded import EmbeddedAirflow
from xiantong.ledger import Delivery, DeliveryState, Ledger, Status, Submission
from xiantong.periods import Frequency, Period
from xiantong.settings import Settings
from xiantong.supervisor import free_port

REPORTERS = 30
PERIODS = 24
REQUESTS = 50


@dataclass(frozen=True)
class Answers:
    """Seconds of single requests; ``size`` is the page's in bytes."""

    first: float
    seconds: list[float]
    size: int

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def write_ledger(settings: Settings, catalogue: Catalogue) -> int:
    """Every dataset, ``PERIODS`` periods of it, ``REPORTERS`` reporters; a tenth came back first, a
    tenth late. Returns the number of submissions."""
    ledger = Ledger.of(settings)
    count = 0
    for contract in catalogue.contracts.values():
        submissions = list(_submissions(contract, catalogue))
        ledger.register([_delivery(s) for s in submissions])
        ledger.record([(s, ()) for s in submissions])
        count += len(submissions)
    ledger.close()
    return count


def _submissions(contract: Contract, catalogue: Catalogue) -> Iterator[Submission]:
    frequency = Frequency.MONTHLY if contract.frequency is Frequency.EVENT else contract.frequency
    last = Period.of(county_today(), frequency).prior
    reporters = list(islice(catalogue.reporters, REPORTERS))
    for back in range(PERIODS):
        period = last.shift(-back)
        for number, reporter in enumerate(reporters):
            key = f"{contract.id}|{period}|{reporter.reporter_code}"
            came_back = (back + number) % 10 == 0
            late = timedelta(days=60 if (back + number) % 10 == 5 else 3)
            moment = datetime.combine(period.end, datetime.min.time()) + late
            for revision in range(1, 3 if came_back else 2):
                accepted = revision == 2 or not came_back
                yield Submission(
                    id=hashlib.sha256(f"{key}|{revision}".encode()).hexdigest()[:20],
                    dataset=contract.id,
                    file_name=f"{period}_{reporter.reporter_code}.xlsx",
                    sha256=hashlib.sha256(key.encode()).hexdigest(),
                    content_digest="",
                    status=Status.ACCEPTED if accepted else Status.RETURNED,
                    revision=revision,
                    period=period,
                    reporter_code=reporter.reporter_code,
                    reporter_area_code=reporter.area_code,
                    reporter_name=reporter.reporter_name,
                    submitted_at=moment + timedelta(days=revision),
                    settled_at=moment + timedelta(days=revision, hours=1),
                    row_cnt=100,
                )


def _delivery(submission: Submission) -> Delivery:
    return Delivery(
        id=submission.id,
        dataset=submission.dataset,
        name=submission.file_name,
        sha256=submission.sha256,
        size=10_000,
        modified_ns=0,
        submitted_at=submission.submitted_at,
        received_at=submission.settled_at,
        state=DeliveryState.SETTLED,
    )


@contextmanager
def serving(settings: Settings, log: Path) -> Iterator[str]:
    """The API server; gives its address."""
    port = free_port(18_900)
    environment = os.environ | EmbeddedAirflow(settings).environment(port)
    run = [sys.executable, "-m"]
    with log.open("wb") as file:
        subprocess.run([*run, "xiantong.dags.database"], env=environment, check=True, cwd=ROOT, stdout=file, stderr=file)  # fmt: skip
        process = subprocess.Popen(
            [*run, "airflow", "api-server", "--host", "127.0.0.1", "--port", str(port)],
            env=environment, cwd=ROOT, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_for(base)
            yield base
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def ask(base: str, path: str, user: str, settings: Settings, requests: int = REQUESTS) -> Answers:
    """The first answer and then ``requests`` more, one after the other."""
    password = EmbeddedAirflow(settings).passwords()[user]
    login = json.dumps({"username": user, "password": password}).encode()
    token = json.loads(_fetch(f"{base}/auth/token", login, {"Content-Type": "application/json"}))
    headers = {"Authorization": f"Bearer {token['access_token']}", "Accept": "text/html"}
    seconds, size = [], 0
    for _ in range(requests + 1):
        started = time.perf_counter()
        size = len(_fetch(base + path, None, headers))
        seconds.append(time.perf_counter() - started)
    return Answers(seconds[0], seconds[1:], size)


def _fetch(url: str, body: bytes | None, headers: dict[str, str]) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, body, headers), timeout=120) as response:
        content: bytes = response.read()
    return content


def _wait_for(base: str) -> None:
    for _ in range(360):
        try:
            _fetch(f"{base}/api/v2/monitor/health", None, {})
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("the API server does not answer")
