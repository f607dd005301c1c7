"""Runs DAGs one after the other in this process, as recorded Airflow runs, without a scheduler.

``dag.test()`` does the same for one DAG, but it parses and stores the whole folder each time,
waits out retry delays, and its caller never learns that a task failed. A DAG is made and stored when
it is first run: most rounds need a few of them. Import this module only after the environment of the
embedded Airflow is set (see ``xiantong.embedded``).
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from xiantong.dags.database import prepare

OnTask = Callable[[str, int], None]
log = logging.getLogger(__name__)

USER = "xiantong run"
FINISHED_WELL = frozenset({"success", "skipped"})


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """Final state of one task instance.

    ``label`` names what a mapped task worked on, ``error`` is what a failed one said.
    """

    dag_id: str
    task_id: str
    label: str
    state: str
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.state in FINISHED_WELL


class DagError(RuntimeError):
    """A DAG file cannot be imported, or a DAG does not exist."""


class InProcessRunner:
    """The DAGs of the project on the embedded Airflow.

    What Airflow and the tasks print goes to ``log_path``. ``is_stopped`` is asked after every task,
    because a task that is interrupted looks to Airflow like one that failed.
    """

    def __init__(self, log_path: Path, is_stopped: Callable[[], bool] = lambda: False) -> None:
        self._log_path = log_path
        self._is_stopped = is_stopped
        self._dags: dict[str, Any] = {}
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with self._logged():
            from xiantong.dags.execution_api import InProcessClient

            prepare()
            _end_abandoned()
            self._bundles = _bundles()
            self._client = InProcessClient()

    def run(self, dag_id: str, on_task: OnTask | None = None) -> list[TaskOutcome]:
        """Run one DAG to its end; a task that fails is not repeated.

        Raises ``DagError`` where a DAG file cannot be imported or none holds this DAG, and
        ``KeyboardInterrupt`` where the process was asked to stop; the run has failed then.
        """
        from airflow.utils.session import create_session

        with self._logged(), create_session() as session:
            if dag_id not in self._dags:
                self._dags |= _load_dag(self._bundles, dag_id)
            run = _create_run(self._dags[dag_id], session)
            try:
                errors = self._run_tasks(dag_id, run, on_task, session)
            except KeyboardInterrupt:
                _end_run(run, session)
                raise
            if str(run.state) == "running":
                _end_run(run, session)
            return _outcomes(run, errors, session)

    def _run_tasks(
        self, dag_id: str, run: Any, on_task: OnTask | None, session: Any
    ) -> dict[Any, str]:
        """What went wrong in each task instance, by its id."""
        errors: dict[Any, str] = {}
        while tasks := _schedule(run, session):
            for instance in tasks:
                if on_task:
                    on_task(instance.task_id, instance.map_index)
                errors[instance.id] = self._run_task(dag_id, instance, session)
                if self._is_stopped():
                    raise KeyboardInterrupt
        return errors

    def _run_task(self, dag_id: str, instance: Any, session: Any) -> str:
        """Run one task instance; returns what went wrong, or nothing."""
        from airflow.sdk.api.datamodels._generated import TaskInstance
        from airflow.sdk.execution_time.supervisor import run_task_in_process

        instance.max_tries = 0
        instance.set_state("queued", session=session)
        session.commit()
        described = TaskInstance(
            id=UUID(str(instance.id)),
            task_id=instance.task_id,
            dag_id=instance.dag_id,
            run_id=instance.run_id,
            try_number=instance.try_number,
            map_index=instance.map_index,
            dag_version_id=UUID(str(instance.dag_version_id)),
        )
        try:
            task = self._dags[dag_id].task_dict[instance.task_id]
            error = run_task_in_process(described, task, self._client).error
        except Exception as failure:
            error = failure
            log.exception("%s.%s could not be run", dag_id, instance.task_id)
            session.rollback()
            session.refresh(instance)
            instance.set_state("failed", session=session)
            session.commit()
        return f"{type(error).__name__}: {error}" if error else ""

    @contextlib.contextmanager
    def _logged(self) -> Iterator[None]:
        """Send logging and anything printed to the log file, so that the terminal stays readable."""
        with (
            self._log_path.open("a", encoding="utf-8", buffering=1) as file,
            contextlib.redirect_stdout(file),
            contextlib.redirect_stderr(file),
        ):
            from airflow.sdk.log import configure_logging

            configure_logging(
                output=file, cache_logger_on_first_use=False, colored_console_log=False
            )
            yield


def _bundles() -> list[Any]:
    """The folders with DAG files that Airflow is configured with, known to its database."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    bundles = list(manager.get_all_dag_bundles())
    for bundle in bundles:
        bundle.initialize()
    return bundles


