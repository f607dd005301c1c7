"""Computing differences when submissions are settled, and keeping them."""

from __future__ import annotations

import logging
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.differences.compare import (
    Compared,
    Comparison,
    comparing_accepted,
    comparing_delivered,
    keeps_rows,
)
from xiantong.differences.pairs import Pair, base_of, pair_of
from xiantong.ledger.differences import Basis, DifferenceCounts, Differences
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Submission
from xiantong.store import Store

log = logging.getLogger(__name__)


def record_differences(
    ledger: Ledger,
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    now: datetime,
    progress: Callable[[str], None] = lambda step: None,
) -> int:
    """Compute what every later revision of a dataset changed, where that was not done yet.

    The rows are put into the store before the ledger names them, so that this may die anywhere and
    be repeated. A pair that makes the code fail is left for the next time and keeps back nothing
    else. Returns the number of differences that were recorded.
    """
    missing = Differences(ledger).missing(contract.id)
    if not missing:
        return 0
    pairs = _pairs(ledger, contract, missing)
    recorded = 0
    for basis in (Basis.ACCEPTED, Basis.DELIVERED):
        group = [pair for pair in pairs if pair.basis is basis]
        recorded += _record(group, ledger, store, catalogue, contract, now, progress)
    return recorded


def _pairs(ledger: Ledger, contract: Contract, missing: Sequence[Submission]) -> list[Pair]:
    reports: dict[Any, list[Submission]] = defaultdict(list)
    for s in ledger.submissions(contract.id):
        if s.revision is not None:
            reports[s.period, s.reporter_code].append(s)
    pairs = []
    for submission in missing:
        revisions = reports[submission.period, submission.reporter_code]
        base = base_of(submission, revisions)
        if base is not None:
            pairs.append(pair_of(contract, submission, base, revisions))
    return pairs


def _record(
    pairs: Sequence[Pair],
    ledger: Ledger,
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    now: datetime,
    progress: Callable[[str], None],
) -> int:
    """Record a group in one go; where that fails, halves of it, until the culprits stand alone."""
    if not pairs:
        return 0
    try:
        counts = compute(pairs, store, catalogue, contract, now, keep=True)
        store.flush()
    except (OSError, MemoryError):
        raise  # the machine's fault, and the same for all of them
    except Exception as error:
        if len(pairs) == 1:
            # What the failure says is not passed on: it may quote what was delivered.
            log.error(
                "%s: no difference for submission %s: %s",
                contract.id, pairs[0].submission.id, type(error).__name__,
            )  # fmt: skip
            return 0
        half = len(pairs) // 2
        return sum(
            _record(some, ledger, store, catalogue, contract, now, progress)
            for some in (pairs[:half], pairs[half:])
        )
    progress(f"{contract.id}: {len(counts)} differences in the store")
    Differences(ledger).record(counts)
    progress(f"{contract.id}: {len(counts)} differences recorded")
    return len(counts)


def compute(
    pairs: Sequence[Pair],
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    now: datetime,
    *,
    keep: bool,
    rows_to: Path | None = None,
) -> list[DifferenceCounts]:
    """Compare pairs of one basis. With ``keep`` the rows go into the store; with ``rows_to`` those
    of the only pair are written there."""
    with tempfile.TemporaryDirectory(prefix="xiantong-difference-") as name:
        work = Path(name)
        if pairs[0].basis is Basis.ACCEPTED:
            with comparing_accepted(contract, pairs, store, work) as comparison:
                readable = [True] * len(pairs)
                compared = comparison.run(pairs)
                return _kept(
                    pairs, comparison, compared, readable, store, contract, now, work, keep, rows_to
                )
        with comparing_delivered(contract, catalogue, pairs, store, work) as (comparison, readable):
            compared = comparison.run(pairs) if any(readable) else [_NOTHING] * len(pairs)
            return _kept(
                pairs, comparison, compared, readable, store, contract, now, work, keep, rows_to
            )


_NOTHING = Compared(0, 0, 0, 0, 0, {})


def _kept(
    pairs: Sequence[Pair],
    comparison: Comparison,
    compared: Sequence[Compared],
    readable: Sequence[bool],
    store: Store,
    contract: Contract,
    now: datetime,
    work: Path,
    keep: bool,
    rows_to: Path | None,
) -> list[DifferenceCounts]:
    counted = []
    for number, (pair, result) in enumerate(zip(pairs, compared, strict=True)):
        counts = DifferenceCounts(
            submission_id=pair.submission.id,
            base_id=pair.base.id,
            basis=pair.basis if readable[number] else Basis.UNREADABLE,
            computed_at=now,
            added_cnt=result.added,
            removed_cnt=result.removed,
            kept_cnt=result.kept,
            changed_cnt=result.changed,
            unchanged_cnt=result.unchanged,
            cell_counts=result.cells,
        )
        if counts.row_cnt and (keep or rows_to):
            out = rows_to or work / f"{number}.parquet"
            comparison.write(number, out, with_missing=not keeps_rows(contract, pair))
            if keep:
                counts = replace(counts, key=_put(pair.submission, out, store))
        counted.append(counts)
    return counted


def _put(submission: Submission, rows: Path, store: Store) -> str:
    assert submission.period is not None  # without a period there are no revisions
    return store.put_difference(rows, submission.dataset, submission.period, submission.id)
