"""Findings: one violated rule at one place, in words that a reporter can act on."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xiantong.contracts.model import Severity
from xiantong.delivered import Envelope
from xiantong.names import DatasetId


@dataclass(frozen=True, slots=True)
class Finding:
    """One violated rule at one place.

    ``row`` is the row number as the reporter sees it (1-based, in ``sheet``), ``cell`` the
    spreadsheet address of the foremost column where there is one. ``value`` is the delivered text,
    masked for personal and sensitive columns. ``explanation`` is the reporter's own, when given;
    ``carried_from`` names the submission in which it was first given, where it was not given again.
    ``fingerprint`` (warnings only) stays the same while the rule's columns of this row hold the same
    values, wherever the row stands; see ``xiantong.explanations``. ``area_code`` is the area of the
    row, where the row or what it refers to has one.
    """

    rule_id: str
    severity: Severity
    message_zh: str
    fix_zh: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    header: str | None = None
    cell: str | None = None
    value: str | None = None
    explanation: str | None = None
    carried_from: str | None = None
    fingerprint: str | None = None
    area_code: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Machine form with the names of the Frictionless and ESS validation reports."""
        return asdict(self) | {"rowNumber": self.row, "fieldName": self.column}


def outstanding(errors: int, unexplained: int, language: str = "zh") -> str:
    """What a reporter has to do, counted: errors to correct and warnings to explain. Empty where
    nothing is left."""
    counts = ((Severity.ERROR, errors), (Severity.WARNING, unexplained))
    parts = [severity.counted(number, language) for severity, number in counts if number]
    return ("、" if language == "zh" else ", ").join(parts)


@dataclass(frozen=True, slots=True)
class EarlierExplanation:
    """An explanation with the submission in which it was given."""

    text: str
    submission_id: str


@dataclass(frozen=True, slots=True)
class CheckedSubmission:
    """What the check found in one delivery.

    ``findings`` lists at most ``checking.LISTED_PER_RULE`` places per rule, ``rule_counts`` has the
    true number of each rule. ``candidate`` is the typed Parquet that the lake receives if the
    submission is accepted (None where nothing could be read); it holds ``good_rows`` rows.
    ``empty_talk``: an explanation was given that explains nothing. ``explanation_digest``:
    fingerprint of all remarks and explanations, empty where there are none, None where it was not
    taken.
    """

    submission_id: str
    dataset: DatasetId
    envelope: Envelope
    findings: tuple[Finding, ...]
    rule_counts: dict[str, int]
    row_count: int
    bad_row_count: int = 0
    good_rows: int = 0
    candidate: Path | None = None
    content_digest: str = ""
    empty_talk: bool = False
    explanation_digest: str | None = None
    cells: dict[str, str] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """Number of violations of one severity, unlisted ones included."""
        listed = Counter(f.rule_id for f in self.findings)
        severities = {f.rule_id: f.severity for f in self.findings}
        unlisted = sum(
            number - listed[rule]
            for rule, number in self.rule_counts.items()
            if severities.get(rule) == severity
        )
        return sum(f.severity == severity for f in self.findings) + unlisted

    @property
    def unexplained(self) -> Counter[str]:
        """Warnings per rule that still want an explanation."""
        return Counter(
            f.rule_id for f in self.findings if f.severity is Severity.WARNING and not f.explanation
        )
