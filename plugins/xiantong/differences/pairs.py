"""Which submissions are compared, and where their rows are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xiantong.contracts.model import Contract, LoadMode
from xiantong.ledger.differences import Basis
from xiantong.ledger.model import Status, Submission


@dataclass(frozen=True, slots=True)
class Pair:
    """A submission and the one it is compared with.

    ``earlier`` are the submissions whose rows together are the state before, in order of revision:
    only the base, except where revisions add to each other.
    """

    submission: Submission
    base: Submission
    basis: Basis
    earlier: tuple[Submission, ...]


def base_of(submission: Submission, revisions: Iterable[Submission]) -> Submission | None:
    """What a submission is best compared with: the last revision that was accepted before it,
    because that counts; where none was, the last one that was handed in."""
    if submission.revision is None:
        return None
    before = sorted(
        (s for s in revisions if s.revision is not None and s.revision < submission.revision),
        key=lambda s: s.revision or 0,
    )
    accepted = [s for s in before if s.status is Status.ACCEPTED]
    return accepted[-1] if accepted else before[-1] if before else None


def pair_of(
    contract: Contract, submission: Submission, base: Submission, revisions: Sequence[Submission]
) -> Pair:
    """The comparison of two submissions of one report; ``revisions`` are all of that report."""
    if not (_has_rows(submission) and _has_rows(base)):
        return Pair(submission, base, Basis.DELIVERED, (base,))
    if contract.load_mode is LoadMode.SNAPSHOT:
        return Pair(submission, base, Basis.ACCEPTED, (base,))
    earlier = [s for s in revisions if _has_rows(s) and (s.revision or 0) <= (base.revision or 0)]
    earlier.sort(key=lambda s: s.revision or 0)
    return Pair(submission, base, Basis.ACCEPTED, tuple(earlier))


def _has_rows(submission: Submission) -> bool:
    return submission.status is Status.ACCEPTED and submission.lake_key is not None
