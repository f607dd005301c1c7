"""The register of rural talent, handed in by the townships, and the services that talent gets and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xiantong.contracts.model import Area, Reporter
from xiantong.periods import Period
from xiantong.sample.by_township import by_township
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.people import citizen_id, person_name
from xiantong.sample.table import Row, Table, changed_rows

_PER_RESIDENT = 0.0022
_KINDS = {"PRODUCTION": 46, "INDUSTRY": 18, "SERVICE": 15, "GOVERNANCE": 14, "TECH": 7}
_CERTIFICATES = {
    "PRODUCTION": ("高素质农民培训证书", "农业经理人", None),
    "INDUSTRY": ("电工证", "电子商务师", None),
    "SERVICE": ("乡村医生执业证书", "教师资格证", "助理社会工作师"),
    "GOVERNANCE": (None, "人民调解员证", None),
    "TECH": ("农艺师", "畜牧师", "林业工程师"),
}
_FIRST_DAY, _LAST_DAY = (1, 10), (11, 18)  # the register of a year closes in November


@dataclass(frozen=True, slots=True)
class Talent:
    """A person in the register from the year ``since`` on; ``leads_from`` is the year in which the
    person became a leader in prosperity, if ever."""

    id_no: str
    name: str
    born: date
    area_code: str
    kind: str
    role: str
    education: str
    certificate: str | None
    leads_from: int | None
    households: int
    partner: str
    register: date

    @property
    def since(self) -> int:
        return self.register.year


def talents(county: County) -> dict[str, list[Talent]]:
    """Everybody who is in the register at any time, by township."""
    known: set[str] = set()
    return {
        town.area_code: [
            _talent(county, town, number, known)
            for number in range(max(round((town.resident_population or 0) * _share(town)), 8))
        ]
        for town in county.townships
    }


def _share(town: Area) -> float:
    return _PER_RESIDENT if town.area_code[6:9] >= "100" else _PER_RESIDENT / 8


def _talent(county: County, town: Area, number: int, known: set[str]) -> Talent:
    rng = county.chance.of("talent", town.area_code, number)
    # One in fifty is past the usual age and still teaches the craft.
    born = day_in(rng, date(1960, 1, 1), date(2001, 6, 30))
    if number % 50 == 17:
        born = born.replace(year=between(rng, 1953, 1955), day=1)
    kind = pick(rng, list(_KINDS), list(_KINDS.values()))
    newcomer = rng.random() < 0.14
    first, last = ((2023, 2023) if newcomer else (2019, 2022)) if number > 4 else (2019, 2021)
    since = date(between(rng, first, last), *_FIRST_DAY)
    leads = number % 60 == 0
    identity = citizen_id(county.area.area_code, born, between(rng, 1, 998))
    while identity in known:
        identity = citizen_id(county.area.area_code, born, between(rng, 1, 998))
    known.add(identity)
    return Talent(
        id_no=identity,
        name=person_name(rng),
        born=born,
        area_code=pick(rng, county.villages[town.area_code]).area_code,
        kind=kind,
        role=pick(rng, ("NONE", "COMMITTEE", "PARTY", "OWNER", "COOP"), (50, 14, 18, 8, 10)),
        education=pick(rng, ("JUNIOR", "SENIOR", "COLLEGE", "BACHELOR"), (34, 36, 21, 9)),
        certificate=pick(rng, _CERTIFICATES[kind]),
        leads_from=(2022 if number == 0 else 2023) if leads else None,
        households=between(rng, 6, 45),
        partner=pick(rng, ("NONE", "SCI_ENVOY", "EXPERT_TEAM", "UNIVERSITY", "PARTNER_DISTRICT"), (62, 18, 10, 6, 4)),
        register=day_in(rng, since, date(since.year, *_LAST_DAY)),
    )  # fmt: skip


def _row(county: County, person: Talent, year: int) -> Row:
    leads = person.leads_from is not None and year >= person.leads_from
    rng = county.chance.of("talent-year", person.id_no)
    trained = between(rng, 0, 3)
    return {
        "talent_id_no": person.id_no,
        "talent_name": person.name,
        "area_code": person.area_code,
        "talent_kind": person.kind,
        "village_role": person.role,
        "education_level": person.education,
        "skill_certificate": person.certificate,
        "is_top_goose": leads,
        "drives_household_cnt": person.households if leads or person.role == "COOP" else None,
        "partner_kind": person.partner,
        "training_cnt": trained + (1 if year > 2022 and trained > 2 else 0),
        "register_date": person.register,
    }


def _register(county: County, town: str, year: int) -> list[Row]:
    return [_row(county, p, year) for p in county.once(talents)[town] if p.since <= year]


def talent_profile(county: County, period: Period, reporter: Reporter) -> Table:
    """A township's whole register in the first year, then whoever is new or changed."""
    rows = _register(county, reporter.area_code, period.year)
    if period.year > county.first.year:
        rows = changed_rows(
            rows, _register(county, reporter.area_code, period.year - 1), "talent_id_no"
        )
    people = {p.id_no: p for p in county.once(talents)[reporter.area_code]}
    remarks = {
        number: "传统技艺传承人，身体健康，仍在带徒授艺，经村两委推荐保留"
        for number, row in enumerate(rows)
        if _age(people[str(row["talent_id_no"])].born, period.end) > 65
    }
    return Table(rows, remarks)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _townships(county: County, period: Period) -> list[Reporter]:
    return county.township_offices


