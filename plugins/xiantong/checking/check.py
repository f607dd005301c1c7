"""Check many deliveries of one dataset in one Great Expectations run."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from xiantong.checking.carried import EarlierExplanations, NothingExplained, carry_over
from xiantong.checking.hashing import hashed_text, hmac_sha256
from xiantong.checking.lake import AcceptedLake
from xiantong.checking.language import RuleDatabase, sql_type
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, Privacy, Rule, Severity
from xiantong.explanations import (
    GivenExplanations,
    best_explanation,
    fingerprint,
    is_real_explanation,
    without_empty_talk,
)
from xiantong.findings import CheckedSubmission, Finding
from xiantong.masking import MASK
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery

LISTED_PER_RULE = 20_000
Progress = Callable[[str], None]


def check_batch(
    contract: Contract,
    catalogue: Catalogue,
    deliveries: Sequence[ParsedDelivery],
    lake: AcceptedLake,
    work: Path,
    hash_key: bytes,
    *,
    pending: Mapping[DatasetId, Sequence[ParsedDelivery]] | None = None,
    earlier: EarlierExplanations | None = None,
    fused: bool = True,
    typed: bool = True,
    progress: Progress = lambda step: None,
) -> list[CheckedSubmission]:
    """Check parsed deliveries of one dataset against its contract.

    ``lake`` gives earlier accepted deliveries, ``pending`` parsed deliveries of other datasets of
    the same round that will be settled later. Candidates for the lake are written below ``work``.
    ``hash_key`` keys the hashes of sensitive columns. ``earlier`` knows what the reporters explained
    in earlier revisions; that is not asked again. ``fused`` finds all bad rows in one scan
    before the suite lists them; without it the suite scans the batch for every rule, with the same
    findings. ``typed=False`` asks for the findings only. Returns one result per delivery, in their order.
    """
    readable = [d for d in deliveries if d.rows_path is not None and d.row_count]
    if not readable:
        return [_unreadable(contract, delivery) for delivery in deliveries]
    rules = applicable_rules(contract, catalogue, lake, pending or {})
    database = RuleDatabase(f"check_{uuid.uuid4().hex}", contract, catalogue)
    try:
        progress("读取")
        database.build(readable, rules, lake, pending or {}, hash_key)
        progress("审核")
        run = _Run(database, rules, fused, hash_key)
        findings, counts = run.findings(readable)
        progress("整理")
        checked = _assemble(contract, readable, findings, counts, hash_key)
        checked = carry_over(checked, earlier or NothingExplained())
        checked = [without_empty_talk(submission) for submission in checked]
        run.mark_bad_rows(checked)
        if typed:
            checked = _with_candidates(database, checked, work, hash_key)
            checked = _with_explanation_digests(database, readable, checked)
    finally:
        database.close()
    results = {c.submission_id: c for c in checked}
    return [results.get(d.submission_id) or _unreadable(contract, d) for d in deliveries]


def applicable_rules(
    contract: Contract,
    catalogue: Catalogue,
    lake: AcceptedLake,
    pending: Mapping[DatasetId, Sequence[ParsedDelivery]],
) -> list[Rule]:
    """Rules whose other datasets have been delivered; a rule about a dataset of which nothing was
    ever accepted says nothing about this one."""
    known = {
        dataset
        for dataset in {d for rule in catalogue.rules(contract) for d in rule.needs}
        if dataset in catalogue.contracts and (pending.get(dataset) or lake.accepted(dataset))
    }
    rules = [rule for rule in catalogue.rules(contract) if set(rule.needs) <= known]
    return [_with_ref_title(rule, catalogue) for rule in rules]


def _with_ref_title(rule: Rule, catalogue: Catalogue) -> Rule:
    if "{ref_title}" not in rule.message_zh:
        return rule
    title = f"《{catalogue.contract(rule.needs[0]).title_zh}》"
    return rule.model_copy(update={"message_zh": rule.message_zh.replace("{ref_title}", title)})


class _Run:
    """One run of the suite over the batch ``b``; afterwards ``bad_row`` names rows that go back."""

    def __init__(
        self, database: RuleDatabase, rules: Sequence[Rule], fused: bool, hash_key: bytes
    ) -> None:
        # Importing Great Expectations takes seconds; whoever checks nothing does not pay.
        from xiantong.checking.suite import SuiteRun

        self.connection = database.connection
        self.contract = database.contract
        self._suite = SuiteRun(database.url, rules)
        self._fused = fused
        self._hash_key = hash_key
        self._listed_table = "b"
        self._conditions: dict[str, str] = {}
        self._rules = {rule.id: rule for rule in rules}

    def findings(
        self, deliveries: Sequence[ParsedDelivery]
    ) -> tuple[dict[str, list[Finding]], dict[str, Counter[str]]]:
        """Findings and true counts per rule, by submission."""
        try:
            self._conditions = self._suite.conditions("b")
            counts = self._fuse(self._conditions) if self._fused else defaultdict(Counter)
            violated = {rule_id for counter in counts.values() for rule_id in counter}
            passed = frozenset(self._conditions) - violated if self._fused else frozenset()
            outcomes = self._suite.validate(self._listed_table, passed)
        finally:
            self._suite.close()
        rows = sorted({row for outcome in outcomes for row in outcome.rows})
        places = self._places(rows)
        by_id = {d.submission_id: _Describer(self.contract, d, self._hash_key) for d in deliveries}
        findings: dict[str, list[Finding]] = defaultdict(list)
        for outcome in outcomes:
            extras = self._extras(outcome.rule)
            for row in outcome.rows:
                place = places[row]
                describer = by_id[place["_submission_id"]]
                if describer.says_it_already(outcome.rule, place):
                    counts[place["_submission_id"]].subtract([outcome.rule.id])
                    continue
                finding = describer.row_finding(outcome.rule, place, extras.get(row, {}))
                findings[place["_submission_id"]].append(finding)
            for fact in outcome.missing:
                describer = by_id[fact["_submission_id"]]
                findings[fact["_submission_id"]].append(describer.whole_finding(outcome.rule, fact))
        for submission_id, found in findings.items():
            listed = Counter(finding.rule_id for finding in found)
            for rule_id, number in listed.items():
                counts[submission_id][rule_id] = max(number, counts[submission_id][rule_id])
        return findings, counts

    def mark_bad_rows(self, checked: Sequence[CheckedSubmission]) -> None:
        """Make the table ``bad_row`` of rows with an error or an unexplained warning, and
        ``error_row`` of those with an error."""
        suspects = "all_suspects" if self._has("all_suspects") else self._listed_table
        errors = [
            f"({sql})"
            for i, sql in self._conditions.items()
            if self._rules[i].severity is Severity.ERROR
        ]
        odd = [
            f"({sql})"
            for i, sql in self._conditions.items()
            if self._rules[i].severity is Severity.WARNING
        ]
        self.connection.execute(
            f"create table error_row as select _row from {suspects} where {' or '.join(errors) or 'false'}"
        )
        self.connection.execute(
            f"create table bad_row as select _row from error_row union "
            f"select _row from {suspects} where {' or '.join(odd) or 'false'}"
        )
        self._mark_parse_errors(checked)
        self._unmark_explained(checked)

    def _mark_parse_errors(self, checked: Sequence[CheckedSubmission]) -> None:
        known = set(self._rules)
        places = [
            (c.submission_id, f.sheet, f.row)
            for c in checked
            for f in c.findings
            if f.severity is Severity.ERROR and f.row is not None and f.rule_id not in known
        ]
        if not places:
            return
        self.connection.execute(
            "create temp table parse_error (_submission_id varchar, _src_sheet varchar, _src_row bigint)"
        )
        self.connection.executemany("insert into parse_error values (?, ?, ?)", places)
        for table in ("error_row", "bad_row"):
            self.connection.execute(
                f"insert into {table} select b._row from b join parse_error as e "
                "on e._submission_id = b._submission_id and e._src_row = b._src_row "
                "and e._src_sheet is not distinct from b._src_sheet"
            )

    def _unmark_explained(self, checked: Sequence[CheckedSubmission]) -> None:
        """Rows of which every warning is explained do not go back."""
        for submission in checked:
            open_rows: dict[tuple[str | None, int], bool] = {}
            for f in submission.findings:
                if f.row is not None:
                    settled = f.severity is Severity.INFO or bool(f.explanation)
                    open_rows[f.sheet, f.row] = open_rows.get((f.sheet, f.row), True) and settled
            for sheet in {sheet for sheet, _ in open_rows}:
                rows = [row for (on, row), settled in open_rows.items() if settled and on == sheet]
                self.connection.execute(
                    "delete from bad_row where _row in (select _row from b where _submission_id = ? "
                    "and _src_sheet is not distinct from ? and _src_row in (select unnest(?)))",
                    [submission.submission_id, sheet, rows],
                )

    def _has(self, table: str) -> bool:
        found = self.connection.execute(
            "select 1 from duckdb_tables() where table_name = ?", [table]
        )
        return found.fetchone() is not None

    def _fuse(self, conditions: Mapping[str, str]) -> dict[str, Counter[str]]:
        """Put all rows that any rule objects to into one small table, in a single scan, and let
        the suite list from there. The conditions are Great Expectations' own."""
        flags = {rule_id: f"r{n}" for n, rule_id in enumerate(conditions)}
        any_condition = " or ".join(f"({sql})" for sql in conditions.values())
        self.connection.execute(f"create table suspect as select * from b where {any_condition}")
        flagged = ", ".join(
            f"count(*) filter (where {conditions[i]}) as {f}" for i, f in flags.items()
        )
        counted = self.connection.execute(
            f"select _submission_id, {flagged} from suspect group by _submission_id"
        ).fetchall()
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        counts |= {
            row[0]: Counter(
                {rule_id: n for rule_id, n in zip(conditions, row[1:], strict=True) if n}
            )
            for row in counted
        }
        crowded = {
            i for counter in counts.values() for i, n in counter.items() if n > LISTED_PER_RULE
        }
        if crowded:
            self._thin_out(conditions, crowded)
        self._listed_table = "suspect"
        return counts

    def _thin_out(self, conditions: Mapping[str, str], crowded: set[str]) -> None:
        """Keep the first places of rules that object to nearly everything."""
        keep = [f"({sql})" for rule_id, sql in conditions.items() if rule_id not in crowded]
        keep += [
            f"(({conditions[rule_id]}) and row_number() over (partition by _submission_id, "
            f"coalesce(({conditions[rule_id]}), false) order by _row) <= {LISTED_PER_RULE})"
            for rule_id in sorted(crowded)
        ]
        self.connection.execute("alter table suspect rename to all_suspects")
        self.connection.execute(
            f"create table suspect as select * from all_suspects qualify {' or '.join(keep)}"
        )

    def _places(self, rows: Sequence[int]) -> dict[int, dict[str, Any]]:
        if not rows:
            return {}
        texts = ", ".join(
            f"{c.name}__text, cast({c.name} as varchar) as {c.name}__value"
            for c in self.contract.columns
        )
        self.connection.execute("create temp table wanted (_row bigint)")
        self.connection.execute("insert into wanted select unnest(?)", [list(rows)])
        found = self.connection.execute(
            f"select _row, _submission_id, _src_sheet, _src_row, _remark, {texts}, "
            f"{self._row_area()} as _area_code "
            f"from {self._listed_table} as listed semi join wanted using (_row)"
        )
        names = [description[0] for description in found.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}

    def _row_area(self) -> str:
        """The area of a row: its own, or that of the school, firm … that it refers to."""
        area = self.contract.by_name.get("area_code")
        if area is not None:
            return "listed.area_code"
        for column in self.contract.columns:
            dataset = column.ref_dataset
            if dataset is not None and self._columns_of(dataset) >= {
                "area_code",
                column.ref_column,
            }:
                return (
                    f"(select max(r.area_code) from {dataset} as r "
                    f"where r.{column.ref_column} = listed.{column.name})"
                )
        return "cast(null as varchar)"

    def _columns_of(self, dataset: DatasetId) -> set[str | None]:
        """Columns of another dataset's table; none where no rule of the batch needs it."""
        found = self.connection.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
            [dataset.department, dataset.dataset],
        )
        return {row[0] for row in found.fetchall()}

    def _extras(self, rule: Rule) -> dict[int, dict[str, Any]]:
        """Further columns of a rule's query, for the placeholders of its message."""
        from xiantong.checking.expectations import found_table

        query = rule.kwargs.get("query")
        if not query or not rule.expectation.endswith("FindNoRows"):
            return {}
        found = self.connection.execute(f"select * from {found_table(query)}")
        names = [description[0] for description in found.description]
        if names == ["_row"]:
            return {}
        return {
            row[names.index("_row")]: dict(zip(names, row, strict=True)) for row in found.fetchall()
        }


