"""Review of the claims: automatic, first, second, spot check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from xiantong.periods import Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County
from xiantong.sample.medical_insurance.claims import claim
from xiantong.sample.medical_insurance.reviewers import holders, posts
from xiantong.sample.table import Row, Table


def claim_review(county: County, period: Period) -> Table:
    """Automatic hits, manual first reviews (at least ten an institution), second reviews, spot checks."""
    rows = list(county.once(_reviews, period))
    if period > county.first:
        late = [row for row in county.once(_reviews, period.prior) if _awaits_reply(row)]
        rows = [
            row | {"deduct_confirmed_yuan": money(float(str(row["deduct_yuan"])) * 0.9)}
            for row in late
        ] + rows
    return Table(rows)


def _awaits_reply(row: Row) -> bool:
    return (
        row["review_step"] == "FIRST"
        and row["deduct_yuan"] != 0
        and row["deduct_confirmed_yuan"] is None
    )


def _reviews(county: County, period: Period) -> list[Row]:
    rng = county.chance.of("reviews", period)
    claims = next(claim(county, period)).select(
        ["settlement_no", "institution_code", "settle_date", "fund_pay_yuan", "rule_hit_cnt"]
    )
    rows: list[Row] = []
    first = holders(county, period, "INITIAL")
    second = holders(county, period, "RECHECK")
    spot = holders(county, period, "SPOT_CHECK") or second
    drawn = _drawn(claims, rng)
    for entry in claims.take(pa.array(drawn)).to_pylist():
        if entry["rule_hit_cnt"] and rng.random() < 0.5:
            rows.append(
                _review(county, period, rng, rows, entry, "ZNSH-AUTO", "CENTRE", "AUTO", share=0.0)
            )
        reviewer = pick(rng, first)
        suspicious = rng.random() < (0.42 if entry["rule_hit_cnt"] else 0.07)
        review = _review(county, period, rng, rows, entry, reviewer, _org(county, reviewer), "FIRST",
                         share=float(rng.uniform(0.03, 0.45)) if suspicious else 0.0)  # fmt: skip
        rows.append(review)
        later = [(r, "SECOND") for r in second if r != reviewer][:1] if rng.random() < 0.16 else []
        others = [r for r in spot if r != reviewer]
        if others and rng.random() < 0.13:
            later.append((pick(rng, others), "SPOT"))
        wrong = bool(later) and rng.random() < 0.028
        for who, step in later:
            follow = _review(
                county, period, rng, rows, entry, who, _org(county, who), step, share=0.0
            )
            if wrong and step == later[-1][1]:
                kind = pick(rng, ("MISSED", "WRONG_DEDUCT", "WRONG_RULE", "WRONG_AMOUNT"))
                review |= {"is_error": True, "error_kind": kind}
            rows.append(follow)
    return rows


def _drawn(claims: pa.Table, rng: np.random.Generator) -> np.ndarray:
    """At least ten claims of every institution or nine in a hundred, all of the smallest."""
    codes = np.array(claims["institution_code"].to_pylist())
    hits = claims["rule_hit_cnt"].to_numpy() > 0
    drawn = []
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        wanted = min(max(10, round(0.09 * len(own))), len(own), 60)
        wanted = max(wanted - (rng.random() < 0.12) * between(rng, 1, 4), 1)
        order = own[np.argsort(rng.random(len(own)) - hits[own])]
        drawn.append(np.sort(order[:wanted]))
    return np.sort(np.concatenate(drawn))


def _org(county: County, reviewer: str) -> str:
    return next(p.org for p in county.once(posts) if p.reviewer == reviewer)


def _review(county: County, period: Period, rng: np.random.Generator, rows: list[Row], entry: dict[str, Any],
            reviewer: str, org: str, step: str, share: float) -> Row:  # fmt: skip
    delay = {
        "AUTO": 0,
        "FIRST": between(rng, 1, 4),
        "SECOND": between(rng, 4, 8),
        "SPOT": between(rng, 5, 9),
    }[step]
    deduct = money(np.floor(entry["fund_pay_yuan"] * share * 100) / 100)
    confirmed = None
    if deduct and rng.random() < 0.94:
        confirmed = money(np.floor(float(deduct) * pick(rng, (1.0, 1.0, 0.8, 0.5)) * 100) / 100)
    return {
        "review_no": f"SH{period.label.replace('-', '')}{len(rows) + 1:06d}",
        "settlement_no": entry["settlement_no"],
        "reviewer_code": reviewer,
        "reviewer_org": org,
        "review_step": step,
        "review_date": min(entry["settle_date"] + timedelta(days=delay), period.end),
        "suspect_kind": pick(rng, ("DUP_CHARGE", "OVER_LIMIT", "SPLIT", "NO_INDICATION", "MISMATCH", "BED", "QUANTITY", "OTHER"))
        if deduct or step == "AUTO" else None,
        "deduct_yuan": deduct,
        "deduct_confirmed_yuan": confirmed,
        "is_error": False,
        "error_kind": None,
        "minutes_spent": money(float(rng.gamma(4, 2.2)) + 0.5, 1) if step != "AUTO" else None,
    }  # fmt: skip
