"""All rules applied to a batch, until what they compared with is what is accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence

from xiantong.checking.bad_rows import BadRows
from xiantong.checking.carried import EarlierExplanations, carry_over
from xiantong.checking.describe import Findings, describe
from xiantong.checking.history import looks_back
from xiantong.checking.language import RuleDatabase
from xiantong.checking.results import assemble
from xiantong.checking.scan import Counts, Scanner
from xiantong.checking.wording import Describer
from xiantong.contracts.model import Rule
from xiantong.explanations import without_empty_talk
from xiantong.findings import CheckedSubmission
from xiantong.parsing.model import ParsedDelivery

Accepts = Callable[[CheckedSubmission], bool]


class Assessment:
    """Collects what the rules find in a batch.

    Rules that look at earlier periods first take the whole batch for accepted, which mostly is right.
    Where an earlier period goes back they, and only they, are asked again without it; what they say
    then may send back another one. Since every submission depends on earlier ones only, this ends, with the
    findings that one round per submission would have given.
    """

    def __init__(
        self,
        database: RuleDatabase,
        scanner: Scanner,
        deliveries: Sequence[ParsedDelivery],
        rules: Sequence[Rule],
        hash_key: bytes,
    ) -> None:
        self._database = database
        self._scanner = scanner
        self._deliveries = deliveries
        self._rules = rules
        self._hash_key = hash_key
        self._bad_rows = BadRows(database, rules)
        self._describers = {
            d.submission_id: Describer(database.contract, d, hash_key) for d in deliveries
        }
        self._findings: Findings = defaultdict(list)
        self._counts: Counts = defaultdict(Counter)

    def run(self, earlier: EarlierExplanations, accepts: Accepts) -> list[CheckedSubmission]:
        """One result per delivery; afterwards the tables ``error_row`` and ``bad_row`` exist."""
        history = self._database.history
        checked = self._ask(self._rules, earlier)
        while history.correct(_accepted(checked, history.predecessors, accepts)):
            checked = self._ask([rule for rule in self._rules if looks_back(rule)], earlier)
        return checked

    def _ask(self, rules: Sequence[Rule], earlier: EarlierExplanations) -> list[CheckedSubmission]:
        asked = {rule.id for rule in rules}
        scan = self._scanner.scan(asked)
        self._bad_rows.note(scan)
        findings, counts = describe(self._database, scan, self._describers)
        for delivery in self._deliveries:
            i = delivery.submission_id
            others = [f for f in self._findings[i] if f.rule_id not in asked]
            self._findings[i] = others + findings.get(i, [])
            kept = {rule_id: n for rule_id, n in self._counts[i].items() if rule_id not in asked}
            self._counts[i] = Counter(kept) + counts.get(i, Counter())
        contract = self._database.contract
        checked = assemble(contract, self._deliveries, self._findings, self._counts, self._hash_key)
        explained = [without_empty_talk(c) for c in carry_over(checked, earlier)]
        return self._bad_rows.settle(explained)


def _accepted(
    checked: Sequence[CheckedSubmission], of: Collection[str], accepts: Accepts
) -> frozenset[str]:
    return frozenset(c.submission_id for c in checked if c.submission_id in of and accepts(c))
