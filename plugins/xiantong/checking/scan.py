"""Rules applied to the batch: which rows, and which submissions as a whole, they object to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiantong.checking.language import RuleDatabase
from xiantong.contracts.model import Rule

if TYPE_CHECKING:
    from xiantong.checking.suite import Outcome

LISTED_PER_RULE = 20_000
Counts = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Scan:
    """What some rules found in the batch.

    ``conditions`` are true (by rule id) for the rows that a rule objects to; ``suspects`` is a table
    with all of these rows, ``listed`` one with those that ``outcomes`` name. ``counts`` are the true
    numbers per submission and rule, as far as they are known before the outcomes are listed.
    """

    conditions: Mapping[str, str]
    outcomes: Sequence[Outcome]
    counts: Counts
    listed: str
    suspects: str


class Scanner:
    """Runs a suite made from ``rules``.

    ``fused`` finds the suspicious rows of all rules in a single scan and lets the suite list from
    there; without it the suite scans the batch for every rule.
    """

    def __init__(self, database: RuleDatabase, rules: Sequence[Rule], fused: bool) -> None:
        # Importing Great Expectations takes seconds; whoever checks nothing does not pay.
        from xiantong.checking.suite import SuiteRun

        self._connection = database.connection
        self._suite = SuiteRun(database.url, rules)
        self._queries = {rule.id: rule.kwargs["query"] for rule in rules if "query" in rule.kwargs}
        self._fused = fused
        self._scans = 0

    def close(self) -> None:
        self._suite.close()

    def scan(self, rule_ids: Collection[str]) -> Scan:
        """Apply some of the rules to the batch ``b``, as if they had never been asked before."""
        if self._scans:
            self._forget(rule_ids)
        self._scans += 1
        conditions = self._suite.conditions("b", rule_ids)
        if not self._fused:
            outcomes = self._suite.validate("b", rule_ids)
            return Scan(conditions, outcomes, defaultdict(Counter), listed="b", suspects="b")
        suspects, counts = self._fuse(conditions)
        violated = {rule_id for counter in counts.values() for rule_id in counter}
        asked = [i for i in rule_ids if i in violated or i not in conditions]
        listed = self._thin_out(conditions, counts, suspects)
        outcomes = self._suite.validate(listed, asked)
        return Scan(conditions, outcomes, counts, listed, suspects)

    def _forget(self, rule_ids: Iterable[str]) -> None:
        """What their queries found earlier no longer holds."""
        from xiantong.checking.expectations import found_table

        for query in (self._queries[i] for i in rule_ids if i in self._queries):
            self._connection.execute(f"drop table if exists {found_table(query)}")

    def _fuse(self, conditions: Mapping[str, str]) -> tuple[str, Counts]:
        """Put all rows that any rule objects to into one small table, in a single scan. The
        conditions are Great Expectations' own."""
        any_condition = " or ".join(f"({sql})" for sql in conditions.values()) or "false"
        table = f"suspect_{self._scans}"
        self._connection.execute(f"create table {table} as select * from b where {any_condition}")
        flagged = "".join(
            f", count(*) filter (where {sql}) as r{n}" for n, sql in enumerate(conditions.values())
        )
        counted = self._connection.execute(
            f"select _submission_id{flagged} from {table} group by _submission_id"
        )
        counts: Counts = defaultdict(Counter)
        for submission_id, *numbers in counted.fetchall():
            found = zip(conditions, numbers, strict=True)
            counts[submission_id] = Counter({rule_id: n for rule_id, n in found if n})
        return table, counts

    def _thin_out(self, conditions: Mapping[str, str], counts: Counts, suspects: str) -> str:
        """Keep the first places of rules that object to nearly everything; returns the table."""
        crowded = {
            i for counter in counts.values() for i, n in counter.items() if n > LISTED_PER_RULE
        }
        if not crowded:
            return suspects
        keep = [f"({sql})" for rule_id, sql in conditions.items() if rule_id not in crowded]
        keep += [
            f"(({conditions[rule_id]}) and row_number() over (partition by _submission_id, "
            f"coalesce(({conditions[rule_id]}), false) order by _row) <= {LISTED_PER_RULE})"
            for rule_id in sorted(crowded)
        ]
        self._connection.execute(
            f"create table {suspects}_listed as select * from {suspects} qualify {' or '.join(keep)}"
        )
        return f"{suspects}_listed"
