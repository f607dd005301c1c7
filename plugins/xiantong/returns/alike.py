"""What reads the same in many rows is said once: a form handed in blank is one line per column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from xiantong.contracts.model import Severity
from xiantong.findings import Finding

# So many lines alike are still read one by one, each with its link to the cell.
MOST_ALIKE = 5
FIRST_RANGES = 10


@dataclass(frozen=True, slots=True)
class Said:
    """One line for ``places`` findings; ``finding`` is the first of them, its message names the rest."""

    finding: Finding
    places: int = 1


def said_once(findings: Sequence[Finding], row_count: int) -> list[Said]:
    """Lines in the order of ``findings``; ``row_count`` is the number of rows that were delivered.

    Warnings stay apart: each wants an explanation of its own.
    """
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        alike[_reading(finding)].append(finding)
    lines = []
    for finding in findings:
        found = alike[_reading(finding)]
        if len(found) <= MOST_ALIKE or finding.row is None or finding.severity is Severity.WARNING:
            lines.append(Said(finding))
        elif finding is found[0]:
            lines.append(Said(_with_rows(found, row_count), len(found)))
    return lines


def _reading(finding: Finding) -> tuple[object, ...]:
    """All that a reader sees of a finding but its row."""
    return (
        finding.rule_id, finding.sheet, finding.column, finding.value,
        finding.message_zh, finding.fix_zh,
    )  # fmt: skip


def _with_rows(found: Sequence[Finding], row_count: int) -> Finding:
    rows = sorted({f.row for f in found if f.row is not None})
    where = (
        f"全部{row_count:,}行" if len(rows) == row_count else f"共{len(rows):,}行：{_ranges(rows)}"
    )
    return replace(found[0], message_zh=f"{found[0].message_zh}（{where}）")


def _ranges(rows: Sequence[int]) -> str:
    """第6—40、42行."""
    found = list(islice(_runs(rows), FIRST_RANGES + 1))
    texts = [str(a) if a == b else f"{a}—{b}" for a, b in found[:FIRST_RANGES]]
    return f"第{'、'.join(texts)}行{'等' if len(found) > FIRST_RANGES else ''}"


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last row of each unbroken run; ``rows`` ascend."""
    first = last = None
    for row in rows:
        if first is None or last is None:
            first = last = row
        elif row == last + 1:
            last = row
        else:
            yield first, last
            first = last = row
    if first is not None and last is not None:
        yield first, last
