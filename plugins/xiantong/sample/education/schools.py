"""Schools of every kind, their terms and their pupils."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xiantong.periods import Period
from xiantong.sample.chance import between
from xiantong.sample.county import County, Unit

# By type: number of schools, prefix of the school code, industry code, stages
_TYPES = {
    "KINDER": (30, "11", "P8310", ("KINDER",)),
    "PRIMARY": (48, "21", "P8321", ("PRIMARY",)),
    "TEACHING_POINT": (13, "22", "P8321", ("PRIMARY",)),
    "JUNIOR": (13, "31", "P8331", ("JUNIOR",)),
    "NINE_YEAR": (8, "32", "P8331", ("PRIMARY", "JUNIOR")),
    "TWELVE_YEAR": (1, "34", "P8334", ("PRIMARY", "JUNIOR", "SENIOR")),
    "SENIOR": (4, "34", "P8334", ("SENIOR",)),
    "VOCATIONAL": (2, "36", "P8336", ("VOCATIONAL",)),
    "SPECIAL": (1, "51", "P8350", ("PRIMARY",)),
}
TERMS = (Period("2021-S1"), Period("2027-S2"))


@dataclass(frozen=True, slots=True)
class School:
    """A school: ``classes`` by stage, ``class_size`` in the term 2021-S2, ``growth`` a year."""

    number: int
    code: str
    unit: Unit
    type: str
    is_rural: bool
    classes: dict[str, int]
    class_size: float
    growth: float

    @property
    def area_code(self) -> str:
        return self.unit.area_code


def term_number(period: Period) -> int:
    """Terms since the year 0; the spring term is even."""
    return period.year * 2 + period.ordinal - 1


def schools(county: County) -> list[School]:
    """All schools of the county, kindergartens first."""
    made: list[School] = []
    for kind, (count, prefix, industry, stages) in _TYPES.items():
        for number in range(count):
            made.append(_school(county, kind, number, len(made), prefix, industry, stages))
    return made


def _school(county: County, kind: str, number: int, serial: int, prefix: str, industry: str,
            stages: tuple[str, ...]) -> School:  # fmt: skip
    rng = county.chance.of("school", kind, number)
    area_code, name, private = _school_place(county, kind, number, rng)
    town = county.is_town(area_code)
    classes = {
        "KINDER": between(rng, 5, 9) if town else between(rng, 2, 5),
        "PRIMARY": between(rng, 3, 5) * 6 if town else between(rng, 1, 2) * 6,
        "TEACHING_POINT": 2,
        "JUNIOR": between(rng, 6, 10) * 3 if town else between(rng, 3, 5) * 3,
        "NINE_YEAR": 6,
        "TWELVE_YEAR": 12,
        "SENIOR": between(rng, 8, 11) * 3,
        "VOCATIONAL": between(rng, 5, 7) * 3,
        "SPECIAL": 9,
    }[kind]
    size = {"KINDER": 26, "TEACHING_POINT": 9, "SPECIAL": 9, "SENIOR": 47, "VOCATIONAL": 36}.get(
        kind, 43 if town else 23
    )
    registered = ("52", "SOCIAL") if private else ("12", "INSTITUTION")
    return School(
        number=serial,
        code=f"{prefix}{county.area.area_code[:6]}{number + (50 if kind == 'SENIOR' else 0) + 1:02d}",
        unit=county.unit(registered[0], name, registered[1], industry, area_code),
        type=kind,
        is_rural=not town,
        classes={s: (3 if kind == "NINE_YEAR" and s == "JUNIOR" else 6 if kind == "TWELVE_YEAR" and s != "SENIOR" else classes) for s in stages},
        class_size=size * float(rng.uniform(0.86, 1.12)),
        growth=float(rng.normal(0.02 if town else -0.035, 0.012)),
    )  # fmt: skip


def _school_place(
    county: County, kind: str, number: int, rng: np.random.Generator
) -> tuple[str, str, bool]:
    """Area, name and whether the school is private."""
    towns, short = county.townships, county.short_name
    town = towns[number % len(towns)]
    villages = county.villages[town.area_code]
    village = villages[(number // len(towns) * 3 + 1) % len(villages)]
    seat = towns[number % 2]
    numeral = "一二三四五六七八九十"
    match kind:
        case "KINDER" if number < len(towns):
            return town.area_code, f"{county.name}{town.area_name}中心幼儿园", False
        case "KINDER":
            brand = ("金色摇篮", "小太阳", "童心", "蓝天", "花蕾", "博雅", "启明星", "阳光宝贝")[
                number % 8
            ]
            return (
                village.area_code,
                f"{county.name}{town.area_name[:2]}{brand}幼儿园{numeral[number % 10]}园",
                True,
            )
        case "PRIMARY" if number < len(towns):
            return town.area_code, f"{county.name}{town.area_name}中心小学", False
        case "PRIMARY" if number < 24:
            return seat.area_code, f"{county.name}第{numeral[number - len(towns)]}小学", False
        case "PRIMARY":
            return village.area_code, f"{county.name}{town.area_name}{village.area_name}小学", False
        case "TEACHING_POINT":
            rural = [t for t in towns if not county.is_town(t.area_code)]
            town = rural[number % len(rural)]
            village = county.villages[town.area_code][-1 - number // len(rural)]
            return (
                village.area_code,
                f"{county.name}{town.area_name}{village.area_name}教学点",
                False,
            )
        case "JUNIOR" if number < 4:
            return seat.area_code, f"{county.name}第{numeral[number]}初级中学", False
        case "JUNIOR":
            return town.area_code, f"{county.name}{town.area_name}初级中学", False
        case "NINE_YEAR":
            town = towns[-1 - number % 7]
            return (
                town.area_code,
                f"{county.name}{town.area_name}{('九年一贯制', '希望')[number // 7]}学校",
                False,
            )
        case "TWELVE_YEAR":
            return seat.area_code, f"{short}育才实验学校", True
        case "SENIOR":
            return seat.area_code, f"{county.name}第{numeral[number]}中学", False
        case "VOCATIONAL":
            return (
                seat.area_code,
                f"{county.name}{('职业中等专业', '信息工程职业')[number]}学校",
                False,
            )
    return seat.area_code, f"{county.name}特殊教育学校", False


def students(county: County, school: School, term: int, stage: str) -> int:
    """Pupils of a stage; numbers move in autumn, the spring term loses or gains a few."""
    classes = school.classes[stage]
    years = (term - 1) // 2 - 2021
    size = school.class_size * (1 + school.growth) ** years
    if school.type == "TEACHING_POINT" and school.number % 5 == 0 and years >= 2:
        size *= 0.7
    wobble = county.chance.of("pupils", school.code, stage, term).normal(0, 0.004)
    return max(round(classes * min(max(size, 6.0), 54.0) * (1 + wobble)), 5 * classes + 1)
