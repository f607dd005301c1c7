"""Rural works, sanitary toilets, upkeep of facilities and the townships' village companies."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from xiantong.contracts.model import Area
from xiantong.periods import Period
from xiantong.sample import projects
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.department import Department
from xiantong.sample.people import citizen_id, person_name
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table

# By kind of work: name, weight, smallest and largest quantity, ten thousand yuan per unit
_WORKS = {
    "ROAD_PAVED": ("自然村组道路硬化工程", 30, 4, 12, 42),
    "ROAD_GRAVEL": ("自然村组道路砂化工程", 14, 5, 15, 11),
    "IRRIGATION": ("马铃薯高标准农田灌溉工程", 14, 400, 2200, 0.16),
    "SEWAGE": ("生活污水处理工程", 10, 2, 6, 48),
    "DRAIN": ("雨污分流管网工程", 8, 2, 6, 55),
    "LANE": ("村巷道整治工程", 10, 2, 7, 31),
    "WASTE": ("垃圾收集点建设工程", 6, 4, 14, 4.5),
    "VILLAGE_STYLE": ("村庄风貌提升工程", 5, 1, 1, 160),
    "LODGING": ("林盘保护与民宿提升工程", 3, 2, 5, 60),
}
_FUNDS = ("TRANSFER", "COUNTY", "CENTRAL_BUDGET", "SPECIAL_BOND", "COLLECTIVE")
_UNSETTLED = (
    "结算资料已报县财政评审中心，因隐蔽工程资料补充，预计下季度完成结算",
    "施工单位竣工图未按要求归档，已约谈并限期一个月内补齐后办理结算",
    "与施工单位对签证工程量有分歧，正在复测，复测后办理结算",
)


def _rural(county: County) -> list[Area]:
    """Towns and townships; subdistricts have no villages."""
    return [a for a in county.townships if a.area_code[6:9] >= "100"]


# --- works ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """A rural project with the days of its stages; ``extra`` is what was built beyond the plan,
    ``project_code`` the registered investment project that it is a part of."""

    number: int
    project_code: str | None
    name: str
    area_code: str
    hamlets: int
    kind: str
    quantity: float
    extra: float
    invest_wan: float
    fund: str
    start: date
    finish: date
    accept: date
    settle: date
    households: int


def works(county: County) -> list[Work]:
    """The programme since 2021: a project for every ten thousand residents, each in one village."""
    made: list[Work] = []
    registered = projects.of_kind(county, "village")
    for town in _rural(county):
        villages = [v for v in county.villages[town.area_code] if v.area_code[9:] >= "200"]
        for number in range(round((town.resident_population or 0) / 10_000)):
            work = _work(county, len(made), villages[number * 2 % len(villages)], number)
            whole = next((p for p in registered if _is_part(work, p)), None)
            if whole is not None:
                registered = [p for p in registered if p is not whole]
                work = replace(work, project_code=whole.code)
            made.append(work)
    return made


def _is_part(work: Work, project: projects.Project) -> bool:
    """The project of the township was in the register well before the work began."""
    known = project.filed <= work.start - timedelta(days=90)
    return known and project.area_code[:9] == work.area_code[:9]


def _work(county: County, serial: int, village: Area, number: int) -> Work:
    rng = county.chance.of("rural-work", serial)
    kind = pick(rng, list(_WORKS), [w[1] for w in _WORKS.values()]) if number else "ROAD_PAVED"
    name, _, low, high, price = _WORKS[kind]
    quantity = round(float(rng.uniform(low, high)), 1) if high < 100 else between(rng, low, high)
    if kind in ("SEWAGE", "WASTE", "VILLAGE_STYLE", "LODGING"):
        quantity = round(quantity)
    start = day_in(rng, date(2021, 3, 1), date(2023, 4, 30))
    finish = start + timedelta(days=between(rng, 150, 300))
    accept = finish + timedelta(days=between(rng, 20, 75))
    town = next(t for t in county.townships if t.area_code == village.parent_code)
    return Work(
        number=serial,
        project_code=None,
        name=f"{town.area_name}{village.area_name}{name}",
        area_code=village.area_code,
        hamlets=7 + number % 3,
        kind=kind,
        quantity=quantity,
        extra=round(quantity * 0.04, 1) if serial % 9 == 4 else 0.0,
        invest_wan=round(quantity * price * float(rng.uniform(0.9, 1.15)), 1),
        fund=pick(rng, _FUNDS, (40, 25, 15, 12, 8)),
        start=start,
        finish=finish,
        accept=accept,
        settle=accept + timedelta(days=between(rng, 60, 420)),
        households=between(rng, 60, 320),
    )


def _half_year_before(day: date) -> date:
    year, month = (day.year, day.month - 6) if day.month > 6 else (day.year - 1, day.month + 6)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def village_project(county: County, period: Period) -> Table:
    """All projects that have begun or begin within a month."""
    rows: list[Row] = []
    remarks = {}
    end = period.end
    for work in county.once(works):
        if work.start > end + timedelta(days=31):
            continue
        row = _work_row(work, end)
        if work.accept < _half_year_before(end) and work.settle > end:
            remarks[len(rows)] = _UNSETTLED[work.number % len(_UNSETTLED)]
        elif work.extra and work.finish <= end:
            remarks[len(rows)] = "施工中按村民代表会议决议延伸末端工程量，已办理设计变更"
        rows.append(row)
    return Table(rows, remarks)


def _work_row(work: Work, end: date) -> Row:
    def by(day: date) -> date | None:
        return day if day <= end else None

    share = min(max((end - work.start).days / (work.finish - work.start).days, 0.0), 1.0)
    done = work.quantity * share + (work.extra if share == 1 else 0)
    return {
        "item_no": f"NCJS{work.area_code[6:9]}{work.number + 1:03d}",
        "item_name": work.name,
        "project_code": work.project_code,
        "area_code": work.area_code,
        "village_cnt": 1,
        "hamlet_cnt": work.hamlets,
        "work_kind": work.kind,
        "plan_quantity": money(work.quantity),
        "done_quantity": money(done),
        "road_paved_km": money(done) if work.kind == "ROAD_PAVED" else None,
        "road_gravel_km": money(done) if work.kind == "ROAD_GRAVEL" else None,
        "invest_wan": money(work.invest_wan),
        "invest_done_wan": money(work.invest_wan * share * 0.97),
        "fund_source": work.fund,
        "start_date": by(work.start),
        "finish_date": by(work.finish),
        "accept_date": by(work.accept),
        "settle_date": by(work.settle),
        "beneficiary_cnt": work.households,
    }


# --- toilets ----------------------------------------------------------------------------------------

# Households in a year's plan per resident: the mountain towns are last to be done.
_PLAN_MOUNTAIN, _PLAN_OTHER = 0.0052, 0.0012
_PLAN_YEAR = {2021: 1.12, 2022: 1.08}
_EARLY = 0.02  # share that is accepted before autumn, as the first model households
_SUBSIDY = {"SEPTIC": 2000, "URINE": 1500, "DOUBLE_URN": 1500, "FLUSH": 2500}


@dataclass(frozen=True, slots=True)
class Household:
    """A household of one year's plan with the days of its renovation."""

    id_no: str
    name: str
    area_code: str
    year: int
    toilet: str
    apply: date
    start: date
    finish: date
    accept: date
    result: str
    looked_at: bool
    recheck: str


