"""Only explanations that explain something count."""

from __future__ import annotations

from dataclasses import replace

from xiantong.explanations import is_real_explanation, wants_reason
from xiantong.findings import CheckedSubmission


def without_empty_talk(checked: CheckedSubmission) -> CheckedSubmission:
    """The same result, with only those explanations that explain something; in place of the others
    the reporter is told what is missing."""
    findings = tuple(
        replace(f, explanation=None, fix_zh=wants_reason(f.explanation))
        if f.explanation and not is_real_explanation(f.explanation, f.message_zh)
        else f
        for f in checked.findings
    )
    return replace(checked, findings=findings)
