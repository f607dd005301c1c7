"""Designated institutions, settled claims, their review, reviewers and negative-list checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, pi
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiantong.periods import Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in, month_number
from xiantong.sample.department import Department
from xiantong.sample.people import Patients, person_name
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table, changed_rows

CHUNK = 200_000
EPOCH = 2022


@dataclass(frozen=True, slots=True)
class Visits:
    """What one institution settles of one visit kind: claims a month, fee, its spread and growth.

    ``jump`` is what the fee rises by from the month ``jump_from`` on (months since the year 0).
    """

    kind: str
    claims: float
    fee: float
    growth: float
    drug_share: float
    jump: float = 0.0
    jump_from: int = 0


@dataclass(frozen=True, slots=True)
class Institution:
    """A designated hospital, clinic or pharmacy. ``joined`` is its first month under agreement."""

    code: str
    unit: Unit
    kind: str
    level: str | None
    beds: int | None
    visits: tuple[Visits, ...]
    apply_date: date
    decide_date: date
    start_date: date
    channel: str
    grade: str
    joined: int
    suspended: tuple[int, int] | None = None
    terminated: int | None = None

    def status(self, period: Period) -> str | None:
        """Agreement status that the register of the month shows; None before the application."""
        month = month_number(period)
        if month < self.joined - 1:
            return None
        if month < self.joined:
            return "APPLYING"
        if self.terminated is not None and month >= self.terminated:
            return "TERMINATED"
        if self.suspended and self.suspended[0] <= month < self.suspended[1]:
            return "SUSPENDED"
        return "VALID"


# kind, level, number of institutions, visit kinds with (claims a month, fee, drug share)
_PROFILES: tuple[tuple[str, str | None, int, dict[str, tuple[float, float, float]]], ...] = (
    ("HOSPITAL", "L2", 3, {"OUTPATIENT": (92, 236, 0.38), "INPATIENT": (62, 6350, 0.29), "CHRONIC": (46, 288, 0.74)}),
    ("HOSPITAL", "L1", 5, {"OUTPATIENT": (44, 168, 0.44), "INPATIENT": (40, 3860, 0.33)}),
    ("TOWNSHIP", "L1", 12, {"OUTPATIENT": (47, 92, 0.58), "INPATIENT": (39, 2280, 0.41)}),
    ("COMMUNITY", "L1", 2, {"OUTPATIENT": (62, 104, 0.55), "CHRONIC": (39, 214, 0.8)}),
    ("CLINIC", "NONE", 24, {"OUTPATIENT": (38, 71, 0.66)}),
    ("VILLAGE", "NONE", 40, {"OUTPATIENT": (4, 43, 0.72)}),
    ("PHARMACY", None, 60, {"PHARMACY": (39, 84, 0.9)}),
)  # fmt: skip
_SMALL_AFTER = {"CLINIC": 9, "PHARMACY": 17}
_LATER = 7
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


def institutions(county: County) -> list[Institution]:
    """All institutions that are under agreement at any time, in the order of their codes."""
    made: list[Institution] = []
    numbers: Counter[str] = Counter()
    for kind, level, count, visits in _PROFILES:
        for _ in range(count):
            made.append(_institution(county, kind, level, numbers[kind], visits, len(made)))
            numbers[kind] += 1
    for number in range(_LATER):
        kind = ("PHARMACY", "CLINIC", "PHARMACY")[number % 3]
        profile = next(p for p in _PROFILES if p[0] == kind)
        made.append(_institution(county, kind, profile[1], numbers[kind] + number, profile[3], len(made),
                                 joined=EPOCH * 12 + 4 + 5 * number))  # fmt: skip
    return made


def _institution(county: County, kind: str, level: str | None, number: int,
                 profile: dict[str, tuple[float, float, float]], serial: int,
                 joined: int = 0) -> Institution:  # fmt: skip
    rng = county.chance.of("institution", serial)
    area_code, name = _place_and_name(county, kind, number, rng)
    registered = {"HOSPITAL": ("12", "INSTITUTION", "Q8411"), "TOWNSHIP": ("12", "INSTITUTION", "Q8423"),
                  "COMMUNITY": ("12", "INSTITUTION", "Q8421"), "CLINIC": ("92", "INDIVIDUAL", "Q8425"),
                  "VILLAGE": ("52", "SOCIAL", "Q8424"), "PHARMACY": ("91", "COMPANY", "F5251")}[kind]  # fmt: skip
    if kind == "HOSPITAL" and level == "L1":
        registered = ("91", "COMPANY", "Q8415")
    start = date(joined // 12, joined % 12 + 1, between(rng, 1, 5)) if joined else day_in(rng, date(2018, 3, 1), date(2021, 11, 20))  # fmt: skip
    decided = start - timedelta(days=between(rng, 3, 9))
    online = rng.random() < (0.93 if joined else 0.62)
    return Institution(
        code=f"{'P' if kind == 'PHARMACY' else 'H'}{county.area.area_code[:6]}{serial + 1:05d}",
        unit=county.unit(*registered[:1], name, *registered[1:], area_code, (10, 2000) if registered[0] == "91" else None),
        kind=kind,
        level=level,
        beds=_beds(kind, level, rng),
        visits=tuple(_visits(kind, number, v, *p, rng) for v, p in profile.items()),
        apply_date=decided - timedelta(days=between(rng, 8, 19) if online else between(rng, 18, 44)),
        decide_date=decided,
        start_date=start,
        channel="ONLINE" if online else "WINDOW",
        grade=pick(rng, "ABCD", (38, 46, 13, 3)),
        joined=joined,
        suspended=(EPOCH * 12 + 15, EPOCH * 12 + 17) if (kind, number) == ("PHARMACY", 11) else None,
        terminated=EPOCH * 12 + 20 if (kind, number) == ("CLINIC", 12) else None,
    )  # fmt: skip


def _place_and_name(
    county: County, kind: str, number: int, rng: np.random.Generator
) -> tuple[str, str]:
    short, towns = county.short_name, county.townships
    streets = [a for a in towns if a.area_code[6:9] < "100"]
    rural = [a for a in towns if a.area_code[6:9] >= "100"]
    if kind == "HOSPITAL":
        names = (f"{county.name}人民医院", f"{county.name}中医医院", f"{county.name}妇幼保健院", f"{short}康复医院有限公司",
                 f"{short}仁济医院有限公司", f"{short}博爱骨科医院有限公司", f"{short}明目眼科医院有限公司", f"{short}惠民医院有限公司")  # fmt: skip
        return streets[number % len(streets)].area_code, names[number]
    if kind == "TOWNSHIP":
        town = rural[number % len(rural)]
        suffix = "中心卫生院" if town.area_code[6:9] < "200" else "卫生院"
        return town.area_code, f"{county.name}{town.area_name}{suffix}"
    if kind == "COMMUNITY":
        town = streets[number % len(streets)]
        return town.area_code, f"{county.name}{town.area_name}社区卫生服务中心"
    town = county.pick_township(rng)
    village = pick(rng, county.villages[town.area_code])
    if kind == "VILLAGE":
        town = rural[number % len(rural)]
        villages = [v for v in county.villages[town.area_code] if v.area_code[9:] >= "200"]
        village = villages[(number // len(rural)) % len(villages)]
        return village.area_code, f"{county.name}{town.area_name}{village.area_name}卫生室"
    if kind == "CLINIC":
        person = county.chance.of("clinic", number)
        title = pick(rng, ("中医诊所", "内科诊所", "口腔诊所", "西医诊所", "中西医结合诊所"))
        return village.area_code, f"{short}{person_name(person)}{title}"
    brand = (
        "益康",
        "百姓缘",
        "仁和堂",
        "同心",
        "惠仁",
        "康泰",
        "老百姓",
        "华安堂",
        "济世",
        "众信",
    )[number % 10]
    return (
        village.area_code,
        f"{county.name}{brand}大药房有限公司{town.area_name[:2]}{number // 10 + 1}店",
    )


def _beds(kind: str, level: str | None, rng: np.random.Generator) -> int | None:
    if kind == "HOSPITAL":
        return between(rng, 30, 60) * 10 if level == "L2" else between(rng, 6, 12) * 10
    return between(rng, 3, 8) * 10 if kind in ("TOWNSHIP", "COMMUNITY") else None


def _visits(kind: str, number: int, visit: str, claims: float, fee: float, drugs: float,
            rng: np.random.Generator) -> Visits:  # fmt: skip
    small = number >= _SMALL_AFTER.get(kind, 10**6)
    abnormal = {("HOSPITAL", 4, "INPATIENT"): (0.52, 14), ("PHARMACY", 6, "PHARMACY"): (0.6, 17),
                ("TOWNSHIP", 7, "INPATIENT"): (0.45, 18), ("CLINIC", 3, "OUTPATIENT"): (0.5, 16)}  # fmt: skip
    jump, start = abnormal.get((kind, number, visit), (0.0, 0))
    return Visits(
        kind=visit,
        claims=claims * (0.14 if small else 1.0 + 0.25 * rng.random()),
        fee=fee * (0.85 + 0.3 * rng.random()),
        growth=float(rng.normal(0.035, 0.02)),
        drug_share=drugs,
        jump=jump,
        jump_from=EPOCH * 12 + start,
    )


def _regrades(county: County, year: int) -> list[int]:
    """By institution: the month in which its credit grade changes for the rest of the year, or 0."""
    rng = county.chance.of("regrades", year)
    return [between(rng, 2, 11) if rng.random() < 0.12 else 0 for _ in county.once(institutions)]


def _state(county: County, period: Period) -> list[Row]:
    """The register at the end of a month."""
    rows: list[Row] = []
    regrades = county.once(_regrades, period.year)
    for number, inst in enumerate(county.once(institutions)):
        status = inst.status(period)
        if status is None:
            continue
        decided = status != "APPLYING"
        year = period.year + (period.ordinal == 12)
        agreement = max(inst.start_date.year, year) if decided else None
        regrade = 0 < regrades[number] <= period.ordinal
        rows.append({
            "institution_code": inst.code,
            "institution_name": inst.unit.name,
            "uscc": inst.unit.uscc,
            "institution_kind": inst.kind,
            "institution_level": inst.level,
            "area_code": inst.unit.area_code,
            "bed_cnt": inst.beds,
            "agreement_no": f"青医保协〔{agreement}〕{number + 1:03d}号" if decided else None,
            "agreement_start_date": inst.start_date if decided else None,
            "expire_agreement_date": date(year, 12, 31) if decided else None,
            "agreement_status": status,
            "apply_channel": inst.channel,
            "apply_date": inst.apply_date,
            "decide_date": inst.decide_date if decided else None,
            "credit_grade": ("B" if inst.grade != "B" else "A") if regrade else inst.grade,
        })  # fmt: skip
    return rows


def designated_institution(county: County, period: Period) -> Table:
    """The whole register in the first month, then the entries touched since.

    Agreements are renewed in December. The view also shows entries that were opened and saved
    without a change.
    """
    now = _state(county, period)
    if period == county.first:
        return Table(now)
    changed = changed_rows(now, _state(county, period.prior), "institution_code")
    month = month_number(period)
    return Table([row for n, row in enumerate(now) if row in changed or (n + month) % 36 == 0])


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


def _claims(county: County, period: Period, plan: list[tuple[Institution, Visits, int]],
            counts: np.ndarray, serial: int, piece: int) -> pa.Table:  # fmt: skip
    rng = county.chance.of("claims", period, piece)
    n = int(counts.sum())
    month = month_number(period)
    years = (month - EPOCH * 12) / 12
    which = np.repeat(np.arange(len(plan)), counts)
    days = period.end.day
    settle = rng.integers(0, days, n)
    order = np.argsort(settle, kind="stable")
    which, settle = which[order], settle[order]

    fees = np.array(
        [
            v.fee * (1 + v.growth) ** years * (1 + v.jump * (month >= v.jump_from > 0))
            for _, v, _ in plan
        ]
    )
    kinds = np.array([v.kind for _, v, _ in plan])[which]
    spread = np.array([_SPREAD[v.kind] for _, v, _ in plan])[which]
    inpatient = kinds == "INPATIENT"
    draw = np.clip(rng.gamma(1 / spread**2, spread**2), 0.12, 1 + 3.6 * spread)
    remarks = np.full(n, None, dtype=object)
    for found in _intensive(which, plan, rng) if piece == 0 else ():
        draw[found] = 1 + 17 * spread[found]
        remarks[found] = "重症监护治疗，病案和费用清单已由经办机构复核"
    cents = np.maximum((fees[which] * draw * 100).astype(np.int64), 300)
    drugs = np.array([v.drug_share for _, v, _ in plan])[which]
    drug = (cents * np.clip(drugs + 0.06 * rng.standard_normal(n), 0.02, 0.97)).astype(np.int64)
    rest = cents - drug
    exam = (
        rest
        * np.where(inpatient, 0.34, np.where(kinds == "PHARMACY", 0.0, 0.62))
        * (0.8 + 0.4 * rng.random(n))
    ).astype(np.int64)
    material = ((rest - exam) * np.where(inpatient, 0.35, 0.2) * rng.random(n)).astype(np.int64)
    share = np.array([_SHARES[v.kind] for _, v, _ in plan])[which]
    fund = (cents * np.clip(share + 0.09 * rng.standard_normal(n), 0.2, 0.95)).astype(np.int64)

    first = np.datetime64(period.start)
    stay = np.where(inpatient, 2 + rng.poisson(6.2, n), 0)
    stay[remarks != None] = 26  # noqa: E711  (elementwise)
    settled = first + settle
    persons = np.where(
        inpatient, (_INPATIENTS + serial + np.arange(n)) % 29_000_000, rng.integers(0, 360_000, n)
    )
    hits = rng.poisson(np.where(np.array([v.jump > 0 for _, v, _ in plan])[which], 0.3, 0.07))
    numbers = pc.utf8_slice_codeunits(
        pc.cast(pa.array(10**8 + serial + 1 + np.arange(n)), pa.string()), 1
    )
    prefix = f"{county.area.area_code[:6]}{period.label.replace('-', '')}"
    return pa.table({
        "settlement_no": pc.binary_join_element_wise(pa.scalar(prefix), numbers, ""),
        "institution_code": pa.array(np.array([i.code for i, _, _ in plan], dtype=object)[which], pa.string()),
        "patient_id_no": county.once(_patients).ids(persons),
        "insurance_kind": pa.array(np.array(["RESIDENT", "EMPLOYEE", "MATERNITY"])[_insurance(kinds, rng)]),
        "visit_kind": pa.array(kinds),
        "diagnosis_code": _diagnoses(kinds, period.ordinal, rng),
        "admit_date": pa.array(settled - stay, pa.date32()),
        "discharge_date": pa.array(settled, pa.date32(), mask=~inpatient),
        "settle_date": pa.array(settled, pa.date32()),
        "total_fee_yuan": cents / 100,
        "drug_fee_yuan": drug / 100,
        "material_fee_yuan": material / 100,
        "exam_fee_yuan": exam / 100,
        "other_fee_yuan": (rest - exam - material) / 100,
        "fund_pay_yuan": fund / 100,
        "self_pay_yuan": (cents - fund) / 100,
        "rule_hit_cnt": hits,
        "remark": pa.array(remarks, pa.string()),
    })  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Post:
    """One span of a reviewer in a post; ``end`` is None while nobody knows it."""

    reviewer: str
    org: str
    post: str
    start: date
    end: date | None


def _posts(county: County) -> list[Post]:
    """Posts of all reviewers. People rotate after 15 to 30 months, so some are overdue."""
    posts = []
    for number in range(20):
        rng = county.chance.of("reviewer", number)
        org = "CENTRE" if number < 11 else "THIRD" if number < 18 else "COUNTY"
        turn = ("INITIAL", "INITIAL", "RECHECK", "INITIAL", "SPOT_CHECK")
        place = number % 5
        start = day_in(rng, date(2019, 9, 1), date(2021, 12, 20))
        for _ in range(6):
            months = between(rng, 15, 30)
            end = start + timedelta(days=round(30.44 * months))
            posts.append(Post(f"QLSH{number + 1:03d}", org, turn[place % 5], start, end))
            start, place = end + timedelta(days=1), place + 1
            if turn[place % 5] == turn[(place - 1) % 5]:
                place += 1
    return posts


def _holders(county: County, period: Period, post: str) -> list[str]:
    """Reviewers who hold a post during the whole month."""
    return sorted(
        p.reviewer
        for p in county.once(_posts)
        if p.post == post and p.start <= period.start and (p.end is None or p.end >= period.end)
    )


def reviewer_post(county: County, period: Period) -> Table:
    """All posts that began so far; the end stands only where it has come."""
    rows: list[Row] = []
    remarks = {}
    for post in county.once(_posts):
        if post.start > period.end or (post.end and post.end < date(period.year - 1, 1, 1)):
            continue
        rng = county.chance.of("training", post.reviewer, period)
        ended = post.end is not None and post.end <= period.end
        if not ended and _months_before(period.end, 24) > post.start:
            remarks[len(rows)] = pick(rng, ("接替人员正在岗前培训，计划下季度完成轮岗", "参与飞行检查专项工作，经局务会研究延期轮岗至年底",
                                            "第三方合同续签中，新合同生效后调整岗位"))  # fmt: skip
        rows.append({
            "reviewer_code": post.reviewer,
            "post_code": post.post,
            "start_date": post.start,
            "end_date": post.end if ended else None,
            "reviewer_org": post.org,
            "institution_group": pick(county.chance.of("group", post.reviewer, post.start),
                                      ("县级医院组", "乡镇卫生院东片", "乡镇卫生院西片", "诊所及村卫生室组", "定点药店组")),
            "target_claim_cnt": {"INITIAL": 100, "RECHECK": 60, "SPOT_CHECK": 45, "SETTLE": 0}[post.post],
            "training_cnt": between(rng, 1, 4),
        })  # fmt: skip
    return Table(rows, remarks)


def _months_before(day: date, months: int) -> date:
    earlier = day.year * 12 + day.month - 1 - months
    last = Period(f"{earlier // 12}-{earlier % 12 + 1:02d}").end.day
    return date(earlier // 12, earlier % 12 + 1, min(day.day, last))


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
    first = _holders(county, period, "INITIAL")
    second = _holders(county, period, "RECHECK")
    spot = _holders(county, period, "SPOT_CHECK") or second
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
    return next(p.org for p in county.once(_posts) if p.reviewer == reviewer)


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


def _units(county: County) -> list[Unit]:
    return [inst.unit for inst in county.once(institutions)]


DEPARTMENT = Department(
    makers={
        "designated_institution": designated_institution,
        "claim_review": claim_review,
        "reviewer_post": reviewer_post,
        "negative_list_finding": negative_list_finding,
    },
    streams={"claim": claim},
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