def households(county: County, year: int) -> list[Household]:
    """The plan of a year, by township."""
    made: list[Household] = []
    known: set[str] = set()
    for town in _rural(county):
        rate = _PLAN_MOUNTAIN if town.is_forest_town else _PLAN_OTHER
        count = round((town.resident_population or 0) * rate * _PLAN_YEAR.get(year, 1.0))
        for number in range(count):
            early = number < max(round(count * _EARLY), 1)
            made.append(_household(county, town, year, number, early, known))
    return made


def _household(
    county: County, town: Area, year: int, number: int, early: bool, known: set[str]
) -> Household:
    rng = county.chance.of("toilet", town.area_code, year, number)
    if early:
        apply = day_in(rng, date(year, 1, 5), date(year, 2, 10))
        start = apply + timedelta(days=between(rng, 20, 40))
        finish = start + timedelta(days=between(rng, 15, 30))
        accept = day_in(rng, date(year, 6, 10), date(year, 8, 20))
    else:
        apply = day_in(rng, date(year, 2, 20), date(year, 9, 25))
        start = apply + timedelta(days=between(rng, 10, 30))
        finish = start + timedelta(days=between(rng, 12, 28))
        late = rng.random() < 0.04
        first, last = (
            (date(year + 1, 3, 1), date(year + 1, 5, 31))
            if late
            else (date(year, 10, 20), date(year, 12, 20))
        )
        accept = max(day_in(rng, first, last), finish + timedelta(days=3))
    villages = [v for v in county.villages[town.area_code] if v.area_code[9:] >= "200"]
    return Household(
        id_no=_new_id(county, rng, known),
        name=person_name(rng, "M" if rng.random() < 0.8 else "F"),
        area_code=pick(rng, villages).area_code,
        year=year,
        toilet=pick(rng, list(_SUBSIDY), (68, 6, 10, 16)),
        apply=apply,
        start=start,
        finish=finish,
        accept=accept,
        result=pick(rng, ("PASS", "BASIC", "FAIL"), (88, 9, 3)),
        looked_at=rng.random() < 0.22,
        recheck=pick(rng, ("PASS", "BASIC", "FAIL"), (90, 6, 4)),
    )


