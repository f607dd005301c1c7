"""What was found, put together into one result per delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from xiantong.contracts.model import Contract, Severity
from xiantong.explanations import (
    GivenExplanations,
    fingerprint,
    is_real_explanation,
    without_empty_talk,
)
from xiantong.findings import CheckedSubmission, Finding
from xiantong.parsing.model import ParsedDelivery


def without_rows(contract: Contract, delivery: ParsedDelivery) -> CheckedSubmission:
    """The result for a delivery without rows that could be checked: what parsing found, which may be
    nothing only where there was nothing to report."""
    findings = delivery.findings
    if not findings and not delivery.is_nil:
        empty = Finding(
            rule_id=f"{contract.id}.auto_file_empty",
            severity=Severity.ERROR,
            message_zh="文件中没有数据行",
            fix_zh="请填写后重新报送",
        )
        findings = (empty,)
    checked = CheckedSubmission(
        submission_id=delivery.submission_id,
        dataset=contract.id,
        envelope=delivery.envelope,
        findings=findings,
        rule_counts=dict(Counter(f.rule_id for f in findings)),
        row_count=delivery.row_count,
        bad_row_count=delivery.row_count,
        cells=delivery.cells,
    )
    return without_empty_talk(checked)


def assemble(
    contract: Contract,
    deliveries: Sequence[ParsedDelivery],
    findings: Mapping[str, list[Finding]],
    counts: Mapping[str, Counter[str]],
    hash_key: bytes,
) -> list[CheckedSubmission]:
    """One result per delivery: what parsing found and, by submission, what the rules found."""
    return [
        _result(
            contract,
            delivery,
            _of_parsing(delivery, hash_key) + findings.get(delivery.submission_id, []),
            counts.get(delivery.submission_id, Counter()),
        )
        for delivery in deliveries
    ]


def _result(
    contract: Contract, delivery: ParsedDelivery, found: list[Finding], counts: Counter[str]
) -> CheckedSubmission:
    return CheckedSubmission(
        submission_id=delivery.submission_id,
        dataset=contract.id,
        envelope=delivery.envelope,
        findings=tuple(sorted(found, key=lambda f: (f.sheet or "", f.row or 0, f.rule_id))),
        rule_counts=dict(Counter(f.rule_id for f in delivery.findings) + counts),
        row_count=delivery.row_count,
        cells=delivery.cells,
        empty_talk=not all(is_real_explanation(e.text) for e in delivery.explanations),
    )


def _of_parsing(delivery: ParsedDelivery, hash_key: bytes) -> list[Finding]:
    """What parsing found; its warnings, too, are found again by their fingerprint."""
    given = GivenExplanations(delivery.explanations)

    def recognisable(finding: Finding) -> Finding:
        if finding.severity is not Severity.WARNING:
            return finding
        mark = fingerprint(hash_key, [finding.message_zh], [finding.message_zh])
        marked = replace(finding, fingerprint=mark)
        return replace(marked, explanation=marked.explanation or given.text_for(marked))

    return [recognisable(finding) for finding in delivery.findings]
