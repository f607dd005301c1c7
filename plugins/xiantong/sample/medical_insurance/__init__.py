"""Designated institutions, settled claims, their review, reviewers and negative-list checks."""

from __future__ import annotations

from xiantong.sample.county import County, Unit
from xiantong.sample.department import Department
from xiantong.sample.medical_insurance import (
    claims,
    institutions,
    negative_list,
    reviewers,
    reviews,
)
from xiantong.sample.rule_breaks import Add, Before


def _units(county: County) -> list[Unit]:
    return [inst.unit for inst in county.once(institutions.institutions)]


DEPARTMENT = Department(
    makers={
        "designated_institution": institutions.designated_institution,
        "claim_review": reviews.claim_review,
        "reviewer_post": reviewers.reviewer_post,
        "negative_list_finding": negative_list.negative_list_finding,
    },
    streams={"claim": claims.claim},
    units=_units,
    totals={
        "negative_list_finding": ("finding_cnt", "amount_yuan", "returned_yuan", "penalty_yuan"),
    },
    breaks={
        "claim": Add("other_fee_yuan", 100),
        "claim_review": Add("deduct_yuan", 90_000),
        "negative_list_finding": Add("returned_yuan", 80_000),
        "designated_institution": Before("decide_date", "apply_date", 9),
    },
    wrong_units={"negative_list_finding": "amount_yuan"},
)