def _new_id(county: County, rng: np.random.Generator, known: set[str]) -> str:
    while True:
        born = day_in(rng, date(1946, 1, 1), date(1988, 12, 31))
        number = citizen_id(county.area.area_code, born, between(rng, 1, 998))
        if number not in known:
            known.add(number)
            return number


def toilet_retrofit(county: County, period: Period) -> Table:
    """The year's plan; of last year's what was left over, and the sample that is looked back at."""
    end = period.end
    before = [
        h
        for h in county.once(households, period.year - 1)
        if h.looked_at or h.accept.year == period.year
    ]
    rows = [_toilet_row(h, end) for h in before]
    rows += [_toilet_row(h, end) for h in county.once(households, period.year)]
    return Table(rows)


def _toilet_row(home: Household, end: date) -> Row:
    def by(day: date) -> date | None:
        return day if day <= end else None

    accepted = home.accept <= end
    passed = accepted and home.result != "FAIL"
    looked = home.year < end.year and end.month > 3 and home.looked_at
    return {
        "householder_id_no": home.id_no,
        "householder_name": home.name,
        "area_code": home.area_code,
        "plan_year": home.year,
        "toilet_kind": home.toilet,
        "apply_date": by(home.apply),
        "start_date": by(home.start),
        "finish_date": by(home.finish),
        "accept_date": by(home.accept),
        "accept_result": home.result if accepted else None,
        "subsidy_yuan": money(_SUBSIDY[home.toilet]) if passed else None,
        "recheck_result": home.recheck if looked and accepted else None,
    }


# --- upkeep -----------------------------------------------------------------------------------------


def facility_maintenance(county: County, period: Period) -> Table:
    """Water supply, sewage and other facilities of every village, with spending since January."""
    return Table(
        [
            _facility(county, period, village, kind)
            for town in _rural(county)
            for village in county.villages[town.area_code]
            for kind in ("WATER", "SEWAGE", "OTHER")
        ]
    )


def _facility(county: County, period: Period, village: Area, kind: str) -> Row:
    fixed = county.chance.of("facility", village.area_code, kind)
    count = {"WATER": between(fixed, 1, 3), "SEWAGE": between(fixed, 0, 2)}.get(
        kind, between(fixed, 3, 7)
    )
    spent, problems, rectified = [], 0, 0
    for quarter in range(1, period.ordinal + 1):
        rng = county.chance.of("upkeep", village.area_code, kind, period.year, quarter)
        spent.append(round(count * float(rng.uniform(260, 900)) * (1.06 ** (period.year - 2022))))
        found = int(rng.poisson(0.35 * count))
        problems += found
        rectified += found if quarter < period.ordinal else int(rng.binomial(found, 0.8))
    broken = min(problems - rectified, count)
    return {
        "area_code": village.area_code,
        "facility_kind": kind,
        "facility_cnt": count,
        "running_cnt": count - broken,
        "spend_ytd_yuan": money(sum(spent)),
        "spend_current_yuan": money(spent[-1]),
        "problem_cnt": problems,
        "rectified_cnt": rectified,
        "keeper_cnt": max(1, round(count * 0.4)) if count else 0,
    }


