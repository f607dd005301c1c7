"""Computing differences when submissions are settled, and keeping them."""

from __future__ import annotations

import logging
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
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
from xiantong.halves import by_halves
from xiantong.ledger.differences import Basis, DifferenceCounts, Differences
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Submission
from xiantong.store import Store

log = logging.getLogger(__name__)

# Takes the rows of a submission's difference; returns their key in the store, if they have one.
Keep = Callable[[Submission, Path], str | None]


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
    recorder = _Recorder(ledger, store, catalogue, contract, now, progress)
    return sum(
        recorder.record([pair for pair in pairs if pair.basis is basis])
        for basis in (Basis.ACCEPTED, Basis.DELIVERED)
    )


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


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Records pairs of one dataset, each with one basis."""

    ledger: Ledger
    store: Store
    catalogue: Catalogue
    contract: Contract
    now: datetime
    progress: Callable[[str], None]

    def record(self, pairs: Sequence[Pair]) -> int:
        """Record a group, as far as it can be compared; returns how many were recorded."""
        recorded = 0
        for counts in by_halves(pairs, self._compare, self._leave):
            self.progress(f"{self.contract.id}: {len(counts)} differences in the store")
            Differences(self.ledger).record(counts)
            self.progress(f"{self.contract.id}: {len(counts)} differences recorded")
            recorded += len(counts)
        return recorded

    def _compare(self, pairs: Sequence[Pair]) -> list[DifferenceCounts]:
        counts = compute(pairs, self.store, self.catalogue, self.contract, self.now, self._put)
        self.store.flush()
        return counts

    def _leave(self, pair: Pair, error: Exception) -> None:
        # What the failure says is not passed on: it may quote what was delivered.
        log.error(
            "%s: no difference for submission %s: %s",
            self.contract.id, pair.submission.id, type(error).__name__,
        )  # fmt: skip

    def _put(self, submission: Submission, rows: Path) -> str:
        assert submission.period is not None  # without a period there are no revisions
        return self.store.put_difference(rows, submission.dataset, submission.period, submission.id)


def compute(
    pairs: Sequence[Pair],
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    now: datetime,
    keep: Keep,
) -> list[DifferenceCounts]:
    """Compare pairs of one basis. ``keep`` gets the rows of every pair that differs, in a file that is
    gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="xiantong-difference-") as name,
        _comparing(pairs, store, catalogue, contract, Path(name)) as (comparison, readable),
    ):
        compared = comparison.run(pairs) if any(readable) else [_NOTHING] * len(pairs)
        counted = []
        for number, (pair, result) in enumerate(zip(pairs, compared, strict=True)):
            counts = _counts(pair, result, readable[number], now)
            if counts.row_cnt:
                rows = Path(name) / f"{number}.parquet"
                comparison.write(number, rows, with_missing=not keeps_rows(contract, pair))
                counts = replace(counts, key=keep(pair.submission, rows))
            counted.append(counts)
        return counted


_NOTHING = Compared(0, 0, 0, 0, 0, {})


def _comparing(
    pairs: Sequence[Pair], store: Store, catalogue: Catalogue, contract: Contract, work: Path
) -> AbstractContextManager[tuple[Comparison, list[bool]]]:
    if pairs[0].basis is Basis.ACCEPTED:
        return comparing_accepted(contract, pairs, store, work)
    return comparing_delivered(contract, catalogue, pairs, store, work)


def _counts(pair: Pair, result: Compared, is_readable: bool, now: datetime) -> DifferenceCounts:
    return DifferenceCounts(
        submission_id=pair.submission.id,
        base_id=pair.base.id,
        basis=pair.basis if is_readable else Basis.UNREADABLE,
        computed_at=now,
        added_cnt=result.added,
        removed_cnt=result.removed,
        kept_cnt=result.kept,
        changed_cnt=result.changed,
        unchanged_cnt=result.unchanged,
        cell_counts=result.cells,
    )
