"""The findings of one file for scripts and other systems."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from xiantong import __version__
from xiantong.contracts.model import Severity
from xiantong.findings import CheckedSubmission
from xiantong.verdict import unexplained_count


def check_report(file: str, checked: CheckedSubmission) -> dict[str, Any]:
    """Event, data, rules and findings of the ESS validation vocabulary, with the names that
    Frictionless gives to places."""
    errors = checked.count(Severity.ERROR)
    unexplained = unexplained_count(checked)
    return {
        "event": {"actor": "xiantong", "version": __version__, "time": datetime.now(UTC)},
        "dataset": str(checked.dataset),
        "file": file,
        "period": checked.envelope.period and str(checked.envelope.period),
        "reporter_code": checked.envelope.reporter_code,
        "reporter_name": checked.envelope.reporter_name,
        "rows": checked.row_count,
        "bad_rows": checked.bad_row_count,
        "errors": errors,
        "warnings": checked.count(Severity.WARNING),
        "unexplained": unexplained,
        "is_valid": not errors and not unexplained,
        "valid": not errors and not unexplained,
        "rule_counts": checked.rule_counts,
        "rules": _rules(checked),
        "findings": [finding.as_json() for finding in checked.findings],
    }


def _rules(checked: CheckedSubmission) -> list[dict[str, Any]]:
    """One entry per violated rule with its true number of violations."""
    first = {finding.rule_id: finding for finding in reversed(checked.findings)}
    listed = Counter(finding.rule_id for finding in checked.findings)
    return [
        {
            "rule": rule_id,
            "severity": str(finding.severity),
            "description": finding.message_zh,
            "value": "fail",
            "count": max(listed[rule_id], checked.rule_counts.get(rule_id, 0)),
        }
        for rule_id, finding in sorted(first.items())
    ]
