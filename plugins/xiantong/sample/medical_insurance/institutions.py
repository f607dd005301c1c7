"""Designated hospitals, clinics and pharmacies, and their register."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from xiantong.periods import Period
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County, Unit, day_in, month_number
from xiantong.sample.people import person_name
from xiantong.sample.table import Row, Table, changed_rows


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
EPOCH = 2022


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
