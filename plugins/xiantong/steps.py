"""The steps of one round, without Airflow: tasks and commands both call these.

A round of one dataset leaves what its steps hand to each other in a folder of the work area: one
plan and one result per batch. Every step may be repeated; nothing is lost when one dies, because a
delivery stays ``received`` in the ledger until it is settled.
"""

from __future__ import annotations

import json
import logging
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from xiantong.contracts.model import Contract, LoadMode
from xiantong.delivered import DeliveryFile
from xiantong.deployment import Deployment
from xiantong.findings import CheckedSubmission
from xiantong.halves import by_halves
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import find_period
from xiantong.timing import part
from xiantong.whole_files import appearing

if TYPE_CHECKING:
    from xiantong.ledger import Delivery
    from xiantong.settling import SettleSummary
    from xiantong.sources import IntakeResult
    from xiantong.sources.fetching.secrets import Secrets

BATCH_FILES = 2_000
BATCH_BYTES = 200_000_000
MOST_BROKEN = 20
LAST_INTAKE = "last_intake.json"

log = logging.getLogger(__name__)

# Whoever wants to show progress sets this for its own context; it is told what is being done.
progress: ContextVar[Callable[[str], None] | None] = ContextVar("progress", default=None)


class BrokenDeliveriesError(RuntimeError):
    """Deliveries that could not be processed because of a fault of ours; they stay pending."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries of one dataset that are checked in one go. ``label`` is for people."""

    label: str
    submissions: tuple[str, ...]


_BATCH = TypeAdapter(Batch)


def collect(deployment: Deployment, secrets: Secrets | None = None) -> IntakeResult:
    """Fetch what the sources offer, then take every new file into the store and the ledger.

    ``secrets`` knows the passwords of the sources; by default the environment does. What was taken
    and what was not, with the reason, stands in ``$XIANTONG_HOME/last_intake.json``.
    """
    from xiantong.sources import fetch, intake
    from xiantong.sources.fetching.secrets import from_environment

    with part("fetch"):
        unreached = fetch(
            deployment.settings,
            deployment.catalogue,
            secrets or from_environment,
            progress=lambda source: tell(f"fetching from {source}"),
        )
    tell("looking at the inbox")
    with part("intake"):
        result = intake(
            deployment.settings, deployment.catalogue, deployment.ledger, deployment.store
        )
    result = replace(result, skipped=(*unreached, *result.skipped))
    path = deployment.settings.root / LAST_INTAKE
    with appearing(path) as unfinished:
        report = json.dumps(result.as_json(), ensure_ascii=False, indent=1)
        unfinished.write_text(report, encoding="utf-8")
    return result


def waiting(deployment: Deployment) -> list[DatasetId]:
    """Datasets with something to decide or to complete, in settling order."""
    found = set(deployment.ledger.waiting())
    return [dataset for dataset in deployment.catalogue.settling_order if dataset in found]


def awaited(deployment: Deployment, contract: Contract) -> list[DatasetId]:
    """Datasets that the contract refers to and whose deliveries have to be settled before."""
    catalogue = deployment.catalogue
    before = catalogue.references(contract) - catalogue.early_references(contract)
    found = before & set(deployment.ledger.waiting())
    return sorted(dataset for dataset in found if deployment.ledger.pending(dataset))


def looks_back(contract: Contract) -> bool:
    """True where the check of one delivery reads earlier ones of the same dataset."""
    from xiantong.checking.history import names_view, sql_of

    return (
        contract.check_row_count
        or contract.load_mode is LoadMode.APPEND
        or names_view(sql_of(contract.own_rules), "p", "py", "accepted")
    )


def plan_batches(deployment: Deployment, contract: Contract, folder: Path) -> list[Path]:
    """Divide the pending deliveries into batches; their plans are written into ``folder``.

    Batches may be checked side by side, so a contract that looks back gets only the batch with the
    oldest periods; ``close_round`` then says that more is left. Only one round of a dataset may be
    at work; each has its own folder beside those of earlier rounds, which are removed.
    """
    # What rounds that died left behind goes too: it holds what was delivered in plain text.
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    deliveries = sorted(
        deployment.ledger.pending(contract.id),
        key=lambda d: (_period_sign(d, contract), d.submitted_at, d.id),
    )
    groups = list(_divide(deliveries))
    if looks_back(contract):
        groups = groups[:1]
    return [_write_plan(folder, number, group, contract) for number, group in enumerate(groups, 1)]