# --- companies --------------------------------------------------------------------------------------

_SEASON = (0.5, 0.4, 0.8, 1.0, 1.1, 1.1, 1.0, 1.1, 1.4, 1.5, 1.1, 1.0)
_BUSINESSES = ("PRODUCT", "ENGINEERING", "PROPERTY", "SERVICE", "TOURISM")


@dataclass(frozen=True, slots=True)
class Company:
    """A township's company of its village collectives; ``monthly_wan`` in 2022."""

    number: int
    unit: Unit
    business: str
    monthly_wan: float
    margin: float
    villages: int
    staff: int


def companies(county: County) -> list[Company]:
    made = []
    for number, town in enumerate(_rural(county)):
        rng = county.chance.of("village-company", town.area_code)
        name = f"{county.name}{town.area_name}强村富民发展有限公司"
        made.append(
            Company(
                number=number,
                unit=county.unit(
                    "91", name, "COMPANY", "L7291", town.area_code, (5, 30), (2018, 2020)
                ),
                business=_BUSINESSES[number % len(_BUSINESSES)],
                monthly_wan=float(rng.uniform(9, 46)),
                margin=float(rng.uniform(0.05, 0.13)),
                villages=min(between(rng, 5, 12), len(county.villages[town.area_code])),
                staff=between(rng, 12, 46),
            )
        )
    return made


def _revenue(county: County, company: Company, year: int, month: int) -> float:
    """Revenue of a month, ten thousand yuan; one company rests in January."""
    if company.number == 7 and month == 1:
        return 0.0
    rng = county.chance.of("village-revenue", company.unit.name, year, month)
    growth = 1.14 ** (year - 2022)
    return round(
        company.monthly_wan * _SEASON[month - 1] * growth * float(rng.uniform(0.85, 1.15)), 1
    )


def collective_company(county: County, period: Period) -> Table:
    """Business since January; the villages get their share in June and in December."""
    rows: list[Row] = []
    remarks = {}
    month = period.ordinal
    for company in county.once(companies):
        months = [_revenue(county, company, period.year, m) for m in range(1, month + 1)]
        profit = sum(months) * company.margin - (1.5 if month < 3 else 0)
        first_half = sum(months[:6]) * company.margin
        shared = 0.6 * (first_half if 6 <= month < 12 else profit if month == 12 else 0)
        staff = company.staff + (period.year - 2022) * 3 + (4 if 5 <= month <= 10 else 0)
        if sum(months) == 0:
            remarks[len(rows)] = "冷库1月停机检修，留守人员值班，2月恢复经营"
        rows.append({
            "uscc": company.unit.uscc,
            "company_name": company.unit.name,
            "area_code": company.unit.area_code,
            "revenue_current_wan": money(months[-1]),
            "revenue_ytd_wan": money(sum(months)),
            "profit_wan": money(profit),
            "village_share_wan": money(shared),
            "village_share_cnt": company.villages,
            "employ_cnt": staff,
            "local_employ_cnt": round(staff * 0.8),
            "main_business": company.business,
        })  # fmt: skip
    return Table(rows, remarks)


def _units(county: County) -> list[Unit]:
    return [company.unit for company in county.once(companies)]


DEPARTMENT = Department(
    makers={
        "village_project": village_project,
        "toilet_retrofit": toilet_retrofit,
        "facility_maintenance": facility_maintenance,
        "collective_company": collective_company,
    },
    units=_units,
    totals={
        "village_project": ("invest_wan", "invest_done_wan"),
        "facility_maintenance": (
            "facility_cnt",
            "running_cnt",
            "spend_ytd_yuan",
            "spend_current_yuan",
        ),
        "collective_company": ("revenue_current_wan", "revenue_ytd_wan", "employ_cnt"),
    },
    breaks={
        "village_project": Add("invest_done_wan", 4000),
        "toilet_retrofit": Before("accept_date", "finish_date", 6),
        "facility_maintenance": Add("running_cnt", 9),
        "collective_company": Add("local_employ_cnt", 60),
    },
)
