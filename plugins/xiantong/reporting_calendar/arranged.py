"""Arrangements with single reporters: extensions and exemptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from xiantong.county_time import utc_now
from xiantong.ledger.arrangements import (
    Arrangement,
    ArrangementKind,
    ArrangementLog,
    Arrangements,
)
from xiantong.names import DatasetId
from xiantong.periods import Period

if TYPE_CHECKING:
    from xiantong.deployment import Deployment


class ArrangementError(Exception):
    """Something cannot be arranged so; the message says why."""


def arranged_due_date(usual: date | None, arrangement: Arrangement | None) -> date | None:
    """The due date under an arrangement; None where nothing is due."""
    if arrangement is None or usual is None:
        return usual
    return arrangement.due_at if arrangement.kind is ArrangementKind.EXTEND else None


def extend(
    deployment: Deployment, reporter: str, period: Period, due_at: date, *, reason: str, by: str,
    dataset: DatasetId | None = None, department: str | None = None,
    granted_at: datetime | None = None, at: datetime | None = None,
) -> Arrangement:  # fmt: skip
    """Grant a reporter another due date for a period, for one dataset, for those of a department
    or for all. ``granted_at`` where it was agreed before it is written down (UTC without a zone).
    Raises ``ArrangementError``."""
    return _arrange(
        deployment, ArrangementKind.EXTEND, reporter, period, reason, by, dataset, department,
        due_at, granted_at, at,
    )  # fmt: skip


def exempt(
    deployment: Deployment, reporter: str, period: Period, *, reason: str, by: str,
    dataset: DatasetId | None = None, department: str | None = None,
    granted_at: datetime | None = None, at: datetime | None = None,
) -> Arrangement:  # fmt: skip
    """Let a reporter off for a period; the other arguments are those of ``extend``."""
    return _arrange(
        deployment, ArrangementKind.EXEMPT, reporter, period, reason, by, dataset, department,
        None, granted_at, at,
    )  # fmt: skip


def withdraw(
    deployment: Deployment, seq: int, *, reason: str, by: str, at: datetime | None = None
) -> Arrangement:
    """Take an arrangement back from now on; what was delivered under it stays judged by it."""
    moment = at or utc_now()
    log = ArrangementLog(deployment.ledger)
    with deployment.ledger.lock("arrangement"):
        known = log.read()
        named = {a.seq: a for a in known if a.kind is not ArrangementKind.WITHDRAW}
        if seq not in named:
            raise ArrangementError(
                f"there is no arrangement {seq}; xiantong arrange list shows them"
            )
        former = named[seq]
        if known.is_withdrawn(former, moment):
            raise ArrangementError(f"arrangement {seq} is withdrawn already")
        return _recorded(
            log,
            Arrangement(
                ArrangementKind.WITHDRAW, former.reporter_code, former.period, _given(reason), by,
                moment, moment, former.dataset, former.department, withdraws=seq,
            ),
        )  # fmt: skip


def list_arrangements(deployment: Deployment) -> Arrangements:
    """The whole history."""
    return ArrangementLog(deployment.ledger).read()


def _arrange(
    deployment: Deployment,
    kind: ArrangementKind,
    reporter: str,
    period: Period,
    reason: str,
    by: str,
    dataset: DatasetId | None,
    department: str | None,
    due_at: date | None,
    granted_at: datetime | None,
    at: datetime | None,
) -> Arrangement:
    moment = at or utc_now()
    _check_scope(deployment, reporter, period, dataset, department)
    if granted_at is not None and granted_at > moment:
        raise ArrangementError("an arrangement cannot be granted in the future")
    arrangement = Arrangement(
        kind, reporter, period, _given(reason), by, granted_at or moment, moment, dataset,
        department, due_at,
    )  # fmt: skip
    return _recorded(ArrangementLog(deployment.ledger), arrangement)


def _check_scope(
    deployment: Deployment,
    reporter: str,
    period: Period,
    dataset: DatasetId | None,
    department: str | None,
) -> None:
    catalogue = deployment.catalogue
    if reporter not in catalogue.reporter_by_code:
        raise ArrangementError(f"no reporter has the code {reporter}")
    if dataset and department:
        raise ArrangementError("an arrangement is for a dataset or for a department, not both")
    if dataset:
        frequency = catalogue.contract(dataset).frequency
        if period.frequency is not frequency.of_periods:
            raise ArrangementError(f"{period} is no period of {dataset}, which is {frequency}")
    departments = {d.department for d in catalogue.contracts}
    if department and department not in departments:
        raise ArrangementError(
            f"no department {department!r}; there are: {', '.join(sorted(departments))}"
        )


def _recorded(log: ArrangementLog, arrangement: Arrangement) -> Arrangement:
    return replace(arrangement, seq=log.add(arrangement))


def _given(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise ArrangementError("a reason is wanted; it is kept for ever")
    return text
