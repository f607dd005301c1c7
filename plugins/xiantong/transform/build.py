"""One dbt run in this process: only what new data touches, or everything."""

from __future__ import annotations

import gc
import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from xiantong.contracts.catalogue import Catalogue
from xiantong.names import DatasetId
from xiantong.settings import Settings
from xiantong.transform.profile import Profile, environment
from xiantong.transform.promises import broken_promises, promising_model
from xiantong.transform.snapshot import copy_raw
from xiantong.warehouse.opening import open_warehouse
from xiantong.warehouse.tables import LEDGER_FINDING, LEDGER_SUBMISSION, raw_table

Progress = Callable[[str], None]
_OBJECTS_BEFORE_COLLECTING = 200_000
_BAD = {"error", "fail", "runtime error", "partial success"}


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one model, seed or test. ``kind`` is dbt's resource type; ``seconds`` its time.

    A test of promises has the name of its model and says which of them are broken.
    ``status``: success, pass, warn, fail, error or skipped. ``failures``: rows that a test found.
    """

    name: str
    kind: str
    status: str
    seconds: float
    message: str = ""
    failures: int = 0

    @property
    def is_bad(self) -> bool:
        return self.status in _BAD


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What one build did. ``error`` is set where dbt could not even start the run."""

    nodes: tuple[NodeResult, ...]
    seconds: float
    everything: bool
    error: str = ""

    @property
    def ok(self) -> bool:
        return not self.error and not self.failures

    @property
    def failures(self) -> tuple[NodeResult, ...]:
        return tuple(node for node in self.nodes if node.is_bad)

    @property
    def warnings(self) -> tuple[NodeResult, ...]:
        return tuple(node for node in self.nodes if node.status == "warn")

    @property
    def models(self) -> tuple[NodeResult, ...]:
        return tuple(node for node in self.nodes if node.kind == "model")

    def summary(self) -> str:
        """One line for a log, then one line per failure."""
        skipped = sum(node.status == "skipped" for node in self.nodes)
        lines = [
            f"dbt: {len(self.models)} models, {len(self.nodes)} steps, {len(self.failures)} failed, "
            f"{skipped} skipped, {len(self.warnings)} warnings, {self.seconds:.1f} s"
        ]
        if self.error:
            lines.append(self.error)
        lines += [f"{node.kind} {node.name}: {node.message}" for node in self.failures]
        return "\n".join(lines)


def build(
    settings: Settings,
    changed: Collection[DatasetId] | None = None,
    as_of: datetime | None = None,
    progress: Progress | None = None,
    *,
    target: Path | None = None,
    select: Iterable[str] = (),
) -> BuildResult:
    """Build the warehouse's staging, intermediate and marts.

    ``changed``: datasets with new raw rows; what depends on them and on the ledger is rebuilt. None
    rebuilds everything, as does the first build and one after the models changed. What a failed build
    left undone is made up for by the next one.

    ``as_of`` (UTC) computes the past: raw rows accepted by then are copied into the DuckDB file
    ``target`` (default ``$XIANTONG_HOME/as_of/<time>.duckdb``) and everything is built there; the
    warehouse itself is not touched. ``select`` narrows a run by hand with dbt's own selectors.
    """
    if as_of is not None:
        return _build_past(settings, as_of, target, progress)
    built = _prepare(settings)
    memory = _Memory(settings)
    wanted = None if changed is None else {*changed, *memory.pending()}
    everything = wanted is None or not memory.is_current() or not built
    memory.remember_pending(None if everything else wanted)
    selectors = list(select) or ([] if everything else _selectors(wanted or set()))
    result = _run(settings, Profile.of(settings), selectors, {}, progress, everything)
    if result.ok and not list(select):
        memory.remember_done()
    return result


def _build_past(
    settings: Settings, as_of: datetime, target: Path | None, progress: Progress | None
) -> BuildResult:
    label = as_of.strftime("%Y-%m-%dT%H-%M-%S")
    path = target or settings.root / "as_of" / f"{label}.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    _prepare(settings)
    copy_raw(settings, path, as_of)
    moment = as_of.strftime("%Y-%m-%d %H:%M:%S.%f")
    return _run(
        settings,
        Profile.duckdb(path, settings),
        [],
        {"as_of": moment},
        progress,
        True,
        "dbt_target_as_of",
    )


def _selectors(changed: Collection[DatasetId]) -> list[str]:
    ledger = (LEDGER_SUBMISSION.name, LEDGER_FINDING.name)
    tables = [*(dataset.raw_table for dataset in sorted(changed)), *ledger]
    return [f"source:raw.{table}+" for table in tables]


