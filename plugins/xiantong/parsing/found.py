"""Findings of parsing itself, and what makes a file unreadable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from xiantong.contracts.model import Column, Contract, Privacy, Severity
from xiantong.delivered import Explanation
from xiantong.explanations import GivenExplanations
from xiantong.findings import Finding
from xiantong.masking import MASK

LISTED_PER_RULE = 20_000


class UnreadableError(Exception):
    """Nothing can be read from the file. ``what`` ends the rule id ``auto_file_<what>``."""

    def __init__(self, what: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.what = what
        self.message = message
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: ``row`` as the reporter sees it, ``letter`` of the column."""

    sheet: str | None = None
    row: int | None = None
    letter: str | None = None

    @property
    def cell(self) -> str | None:
        return f"{self.letter}{self.row}" if self.letter and self.row else None


NOWHERE = Place()


class FindingList:
    """Collects the findings of one delivery, at most ``LISTED_PER_RULE`` places of each rule."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._found: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self,
        kind: str,
        severity: Severity,
        message: str,
        fix: str = "",
        place: Place = NOWHERE,
        column: Column | None = None,
        value: str | None = None,
    ) -> None:
        """Add a finding of rule ``<dataset>.auto_<kind>``, with ``_<column>`` where one is given."""
        rule_id = f"{self.contract.id}.auto_{kind}" + (f"_{column.name}" if column else "")
        self._counts[rule_id] += 1
        if self._counts[rule_id] > LISTED_PER_RULE:
            return
        masked = column is not None and column.privacy is not Privacy.NONE and value is not None
        self._found.append(
            Finding(
                rule_id=rule_id,
                severity=severity,
                message_zh=message,
                fix_zh=fix,
                sheet=place.sheet,
                row=place.row,
                column=column.name if column else None,
                header=column.header_zh if column else None,
                cell=place.cell,
                value=MASK if masked else value,
            )
        )

    def error(self, kind: str, message: str, fix: str = "", place: Place = NOWHERE,
              column: Column | None = None, value: str | None = None) -> None:  # fmt: skip
        self.add(kind, Severity.ERROR, message, fix, place, column, value)

    @property
    def has_errors(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self._found)

    def unreadable(self, error: UnreadableError) -> None:
        self.error(f"file_{error.what}", error.message, error.fix)

    def explained(self, explanations: Iterable[Explanation]) -> tuple[Finding, ...]:
        """All findings; warnings carry the explanation that the reporter gave for them."""
        given = GivenExplanations(explanations)
        return tuple(_with_explanation(finding, given) for finding in self._found)


def _with_explanation(finding: Finding, given: GivenExplanations) -> Finding:
    if not given or finding.severity is not Severity.WARNING:
        return finding
    return replace(finding, explanation=given.text_for(finding))
