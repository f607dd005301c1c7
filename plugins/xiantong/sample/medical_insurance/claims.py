"""Settled claims of a month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiantong.periods import Period
from xiantong.sample.chance import pick
from xiantong.sample.county import County, month_number
from xiantong.sample.medical_insurance.institutions import EPOCH, Institution, Visits, institutions
from xiantong.sample.people import Patients

CHUNK = 200_000
_DIAGNOSES = {
    "OUTPATIENT": ("J06.900", "J20.900", "J30.400", "K29.700", "I10.x00", "M54.500", "K59.000", "L30.900", "N39.000", "H10.900"),
    "INPATIENT": ("J18.900", "J44.100", "I63.900", "I25.103", "K80.200", "S72.000", "E11.900", "O80.900", "I50.900", "N20.100"),
    "CHRONIC": ("I10.x05", "E11.900", "I25.103", "J44.900", "N18.900", "B18.100", "G20.x00", "M06.900", "I69.300", "I48.x01"),
}  # fmt: skip
_SEASON = {"OUTPATIENT": 0.16, "INPATIENT": 0.07, "CHRONIC": 0.02, "PHARMACY": 0.12}
_SHARES = {"OUTPATIENT": 0.52, "INPATIENT": 0.68, "CHRONIC": 0.7, "PHARMACY": 0.83}
_SPREAD = {"OUTPATIENT": 0.34, "INPATIENT": 0.36, "CHRONIC": 0.28, "PHARMACY": 0.4}
# Nobody lies in two hospitals at once: the stays of a month belong to different persons.
_INPATIENTS = 20_000_000


def _season(visit: str, month: int) -> float:
    """Winter brings respiratory visits, the Spring Festival keeps people at home."""
    return (1 + _SEASON[visit] * cos(2 * pi * (month - 1) / 12)) * (0.93 if month == 2 else 1.0)


def _plan(county: County, period: Period) -> list[tuple[Institution, Visits, int]]:
    """How many claims each institution settles of each visit kind in a month."""
    rng = county.chance.of("claims", period)
    plan = []
    for inst in county.once(institutions):
        for visits in inst.visits:
            noise = 1 + 0.05 * rng.standard_normal()
            expected = visits.claims * _season(visits.kind, period.ordinal) * noise
            if inst.status(period) == "VALID" and not (
                inst.joined and month_number(period) <= inst.joined
            ):
                plan.append((inst, visits, max(round(expected * county.scale), 1)))
    return plan


def claim(county: County, period: Period) -> Iterator[pa.Table]:
    """Settled claims of a month in pieces; every piece holds claims of all institutions."""
    plan = _plan(county, period)
    total = sum(count for _, _, count in plan)
    pieces = max(-(-total // CHUNK), 1)
    serial = 0
    for piece in range(pieces):
        counts = np.array([(n * (piece + 1)) // pieces - (n * piece) // pieces for _, _, n in plan])
        table = _claims(county, period, plan, counts, serial, piece)
        serial += table.num_rows
        yield table


@dataclass(frozen=True, slots=True)
class _Split:
    """How the fee of each claim falls into kinds of fee and to the fund, in cents."""

    total: np.ndarray
    drug: np.ndarray
    exam: np.ndarray
    material: np.ndarray
    fund: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """The amounts in yuan by column; other fees and the patient's share are the rest."""
        other = self.total - self.drug - self.exam - self.material
        return {
            "total_fee_yuan": self.total / 100,
            "drug_fee_yuan": self.drug / 100,
            "material_fee_yuan": self.material / 100,
            "exam_fee_yuan": self.exam / 100,
            "other_fee_yuan": other / 100,
            "fund_pay_yuan": self.fund / 100,
            "self_pay_yuan": (self.total - self.fund) / 100,
        }


def _claims(county: County, period: Period, plan: list[tuple[Institution, Visits, int]],
            counts: np.ndarray, serial: int, piece: int) -> pa.Table:  # fmt: skip
    rng = county.chance.of("claims", period, piece)
    n = int(counts.sum())
    which, settle = _by_day(counts, period, rng)
    visits = [v for _, v, _ in plan]
    kinds = np.array([v.kind for v in visits])[which]
    inpatient = kinds == "INPATIENT"
    draw, remarks = _severity(which, plan, rng, intensive=piece == 0)
    split = _split(_fees(visits, period)[which] * draw * 100, which, visits, rng)

    stay = np.where(inpatient, 2 + rng.poisson(6.2, n), 0)
    stay[remarks != None] = 26  # noqa: E711  (elementwise)
    settled = np.datetime64(period.start) + settle
    persons = np.where(
        inpatient, (_INPATIENTS + serial + np.arange(n)) % 29_000_000, rng.integers(0, 360_000, n)
    )
    hits = rng.poisson(np.where(np.array([v.jump > 0 for v in visits])[which], 0.3, 0.07))
    codes = np.array([i.code for i, _, _ in plan], dtype=object)
    return pa.table({
        "settlement_no": _settlement_numbers(county, period, serial, n),
        "institution_code": pa.array(codes[which], pa.string()),
        "patient_id_no": county.once(_patients).ids(persons),
        "insurance_kind": pa.array(np.array(["RESIDENT", "EMPLOYEE", "MATERNITY"])[_insurance(kinds, rng)]),
        "visit_kind": pa.array(kinds),
        "diagnosis_code": _diagnoses(kinds, period.ordinal, rng),
        "admit_date": pa.array(settled - stay, pa.date32()),
        "discharge_date": pa.array(settled, pa.date32(), mask=~inpatient),
        "settle_date": pa.array(settled, pa.date32()),
        **split.columns(),
        "rule_hit_cnt": hits,
        "remark": pa.array(remarks, pa.string()),
    })  # fmt: skip


