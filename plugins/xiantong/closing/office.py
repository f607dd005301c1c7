"""What the county office does: close a period, open it again, look at what it decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from xiantong.closing.closed import ClosedPeriods
from xiantong.county_time import county_day, utc_now
from xiantong.ledger.closings import Closing, ClosingKind, ClosingLog
from xiantong.names import DatasetId
from xiantong.periods import Period

if TYPE_CHECKING:
    from xiantong.deployment import Deployment


class ClosingError(Exception):
    """A period cannot be closed or reopened so; the message says why."""


@dataclass(frozen=True, slots=True)
class PeriodState:
    """A decision of the history with what it means now: ``closed``, ``open`` (reopened), or
    ``over`` where a later decision or the end of its time has replaced it."""

    closing: Closing
    state: str


def close_period(
    deployment: Deployment,
    period: Period,
    *,
    reason: str,
    by: str,
    datasets: Collection[DatasetId] = (),
    reporter: str | None = None,
    release: str | None = None,
    at: datetime | None = None,
) -> list[Closing]:
    """Close a period for every dataset or for some, for every reporter or for one.

    From then on what is delivered for it goes back. ``release`` names the publication that froze
    the period; freezing what is closed already is no error, so that a release may be repeated.
    ``at`` (UTC without a zone) is now. Returns what was recorded. Raises ``ClosingError``.
    """
    moment = at or utc_now()
    scopes = _scopes(deployment, period, datasets, reporter)
    with deployment.ledger.lock("closing"):
        log = ClosingLog(deployment.ledger)
        known = log.read(period)
        holds = [c for c in known if release in (None, c.release) or c.kind is ClosingKind.REOPEN]
        fresh = [scope for scope in scopes if not _same_closed(holds, scope, reporter, moment)]
        if not fresh and release is None:
            raise ClosingError(f"{period} is closed already; xiantong period list shows since when")
        recorded = [
            Closing(
                ClosingKind.CLOSE, period, _given(reason), by, moment,
                dataset=dataset, reporter_code=reporter, release=release,
            )
            for dataset in fresh
        ]  # fmt: skip
        log.add(*recorded)
    return recorded


def reopen_period(
    deployment: Deployment,
    period: Period,
    *,
    reason: str,
    by: str,
    datasets: Collection[DatasetId] = (),
    reporter: str | None = None,
    until: date | None = None,
    at: datetime | None = None,
) -> list[Closing]:
    """Let deliveries for a closed period through again, until the end of the day ``until``.

    The other arguments are those of ``close_period``. Raises ``ClosingError`` where nothing of that
    is closed, or ``until`` is over.
    """
    moment = at or utc_now()
    scopes = _scopes(deployment, period, datasets, reporter)
    if until is not None and until < county_day(moment):
        raise ClosingError(
            f"{until} is over; --until is the last day on which deliveries go through"
        )
    with deployment.ledger.lock("closing"):
        log = ClosingLog(deployment.ledger)
        known = log.read(period)
        for dataset in scopes:
            if not _any_closed(known, dataset, reporter, moment):
                raise ClosingError(
                    f"nothing of {dataset or period} is closed in {period}; there is nothing to reopen"
                )
        recorded = [
            Closing(
                ClosingKind.REOPEN, period, _given(reason), by, moment,
                dataset=dataset, reporter_code=reporter, until=until,
            )
            for dataset in scopes
        ]  # fmt: skip
        log.add(*recorded)
    return recorded


def list_periods(
    deployment: Deployment, period: Period | None = None, at: datetime | None = None
) -> list[PeriodState]:
    """Every decision ever taken, the newest first, with what it means now."""
    moment = at or utc_now()
    known = ClosingLog(deployment.ledger).read(period)
    rows = []
    for number, closing in enumerate(known):
        later = [
            c
            for c in known[number + 1 :]
            if c.period == closing.period and _covers(c, closing) and not _ran_out(c, moment)
        ]
        over = bool(later) or _ran_out(closing, moment)
        now = "closed" if closing.kind is ClosingKind.CLOSE else "open"
        rows.append(PeriodState(closing, "over" if over else now))
    return rows[::-1]


def _scopes(
    deployment: Deployment, period: Period, datasets: Collection[DatasetId], reporter: str | None
) -> list[DatasetId | None]:
    catalogue = deployment.catalogue
    if reporter and reporter not in catalogue.reporter_by_code:
        raise ClosingError(f"no reporter has the code {reporter}")
    for dataset in datasets:
        frequency = catalogue.contract(dataset).frequency
        if period.frequency is not frequency.of_periods:
            raise ClosingError(f"{period} is no period of {dataset}, which is {frequency}")
    return list(dict.fromkeys(datasets)) or [None]


def _same_closed(
    known: list[Closing], dataset: DatasetId | None, reporter: str | None, at: datetime
) -> bool:
    """True where a closing that covers this scope holds and nothing inside was opened since."""
    for closing in reversed(known):
        inside = dataset in (None, closing.dataset) or closing.dataset is None
        if closing.kind is ClosingKind.REOPEN and inside and not _ran_out(closing, at):
            return False
        covered = closing.dataset in (None, dataset) and closing.reporter_code in (None, reporter)
        if closing.kind is ClosingKind.CLOSE and covered:
            return True
    return False


def _any_closed(
    known: list[Closing], dataset: DatasetId | None, reporter: str | None, at: datetime
) -> bool:
    """True where anything inside this scope is closed."""
    if dataset is not None:
        closed = ClosedPeriods(known)
        reporters: set[str | None] = {reporter}
        if reporter is None:
            reporters |= {c.reporter_code for c in known}
        return any(closed.closing(dataset, c.period, r, at) for c in known[:1] for r in reporters)
    return any(
        c.kind is ClosingKind.CLOSE and (reporter is None or c.reporter_code in (None, reporter))
        for c in known
    )


def _covers(later: Closing, earlier: Closing) -> bool:
    return later.dataset in (None, earlier.dataset) and later.reporter_code in (
        None,
        earlier.reporter_code,
    )


def _ran_out(closing: Closing, at: datetime) -> bool:
    return closing.until is not None and county_day(at) > closing.until


def _given(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise ClosingError("a reason is wanted; it is kept for ever and told to the reporters")
    return text
