"""What the findings of a submission lead to: accepted, in part or returned, in one Chinese sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from xiantong.contracts.model import Contract, Severity
from xiantong.delivered import Envelope
from xiantong.explanations import without_empty_talk
from xiantong.findings import CheckedSubmission, outstanding


class Outcome(StrEnum):
    RETURNED = "returned"
    PARTIAL = "partial"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``errors`` are all violations of mandatory rules, ``unexplained`` the warnings that still
    want an explanation."""

    outcome: Outcome
    errors: int
    unexplained: int
    accepted_rows: int
    returned_rows: int
    sentence_zh: str


def judge(contract: Contract, submission: CheckedSubmission) -> Verdict:
    """What the findings mean under the contract's acceptance mode.

    ``whole``: any error and any unexplained warning returns everything. ``rows``: wrong rows go
    back, the others are accepted, unless too many rows are wrong or an error concerns no row.
    """
    errors = submission.count(Severity.ERROR)
    unexplained = unexplained_count(submission)
    outcome = _outcome(contract, submission, errors, unexplained)
    accepted = {
        Outcome.RETURNED: 0,
        Outcome.PARTIAL: submission.good_rows,
        Outcome.ACCEPTED: submission.row_count,
    }[outcome]
    returned = submission.row_count - accepted
    return Verdict(
        outcome,
        errors,
        unexplained,
        accepted,
        returned,
        _sentence(outcome, errors, unexplained, accepted, returned),
    )


def is_identified(envelope: Envelope) -> bool:
    """Whether period and reporter are known; nothing else can be accepted."""
    return envelope.period is not None and bool(envelope.reporter_code)


def is_acceptable(contract: Contract, checked: CheckedSubmission) -> bool:
    """Whether what was found lets a submission be accepted, at least some of its rows."""
    verdict = judge(contract, without_empty_talk(checked))
    return is_identified(checked.envelope) and verdict.outcome is not Outcome.RETURNED


def unexplained_count(submission: CheckedSubmission) -> int:
    """Warnings without an explanation, those included that the findings do not list."""
    total: Counter[str] = Counter()
    for rule_id, unexplained in submission.unexplained.items():
        listed = sum(f.rule_id == rule_id for f in submission.findings)
        unlisted = submission.rule_counts.get(rule_id, 0) - listed
        total[rule_id] = unexplained + max(0, unlisted)
    return total.total()


def _outcome(
    contract: Contract, submission: CheckedSubmission, errors: int, unexplained: int
) -> Outcome:
    if not errors and not unexplained:
        return Outcome.ACCEPTED
    if contract.acceptance.mode == "whole" or not submission.good_rows:
        return Outcome.RETURNED
    of_no_row = any(f.row is None and f.severity is Severity.ERROR for f in submission.findings)
    share = submission.bad_row_count / max(1, submission.row_count)
    if of_no_row or share > contract.acceptance.max_bad_share:
        return Outcome.RETURNED
    return Outcome.PARTIAL


def _sentence(outcome: Outcome, errors: int, unexplained: int, accepted: int, returned: int) -> str:
    counts = outstanding(errors, unexplained)
    match outcome:
        case Outcome.RETURNED:
            return f"退回：{counts}，请按下表逐项处理后重新报送。"
        case Outcome.PARTIAL:
            back = f"退回{returned:,}行，" if returned else ""
            return f"部分受理：已受理{accepted:,}行，{back}{counts}，请按下表处理后补报。"
        case _ if not accepted:
            return "已受理：零报告。"
        case _:
            return f"已受理：{accepted:,}行全部通过审核。"
