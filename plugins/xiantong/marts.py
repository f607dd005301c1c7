"""When the marts have to be built, and the one build that then follows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from xiantong.deployment import Deployment
from xiantong.ledger.schema import SubmissionRow
from xiantong.names import DatasetId
from xiantong.steps import tell
from xiantong.timing import part
from xiantong.whole_files import appearing

_MODEL_FILES = {".sql", ".yml", ".csv", ".py"}


class MartsError(RuntimeError):
    """The models cannot be built; the message names them."""


@dataclass(frozen=True, slots=True)
class MartsBuild:
    """What the last good build did: ``models`` built in ``seconds``, of ``datasets`` or all."""

    models: int
    seconds: float
    datasets: tuple[str, ...]
    everything: bool


class MartsWork:
    """Compares the ledger with what the last good build knew.

    Events are only a reason to look: what they name could have been lost with a failed build, the
    ledger is not.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._path = deployment.settings.root / "marts.json"

    @property
    def is_due(self) -> bool:
        """True where a build would change anything, or the last one was never published."""
        return not self._is_published() or self._known().get("state") != self._state()

    def _is_published(self) -> bool:
        published = self._deployment.settings.published
        try:
            return published.stat().st_mtime_ns >= self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return False

    def build(self, everything: bool = False, tell: Callable[[str], None] = tell) -> MartsBuild:
        """Build what changed since the last good build, or everything.

        ``tell`` gets one line per model. Raises ``MartsError`` with what failed.
        """
        from xiantong.transform import build
        from xiantong.warehouse import open_warehouse

        settings = self._deployment.settings
        state, known = self._state(), self._known().get("state", {})
        before = known.get("settled", {})
        changed = {name for name, mark in state["settled"].items() if before.get(name) != mark}
        tell("marts: ledger tables")
        with open_warehouse(settings.warehouse_url) as warehouse:
            warehouse.replace_ledger_tables(self._deployment.ledger)
        with part("dbt"):
            result = build(
                settings,
                {DatasetId.parse(name) for name in changed} if known and not everything else None,
                progress=lambda line: tell(f"marts: {line}"),
            )
        if not result.ok:
            raise MartsError(result.summary())
        done = MartsBuild(
            len(result.models), result.seconds, tuple(sorted(changed)), result.everything
        )
        self._remember({"state": state, "models": done.models, "seconds": done.seconds, "datasets": done.datasets, "everything": done.everything})  # fmt: skip
        return done

    def last(self) -> MartsBuild | None:
        """The last good build; None where there was none."""
        known = self._known()
        if not known:
            return None
        return MartsBuild(
            known["models"], known["seconds"], tuple(known["datasets"]), known["everything"]
        )

    def _state(self) -> dict[str, Any]:
        settled = (
            select(
                SubmissionRow.dataset_id,
                func.count(),
                func.max(SubmissionRow.settled_at),
                func.max(SubmissionRow.loaded_at),
            )
            .group_by(SubmissionRow.dataset_id)
            .order_by(SubmissionRow.dataset_id)
        )
        marks = {
            name: [str(part) for part in rest]
            for name, *rest in map(tuple, self._deployment.ledger.stream(settled))
        }
        return {"settled": marks, "models": _models_sign(self._deployment.settings.dbt_project)}

    def _known(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return known

    def _remember(self, known: dict[str, Any]) -> None:
        with appearing(self._path) as unfinished:
            unfinished.write_text(json.dumps(known, indent=1), encoding="utf-8")


def _models_sign(project: Path) -> str:
    """Changes with every file of the dbt project, told by size and time."""
    digest = hashlib.sha256()
    for path in sorted(p for p in project.rglob("*") if p.suffix in _MODEL_FILES):
        status = path.stat()
        digest.update(f"{path}|{status.st_size}|{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