class _Describer:
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
        column = self.contract.by_name[rule.columns[0]] if rule.columns else None
        text = place.get(f"{column.name}__text") if column else None
        value = masked(column, text)
        letter = self.delivery.letter(place["_src_sheet"], column.name) if column else None
        words = {"value": value or "", **extra}
        finding = Finding(
            rule_id=rule.id,
            severity=rule.severity,
            message_zh=_worded(rule.message_zh, words),
            sheet=place["_src_sheet"],
            row=place["_src_row"],
            column=column.name if column else None,
            header=column.header_zh if column else None,
            cell=f"{letter}{place['_src_row']}" if letter else None,
            value=value,
            fingerprint=self._fingerprint(rule, place),
            area_code=place["_area_code"],
        )
        return self._explained(finding, rule, words, place["_remark"])

    def whole_finding(self, rule: Rule, fact: Mapping[str, Any]) -> Finding:
        words = {key: value for key, value in fact.items() if not key.startswith("_")}
        said = [f"{name}={value}" for name, value in sorted(words.items())]
        finding = Finding(
            rule_id=rule.id,
            severity=rule.severity,
            message_zh=_worded(rule.message_zh, words),
            value=str(words["value"]) if "value" in words else None,
            fingerprint=self._mark(rule, said, said),
        )
        return self._explained(finding, rule, words, None)

    def _explained(
        self, finding: Finding, rule: Rule, words: Mapping[str, Any], remark: str | None
    ) -> Finding:
        """The finding with what the reporter wrote to it, its row or its rule, and with advice.
        Whether that explains anything is judged once it is known what was explained before."""
        given = None
        if rule.severity is Severity.WARNING:
            given = best_explanation((self._given.text_for(finding), remark))
        return replace(finding, fix_zh=self._advice(rule, words), explanation=given)

    def _fingerprint(self, rule: Rule, place: Mapping[str, Any]) -> str | None:
        row = [place[f"{name}__value"] for name in self._row_columns]
        return self._mark(rule, row, [place[f"{name}__value"] for name in rule.columns])

    def _mark(
        self, rule: Rule, row: Sequence[str | None], values: Sequence[str | None]
    ) -> str | None:
        if rule.severity is not Severity.WARNING:
            return None
        return fingerprint(self._hash_key, row, values)

    def _advice(self, rule: Rule, words: Mapping[str, Any]) -> str:
        if rule.fix_zh:
            return _worded(rule.fix_zh, words)
        headers = "、".join(f"「{self.contract.by_name[name].header_zh}」" for name in rule.columns)
        if rule.severity is Severity.WARNING:
            return f"请核对{headers}；属实的请在说明栏写明具体原因"
        return f"请核对并更正{headers}"


