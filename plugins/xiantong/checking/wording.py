"""Findings of one delivery in the words of its reporter, at the places of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xiantong.checking.identifiers import closer_fault
from xiantong.contracts.model import Column, Contract, Kind, Privacy, Rule, Severity
from xiantong.explanations import (
    GivenExplanations,
    best_explanation,
    fingerprint,
)
from xiantong.findings import Finding
from xiantong.masking import MASK
from xiantong.parsing.model import ParsedDelivery

LONGEST_FIGURE = 24


class Describer:
    """Puts findings of one delivery into the words and places of its reporter."""

    def __init__(self, contract: Contract, delivery: ParsedDelivery, hash_key: bytes) -> None:
        self.contract = contract
        self.delivery = delivery
        self._hash_key = hash_key
        self._given = GivenExplanations(delivery.explanations)
        self._row_columns = [c.name for c in contract.key or contract.table_columns]
        self._unreadable_cells = {(f.sheet, f.row, f.column) for f in delivery.findings}

    def says_it_already(self, rule: Rule, place: Mapping[str, Any]) -> bool:
        """A column that is missing altogether is one finding, not one per row, and a cell that
        could not be read is not reported as blank as well."""
        if ".auto_required_" not in rule.id:
            return False
        column = rule.columns[0]
        return (
            column in self.delivery.missing
            or (place["_src_sheet"], place["_src_row"], column) in self._unreadable_cells
        )

    def row_finding(
        self, rule: Rule, place: Mapping[str, Any], extra: Mapping[str, Any]
    ) -> Finding:
        column = self._foremost(rule)
        text = place.get(f"{column.name}__text") if column else None
        value = masked(column, text)
        letter = self.delivery.letter(place["_src_sheet"], column.name) if column else None
        if fault := closer_fault(rule.id, text):
            rule = rule.model_copy(update={"message_zh": fault[0], "fix_zh": fault[1]})
        words = {"value": value or "", **extra}
        finding = Finding(
            rule_id=rule.id,
            severity=rule.severity,
            message_zh=worded(rule.message_zh, words),
            sheet=place["_src_sheet"],
            row=place["_src_row"],
            column=column.name if column else None,
            header=column.header_zh if column else None,
            cell=f"{letter}{place['_src_row']}" if letter else None,
            value=value,
            fingerprint=self._fingerprint(rule, place),
            area_code=place["_area_code"],
        )
        return self._explained(finding, rule, words, place["_remark"], place)

    def whole_finding(self, rule: Rule, fact: Mapping[str, Any]) -> Finding:
        words = {key: value for key, value in fact.items() if not key.startswith("_")}
        said = [f"{name}={value}" for name, value in sorted(words.items())]
        finding = Finding(
            rule_id=rule.id,
            severity=rule.severity,
            message_zh=worded(rule.message_zh, words),
            value=str(words["value"]) if "value" in words else None,
            fingerprint=self._mark(rule, said, said),
        )
        return self._explained(finding, rule, words, None)

    def _foremost(self, rule: Rule) -> Column | None:
        """The column at which a finding stands: what is judged, not the code that says of whom."""
        columns = [self.contract.by_name[name] for name in rule.columns]
        if not columns or not (columns[0].key and columns[0].is_text_id):
            return columns[0] if columns else None
        return next((column for column in columns if not column.key), columns[0])

    def _explained(
        self, finding: Finding, rule: Rule, words: Mapping[str, Any], remark: str | None,
        place: Mapping[str, Any] | None = None,
    ) -> Finding:  # fmt: skip
        """The finding with what the reporter wrote to it, its row or its rule, and with advice.
        Whether that explains anything is judged once it is known what was explained before."""
        given = None
        if rule.severity is Severity.WARNING:
            texts = self._given.text_for(finding), remark
            given = best_explanation(texts, finding.message_zh)
        return replace(finding, fix_zh=self._advice(rule, words, place or {}), explanation=given)

    def _fingerprint(self, rule: Rule, place: Mapping[str, Any]) -> str | None:
        row = [place[f"{name}__value"] for name in self._row_columns]
        return self._mark(rule, row, [place[f"{name}__value"] for name in rule.columns])

    def _mark(
        self, rule: Rule, row: Sequence[str | None], values: Sequence[str | None]
    ) -> str | None:
        if rule.severity is not Severity.WARNING:
            return None
        return fingerprint(self._hash_key, row, values)

    def _advice(self, rule: Rule, words: Mapping[str, Any], place: Mapping[str, Any]) -> str:
        if rule.fix_zh:
            return worded(rule.fix_zh, words)
        columns = [self.contract.by_name[name] for name in rule.columns]
        several = len(columns) > 1
        headers = "、".join(
            f"「{c.header_zh}」{figure(c, place) if several else ''}" for c in columns
        )
        if rule.severity is Severity.WARNING:
            return f"请核对{headers}；属实的请在说明栏写明具体原因"
        return f"请核对并更正{headers}"


def figure(column: Column, place: Mapping[str, Any]) -> str:
    """What was delivered in one of several columns, where it is a number or a date that everybody
    may see: whoever compares columns need not look each of them up."""
    text = place.get(f"{column.name}__text")
    shown = column.is_numeric or column.kind is Kind.DATE
    if not shown or column.privacy is not Privacy.NONE or f"{column.name}__text" not in place:
        return ""
    return f"（{text[:LONGEST_FIGURE]}）" if text else "（空）"


def masked(column: Column | None, value: str | None) -> str | None:
    """The value as it may be shown: personal and sensitive ones never are."""
    if value is None or column is None or column.privacy is Privacy.NONE:
        return value
    return MASK


def worded(text: str, words: Mapping[str, Any]) -> str:
    for key, value in words.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text
