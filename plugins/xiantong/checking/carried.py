"""Explanations that carry over: what was explained once is not asked again in the next revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from xiantong.contracts.model import Severity
from xiantong.explanations import is_real_explanation
from xiantong.findings import CheckedSubmission, EarlierExplanation, Finding
from xiantong.names import DatasetId
from xiantong.periods import Period

# By rule and fingerprint: the same row with the same values.
Explained = Mapping[tuple[str, str], EarlierExplanation]


class EarlierExplanations(Protocol):
    """What a reporter has explained in earlier revisions of the same period (the ledger knows)."""

    def explained(self, dataset: DatasetId, period: Period, reporter_code: str) -> Explained: ...


class NothingExplained:
    """Where nothing was ever delivered."""

    def explained(self, dataset: DatasetId, period: Period, reporter_code: str) -> Explained:
        return {}


def carry_over(
    checked: Sequence[CheckedSubmission], earlier: EarlierExplanations
) -> list[CheckedSubmission]:
    """Give open warnings the explanation that an earlier revision has for the same rule, row and
    values. Earlier deliveries of the batch itself count, whatever order they stand in."""
    known: dict[tuple[Period, str], dict[tuple[str, str], EarlierExplanation]] = {}
    results = {}
    for submission in sorted(checked, key=lambda c: (c.envelope.submitted_at, c.submission_id)):
        period, reporter = submission.envelope.period, submission.envelope.reporter_code
        warned = any(f.severity is Severity.WARNING for f in submission.findings)
        if period is None or not reporter or not warned:
            continue
        place = period, reporter
        if place not in known:
            known[place] = dict(earlier.explained(submission.dataset, period, reporter))
        findings = tuple(_carried(f, known[place]) for f in submission.findings)
        for f in findings:
            if f.fingerprint and not f.carried_from and is_real_explanation(f.explanation):
                assert f.explanation is not None
                said = EarlierExplanation(f.explanation, submission.submission_id)
                known[place][f.rule_id, f.fingerprint] = said
        results[submission.submission_id] = replace(submission, findings=findings)
    return [results.get(c.submission_id, c) for c in checked]


def _carried(finding: Finding, known: Explained) -> Finding:
    """Empty talk takes nothing back of what was explained before."""
    if finding.severity is not Severity.WARNING or not finding.fingerprint:
        return finding
    if is_real_explanation(finding.explanation):
        return finding
    said = known.get((finding.rule_id, finding.fingerprint))
    if said is None:
        return finding
    return replace(finding, explanation=said.text, carried_from=said.submission_id)
