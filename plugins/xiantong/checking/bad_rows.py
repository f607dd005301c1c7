"""Which rows go back: those with an error, and those with a warning that nobody explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from xiantong.checking.history import looks_back
from xiantong.checking.language import RuleDatabase
from xiantong.checking.reference_data import table_from_rows
from xiantong.checking.scan import Scan
from xiantong.contracts.model import Rule, Severity
from xiantong.findings import CheckedSubmission

_PLACE = {"_submission_id": pa.string(), "_src_sheet": pa.string(), "_src_row": pa.int64()}


class BadRows:
    """Keeps the tables ``error_row`` (rows with an error) and ``bad_row`` (all rows that go back), with
    ``_submission_id`` and ``_row``; a row may stand in them more than once."""

    def __init__(self, database: RuleDatabase, rules: Sequence[Rule]) -> None:
        self._connection = database.connection
        self._by_rows = database.contract.acceptance.mode == "rows"
        self._severities = {rule.id: rule.severity for rule in rules}
        self._looking_back = {rule.id for rule in rules if looks_back(rule)}
        self._connection.execute(
            "create table objection "
            "(_submission_id varchar, _row bigint, is_error boolean, looks_back boolean)"
        )

    def note(self, scan: Scan) -> None:
        """Remember the rows that the rules of a scan object to, in place of what those that look back
        objected to before."""
        self._connection.execute("delete from objection where looks_back")
        for looking_back in (False, True):
            conditions = {
                rule_id: sql
                for rule_id, sql in scan.conditions.items()
                if (rule_id in self._looking_back) is looking_back
            }
            errors = self._any_of(conditions, Severity.ERROR)
            odd = self._any_of(conditions, Severity.WARNING)
            if conditions:
                self._connection.execute(
                    f"insert into objection select _submission_id, _row, coalesce({errors}, false), "
                    f"{looking_back} from {scan.suspects} where {errors} or {odd}"
                )

    def _any_of(self, conditions: Mapping[str, str], severity: Severity) -> str:
        found = [f"({sql})" for i, sql in conditions.items() if self._severities[i] is severity]
        return f"({' or '.join(found) or 'false'})"

    def settle(self, checked: Iterable[CheckedSubmission]) -> list[CheckedSubmission]:
        """Make the tables, in the light of what parsing found and reporters explained; returns the
        results with the number of rows that go back and of those that stay."""
        checked = list(checked)
        for table, which in (("error_row", "is_error"), ("bad_row", "true")):
            self._connection.execute(
                f"create or replace table {table} as "
                f"select _submission_id, _row from objection where {which}"
            )
        self._mark_parse_errors(checked)
        self._unmark_explained(checked)
        bad = self._per_submission("bad_row" if self._by_rows else "error_row")
        return [self._with_figures(c, bad.get(c.submission_id, 0)) for c in checked]

    def _with_figures(self, checked: CheckedSubmission, bad: int) -> CheckedSubmission:
        good = checked.row_count - bad if self._by_rows else checked.row_count
        return replace(checked, bad_row_count=bad, good_rows=good)

    def _per_submission(self, table: str) -> dict[str, int]:
        counted = self._connection.execute(
            f"select _submission_id, count(distinct _row) from {table} group by all"
        )
        return dict(counted.fetchall())

    def _mark_parse_errors(self, checked: Sequence[CheckedSubmission]) -> None:
        places = [
            {"_submission_id": c.submission_id, "_src_sheet": f.sheet, "_src_row": f.row}
            for c in checked
            for f in c.findings
            if f.severity is Severity.ERROR
            and f.row is not None
            and f.rule_id not in self._severities
        ]
        if not places:
            return
        # As one table, because row by row twenty thousand of them would take ten seconds.
        self._connection.execute("drop table if exists parse_error")
        table_from_rows(self._connection, "parse_error", places, _PLACE)
        for table in ("error_row", "bad_row"):
            self._connection.execute(
                f"insert into {table} select b._submission_id, b._row from b join parse_error as e "
                "on e._submission_id = b._submission_id and e._src_row = b._src_row "
                "and e._src_sheet is not distinct from b._src_sheet"
            )

    def _unmark_explained(self, checked: Iterable[CheckedSubmission]) -> None:
        """Rows of which every warning is explained do not go back."""
        for submission in checked:
            for sheet, rows in _settled_rows(submission).items():
                self._connection.execute(
                    "delete from bad_row where _row in (select _row from b where _submission_id = ? "
                    "and _src_sheet is not distinct from ? and _src_row in (select unnest(?)))",
                    [submission.submission_id, sheet, rows],
                )


def _settled_rows(submission: CheckedSubmission) -> dict[str | None, list[int]]:
    """Rows by sheet whose findings are all explained or for information only."""
    settled: dict[tuple[str | None, int], bool] = {}
    for f in submission.findings:
        if f.row is not None:
            is_settled = f.severity is Severity.INFO or bool(f.explanation)
            settled[f.sheet, f.row] = settled.get((f.sheet, f.row), True) and is_settled
    rows: dict[str | None, list[int]] = {}
    for (sheet, row), is_settled in settled.items():
        if is_settled:
            rows.setdefault(sheet, []).append(row)
    return rows