def read_plan(plan: Path) -> Batch:
    return _BATCH.validate_json(plan.read_bytes())


def parse_and_check(
    deployment: Deployment, contract: Contract, plan: Path
) -> list[CheckedSubmission]:
    """Read and check the deliveries of one batch; the results are written beside its plan.

    A delivery that makes the code itself fail is set aside, so that the others go on.
    """
    from xiantong.settling import foresee, write_checked

    batch = read_plan(plan)
    work = plan.with_name(plan.name.removesuffix(".plan.json"))
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    broken: dict[str, str] = {}
    deliveries = deployment.ledger.deliveries(batch.submissions)
    files = [deliveries[submission_id] for submission_id in batch.submissions]
    parsed = _parse(deployment, contract, files, work / "text", broken)
    ahead = {
        dataset: _parse(
            deployment,
            deployment.catalogue.contract(dataset),
            deployment.ledger.pending(dataset),
            work / "ahead" / dataset.raw_table,
            {},
        )
        for dataset in deployment.catalogue.early_references(contract)
    }
    with part("check"):
        accepts = foresee(deployment.ledger, contract, deliveries)
        checked = _check(deployment, contract, parsed, ahead, accepts, work / "check", broken)
    plan.with_name(f"{work.name}.broken.json").write_text(json.dumps(broken), encoding="utf-8")
    write_checked(plan.with_name(f"{work.name}.checked.json"), checked)
    return checked


def check_alone(
    deployment: Deployment, contract: Contract, source: DeliveryFile, work: Path
) -> CheckedSubmission:
    """What the check would find in one file if it arrived now. Nothing is recorded; the rows lie in
    ``work`` as long as the caller keeps it. Tells ``progress``."""
    from xiantong.checking import check_batch
    from xiantong.checking.lake import EmptyLake
    from xiantong.parsing import parse_delivery

    tell(f"reading {source.name} ({source.path.stat().st_size / 1e6:.1f} MB)")
    parsed = parse_delivery(source, contract, deployment.catalogue, work)
    tell(f"checking {parsed.row_count:,} rows")
    return check_batch(
        contract,
        deployment.catalogue,
        [parsed],
        deployment.lake if deployment.has_ledger else EmptyLake(),
        work,
        deployment.hash_key,
        earlier=deployment.ledger if deployment.has_ledger else None,
        progress=lambda step: tell(f"{step} {parsed.row_count:,} rows"),
    )[0]


def settle_round(deployment: Deployment, contract: Contract, folder: Path) -> SettleSummary:
    """Decide everything that the batches of this round checked, in one transaction."""
    from xiantong.settling import read_checked, settle

    tell(f"{contract.title_zh}: settling")
    paths = sorted(folder.glob("*.checked.json"))
    with part("settle and load"):
        return settle(
            deployment.ledger,
            deployment.store,
            deployment.catalogue,
            contract,
            [checked for path in paths for checked in read_checked(path)],
            deployment.settings,
        )


def close_round(deployment: Deployment, contract: Contract, folder: Path) -> int:
    """Clear the round's folder; returns how many deliveries are left for another round.

    Raises ``BrokenDeliveriesError`` where a delivery made the code fail. The others are settled by
    then, and these are not lost: they stay as they are.
    """
    ledger = deployment.ledger
    faults = _broken(folder)
    shutil.rmtree(folder, ignore_errors=True)
    names = {key: delivery.name for key, delivery in ledger.deliveries(faults).items()}
    problems = [f"{names[key]}: {fault}" for key, fault in faults.items()]
    problems += [f"{s.file_name}: no return workbook" for s in ledger.without_return(contract.id)]
    if problems:
        raise BrokenDeliveriesError(
            f"{contract.id}: {len(problems)} deliveries want an engineer; they are tried again in "
            f"the next round: {'; '.join(problems[:5])}"
        )
    return len(ledger.pending(contract.id))


