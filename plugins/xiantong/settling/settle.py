"""Settle a dataset: decide, keep, record in one transaction, then complete what follows.

The order makes every step repeatable. Accepted rows are copied into the lake under the id of their
submission before the ledger names them; the ledger takes all decisions at once; loading the
warehouse, writing differences and returns come last and are done again where the ledger does not say that they
are done. A process may die anywhere: settling again leads to the same state.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from xiantong.closing.closed import ClosedPeriods
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, LoadMode
from xiantong.counties import county_of
from xiantong.county_time import utc_now
from xiantong.findings import CheckedSubmission
from xiantong.ledger.arrangements import ArrangementLog
from xiantong.ledger.closings import ClosingLog
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Status, Submission
from xiantong.periods import Period
from xiantong.settings import Settings
from xiantong.settling.completion import Completion
from xiantong.settling.decision import Decider, Decision, DueDate
from xiantong.settling.facts import repetitions
from xiantong.settling.summary import SettleSummary
from xiantong.store import Store

Progress = Callable[[str], None]


class SettleError(Exception):
    """Submissions cannot be settled; the message says which and why."""


def settle(
    ledger: Ledger,
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    checked: Sequence[CheckedSubmission],
    settings: Settings,
    *,
    now: datetime | None = None,
    progress: Progress = lambda step: None,
) -> SettleSummary:
    """Decide checked deliveries of one dataset and complete everything that is unfinished.

    Deliveries that were settled before stay as they are and appear in the summary. ``now`` (UTC
    without a zone) becomes the time of acceptance. Raises ``SettleError`` for deliveries that the
    ledger does not know, and ``WarehouseBusyError`` where the rows are recorded but could not be
    loaded yet: settling again, or ``finish``, loads them.
    """
    with ledger.lock(f"settle-{contract.id}"):
        moment = now or utc_now()
        decisions = _decide(ledger, catalogue, contract, checked, moment)
        progress(f"{contract.id}: {len(decisions)} decided")
        kept = _keep(decisions, ledger, store, contract, progress)
        ledger.record([(decision.submission, decision.checked.findings) for decision in kept])
        progress(f"{contract.id}: recorded")
        completion = Completion(ledger, store, catalogue, contract, settings, moment, progress)
        return _complete(completion, {c.submission_id for c in checked})


def finish(
    ledger: Ledger,
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    settings: Settings,
    *,
    now: datetime | None = None,
    progress: Progress = lambda step: None,
) -> SettleSummary:
    """Complete what an interrupted settling left: rows to load, returns to write."""
    return settle(ledger, store, catalogue, contract, (), settings, now=now, progress=progress)


def _decide(
    ledger: Ledger,
    catalogue: Catalogue,
    contract: Contract,
    checked: Sequence[CheckedSubmission],
    now: datetime,
) -> list[Decision]:
    by_id = {c.submission_id: c for c in checked}
    deliveries = ledger.deliveries(by_id)
    unknown = sorted(by_id.keys() - deliveries.keys())
    if unknown:
        raise SettleError(f"{contract.id}: the ledger knows no deliveries {', '.join(unknown[:5])}")
    foreign = sorted(i for i, delivery in deliveries.items() if delivery.dataset != contract.id)
    if foreign:
        raise SettleError(f"deliveries {', '.join(foreign[:5])} do not belong to {contract.id}")
    settled = {s.id for s in ledger.submissions(ids=by_id)}
    fresh = [c for c in by_id.values() if c.submission_id not in settled]
    periods = {c.envelope.period for c in fresh if c.envelope.period}
    closed = ClosedPeriods(ClosingLog(ledger).read())
    decider = Decider(
        contract,
        ledger.latest(contract.id, periods=periods),
        now,
        _due_dates(ledger, catalogue, contract),
        closing=lambda period, reporter, at: closed.closing(contract.id, period, reporter, at),
        was_accepted=lambda period, reporter: bool(
            ledger.submissions(
                contract.id, period=period, reporter=reporter, status=Status.ACCEPTED
            )
        ),
    )
    return decider.decide_all(fresh, deliveries)


def _due_dates(ledger: Ledger, catalogue: Catalogue, contract: Contract) -> DueDate:
    """Due dates with the extensions that existed when something was delivered."""
    from xiantong.reporting_calendar import WorkingDays, arranged_due_date, due_date

    working_days = WorkingDays.read(catalogue.folder)
    arrangements = ArrangementLog(ledger).read()

    @cache
    def usual(period: Period) -> date | None:
        return due_date(contract, period, working_days)

    def due(period: Period, reporter: str | None, at: datetime) -> date | None:
        arranged = arrangements.find(contract.id, period, reporter, at) if reporter else None
        return arranged_due_date(usual(period), arranged)

    return due


def _keep(
    decisions: Sequence[Decision],
    ledger: Ledger,
    store: Store,
    contract: Contract,
    progress: Progress,
) -> list[Decision]:
    """Copy accepted rows into the lake; facts that were accepted before are left out."""
    accepted = [d for d in decisions if d.submission.status is Status.ACCEPTED]
    kept: dict[str, Decision] = {}
    with tempfile.TemporaryDirectory(prefix="xiantong-settle-") as folder:
        shortened = _without_repetitions(accepted, ledger, store, contract, Path(folder))
        for number, decision in enumerate(accepted, start=1):
            source = shortened.get(decision.submission.id, decision.candidate)
            kept[decision.submission.id] = _put(decision, source, store)
            progress(f"{contract.id}: {number}/{len(accepted)} in the lake")
    store.flush()
    return [kept.get(d.submission.id, d) for d in decisions]


def _put(decision: Decision, source: Path, store: Store) -> Decision:
    submission = decision.submission
    assert submission.period is not None  # without a period nothing is accepted
    try:
        rows = pq.read_metadata(source).num_rows
    except FileNotFoundError as error:
        raise SettleError(
            f"{submission.dataset}: the checked rows of {submission.file_name} are gone from the "
            "work folder; check the delivery again"
        ) from error
    key = store.put_accepted(source, submission.dataset, submission.period, submission.id)
    return decision.with_lake_file(key, rows)


def _without_repetitions(
    accepted: Sequence[Decision], ledger: Ledger, store: Store, contract: Contract, folder: Path
) -> dict[str, Path]:
    """Shortened files, by submission, of facts that the lake has or that come twice; local numbers are
    compared within their county."""
    if contract.load_mode is not LoadMode.APPEND or not contract.key or not accepted:
        return {}
    lake: dict[str, list[Path]] = defaultdict(list)
    for s in ledger.accepted(contract.id):
        if s.lake_key:
            lake[_holds_in(contract, s)].append(store.local_path(s.lake_key))
    fresh: dict[str, list[Decision]] = defaultdict(list)
    for decision in accepted:
        fresh[_holds_in(contract, decision.submission)].append(decision)
    shortened = {}
    with repetitions(contract, folder) as finder:
        for county, decisions in fresh.items():
            found = finder.find([decision.candidate for decision in decisions], lake[county])
            for decision in decisions:
                if decision.candidate in found:
                    out = folder / f"{decision.submission.id}.parquet"
                    finder.write_without(decision.candidate, out)
                    shortened[decision.submission.id] = out
    return shortened


def _holds_in(contract: Contract, submission: Submission) -> str:
    """The county that the keys of a submission hold in; empty where they hold everywhere."""
    return "" if contract.has_national_facts else county_of(submission.reporter_area_code)


def _complete(completion: Completion, settled: set[str]) -> SettleSummary:
    ledger, dataset = completion.ledger, completion.contract.id
    unfinished = {s.id for s in (*ledger.unloaded(dataset), *ledger.without_return(dataset))}
    # Before the others: what they have not done yet brings an interrupted settling back here.
    completion.write_differences()
    completion.load_accepted_rows()
    failed = completion.write_returns()
    return SettleSummary.of(dataset, ledger.submissions(ids=settled | unfinished), failed)
