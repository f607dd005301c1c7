"""From what a scan found to findings and true counts, by submission."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from xiantong.checking.language import RuleDatabase
from xiantong.checking.places import read_extras, read_places
from xiantong.checking.scan import Counts, Scan
from xiantong.checking.wording import Describer
from xiantong.findings import Finding

Findings = dict[str, list[Finding]]


def describe(
    database: RuleDatabase, scan: Scan, describers: Mapping[str, Describer]
) -> tuple[Findings, Counts]:
    """Findings and true counts per rule. ``describers`` know the deliveries by submission."""
    rows = sorted({row for outcome in scan.outcomes for row in outcome.rows})
    places = read_places(database, scan.listed, rows)
    findings: Findings = defaultdict(list)
    counts = scan.counts
    for outcome in scan.outcomes:
        extras = read_extras(database, outcome.rule)
        for row in outcome.rows:
            submission_id = places[row]["_submission_id"]
            describer = describers[submission_id]
            if describer.says_it_already(outcome.rule, places[row]):
                counts[submission_id].subtract([outcome.rule.id])
                continue
            finding = describer.row_finding(outcome.rule, places[row], extras.get(row, {}))
            findings[submission_id].append(finding)
        for fact in outcome.missing:
            finding = describers[fact["_submission_id"]].whole_finding(outcome.rule, fact)
            findings[fact["_submission_id"]].append(finding)
    for submission_id, found in findings.items():
        for rule_id, number in Counter(finding.rule_id for finding in found).items():
            counts[submission_id][rule_id] = max(number, counts[submission_id][rule_id])
    return findings, counts