def _by_day(
    counts: np.ndarray, period: Period, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """By claim, in the order of settlement: its place in the plan, and days since the first."""
    which = np.repeat(np.arange(len(counts)), counts)
    settle = rng.integers(0, period.end.day, len(which))
    order = np.argsort(settle, kind="stable")
    return which[order], settle[order]


def _fees(visits: list[Visits], period: Period) -> np.ndarray:
    """Usual fee of each kind of visit in the month, yuan."""
    month = month_number(period)
    years = (month - EPOCH * 12) / 12
    return np.array(
        [
            v.fee * (1 + v.growth) ** years * (1 + v.jump * (month >= v.jump_from > 0))
            for v in visits
        ]
    )


def _severity(which: np.ndarray, plan: list[tuple[Institution, Visits, int]],
              rng: np.random.Generator, intensive: bool) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """By claim: its fee over the usual one, and what the institution has to say about it."""
    spread = np.array([_SPREAD[v.kind] for _, v, _ in plan])[which]
    draw = np.clip(rng.gamma(1 / spread**2, spread**2), 0.12, 1 + 3.6 * spread)
    remarks = np.full(len(which), None, dtype=object)
    for found in _intensive(which, plan, rng) if intensive else ():
        draw[found] = 1 + 17 * spread[found]
        remarks[found] = "重症监护治疗，病案和费用清单已由经办机构复核"
    return draw, remarks


def _split(
    amounts: np.ndarray, which: np.ndarray, visits: list[Visits], rng: np.random.Generator
) -> _Split:
    """Whole cents of every kind of fee."""
    n = len(which)
    kinds = np.array([v.kind for v in visits])[which]
    inpatient = kinds == "INPATIENT"
    cents = np.maximum(amounts.astype(np.int64), 300)
    drugs = np.array([v.drug_share for v in visits])[which]
    drug = (cents * np.clip(drugs + 0.06 * rng.standard_normal(n), 0.02, 0.97)).astype(np.int64)
    rest = cents - drug
    examined = np.where(inpatient, 0.34, np.where(kinds == "PHARMACY", 0.0, 0.62))
    exam = (rest * examined * (0.8 + 0.4 * rng.random(n))).astype(np.int64)
    material = ((rest - exam) * np.where(inpatient, 0.35, 0.2) * rng.random(n)).astype(np.int64)
    share = np.array([_SHARES[v.kind] for v in visits])[which]
    fund = (cents * np.clip(share + 0.09 * rng.standard_normal(n), 0.2, 0.95)).astype(np.int64)
    return _Split(cents, drug, exam, material, fund)


def _settlement_numbers(county: County, period: Period, serial: int, count: int) -> pa.Array:
    """Numbers that run on from ``serial`` through the pieces of a month."""
    numbers = pc.utf8_slice_codeunits(
        pc.cast(pa.array(10**8 + serial + 1 + np.arange(count)), pa.string()), 1
    )
    prefix = f"{county.area.area_code[:6]}{period.label.replace('-', '')}"
    return pc.binary_join_element_wise(pa.scalar(prefix), numbers, "")


def _patients(county: County) -> Patients:
    return Patients([a.area_code for a in (county.area, *county.siblings)])


def _intensive(
    which: np.ndarray, plan: list[tuple[Institution, Visits, int]], rng: np.random.Generator
) -> list[int]:
    """One stay of a month in intensive care, far above the usual fee of its hospital."""
    large = [k for k, (i, v, _) in enumerate(plan) if i.level == "L2" and v.kind == "INPATIENT"]
    candidates = np.flatnonzero(which == pick(rng, large))
    return [int(candidates[len(candidates) // 2])] if len(candidates) else []


def _insurance(kinds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chance = rng.random(len(kinds))
    employee = np.where(kinds == "PHARMACY", 0.62, np.where(kinds == "CHRONIC", 0.4, 0.24))
    return np.where((kinds == "INPATIENT") & (chance > 0.97), 2, (chance < employee).astype(int))


def _diagnoses(kinds: np.ndarray, month: int, rng: np.random.Generator) -> pa.Array:
    winter = month in (11, 12, 1, 2)
    power = 2.4 if winter else 1.3  # the first codes of each list are the respiratory ones
    place = (10 * rng.random(len(kinds)) ** power).astype(int)
    result = np.full(len(kinds), None, dtype=object)
    for kind, codes in _DIAGNOSES.items():
        here = kinds == kind
        result[here] = np.array(codes, dtype=object)[place[here]]
    return pa.array(result, pa.string())