def masked(column: Column | None, value: str | None) -> str | None:
    """The value as it may be shown: personal and sensitive ones never are."""
    if value is None or column is None or column.privacy is Privacy.NONE:
        return value
    return MASK


def _worded(text: str, words: Mapping[str, Any]) -> str:
    for key, value in words.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text


def _unreadable(contract: Contract, delivery: ParsedDelivery) -> CheckedSubmission:
    findings = delivery.findings or (
        Finding(
            rule_id=f"{contract.id}.auto_file_empty",
            severity=Severity.ERROR,
            message_zh="文件中没有数据行",
            fix_zh="请填写后重新报送",
        ),
    )
    checked = CheckedSubmission(
        submission_id=delivery.submission_id,
        dataset=contract.id,
        envelope=delivery.envelope,
        findings=findings,
        rule_counts=dict(Counter(f.rule_id for f in findings)),
        row_count=delivery.row_count,
        bad_row_count=delivery.row_count,
        cells=delivery.cells,
    )
    return without_empty_talk(checked)


def _assemble(
    contract: Contract,
    deliveries: Sequence[ParsedDelivery],
    findings: Mapping[str, list[Finding]],
    counts: Mapping[str, Counter[str]],
    hash_key: bytes,
) -> list[CheckedSubmission]:
    checked = []
    for delivery in deliveries:
        found = _of_parsing(delivery, hash_key) + findings.get(delivery.submission_id, [])
        found.sort(key=lambda f: (f.sheet or "", f.row or 0, f.rule_id))
        rule_counts = Counter(f.rule_id for f in delivery.findings)
        rule_counts += counts.get(delivery.submission_id, Counter())
        checked.append(
            CheckedSubmission(
                submission_id=delivery.submission_id,
                dataset=contract.id,
                envelope=delivery.envelope,
                findings=tuple(found),
                rule_counts=dict(rule_counts),
                row_count=delivery.row_count,
                cells=delivery.cells,
                empty_talk=not all(is_real_explanation(e.text) for e in delivery.explanations),
            )
        )
    return checked


