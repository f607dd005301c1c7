"""Check many deliveries of one dataset in one Great Expectations run."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from xiantong.checking.assessment import Accepts, Assessment
from xiantong.checking.candidates import with_candidates
from xiantong.checking.carried import EarlierExplanations, NothingExplained
from xiantong.checking.digests import content_digests, explanation_digests
from xiantong.checking.lake import AcceptedLake
from xiantong.checking.language import RuleDatabase
from xiantong.checking.results import unreadable
from xiantong.checking.scan import Scanner
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Rule
from xiantong.findings import CheckedSubmission
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery

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
    accepts: Accepts | None = None,
    fused: bool = True,
    typed: bool = True,
    progress: Progress = lambda step: None,
) -> list[CheckedSubmission]:
    """Check parsed deliveries of one dataset against its contract.

    ``lake`` gives earlier accepted deliveries, ``pending`` parsed deliveries of other datasets of
    the same round that will be settled later. Candidates for the lake are written below ``work``.
    ``hash_key`` keys the hashes of sensitive columns. ``earlier`` knows what the reporters explained
    in earlier revisions; that is not asked again. ``accepts`` foresees what settling will accept, by default from
    the findings alone: later periods are compared with nothing else. ``fused`` finds all bad rows in one scan
    before the suite lists them; without it the suite scans the batch for every rule, with the same
    findings. ``typed=False`` asks for the findings only. Returns one result per delivery, in their order.
    """
    readable = [d for d in deliveries if d.rows_path is not None and d.row_count]
    if not readable:
        return [unreadable(contract, delivery) for delivery in deliveries]
    rules = applicable_rules(contract, catalogue, lake, pending or {})
    database = RuleDatabase(f"check_{uuid.uuid4().hex}", contract, catalogue)
    try:
        progress("读取")
        database.build(readable, rules, lake, pending or {}, hash_key)
        progress("审核")
        with closing(Scanner(database, rules, fused)) as scanner:
            assessment = Assessment(database, scanner, readable, rules, hash_key)
            checked = assessment.run(earlier or NothingExplained(), accepts or _judging(contract))
        progress("整理")
        if typed:
            checked = with_candidates(database, checked, work, hash_key)
            checked = _with_digests(database, readable, checked)
    finally:
        database.close()
    results = {c.submission_id: c for c in checked}
    return [results.get(d.submission_id) or unreadable(contract, d) for d in deliveries]


def _judging(contract: Contract) -> Accepts:
    """What is accepted by the findings alone."""

    def accepts(checked: CheckedSubmission) -> bool:
        # Whoever checks one file does not pay for what settling imports.
        from xiantong.settling.foresight import is_acceptable

        return is_acceptable(contract, checked)

    return accepts


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


def _with_digests(
    database: RuleDatabase,
    deliveries: Sequence[ParsedDelivery],
    checked: Sequence[CheckedSubmission],
) -> list[CheckedSubmission]:
    contents = content_digests(database)
    written = explanation_digests(database, deliveries)
    return [
        replace(
            c,
            content_digest=contents.get(c.submission_id, ""),
            explanation_digest=written.get(c.submission_id),
        )
        for c in checked
    ]
