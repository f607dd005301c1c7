"""Checks of the institutions against the negative list."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from xiantong.periods import Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, month_number
from xiantong.sample.medical_insurance.institutions import Institution, institutions
from xiantong.sample.table import Row, Table

_ITEMS = {
    "PHARMACY": (
        "NON_MEDICAL",
        "STOCK_MISMATCH",
        "FAKE_PRESCRIPTION",
        "UNSHOWN_PRICE",
        "CARD_SWAP",
        "EXPIRED_DRUG",
    ),
    "INPATIENT": (
        "OVER_CHARGE",
        "REPEAT_CHARGE",
        "SPLIT_STAY",
        "BED_HANG",
        "SWAP_ITEM",
        "NO_INDICATION",
    ),
    "OTHER": ("OVER_CHARGE", "REPEAT_CHARGE", "SWAP_ITEM", "NO_INDICATION", "UNSHOWN_PRICE"),
}


def _checks(county: County, period: Period) -> list[Row]:
    """Checks of one month. Every institution looks at itself once in five months."""
    rows: list[Row] = []
    month = month_number(period)
    for number, inst in enumerate(county.once(institutions)):
        if inst.status(period) not in ("VALID", "SUSPENDED"):
            continue
        rng = county.chance.of("check", inst.code, period)
        kinds = ["SELF"] if (number + month) % 5 == 0 else []
        if rng.random() < (0.3 if any(v.jump for v in inst.visits) else 0.11):
            kinds.append(pick(rng, ("ROUTINE", "CROSS", "COMPLAINT", "FLIGHT"), (60, 18, 14, 8)))
        for kind in kinds:
            rows.append(_check(period, rng, inst, kind, len(rows) + 1))
    return rows


def _check(
    period: Period, rng: np.random.Generator, inst: Institution, kind: str, number: int
) -> Row:
    day = period.start + timedelta(days=between(rng, 1, 19))
    found = between(rng, 1, 6) if rng.random() < (0.12 if kind == "SELF" else 0.46) else 0
    group = (
        "PHARMACY"
        if inst.kind == "PHARMACY"
        else "INPATIENT"
        if any(v.kind == "INPATIENT" for v in inst.visits)
        else "OTHER"
    )
    amount = (
        money(found * float(rng.gamma(2, 900 if group == "INPATIENT" else 160)))
        if found
        else money(0)
    )
    due = day + timedelta(days=between(rng, 7, 14)) if found else None
    if due and due < period.end and due > period.end - timedelta(days=3):
        due = period.end
    return {
        "finding_no": f"JC{period.label.replace('-', '')}{number:04d}",
        "institution_code": inst.code,
        "check_kind": kind,
        "check_date": day,
        "item_code": pick(rng, _ITEMS[group]) if found else None,
        "finding_cnt": found,
        "amount_yuan": amount,
        "returned_yuan": money(float(amount) * pick(rng, (1.0, 1.0, 0.6))) if found else None,
        "penalty_yuan": money(float(amount) * 0.5) if found and kind == "FLIGHT" else None,
        "rectify_due_date": due,
        "rectified_date": min(day + timedelta(days=between(rng, 2, 7)), due) if due and rng.random() < 0.86 else None,
        "action": ("NONE" if not found else pick(rng, ("TALK", "RECTIFY", "REFUND", "REFUND"))),
    }  # fmt: skip


def negative_list_finding(county: County, period: Period) -> Table:
    """Checks of the month, and those of the month before that have been put right since."""
    rows = list(county.once(_checks, period))
    remarks = {}
    for number, row in enumerate(rows):
        due = row["rectify_due_date"]
        if row["rectified_date"] is None and isinstance(due, date) and due < period.end:
            remarks[number] = "系统接口改造未完成，已约谈负责人，书面承诺次月15日前整改到位"
    if period > county.first:
        for row in county.once(_checks, period.prior):
            if row["finding_cnt"] and row["rectified_date"] is None:
                done = period.start + timedelta(
                    days=between(county.chance.of("done", row["finding_no"]), 2, 18)
                )
                rows.append(row | {"rectified_date": done})
    return Table(rows, remarks)