def _prepare(settings: Settings) -> bool:
    """Make the raw tables of datasets that were never delivered, so that every model can be built.

    Returns whether the warehouse holds a finished build.
    """
    settings.root.mkdir(parents=True, exist_ok=True)
    tables = [raw_table(c) for c in Catalogue(settings.expectations).contracts.values()]
    with open_warehouse(settings.warehouse_url) as warehouse, warehouse.transaction():
        warehouse.ensure_tables(*tables, LEDGER_SUBMISSION, LEDGER_FINDING)
        built = warehouse.fetch(
            "select 1 from information_schema.tables "
            "where table_schema = 'marts' and table_name = 'fct_indicator_value'"
        )
    return bool(built)


class _Memory:
    """What the last build left behind: the models it knew and the datasets it still owes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.path = settings.root / "dbt_target" / "built.json"

    def _read(self) -> dict[str, Any]:
        try:
            loaded: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return loaded

    def _write(self, fingerprint: str, pending: Collection[DatasetId]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        state = {"fingerprint": fingerprint, "pending": sorted(str(dataset) for dataset in pending)}
        self.path.write_text(json.dumps(state, indent=1), encoding="utf-8")

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the warehouse's address and with every file that says what is built, as they
        were when the build began."""
        digest = hashlib.sha256(self.settings.warehouse_url.encode())
        project = self.settings.dbt_project
        for path in sorted(p for p in project.rglob("*") if p.suffix in {".sql", ".yml", ".csv"}):
            digest.update(str(path.relative_to(project)).encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        return bool(self._read().get("fingerprint") == self.fingerprint)

    def pending(self) -> set[DatasetId]:
        return {DatasetId.parse(name) for name in self._read().get("pending", [])}

    def remember_pending(self, changed: Collection[DatasetId] | None) -> None:
        """Written before a run, so that a run that dies is made up for. None: everything is owed."""
        self._write("" if changed is None else self.fingerprint, changed or ())

    def remember_done(self) -> None:
        self._write(self.fingerprint, ())


def _run(
    settings: Settings,
    profile: Profile,
    selectors: list[str],
    variables: dict[str, str],
    progress: Progress | None,
    everything: bool,
    target_folder: str = "dbt_target",
) -> BuildResult:
    # dbt takes seconds to import; whoever only reads results should not pay for it.
    from dbt.cli.main import dbtRunner

    started = time.monotonic()
    logs = settings.root / "logs" / "dbt"
    logs.mkdir(parents=True, exist_ok=True)
    (settings.root / target_folder / "temp").mkdir(parents=True, exist_ok=True)
    arguments = [
        "build",
        *("--project-dir", str(settings.dbt_project)),
        *("--profiles-dir", str(settings.dbt_project)),
        *("--target", profile.target),
        *("--target-path", str(settings.root / target_folder)),
        *("--log-path", str(logs)),
        *("--log-level", "none"),
        *("--log-level-file", "info"),
        *("--no-version-check", "--no-write-json", "--use-fast-test-edges"),
        # Unit tests prove the models, not the data; they run with the project's other tests.
        *("--exclude-resource-type", "unit_test"),
    ]
    if variables:
        arguments += ["--vars", json.dumps(variables)]
    if selectors:
        arguments += ["--select", *selectors]
    with environment(profile.environment), _released(profile), _seldom_collecting():
        outcome = dbtRunner(callbacks=[_reporting(progress)] if progress else []).invoke(arguments)
    results = getattr(outcome.result, "results", ()) or ()
    broken = broken_promises(profile.warehouse_url, results)
    nodes = tuple(_node(result, broken) for result in results)
    error = "" if outcome.exception is None else _readable(str(outcome.exception))
    return BuildResult(nodes, time.monotonic() - started, everything, error)


@contextmanager
def _released(profile: Profile) -> Iterator[None]:
    """dbt keeps a DuckDB file open for its next run in this process; nobody else could open it."""
    try:
        yield
    finally:
        if profile.target == "duckdb":
            from dbt.adapters.duckdb.connections import DuckDBConnectionManager

            DuckDBConnectionManager.close_all_connections()


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """dbt reads its project into some hundred thousand objects and keeps them: Python's collector would look
    through all of them again and again, and find nothing."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _reporting(progress: Progress) -> Callable[[Any], None]:
    def report(event: Any) -> None:
        if event.info.name == "NodeFinished":
            info = event.data.node_info
            progress(f"{info.resource_type} {info.node_name}: {info.node_status}")

    return report


def _node(result: Any, broken: Mapping[str, str]) -> NodeResult:
    """``broken``: by the id of a failed test of promises, which of them and how often."""
    return NodeResult(
        name=promising_model(result.node) or result.node.name,
        kind=str(result.node.resource_type),
        status=str(result.status),
        seconds=round(result.execution_time, 3),
        message=broken.get(result.node.unique_id) or _readable(result.message or ""),
        failures=result.failures or 0,
    )


def _readable(message: str) -> str:
    """The message without dbt's headings and the paths of compiled files."""
    lines = [line.strip() for line in message.splitlines()]
    return " ".join(line for line in lines if line and not line.startswith("compiled code at"))