def tell(what: str) -> None:
    """Pass on what is being done to whoever shows progress in this context."""
    listener = progress.get()
    if listener:
        listener(what)


def _parse(
    deployment: Deployment,
    contract: Contract,
    deliveries: Sequence[Delivery],
    work: Path,
    broken: dict[str, str],
) -> list[ParsedDelivery]:
    from xiantong.parsing import parse_delivery

    work.mkdir(parents=True)
    parsed = []
    for number, delivery in enumerate(deliveries, start=1):
        tell(f"{contract.title_zh}: reading {number}/{len(deliveries)}")
        try:
            file = deployment.file_of(delivery)
            with part("parse"):
                parsed.append(parse_delivery(file, contract, deployment.catalogue, work))
        except Exception as error:
            broken[delivery.id] = _noted_fault(contract, delivery.name, error)
    return parsed


def _check(
    deployment: Deployment,
    contract: Contract,
    parsed: Sequence[ParsedDelivery],
    ahead: Mapping[DatasetId, Sequence[ParsedDelivery]],
    accepts: Callable[[CheckedSubmission], bool],
    work: Path,
    broken: dict[str, str],
) -> list[CheckedSubmission]:
    """Check all of them in one go, as far as none makes the code fail; that goes into ``broken``."""
    from xiantong.checking import check_batch

    def check(some: Sequence[ParsedDelivery]) -> list[CheckedSubmission]:
        return check_batch(
            contract,
            deployment.catalogue,
            some,
            deployment.lake,
            work,
            deployment.hash_key,
            earlier=deployment.ledger,
            accepts=accepts,
            pending=ahead,
            progress=lambda step: tell(f"{contract.title_zh}: {step}"),
        )

    def set_aside(delivery: ParsedDelivery, error: Exception) -> None:
        if len(broken) >= MOST_BROKEN:
            raise error
        broken[delivery.submission_id] = _noted_fault(contract, delivery.source.name, error)

    work.mkdir(parents=True, exist_ok=True)
    return [c for checked in by_halves(parsed, check, set_aside) for c in checked]


def _divide(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    group: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        if group and (len(group) >= BATCH_FILES or size + delivery.size > BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(delivery)
        size += delivery.size
    if group:
        yield group


def _write_plan(folder: Path, number: int, group: Sequence[Delivery], contract: Contract) -> Path:
    signs = [
        sign
        for sign in (_period_sign(d, contract) for d in (group[0], group[-1]))
        if sign != _NO_SIGN
    ]
    size = sum(delivery.size for delivery in group) / 1e6
    label = f"{' … '.join(dict.fromkeys(signs))} ({len(group)} files, {size:.1f} MB)".strip()
    plan = folder / f"{number:04d}.plan.json"
    plan.write_bytes(_BATCH.dump_json(Batch(label, tuple(d.id for d in group))))
    return plan


_NO_SIGN = "~"  # sorts after every period


def _period_sign(delivery: Delivery, contract: Contract) -> str:
    """The period that the file name promises; the content decides later, this only sorts."""
    period = find_period(Path(delivery.name).stem, contract.frequency)
    return str(period) if period else _NO_SIGN


def _broken(folder: Path) -> dict[str, str]:
    """Deliveries that were set aside, with what happened."""
    broken: dict[str, str] = {}
    for path in sorted(folder.glob("*.broken.json")):
        broken |= json.loads(path.read_text(encoding="utf-8"))
    return broken


def _noted_fault(contract: Contract, name: str, error: Exception) -> str:
    """What happened to a delivery, written into the log."""
    fault = _fault(error)
    log.error("%s: %s: %s", contract.id, name, fault)
    return fault


def _fault(error: Exception) -> str:
    """Kind and place of a failure. Its message is left out: it may quote what was delivered."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "xiantong" in frame.filename
    ]
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
