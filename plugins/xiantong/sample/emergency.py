"""Drills and courses, duty checks in the fire season and beyond, demonstration communities."""

from __future__ import annotations

from datetime import date

import numpy as np

from xiantong.contracts.model import Area
from xiantong.periods import Period
from xiantong.sample.by_township import by_township
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import Department
from xiantong.sample.forestry import FIRE_SEASON
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

# Disasters that drills of a quarter are about
_SUBJECTS = (
    ("FOREST_FIRE", "PRODUCTION", "FOREST_FIRE"),
    ("FLOOD", "EARTHQUAKE", "PRODUCTION"),
    ("FLOOD", "DROUGHT", "PRODUCTION"),
    ("FOREST_FIRE", "PRODUCTION", "OTHER"),
)


def drill_training(county: County, period: Period) -> Table:
    """Drills and courses of the townships, and one combined drill of the county a quarter."""
    rows = [_drill(county, period, county.area, "COMBINED", 0)]
    for town in county.townships:
        rng = county.chance.of("drills", town.area_code, period)
        kinds = [
            "TRAINING",
            *(pick(rng, ("SPECIAL", "COMBINED"), (80, 20)) for _ in range(between(rng, 1, 3))),
        ]
        rows += [_drill(county, period, town, kind, n) for n, kind in enumerate(kinds)]
    for number, row in enumerate(rows, 1):
        row["drill_no"] = f"YL{period.label.replace('-', '')}{number:03d}"
    return Table(rows)


def _drill(county: County, period: Period, area: Area, kind: str, number: int) -> Row:
    rng = county.chance.of("drill", area.area_code, period, number)
    drill = kind != "TRAINING"
    return {
        "drill_no": "",
        "drill_kind": kind,
        "subject_kind": pick(rng, _SUBJECTS[period.ordinal - 1]),
        "area_code": area.area_code,
        "drill_date": day_in(rng, period.start, period.end),
        "participant_cnt": between(rng, 60, 320) if drill else between(rng, 30, 150),
        "team_cnt": between(rng, 1, 6) if drill else None,
        "unit_cnt": between(rng, 2, 12) if drill else between(rng, 1, 6),
        "problem_cnt": between(rng, 0, 5) if drill else None,
    }


def duty_check(county: County, period: Period) -> Table:
    """Duty rooms (in the fire season of every forest town), plans, forces and material."""
    rng = county.chance.of("duty", period)
    season = period.ordinal in FIRE_SEASON
    places = [t for t in county.townships if t.is_forest_town] if season else []
    others = [t for t in county.townships if t not in places]
    places += [others[int(i)] for i in rng.choice(len(others), 4, replace=False)]
    rows = [_check(county, period, rng, town, "DUTY", season) for town in places]
    rows += [
        _plan(county, period, rng, pick(rng, county.townships), season)
        for _ in range(between(rng, 3, 5))
    ]
    kinds = ("FORWARD", "FORWARD", "MATERIAL") if season else ("MATERIAL",)
    rows += [_check(county, period, rng, pick(rng, county.townships), k, season) for k in kinds]
    remarks = {}
    for number, row in enumerate(rows):
        row["check_no"] = f"ZS{period.label.replace('-', '')}{number + 1:03d}"
        if row["check_kind"] == "DUTY" and season and not row["duty_24h"]:
            remarks[number] = "夜间只安排1人带班，已责令当日整改并全县通报，次日复查已落实双人值班"
        valid = row["plan_valid_until"]
        if isinstance(valid, date) and valid < period.end:
            remarks[number] = "预案到期，编修单位正在组织专家评审，计划下季度印发"
    return Table(rows, remarks)


def _check(
    county: County, period: Period, rng: np.random.Generator, town: Area, kind: str, season: bool
) -> Row:
    problems = int(rng.poisson(1.1))
    return {
        "check_no": "",
        "area_code": town.area_code,
        "check_kind": kind,
        "check_date": day_in(rng, period.start, period.end),
        "fire_season": season,
        "duty_24h": (rng.random() > 0.04) if kind == "DUTY" else None,
        "problem_cnt": problems,
        "rectified_cnt": int(rng.binomial(problems, 0.85)),
        "plan_revised": None,
        "plan_valid_until": None,
    }


def _plan(
    county: County, period: Period, rng: np.random.Generator, town: Area, season: bool
) -> Row:
    """Plans are revised every three years."""
    row = _check(county, period, rng, town, "PLAN", season)
    revised = rng.random() < 0.55
    years = 3 if revised else between(rng, 0, 2)
    valid = date(period.year + years, 12, 31)
    if not revised and rng.random() < 0.15:
        valid = date(period.year - 1, 12, 31)
    return row | {"plan_revised": revised, "plan_valid_until": valid}


# Community (township serial, village serial), level, year of application, of approval if ever
_COMMUNITIES = (
    (0, 2, "NATIONAL", 2021, 2022),
    (1, 3, "NATIONAL", 2022, 2023),
    (0, 6, "NATIONAL", 2023, None),
    (2, 0, "PROVINCIAL", 2020, 2021),
    (1, 7, "PROVINCIAL", 2021, 2022),
    (3, 1, "PROVINCIAL", 2022, 2023),
    (6, 0, "PROVINCIAL", 2022, None),
    (4, 0, "PROVINCIAL", 2023, None),
    (9, 0, "MUNICIPAL", 2021, 2022),
    (10, 0, "MUNICIPAL", 2022, 2023),
)


def demo_community(county: County, period: Period) -> Table:
    """Communities that hold the title or apply for it, by the year of the delivery."""
    rows: list[Row] = []
    remarks = {}
    for town, village, level, applied, approved in _COMMUNITIES:
        if applied > period.year:
            continue
        place = county.villages[county.townships[town].area_code][village]
        rng = county.chance.of("demo", place.area_code, level, period)
        status = _status(period.year, applied, approved)
        drills = 0 if status == "APPLIED" and village == 6 else between(rng, 1, 4)
        if drills == 0:
            remarks[len(rows)] = "新申报社区，年度综合演练已列入计划，定于11月中旬消防宣传月举行"
        rows.append({
            "area_code": place.area_code,
            "demo_level": level,
            "community_name": f"{county.townships[town].area_name}{place.area_name}",
            "population_cnt": place.resident_population or between(rng, 1500, 4000),
            "shelter_sqm": money((place.resident_population or 2000) * float(rng.uniform(1.0, 2.2)), 0),
            "volunteer_cnt": between(rng, 30, 120),
            "drill_cnt": drills,
            "apply_status": status,
            "inspect_score": None if status == "APPLIED" else money(float(rng.uniform(82, 96)), 1),
        })  # fmt: skip
    return Table(rows, remarks)


def _status(year: int, applied: int, approved: int | None) -> str:
    if approved is not None and year >= approved:
        return "APPROVED"
    return "APPLIED" if year == applied else "INSPECTED"


DEPARTMENT = Department(
    makers={
        "duty_check": duty_check,
        "demo_community": demo_community,
    },
    by_reporter={"drill_training": by_township("emergency.drill_training", drill_training, 6)},
    totals={
        "drill_training": ("participant_cnt", "team_cnt", "unit_cnt", "problem_cnt"),
        "duty_check": ("problem_cnt", "rectified_cnt"),
    },
    breaks={"duty_check": Add("rectified_cnt", 9), "demo_community": Add("inspect_score", 40)},
)