def _of_parsing(delivery: ParsedDelivery, hash_key: bytes) -> list[Finding]:
    """What parsing found; its warnings, too, are found again by their fingerprint."""
    given = GivenExplanations(delivery.explanations)
    found = []
    for finding in delivery.findings:
        if finding.severity is Severity.WARNING:
            mark = fingerprint(hash_key, [finding.message_zh], [finding.message_zh])
            finding = replace(finding, fingerprint=mark)
            text = finding.explanation or given.text_for(finding)
            finding = replace(finding, explanation=text)
        found.append(finding)
    return found


def _with_candidates(
    database: RuleDatabase, checked: Sequence[CheckedSubmission], work: Path, hash_key: bytes
) -> list[CheckedSubmission]:
    """Write the typed rows of every submission that may be accepted, and complete its figures."""
    contract = database.contract
    by_rows = contract.acceptance.mode == "rows"
    bad = _per_submission(database, "bad_row" if by_rows else "error_row")
    digests = _content_digests(database, [c.name for c in contract.columns if c.source == "table"])
    completed = []
    for submission in checked:
        bad_rows = bad.get(submission.submission_id, 0)
        completed.append(
            replace(
                submission,
                bad_row_count=bad_rows,
                good_rows=submission.row_count - bad_rows if by_rows else submission.row_count,
                content_digest=digests.get(submission.submission_id, ""),
            )
        )
    wanted = [
        c.submission_id
        for c in completed
        if c.good_rows and c.envelope.period and (by_rows or not c.count(Severity.ERROR))
    ]
    paths = _write_typed_rows(database, wanted, work, hash_key, by_rows)
    return [replace(c, candidate=paths.get(c.submission_id)) for c in completed]


