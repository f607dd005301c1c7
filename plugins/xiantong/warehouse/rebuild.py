"""Make the warehouse again from what is kept for ever: the lake and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.engine import make_url

from xiantong.contracts.catalogue import Catalogue
from xiantong.county_time import utc_now
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Status, Submission
from xiantong.names import DatasetId
from xiantong.settings import Settings
from xiantong.store import Store
from xiantong.warehouse.base import Warehouse
from xiantong.warehouse.opening import open_warehouse
from xiantong.warehouse.tables import LEDGER_FINDING, LEDGER_SUBMISSION, SCHEMAS, raw_table


@dataclass(frozen=True, slots=True)
class RebuildSummary:
    """Rows per dataset; ``without_contract`` names accepted datasets that nobody describes now."""

    rows: dict[str, int]
    without_contract: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def warehouse_contents(ledger: Ledger) -> AbstractContextManager[None]:
    """Held while rows go in and the ledger learns of it. Without it rows that were loaded into a
    warehouse which a rebuild is about to replace would be lost, and the ledger would not know."""
    return ledger.lock("warehouse")


def rebuild(
    settings: Settings,
    catalogue: Catalogue,
    ledger: Ledger,
    store: Store,
    progress: Callable[[str], None] = lambda step: None,
) -> RebuildSummary:
    """Replace the warehouse by raw tables made from lake and ledger alone.

    Until the new one is complete the old one stays as it is, and whoever settles meanwhile waits
    with loading. The models built from the raw tables are gone afterwards: build them next.
    """
    url = settings.warehouse_url
    with warehouse_contents(ledger):
        accepted = _by_dataset(ledger.submissions(status=Status.ACCEPTED))
        truth = _Truth(catalogue, ledger, store, accepted, progress)
        is_file = make_url(url).get_backend_name() == "duckdb"
        rows = _rebuild_file(url, truth) if is_file else _rebuild_schemas(url, truth)
        loaded = [s.id for d in accepted if d in catalogue.contracts for s in accepted[d]]
        ledger.mark_loaded(loaded, utc_now())
    unknown = tuple(str(d) for d in accepted if d not in catalogue.contracts)
    return RebuildSummary(rows, unknown)


@dataclass(frozen=True, slots=True)
class _Truth:
    """What the warehouse is made from. ``accepted`` are the accepted revisions of each dataset."""

    catalogue: Catalogue
    ledger: Ledger
    store: Store
    accepted: Mapping[DatasetId, Sequence[Submission]]
    progress: Callable[[str], None]

    def fill(self, warehouse: Warehouse) -> dict[str, int]:
        """Load all of it into an empty warehouse; returns the rows of each dataset."""
        rows = {}
        contracts = self.catalogue.contracts
        warehouse.ensure_tables(*map(raw_table, contracts.values()))
        for dataset, contract in contracts.items():
            submissions = self.accepted.get(dataset)
            if submissions:
                self.progress(f"{dataset}: {len(submissions)} submissions")
                rows[str(dataset)] = warehouse.load_accepted(contract, submissions, self.store)
        self.progress("ledger tables")
        warehouse.replace_ledger_tables(self.ledger)
        return rows


def _rebuild_file(url: str, truth: _Truth) -> dict[str, int]:
    path = Path(make_url(url).database or "")
    fresh = path.with_name(f"{path.name}.rebuilding")
    _remove(fresh)
    with open_warehouse(f"duckdb:///{fresh}") as warehouse:
        rows = truth.fill(warehouse)
    _wait_for_writer(url, path)
    # A log that a dying process left behind belongs to the old file, never to the new one.
    Path(f"{path}.wal").unlink(missing_ok=True)
    fresh.replace(path)
    return rows


def _wait_for_writer(url: str, path: Path) -> None:
    """Let whoever writes the old file finish. One that cannot be opened is replaced as it is."""
    if path.exists():
        with suppress(duckdb.Error), open_warehouse(url):
            pass


def _rebuild_schemas(url: str, truth: _Truth) -> dict[str, int]:
    with open_warehouse(url) as warehouse, warehouse.transaction():
        for schema in SCHEMAS:
            warehouse.execute(f"drop schema if exists {schema} cascade")
        warehouse.prepare()
        rows = truth.fill(warehouse)
        # The build follows at once, long before the server would look at the new tables by itself.
        tables = [raw_table(contract) for contract in truth.catalogue.contracts.values()]
        for table in (*tables, LEDGER_SUBMISSION, LEDGER_FINDING):
            warehouse.execute(f"analyze {table.qualified}")
        return rows


def _by_dataset(submissions: Iterable[Submission]) -> dict[DatasetId, list[Submission]]:
    grouped: dict[DatasetId, list[Submission]] = {}
    for submission in submissions:
        grouped.setdefault(submission.dataset, []).append(submission)
    return grouped


def _remove(path: Path) -> None:
    for leftover in (path, Path(f"{path}.wal")):
        leftover.unlink(missing_ok=True)