# By kind of service: weight, experts, people helped, volunteers, people trained, sales
_SERVICES = {
    "TECH_HELP": (30, (1, 5), (15, 60), None, None, None),
    "JOB": (10, None, (20, 120), None, None, None),
    "SALES": (14, None, (30, 160), None, None, (8_000, 160_000)),
    "TRAINING": (18, (1, 3), (30, 90), None, (30, 90), None),
    "VOLUNTEER": (20, None, (20, 200), (8, 40), None, None),
    "PUBLICITY": (8, None, (0, 120), (0, 10), None, None),
}


def talent_service(county: County, period: Period) -> Table:
    """The activities of a quarter; every township holds some, the larger ones more."""
    rows: list[Row] = []
    remarks = {}
    for town in county.townships:
        rng = county.chance.of("talent-service", town.area_code, period)
        count = 2 + int(rng.poisson((town.resident_population or 0) / 30_000))
        kinds = ["VOLUNTEER" if period.ordinal == 1 else "TECH_HELP"]
        kinds += [
            pick(rng, list(_SERVICES), [s[0] for s in _SERVICES.values()]) for _ in range(count - 1)
        ]
        for kind in kinds:
            _, experts, helped, volunteers, trained, sales = _SERVICES[kind]
            drawn = [
                between(rng, *r) if r else None for r in (experts, helped, volunteers, trained)
            ]
            if kind == "TECH_HELP" and len(rows) == 20:
                drawn[0] = 0
                remarks[len(rows)] = "专家因大雪封路未到场，改由县农技站线上讲解并答疑"
            rows.append({
                "activity_no": f"RCFW{period.label.replace('-', '')}{len(rows) + 1:03d}",
                "area_code": pick(rng, (town, *county.villages[town.area_code])).area_code,
                "service_kind": kind,
                "activity_date": day_in(rng, period.start, period.end),
                "expert_cnt": drawn[0],
                "beneficiary_cnt": drawn[1],
                "volunteer_cnt": drawn[2],
                "trained_cnt": drawn[3],
                "sales_yuan": money(between(rng, *sales)) if sales else None,
            })  # fmt: skip
    return Table(rows, remarks)


DEPARTMENT = Department(
    by_reporter={
        "talent_profile": ByReporter(_townships, talent_profile),
        "talent_service": by_township("rural_talent.talent_service", talent_service, 6),
    },
    totals={
        "talent_service": (
            "expert_cnt",
            "beneficiary_cnt",
            "volunteer_cnt",
            "trained_cnt",
            "sales_yuan",
        ),
    },
)