def _per_submission(database: RuleDatabase, table: str) -> dict[str, int]:
    counted = database.connection.execute(
        f"select _submission_id, count(*) from b semi join {table} using (_row) group by all"
    )
    return dict(counted.fetchall())


def _content_digests(database: RuleDatabase, columns: Sequence[str]) -> dict[str, str]:
    """Fingerprint of the canonical rows, whatever their order or format. A batch too large to be
    kept converted has none: there the bytes of the file must do."""
    if not database.is_materialised:
        return {}
    connection = database.connection
    counted = connection.execute(
        f"select _submission_id, count(*), sum(cast(hash({', '.join(columns)}) as hugeint)) from b group by all"
    )
    return {row[0]: f"{row[1]}:{row[2]}" for row in counted.fetchall()}


def _with_explanation_digests(
    database: RuleDatabase,
    deliveries: Sequence[ParsedDelivery],
    checked: Sequence[CheckedSubmission],
) -> list[CheckedSubmission]:
    """With the fingerprint of what was written beside the data: remarks of rows, and explanations
    wherever the reporter put them."""
    remarks: dict[str, str] = {}
    if database.is_materialised:
        row = ", ".join((*(c.name for c in database.contract.table_columns), "trim(_remark)"))
        found = database.connection.execute(
            f"select _submission_id, sum(cast(hash({row}) as hugeint)) from b "
            "where trim(_remark) <> '' group by all"
        )
        remarks = {submission_id: str(number) for submission_id, number in found.fetchall()}
    digests = {}
    for delivery in deliveries:
        given = sorted(
            f"{e.rule_id or ''}|{e.sheet or ''}|{e.row or ''}|{e.text.strip()}"
            for e in delivery.explanations
        )
        written = "\n".join([remarks.get(delivery.submission_id, ""), *given]).strip()
        digest = hashlib.sha256(written.encode("utf-8", "replace")).hexdigest() if written else ""
        digests[delivery.submission_id] = digest
    return [replace(c, explanation_digest=digests.get(c.submission_id)) for c in checked]


