"""Check many deliveries of one dataset in one Great Expectations run."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from xiantong.checking.assessment import Accepts, Assessment
from xiantong.checking.candidates import with_candidates, with_nil_candidate
from xiantong.checking.carried import EarlierExplanations, NothingExplained
from xiantong.checking.counties import Pending, Sight, by_county
from xiantong.checking.digests import content_digests, explanation_digests
from xiantong.checking.lake import AcceptedLake
from xiantong.checking.language import RuleDatabase
from xiantong.checking.results import without_rows
from xiantong.checking.scan import Scanner
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Rule
from xiantong.findings import CheckedSubmission
from xiantong.parsing.model import ParsedDelivery
from xiantong.verdict import is_acceptable

Progress = Callable[[str], None]


def check_batch(
    contract: Contract,
    catalogue: Catalogue,
    deliveries: Sequence[ParsedDelivery],
    lake: AcceptedLake,
    work: Path,
    hash_key: bytes,
    *,
    pending: Pending | None = None,
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
    in earlier revisions; that is not asked again. ``accepts`` foresees what settling will accept, by
    default from the findings alone: later periods are compared with nothing else. ``fused`` finds
    all bad rows in one scan before the suite lists them; without it the suite scans the batch for
    every rule, with the same findings. ``typed=False`` asks for the findings only. Returns one
    result per delivery, in their order.
    """
    context = _Context(
        contract, catalogue, work, hash_key, earlier or NothingExplained(),
        accepts or partial(is_acceptable, contract), fused, typed, progress,
    )  # fmt: skip
    readable = [d for d in deliveries if d.rows_path is not None and d.row_count]
    results: dict[str, CheckedSubmission] = {}
    groups = []
    if readable:
        asked = applicable_rules(catalogue, Sight(contract, lake, pending or {}))
        groups = by_county(contract, asked, readable)
    for group in groups:
        area_code = group[0].envelope.reporter_area_code
        sight = Sight(contract, lake, pending or {}, area_code)
        checked = _check_group(context, group, sight)
        results |= {c.submission_id: c for c in checked}
    return [results.get(d.submission_id) or _without_rows(context, d) for d in deliveries]


@dataclass(frozen=True)
class _Context:
    """What is the same for all counties of a batch; see ``check_batch``."""

    contract: Contract
    catalogue: Catalogue
    work: Path
    hash_key: bytes
    earlier: EarlierExplanations
    accepts: Accepts
    fused: bool
    typed: bool
    progress: Progress


def _check_group(
    context: _Context, deliveries: Sequence[ParsedDelivery], sight: Sight
) -> list[CheckedSubmission]:
    """Check deliveries that may see the same data of others."""
    contract, hash_key = context.contract, context.hash_key
    rules = applicable_rules(context.catalogue, sight)
    name = f"check_{uuid.uuid4().hex}"
    with closing(RuleDatabase(name, contract, context.catalogue)) as database:
        context.progress("读取")
        database.build(deliveries, rules, sight, hash_key)
        context.progress("审核")
        with closing(Scanner(database, rules, context.fused)) as scanner:
            assessment = Assessment(database, scanner, deliveries, rules, hash_key)
            checked = assessment.run(context.earlier, context.accepts)
        context.progress("整理")
        if not context.typed:
            return checked
        checked = with_candidates(database, checked, context.work, hash_key)
        return _with_digests(database, deliveries, checked)


def _without_rows(context: _Context, delivery: ParsedDelivery) -> CheckedSubmission:
    """No rule is asked, not even those about the whole file: they are about rows."""
    checked = without_rows(context.contract, delivery)
    if not (delivery.is_nil and context.typed):
        return checked
    return with_nil_candidate(context.contract, checked, context.work)


def applicable_rules(catalogue: Catalogue, sight: Sight) -> list[Rule]:
    """Rules whose other datasets have been delivered; a rule about a dataset of which nothing was
    ever accepted says nothing about this one."""
    all_rules = catalogue.rules(sight.contract)
    known = {
        dataset
        for dataset in {d for rule in all_rules for d in rule.needs}
        if dataset in catalogue.contracts and (sight.pending(dataset) or sight.accepted(dataset))
    }
    rules = [rule for rule in all_rules if set(rule.needs) <= known]
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
