"""Relocation ledgers of the townships: households sign, move out, are demolished and rehoused.

Two towns relocate on a large scale; in the others a road or a dam takes a handful of houses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from xiantong.contracts.model import Area, Reporter
from xiantong.periods import Period
from xiantong.sample import projects
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.people import citizen_id, person_name
from xiantong.sample.projects import Project
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

# Land vacated in the first relocation town that was printed at the end of 2023, mu.
_PRINTED = date(2023, 12, 31)
_PRINTED_MU = 9860.0
# Households per village of the first town: how many, whether the whole village moves, when it is empty.
_FIRST_TOWN = (
    (236, True, date(2022, 9, 20)),
    (248, True, date(2023, 10, 25)),
    (190, True, date(2024, 11, 30)),
    (84, False, date(2024, 9, 30)),
)
_SECOND_TOWN = ((46, False, date(2025, 3, 31)), (31, False, date(2025, 6, 30)))
_NAMES = ("滨江新区片区改造项目", "疏港公路拓宽征迁项目")
# What takes a few houses in each of the other townships, one after the other.
_SMALL_WORKS = (
    "农村公路提质改造征迁项目",
    "水库除险加固征迁项目",
    "输电线路迁改征迁项目",
    "堤防加固征迁项目",
)


@dataclass(frozen=True, slots=True)
class Household:
    """A household with all the dates of its move; amounts in ten thousand yuan."""

    number: str
    area_code: str
    project_name: str
    project: Project | None
    head: str
    id_no: str
    members: int
    whole_village: bool
    surveyed: date
    signed: date
    vacated: date
    demolished: date
    resettled: date
    mode: str
    house_sqm: Decimal
    land_mu: float
    compensation: Decimal

    def paid(self, day: date) -> Decimal | None:
        """Half at the signature, most when the house is handed over, the rest at its demolition."""
        if self.signed > day:
            return None
        share = 1.0 if self.demolished <= day else 0.8 if self.vacated <= day else 0.5
        return money(float(self.compensation) * share)


def towns(county: County) -> list[Area]:
    """The two towns with relocation: the largest one that is no subdistrict, and the next."""
    rural = [t for t in county.townships if not t.area_name.endswith("街道")]
    return sorted(rural, key=lambda t: -(t.resident_population or 0))[:2]


def households(county: County, town: int) -> list[Household]:
    """Households of the first or second relocation town."""
    return county.once(_households, town)


def _households(county: County, town: int) -> list[Household]:
    area = county.once(towns)[town]
    villages = [v for v in county.villages[area.area_code] if v.area_code[9:] >= "200"]
    made: list[Household] = []
    for place, (count, whole, done) in enumerate((_FIRST_TOWN, _SECOND_TOWN)[town]):
        for _ in range(count):
            made.append(_household(county, villages[place], len(made), whole, done))
    return _printed(made) if town == 0 else made


def _household(county: County, village: Area, number: int, whole: bool, done: date) -> Household:
    """A household whose village is empty by ``done``."""
    rng = county.chance.of("household", village.area_code, number)
    last = done - timedelta(days=between(rng, 0, 90)) if whole else done
    signed = day_in(rng, date(2021, 3, 1), last - timedelta(days=130))
    vacated = signed + timedelta(days=between(rng, 20, 75))
    demolished = min(vacated + timedelta(days=between(rng, 10, 55)), last)
    surveyed = signed - timedelta(days=between(rng, 30, 330))
    born = day_in(rng, date(1946, 1, 1), date(1992, 12, 31))
    house = money(rng.uniform(95, 310))
    place = 0 if whole else 1
    return Household(
        number=f"ZQ{village.area_code[6:9]}-{surveyed.year}-{number + 1:05d}",
        area_code=village.area_code,
        project_name=f"{_town_name(county, village)}{_NAMES[place]}",
        project=_project(county, village) if whole or number < 80 else None,
        head=person_name(rng, "M" if rng.random() < 0.8 else "F"),
        id_no=citizen_id(village.area_code, born, (number * 2 + 1) % 999),
        members=int(pick(rng, range(1, 8), (5, 14, 22, 27, 18, 9, 3))),
        whole_village=whole,
        surveyed=surveyed,
        signed=signed,
        vacated=vacated,
        demolished=demolished,
        resettled=vacated + timedelta(days=between(rng, 520, 840)),
        mode=pick(rng, ("FLAT", "MONEY", "MIXED", "PLOT"), (52, 22, 20, 6)),
        house_sqm=house,
        land_mu=float(rng.uniform(7, 19)) if whole else float(rng.uniform(4, 12)),
        compensation=money(float(house) * rng.uniform(0.21, 0.34) + 6),
    )


def few_households(county: County, town: str) -> list[Household]:
    """The households that a small work takes in a township; all are surveyed by the end of 2021."""
    made: list[Household] = []
    number = [t.area_code for t in county.townships].index(town)
    rng = county.chance.of("small-work", town)
    work = f"{county.townships[number].area_name}{_SMALL_WORKS[number % len(_SMALL_WORKS)]}"
    villages = county.villages[town]
    for serial in range(between(rng, 4, 9)):
        village = pick(rng, villages)
        usual = _household(county, village, serial, False, date(2025, 6, 30))
        surveyed = min(usual.surveyed, day_in(rng, date(2021, 9, 1), date(2021, 12, 20)))
        made.append(
            replace(
                usual,
                number=f"ZQ{town[6:9]}-{surveyed.year}-{serial + 1:05d}",
                project_name=work,
                project=None,
                surveyed=surveyed,
                land_mu=float(rng.uniform(0.3, 1.2)),
            )
        )
    return made


def _town_name(county: County, village: Area) -> str:
    return next(t.area_name for t in county.townships if t.area_code == village.parent_code)


def _project(county: County, village: Area) -> Project | None:
    """The relocation project of the town that is in the investment statistics by the last month."""
    return next(
        (
            project
            for project in projects.in_statistics(county, "relocation")
            if project.area_code == village.parent_code
            and project.stat_in
            and project.stat_in <= county.last.end
        ),
        None,
    )


def _printed(made: list[Household]) -> list[Household]:
    """Spread the printed land over the households that had moved out by then."""
    moved = sum(h.land_mu for h in made if h.vacated <= _PRINTED)
    return [replace(h, land_mu=h.land_mu * _PRINTED_MU / moved) for h in made]


# --- the ledger of a month ----------------------------------------------------------------------


def _reporters(county: County, period: Period) -> list[Reporter]:
    """Every township; the smallest one has not handed in the last month yet."""
    offices = county.township_offices
    if period < county.last:
        return offices
    return [r for r in offices if r != county.smallest_office]


def household_agreement(county: County, period: Period, reporter: Reporter) -> Table:
    """All households surveyed so far, as they stand at the end of the month."""
    large = [t.area_code for t in county.once(towns)]
    own = (
        households(county, large.index(reporter.area_code))
        if reporter.area_code in large
        else county.once(few_households, reporter.area_code)
    )
    known = [h for h in own if h.surveyed <= period.end]
    return Table([_row(household, period.end) for household in known])


def _row(household: Household, day: date) -> Row:
    def seen(when: date) -> date | None:
        return when if when <= day else None

    is_signed = household.signed <= day
    project = household.project
    return {
        "agreement_no": household.number,
        "area_code": household.area_code,
        "project_code": project.code if project and project.filed <= day else None,
        "relocation_project_name": household.project_name,
        "householder_name": household.head,
        "householder_id_no": household.id_no,
        "member_cnt": household.members,
        "whole_village": household.whole_village,
        "survey_date": household.surveyed,
        "sign_date": seen(household.signed),
        "vacate_date": seen(household.vacated),
        "demolish_date": seen(household.demolished),
        "house_area_sqm": household.house_sqm,
        "vacated_land_mu": money(household.land_mu) if household.vacated <= day else None,
        "compensation_wan": household.compensation if is_signed else None,
        "paid_wan": household.paid(day),
        "resettle_mode": household.mode if is_signed else None,
        "resettled_date": seen(household.resettled),
    }


DEPARTMENT = Department(
    by_reporter={"household_agreement": ByReporter(_reporters, household_agreement)},
    totals={"household_agreement": ("member_cnt", "house_area_sqm", "vacated_land_mu", "compensation_wan", "paid_wan")},
    breaks={"household_agreement": Add("paid_wan", 120)},
)  # fmt: skip