def _write_typed_rows(
    database: RuleDatabase, wanted: Sequence[str], work: Path, hash_key: bytes, by_rows: bool
) -> dict[str, Path]:
    """One Parquet file per submission: contract columns, sensitive ones hashed, and the place."""
    if not wanted:
        return {}
    work.mkdir(parents=True, exist_ok=True)
    columns = ["_submission_id", "_src_sheet", "_src_row"]
    columns += [_stored(column) for column in database.contract.columns]
    good = "anti join bad_row using (_row)" if by_rows else ""
    hashed = _hash_sensitive(database, hash_key)
    query = f"select {', '.join(columns)} from b {good} {hashed}"
    paths = {submission_id: work / f"{submission_id}.parquet" for submission_id in wanted}
    if len(wanted) == 1:
        ((only, path),) = paths.items()
        # Sorting millions of rows would cost more than it is worth: each has its place anyway.
        order = "order by _row" if database.is_materialised else ""
        database.connection.execute(
            f"copy ({query} where _submission_id = '{only}' {order}) to '{path}' "
            "(format parquet, compression zstd)"
        )
        return paths
    database.connection.execute(
        "create temp table wanted_submission as select unnest(?) as _submission_id", [list(wanted)]
    )
    table = database.connection.execute(
        f"{query} where _submission_id in (from wanted_submission) order by _submission_id, _row"
    ).to_arrow_table()
    runs = table.column("_submission_id").combine_chunks().dictionary_encode()
    lengths = pc.value_counts(runs)
    start = 0
    for entry in lengths:
        length = entry["counts"].as_py()
        pq.write_table(
            table.slice(start, length), paths[entry["values"].as_py()], compression="zstd"
        )
        start += length
    return paths


def _hash_sensitive(database: RuleDatabase, hash_key: bytes) -> str:
    """Hash every different sensitive value once, since people and diagnoses repeat; returns the
    joins that bring the hashes to the rows."""
    joins = []
    for column in database.contract.columns:
        if column.is_hashed:
            clear = hashed_text(column)
            database.connection.execute(
                f"create temp table hashed_{column.name} as "
                f"select clear, {hmac_sha256('clear', hash_key)} as hashed "
                f"from (select distinct {clear} as clear from b) where clear is not null"
            )
            joins.append(f"left join hashed_{column.name} on hashed_{column.name}.clear = {clear}")
    return " ".join(joins)


def _stored(column: Column) -> str:
    if column.is_hashed:
        return f"hashed_{column.name}.hashed as {column.name}"
    if column.kind in (Kind.PERIOD, Kind.STRING, Kind.CODE, Kind.MONTH):
        return column.name
    return f"cast({column.name} as {sql_type(column)}) as {column.name}"
