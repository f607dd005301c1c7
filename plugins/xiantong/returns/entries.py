"""Findings as lines of the review and as marks on cells, wherever the rows stand in the return."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Severity
from xiantong.findings import CheckedSubmission, Finding
from xiantong.returns.alike import said_once
from xiantong.returns.marks import SheetMarks
from xiantong.returns.sheet_xml import clean, looks_like_formula, split_address

# Beyond this nobody reads the list; the rules are listed instead and the places attached.
MAX_LISTED = 5_000
# Comments are shapes; spreadsheet programs get slow with many of them.
MAX_NOTES = 5_000
FIRST_PLACES = 10
# Said of an explanation that was given with an earlier revision and counts again.
_CARRIED = "沿用此前报送时的说明"
_EXPLAINED = "已说明，不需再处理"
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding stands in the return. ``origin`` is its place in the original, if it moved."""

    sheet: str | None = None
    row: int | None = None
    cell: str | None = None
    origin: str = ""


class Locator(Protocol):
    def locate(self, finding: Finding) -> Location: ...
    def letter(self, finding: Finding, column: str) -> str | None: ...


@dataclass(frozen=True)
class InPlace:
    """Locations in the reporter's own workbook. ``letters`` maps columns, or
    ``<sheet>!<column>`` where a sheet has them elsewhere, to spreadsheet columns."""

    letters: Mapping[str, str]
    sheets: Sequence[str]

    def locate(self, finding: Finding) -> Location:
        sheet = finding.sheet or (self.sheets[0] if len(self.sheets) == 1 else None)
        cell, column = finding.cell, finding.column
        letters = self.letter(finding, column) if column and finding.row else None
        if cell is None and letters:
            cell = f"{letters}{finding.row}"
        return Location(sheet, finding.row, cell)

    def letter(self, finding: Finding, column: str) -> str | None:
        return self.letters.get(f"{finding.sheet}!{column}") or self.letters.get(column)


@dataclass(frozen=True)
class Moved:
    """Locations in a sheet written by us: ``rows`` maps original to new row numbers."""

    sheet: str
    letters: Mapping[str, str]
    rows: Mapping[int, int]
    row_word: str

    def locate(self, finding: Finding) -> Location:
        row = self.rows.get(finding.row) if finding.row else None
        if row is None:
            origin = f"原文件{self.row_word.format(finding.row)}" if finding.row else ""
            return Location(None, None, None, origin)
        column = self.letters.get(finding.column or "")
        origin = f"原文件{self.row_word.format(finding.row)}"
        return Location(self.sheet, row, f"{column}{row}" if column else None, origin)

    def letter(self, finding: Finding, column: str) -> str | None:
        return self.letters.get(column)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the review table. ``jump`` is the sheet and cell that ``cell`` links to,
    ``fingerprint`` finds the warning again when the workbook comes back."""

    severity: Severity
    sheet: str | None
    row: int | None
    header: str | None
    cell: str | None
    value: str | None
    problem: str
    fix: str
    rule_id: str
    explanation: str | None
    jump: tuple[str, str] | None = None
    fingerprint: str | None = None


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first, then warnings and information, each in the order of the file."""
    return sorted(
        findings,
        key=lambda f: (_ORDER[f.severity], f.sheet or "", f.row or 0, f.cell or "", f.rule_id),
    )


def is_grouped(submission: CheckedSubmission) -> bool:
    """True where there are too many findings to list each."""
    return max(len(submission.findings), sum(submission.rule_counts.values())) > MAX_LISTED


def entries(submission: CheckedSubmission, locator: Locator) -> list[Entry]:
    """Lines of the review: one per finding, or for those that read the same in many rows; one per rule
    where there are too many."""
    findings = ordered(submission.findings)
    if is_grouped(submission):
        return _grouped(findings, submission.rule_counts, locator)
    lines = said_once(findings, submission.row_count)
    listed = [_entry(line.finding, locator.locate(line.finding)) for line in lines]
    return listed + _unlisted(findings, submission.rule_counts)


def _entry(finding: Finding, place: Location) -> Entry:
    notes = [place.origin, _CARRIED if finding.carried_from else ""]
    problem = finding.message_zh + "".join(f"（{note}）" for note in notes if note)
    return Entry(
        finding.severity,
        place.sheet,
        place.row,
        finding.header,
        place.cell,
        finding.value,
        problem,
        _EXPLAINED if finding.explanation else finding.fix_zh,
        finding.rule_id,
        finding.explanation,
        _jump(place),
        finding.fingerprint,
    )


def _jump(place: Location) -> tuple[str, str] | None:
    return (place.sheet, place.cell) if place.sheet and place.cell else None