def _load_dag(bundles: list[Any], dag_id: str) -> dict[str, Any]:
    """Make one DAG and store it, as the DAG processor would; raises ``DagError``."""
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db

    for bundle in bundles:
        with _only(dag_id):
            bag = BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        if bag.import_errors:
            path, error = next(iter(bag.import_errors.items()))
            raise DagError(f"{path} cannot be imported: {error.strip().splitlines()[-1]}")
        if dag_id in bag.dags:
            sync_bag_to_db(bag, bundle.name, bundle.version)
            return {dag_id: bag.dags[dag_id]}
    raise DagError(f"there is no DAG {dag_id}")


@contextlib.contextmanager
def _only(dag_id: str) -> Iterator[None]:
    """DAG files make only this DAG meanwhile, as they do for a task that runs."""
    from airflow.sdk.definitions.context import _AIRFLOW_PARSING_CONTEXT_DAG_ID

    os.environ[_AIRFLOW_PARSING_CONTEXT_DAG_ID] = dag_id
    try:
        yield
    finally:
        del os.environ[_AIRFLOW_PARSING_CONTEXT_DAG_ID]


def _create_run(dag: Any, session: Any) -> Any:
    from airflow.models.dagrun import DagRun
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    now = datetime.now(UTC)
    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    return stored.create_dagrun(
        run_id=DagRun.generate_run_id(run_type=DagRunType.MANUAL, logical_date=None, run_after=now),
        logical_date=None,
        data_interval=None,
        run_after=now,
        run_type=DagRunType.MANUAL,
        triggered_by=DagRunTriggeredByType.CLI,
        triggering_user_name=USER,
        state="running",
        start_date=now,
        session=session,
    )


def _schedule(run: Any, session: Any) -> list[Any]:
    """The task instances that can run now; none when the run is over or would have to wait."""
    before = None
    while True:
        session.expire_all()
        ready, _ = run.update_state(session=session)
        for instance in ready:
            instance.try_number += 1
            instance.state = "scheduled"
        session.commit()
        states = [(ti.id, ti.state) for ti in run.get_task_instances(session=session)]
        # A failure travels one task further with every look, so look until nothing changes.
        if ready or str(run.state) != "running" or states == before:
            return list(ready)
        before = states


def _end_run(run: Any, session: Any) -> None:
    """Record that a run did not come to its end, and its tasks with it."""
    from airflow.utils.state import State

    session.rollback()
    session.expire_all()
    for instance in run.get_task_instances(session=session):
        if instance.state not in State.finished:
            instance.set_state("failed" if instance.state else None, session=session)
    run.set_state("failed")
    session.commit()


def _end_abandoned() -> None:
    """Record the end of runs whose process was killed; nobody else is at work in this home."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        abandoned = select(DagRun).where(
            DagRun.state == "running", DagRun.triggering_user_name == USER
        )
        for run in session.scalars(abandoned).all():
            _end_run(run, session)


def _outcomes(run: Any, errors: dict[Any, str], session: Any) -> list[TaskOutcome]:
    session.expire_all()
    return [
        TaskOutcome(
            ti.dag_id, ti.task_id, ti.rendered_map_index or "", str(ti.state), errors.get(ti.id, "")
        )
        for ti in run.get_task_instances(session=session)
    ]
