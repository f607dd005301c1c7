"""Rescue training classes and the monthly register of relief, blood, donors and funds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np

from xiantong.periods import Period
from xiantong.sample.chance import between, money
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.department import Department
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table, Value

# People to be trained in a year, as the society's plan says; the last one holds on.
_TASK = {2022: 8_000, 2023: 10_000}
_DONORS = (
    ("青澧县爱心公益基金会", "53", "SOCIAL", "S9530"), ("青澧县志愿者协会", "51", "SOCIAL", "S9521"),
    ("青澧县青商会", "51", "SOCIAL", "S9522"), ("青澧县仁济慈善超市", "52", "SOCIAL", "Q8522"),
)  # fmt: skip
_BLOOD_TOWNS = 8
_RELIEF_MONTH = 1
_GIVING_MONTH = 9
_CENT = 100


@dataclass(frozen=True, slots=True)
class ClassKind:
    """A kind of class: how many a quarter, people in one, share of them who get the certificate."""

    kind: str
    classes: tuple[int, int]
    people: tuple[int, int]
    certified: tuple[float, float]
    yuan_a_head: int


_CLASSES = (
    ClassKind("RESCUER", (8, 11), (36, 62), (0.84, 0.97), 120),
    ClassKind("AWARENESS", (14, 18), (80, 180), (0.0, 0.0), 12),
    ClassKind("OTHER", (1, 2), (30, 60), (0.0, 0.0), 25),
)


def training_class(county: County, period: Period) -> Table:
    """Classes of the quarter; teachers of rescue are trained once a year, in spring."""
    kinds = list(_CLASSES)
    if period.ordinal == 2:
        kinds.append(ClassKind("TRAINER", (1, 1), (14, 22), (0.75, 0.9), 900))
    rows: list[Row] = []
    task = _TASK.get(period.year, max(_TASK.values()))
    effort = task / max(_TASK.values()) * (0.85 if period.ordinal == 1 else 1.1)
    for kind in kinds:
        rng = county.chance.of("rescue", kind.kind, period)
        rows += [
            _class(county, period, rng, kind, task, effort)
            for _ in range(between(rng, *kind.classes))
        ]
    rows.sort(key=lambda row: str(row["start_date"]))
    for number, row in enumerate(rows, 1):
        row["class_no"] = f"JH{period.label.replace('-', '')}{number:03d}"
    return Table(rows)


def _class(county: County, period: Period, rng: np.random.Generator, kind: ClassKind, task: int,
           effort: float) -> Row:  # fmt: skip
    people = round(between(rng, *kind.people) * effort)
    town = county.pick_township(rng)
    return {
        "class_no": "",
        "class_kind": kind.kind,
        "area_code": town.area_code,
        "start_date": day_in(rng, period.start, period.end - timedelta(days=4)),
        "trainer_cnt": between(rng, 2, 4) if kind.kind != "AWARENESS" else between(rng, 1, 2),
        "attend_cnt": people,
        "certified_cnt": round(people * rng.uniform(*kind.certified)),
        "target_cnt": task,
        "fund_yuan": money(people * kind.yuan_a_head),
    }


def humanitarian_service(county: County, period: Period) -> Table:
    """Services and donations of the month by township; spending never exceeds what came in."""
    rng = county.chance.of("humanitarian", period)
    remarks: dict[int, str] = {}
    rows = [*_relief(county, period, rng), *_blood(county, rng)]
    for row in _registrations(county, rng):
        if row["service_kind"] == "STEM_CELL" and not row["donate_cnt"]:
            remarks[len(rows)] = "当月只开展捐献知识宣传，采样安排在下月集中进行"
        rows.append(row)
    rows += [*_funds(county, period, rng), _demo_sites(county, period)]
    _spend(rows, rng)
    for number, row in enumerate(rows, 1):
        row["activity_no"] = f"RD{period.label.replace('-', '')}{number:03d}"
    return Table(rows, remarks)


def _service(kind: str, area_code: str, persons: int, **more: Value) -> Row:
    row: Row = {
        "service_kind": kind,
        "area_code": area_code,
        "activity_no": "",
        "uscc": None,
        "household_cnt": None,
        "person_cnt": persons,
        "donate_cnt": None,
        "blood_ml_sum": None,
        "relief_yuan": None,
        "income_yuan": money(0),
        "spend_yuan": money(0),
        "demo_site_cnt": None,
    }
    return row | more


def _relief(county: County, period: Period, rng: np.random.Generator) -> list[Row]:
    """Every township gets some packages; before the Spring Festival many."""
    rows = []
    for town in county.townships:
        size = (town.resident_population or 0) / 10_000
        many = period.ordinal == _RELIEF_MONTH
        homes = round(size * rng.uniform(14, 20)) if many else between(rng, 2, 7)
        persons = round(homes * rng.uniform(2.0, 2.9))
        value = money(homes * between(rng, 280, 360))
        rows.append(
            _service("RELIEF", town.area_code, persons, household_cnt=homes, relief_yuan=value)
        )
    return rows


def _blood(county: County, rng: np.random.Generator) -> list[Row]:
    rows = []
    for town in county.townships[:_BLOOD_TOWNS]:
        donors = between(rng, 24, 70)
        litres = donors * between(rng, 300, 340)
        rows.append(_service("BLOOD", town.area_code, donors, blood_ml_sum=litres))
    return rows


def _registrations(county: County, rng: np.random.Generator) -> list[Row]:
    seat = county.townships[0].area_code
    rows = []
    for town in county.townships[:3]:
        sampled = between(rng, 3, 12) if rng.random() < 0.94 else 0
        rows.append(
            _service("STEM_CELL", town.area_code, sampled + between(rng, 8, 40), donate_cnt=sampled)
        )
    registered = between(rng, 1, 6)
    rows.append(_service("BODY_ORGAN", seat, registered, donate_cnt=registered))
    return rows


def _funds(county: County, period: Period, rng: np.random.Generator) -> list[Row]:
    """Online funds peak on the giving days of September, gifts of firms before the festival."""
    seat = county.townships[0].area_code
    givers = between(rng, 380, 900) * (6 if period.ordinal == _GIVING_MONTH else 1)
    online = money(givers * between(rng, 2_600, 4_200) / _CENT)
    rows = [_service("ONLINE_FUND", seat, givers, income_yuan=online)]
    for unit in county.once(donors):
        much = 5 if period.ordinal == _RELIEF_MONTH else 1
        gift = money(between(rng, 60, 240) * 100 * much)
        people = between(rng, 3, 30)
        rows.append(
            _service("OFFLINE_FUND", unit.area_code, people, uscc=unit.uscc, income_yuan=gift)
        )
    return rows


def _demo_sites(county: County, period: Period) -> Row:
    """Sites at the end of the month; a new one opens every few months."""
    months = (period.year - 2022) * 12 + period.ordinal - 1
    seat = county.townships[0].area_code
    return _service("DEMO_SITE", seat, 40 + months % 7 * 6, demo_site_cnt=6 + months // 4)


def _spend(rows: list[Row], rng: np.random.Generator) -> None:
    """Spend most of the month's income, mainly on relief."""
    spent = sum(_amount(row, "income_yuan") for row in rows) * float(rng.uniform(0.62, 0.93))
    weights = [_amount(row, "household_cnt") if row["service_kind"] == "RELIEF" else 1.0 for row in rows]  # fmt: skip
    for row, weight in zip(rows, weights, strict=True):
        if row["service_kind"] != "ONLINE_FUND":
            row["spend_yuan"] = money(round(spent * weight / sum(weights), 2))


def _amount(row: Row, name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | Decimal) else 0.0


def donors(county: County) -> list[Unit]:
    """Organisations that give every month."""
    seat = county.townships[0].area_code
    return [
        county.unit(kind, name.replace("青澧县", county.name), entity_type, industry, seat)
        for name, kind, entity_type, industry in _DONORS
    ]


DEPARTMENT = Department(
    makers={"training_class": training_class, "humanitarian_service": humanitarian_service},
    units=donors,
    totals={
        "training_class": ("attend_cnt", "certified_cnt", "fund_yuan"),
        "humanitarian_service": ("household_cnt", "person_cnt", "income_yuan", "spend_yuan"),
    },
    breaks={
        "training_class": Add("certified_cnt", 200),
        "humanitarian_service": Add("spend_yuan", 900_000),
    },
)
