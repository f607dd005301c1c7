"""What a reporter has to explain before a file is accepted, and what it answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xiantong.contracts.model import Severity
from xiantong.delivered import Explanation
from xiantong.explanations import is_real_explanation, wants_reason
from xiantong.findings import CheckedSubmission, Finding
from xiantong.returns.entries import ordered

# Beyond this nobody writes one explanation per place; one for the rule counts for all of them.
MOST_PLACES = 12
LONGEST_EXPLANATION = 500


@dataclass(frozen=True, slots=True)
class Question:
    """One explanation that is wanted. ``name`` is its field in the form; ``findings`` are the places
    that it answers, ``refused`` what was wrong with the last answer."""

    name: str
    findings: tuple[Finding, ...]
    answer: str = ""
    refused: str = ""
    total: int = 1

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def is_for_rule(self) -> bool:
        return self.total > MOST_PLACES or self.first.row is None

    def explanations(self) -> Iterator[Explanation]:
        if self.is_for_rule:
            yield Explanation(self.answer, self.first.rule_id)
            return
        for f in self.findings:
            yield Explanation(self.answer, f.rule_id, f.sheet, f.row, f.fingerprint)


def questions(
    checked: CheckedSubmission, answers: Mapping[str, str] | None = None
) -> list[Question]:
    """What has to be explained: one question per place, or per rule where there are many places.

    With ``answers`` (by name of field) the questions say what is wrong with them.
    """
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in ordered(checked.findings):
        if finding.severity is Severity.WARNING and not finding.explanation:
            by_rule[finding.rule_id].append(finding)
    asked: list[Question] = []
    for rule, findings in by_rule.items():
        total = max(len(findings), checked.rule_counts.get(rule, 0))
        places: dict[tuple[str | None, int | None], list[Finding]] = defaultdict(list)
        for finding in findings:
            key = (None, None) if total > MOST_PLACES else (finding.sheet, finding.row)
            places[key].append(finding)
        asked += [
            Question(f"explanation-{len(asked) + n}", tuple(group), total=total)
            for n, group in enumerate(places.values())
        ]
    return [_answered(q, answers) for q in asked] if answers is not None else asked


def explained(checked: CheckedSubmission, asked: Sequence[Question]) -> CheckedSubmission:
    """The check result with the answers in it, as the check will find them after handing in."""
    answers = {id(f): q.answer for q in asked if q.answer and not q.refused for f in q.findings}
    for_rule = {q.first.rule_id for q in asked if q.is_for_rule and q.answer and not q.refused}
    counts = {
        rule: sum(f.rule_id == rule for f in checked.findings) if rule in for_rule else count
        for rule, count in checked.rule_counts.items()
    }
    findings = tuple(
        replace(f, explanation=answers[id(f)]) if id(f) in answers else f for f in checked.findings
    )
    return replace(checked, findings=findings, rule_counts=counts)


def all_explained(checked: CheckedSubmission) -> CheckedSubmission:
    """What the result would be if every question were answered."""
    asked = [replace(q, answer="—") for q in questions(checked)]
    return explained(checked, asked)


def _answered(question: Question, answers: Mapping[str, str]) -> Question:
    answer = answers.get(question.name, "").strip()[:LONGEST_EXPLANATION]
    if not answer:
        return replace(question, refused="请写明原因")
    real = is_real_explanation(answer, question.first.message_zh)
    return replace(question, answer=answer, refused="" if real else wants_reason(answer))