def _unlisted(findings: Sequence[Finding], counts: Mapping[str, int]) -> list[Entry]:
    """A line for each rule of which the check lists only a part."""
    listed = Counter(finding.rule_id for finding in findings)
    first = {finding.rule_id: finding for finding in reversed(findings)}
    return [
        Entry(
            sample.severity, None, None, sample.header, None, None,
            f"另有 {counts[rule] - listed[rule]:,} 处同类问题未逐一列出：{sample.message_zh}",
            _common_fix([f for f in findings if f.rule_id == rule]), rule, None,
        )
        for rule, sample in sorted(first.items(), key=lambda item: findings.index(item[1]))
        if counts.get(rule, 0) > listed[rule]
    ]  # fmt: skip


def _grouped(
    findings: Sequence[Finding], counts: Mapping[str, int], locator: Locator
) -> list[Entry]:
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule_id].append(finding)
    lines = []
    for rule, found in by_rule.items():
        sample, place = found[0], locator.locate(found[0])
        total = max(len(found), counts.get(rule, 0))
        rows = "、".join(str(f.row) for f in found[:FIRST_PLACES] if f.row)
        where = f"，最先见于原文件第 {rows} 行" if rows else ""
        explanations = {f.explanation for f in found}
        lines.append(
            Entry(
                sample.severity, None, None, sample.header, place.cell, None,
                f"{sample.message_zh}（共 {total:,} 处{where}）", _common_fix(found), rule,
                explanations.pop() if len(explanations) == 1 else None, _jump(place),
            )
        )  # fmt: skip
    return lines


def _common_fix(found: Sequence[Finding]) -> str:
    """Advice for many places; where it names the figures of each row, that of the first one."""
    first = found[0]
    if not first.row or all(f.fix_zh == first.fix_zh for f in found):
        return first.fix_zh
    return f"如原文件第 {first.row} 行：{first.fix_zh}"


@dataclass
class _Marks:
    fills: dict[tuple[int, int], Severity] = field(default_factory=dict)
    notes: dict[tuple[int, int], list[str]] = field(default_factory=dict)


def marks(
    submission: CheckedSubmission, contract: Contract, catalogue: Catalogue, locator: Locator
) -> dict[str, SheetMarks]:
    """What to mark on each sheet: all columns of a rule are coloured, the foremost is commented."""
    columns = {rule.id: rule.columns for rule in catalogue.rules(contract)}
    sheets: dict[str, _Marks] = defaultdict(_Marks)
    noted = 0
    for finding in ordered(submission.findings):
        place = locator.locate(finding)
        if place.sheet is None or place.row is None:
            continue
        sheet = sheets[place.sheet]
        foremost = split_address(place.cell) if place.cell else None
        for column in columns.get(finding.rule_id, ()):
            letters = locator.letter(finding, column)
            other = split_address(f"{letters}{place.row}") if letters else None
            if other:
                _colour(sheet, other, finding.severity)
                foremost = foremost or other
        if foremost:
            _colour(sheet, foremost, finding.severity)
            if foremost in sheet.notes or noted < MAX_NOTES:
                noted += foremost not in sheet.notes
                sheet.notes.setdefault(foremost, []).append(_note(finding))
    return {
        name: SheetMarks(found.fills, {p: "\n\n".join(t) for p, t in found.notes.items()})
        for name, found in sheets.items()
    }


def _colour(sheet: _Marks, place: tuple[int, int], severity: Severity) -> None:
    if severity is Severity.INFO:
        return
    if sheet.fills.get(place) is not Severity.ERROR:
        sheet.fills[place] = severity


def _note(finding: Finding) -> str:
    lines = [f"【{finding.severity.label_zh}】{finding.message_zh}"]
    if finding.fix_zh:
        lines.append(f"修改：{finding.fix_zh}")
    if finding.explanation:
        carried = f"（{_CARRIED}）" if finding.carried_from else ""
        lines.append(f"说明{carried}：{finding.explanation}")
    lines.append(f"规则：{finding.rule_id}")
    return "\n".join(lines)


def write_findings_csv(submission: CheckedSubmission, out: Path) -> None:
    """All listed findings with their places in the original; opens in Excel without being run."""
    header = ["序号", "级别", "工作表", "行号", "列", "单元格", "填报值", "问题", "如何修改", "规则编号", "说明", "标识"]  # fmt: skip
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number, f in enumerate(ordered(submission.findings), start=1):
            values = [f.severity.name_zh, f.sheet, f.row, f.header, f.cell, f.value,
                      f.message_zh, f.fix_zh, f.rule_id, f.explanation, f.fingerprint]  # fmt: skip
            writer.writerow([number, *(_harmless(value) for value in values)])


def _harmless(value: str | int | None) -> str | int | None:
    if not isinstance(value, str):
        return value
    return "'" + clean(value) if looks_like_formula(value) else clean(value)
