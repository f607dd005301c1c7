"""One whole round on this machine: intake, every dataset with something to do, marts, snapshot.

The DAGs run one after the other in this process as recorded Airflow runs (``dags.runner``), in
settling order, so that what a form refers to is decided before the form.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xiantong import steps, timing
from xiantong.contracts.model import Contract
from xiantong.county_time import utc_now
from xiantong.deployment import Deployment
from xiantong.embedded import EmbeddedAirflow
from xiantong.names import INTAKE, MARTS, DatasetId

if TYPE_CHECKING:
    from xiantong.dags.runner import InProcessRunner, TaskOutcome
    from xiantong.ledger import Submission
    from xiantong.marts import MartsBuild


class BusyError(RuntimeError):
    """Another process works on the same ``XIANTONG_HOME``."""


@dataclass(slots=True)
class RoundReport:
    """What one round did. ``not_run`` says why a dataset was left for the next
    round, ``parts`` where the seconds went."""

    started: datetime
    outcomes: list[TaskOutcome] = field(default_factory=list)
    not_run: dict[DatasetId, str] = field(default_factory=dict)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    new: int = 0
    submissions: list[Submission] = field(default_factory=list)
    marts: MartsBuild | None = None
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    log_path: Path = Path()

    @property
    def failures(self) -> list[TaskOutcome]:
        return [outcome for outcome in self.outcomes if not outcome.is_good]

    @property
    def ok(self) -> bool:
        """True only if every task instance of every DAG run ended well."""
        return not self.failures and not self.not_run

    @property
    def decided(self) -> Counter[str]:
        """Number of submissions per decision."""
        return Counter(str(submission.status) for submission in self.submissions)


class Watcher:
    """Is told how a round goes on; the base class says nothing."""

    def plan(self, total: int) -> None:
        """So many DAGs are going to run, as far as one knows."""

    def begin(self, title: str) -> None:
        """A DAG starts."""

    def detail(self, text: str) -> None:
        """What its tasks are doing."""

    def end(self) -> None:
        """A DAG is over."""


@contextlib.contextmanager
def only_one(embedded: EmbeddedAirflow) -> Iterator[None]:
    """Hold the home for one working process; freed when the process dies. Raises ``BusyError``."""
    embedded.home.mkdir(parents=True, exist_ok=True)
    with (embedded.home / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(
                f"process {file.read().strip() or '?'} (xiantong run or up) works on "
                f"{embedded.settings.root}; wait for it or stop it"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class LocalRound:
    """One round of everything that has something to do."""

    def __init__(self, deployment: Deployment, watcher: Watcher) -> None:
        self._deployment = deployment
        self._watcher = watcher
        self._embedded = EmbeddedAirflow(deployment.settings)
        self._report = RoundReport(utc_now())
        stamp = self._report.started.strftime("%Y%m%dT%H%M%S")
        self._report.log_path = self._embedded.logs / "rounds" / f"{stamp}.log"

    def run(self) -> RoundReport:
        """Run intake, submissions and marts; failures are in the report, not raised.

        Raises ``BusyError`` and what keeps Airflow itself from starting.
        """
        started = time.monotonic()
        with only_one(self._embedded), timing.recording() as parts:
            self._watcher.begin("Airflow starts")
            with timing.part("start of Airflow"):
                runner = self._start_airflow()
            self._watcher.end()
            self._run_all(runner)
        self._finish_report()
        self._report.seconds = time.monotonic() - started
        self._report.parts = {
            **parts,
            "Airflow's tasks": self._report.seconds - sum(parts.values()),
        }
        return self._report

    def _start_airflow(self) -> InProcessRunner:
        # Airflow reads its configuration while it is imported.
        os.environ.update(self._embedded.environment())
        from xiantong.dags.runner import InProcessRunner

        return InProcessRunner(self._report.log_path)

    def _run_all(self, runner: InProcessRunner) -> None:
        from xiantong.marts import MartsWork

        if not self._run(runner, INTAKE, "Intake"):
            return
        datasets = steps.waiting(self._deployment)
        self._watcher.plan(len(datasets) + 1)
        failed: set[DatasetId] = set()
        for dataset in datasets:
            contract = self._deployment.catalogue.contract(dataset)
            waits_for = set(steps.awaited(self._deployment, contract)) & failed
            if waits_for:
                names = ", ".join(sorted(map(str, waits_for)))
                self._report.not_run[dataset] = f"refers to {names}, which failed"
                failed.add(dataset)
            elif not self._run_dataset(runner, contract):
                failed.add(dataset)
        if MartsWork(self._deployment).is_due and self._run(runner, MARTS, "Marts"):
            self._report.marts = MartsWork(self._deployment).last()

    def _run_dataset(self, runner: InProcessRunner, contract: Contract) -> bool:
        """Run the DAG of a dataset until nothing is left, or a round brings nothing forward."""
        ledger = self._deployment.ledger
        left = len(ledger.pending(contract.id))
        while True:
            good = self._run(runner, contract.id.dag_id, f"{contract.title_zh} {contract.id}")
            before, left = left, len(ledger.pending(contract.id))
            if not good or not left:
                return good
            if left >= before:
                self._report.not_run[contract.id] = f"{left} deliveries stay undecided"
                return False

    def _run(self, runner: InProcessRunner, dag_id: str, title: str) -> bool:
        self._watcher.begin(title)
        token = steps.progress.set(self._watcher.detail)
        try:
            outcomes = runner.run(dag_id)
        finally:
            steps.progress.reset(token)
        self._report.outcomes += outcomes
        self._watcher.end()
        return all(outcome.is_good for outcome in outcomes)

    def _finish_report(self) -> None:
        report = self._report
        with contextlib.suppress(FileNotFoundError):
            path = self._deployment.settings.root / steps.LAST_INTAKE
            intake = json.loads(path.read_text(encoding="utf-8"))
            report.new = sum(intake["new"].values())
            report.skipped = intake["skipped"]
        report.submissions = self._deployment.ledger.submissions(settled_since=report.started)
