"""Care of old people at home and in facilities, social organisations, village governance, children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from xiantong.periods import Period
from xiantong.sample.by_township import by_township
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.department import Department
from xiantong.sample.residents import Resident, residents, some
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

# kind of service: people at the start and how many join in a month
_CARE = {
    "ADAPTATION": (80, 3),
    "HOME_BED": (42, 2),
    "NURSING": (56, 1),
    "VISIT": (110, 1),
    "MEAL": (66, 1),
}
_OLD = (date(1931, 1, 1), date(1960, 6, 30))
_BUILT_KINDS = ("ADAPTATION", "HOME_BED")
_PROVIDERS = ("康颐居家养老服务中心", "夕阳红家政养老服务有限公司", "鹤龄社会工作服务中心", "颐和养老服务有限公司", "暖心助老服务中心")  # fmt: skip
_NURSING_YUAN = 38
_MEAL_YUAN = 9


@dataclass(frozen=True, slots=True)
class Recipient:
    """An old person on the list of one service from ``first`` (index of the month) on.

    ``accepted_after`` days the adaptation or bed passes inspection.
    """

    person: Resident
    kind: str
    first: int
    start: date
    accepted_after: int
    provider: Unit
    disability: str
    hardship: str


def _month_index(county: County, period: Period) -> int:
    return (period.year - county.first.year) * 12 + period.ordinal - county.first.ordinal


def providers(county: County) -> list[Unit]:
    """Units that care for old people at home or run canteens and facilities."""
    seat = county.townships[0].area_code
    made = []
    for name in _PROVIDERS:
        firm = name.endswith("公司")
        registered = ("91", "COMPANY") if firm else ("52", "SOCIAL")
        full = f"{county.name}{name}"
        made.append(
            county.unit(
                registered[0],
                full,
                registered[1],
                "Q8514",
                seat,
                capital=(5, 60) if firm else None,
                founded=(2010, 2019),
            )
        )
    return made


def recipients(county: County, kind: str) -> list[Recipient]:
    """Everybody on the list of one service within ten years."""
    start, joining = _CARE[kind]
    people = residents(county, f"elderly-{kind}", start + joining * 72, _OLD, men=0.46)
    return [_recipient(county, kind, person, start, joining) for person in people]


def _recipient(county: County, kind: str, person: Resident, start: int, joining: int) -> Recipient:
    rng = county.chance.of("elderly", kind, person.number)
    first = 0 if person.number < start else 1 + (person.number - start) // joining
    month = county.first.shift(first)
    begun = day_in(rng, date(2020, 1, 1), date(2021, 11, 30))
    slow = rng.random() < 0.02
    return Recipient(
        person=person,
        kind=kind,
        first=first,
        start=day_in(rng, month.start, month.end) if first else begun,
        accepted_after=between(rng, 120, 200) if slow and first else between(rng, 20, 80),
        provider=pick(rng, county.once(providers)),
        disability=pick(rng, ("NONE", "MILD", "MODERATE", "SEVERE", "COMPLETE"), (22, 30, 24, 16, 8)),
        hardship=pick(rng, ("NONE", "DIBAO", "TEKUN", "MARGINAL", "LOST_CHILD"), (38, 30, 14, 13, 5)),
    )  # fmt: skip


def elderly_service(county: County, period: Period) -> Table:
    """Everybody who is served at home in the month, one row for each kind of service."""
    index = _month_index(county, period)
    rows: list[Row] = []
    remarks = {}
    for kind in _CARE:
        for recipient in county.once(recipients, kind):
            if recipient.first > index:
                continue
            row = _care_row(county, period, recipient)
            waited = period.end - timedelta(days=93)
            if row["accept_date"] is None and kind in _BUILT_KINDS and recipient.start < waited:
                remarks[len(rows)] = "施工单位整改扶手和地面防滑，验收推迟到下月"
            if recipient.person.age(period.end) < 60:
                remarks[len(rows)] = "重度残疾人，经县级评估纳入居家服务"
            rows.append(row)
    return Table(rows, remarks)


def _care_row(county: County, period: Period, recipient: Recipient) -> Row:
    person = recipient.person
    rng = county.chance.of("care", recipient.kind, person.number, period)
    built = recipient.start + timedelta(days=recipient.accepted_after)
    times, hours, fee = _care(rng, recipient, period)
    return {
        "recipient_id_no": person.id_no,
        "recipient_name": person.name,
        "service_kind": recipient.kind,
        "area_code": person.area_code,
        "disability_level": recipient.disability,
        "hardship_kind": recipient.hardship,
        "start_date": recipient.start,
        "accept_date": built if recipient.kind in _BUILT_KINDS and built <= period.end else None,
        "service_cnt": times,
        "service_hour": money(hours, 1) if hours else None,
        "fee_yuan": money(fee),
        "provider_uscc": recipient.provider.uscc if recipient.kind != "VISIT" else None,
        "satisfaction": pick(rng, ("VERY_GOOD", "GOOD", "NORMAL", "BAD"), (48, 44, 7, 1)) if rng.random() < 0.3 else None,
    }  # fmt: skip


def _care(
    rng: np.random.Generator, recipient: Recipient, period: Period
) -> tuple[int, float, float]:
    """Services of the month, their hours and what they cost."""
    match recipient.kind:
        case "NURSING":
            times = between(rng, 2, 10)
            return times, times * 1.5, times * 1.5 * _NURSING_YUAN
        case "HOME_BED":
            times = between(rng, 4, 12)
            return times, float(times), times * 45.0
        case "VISIT":
            return between(rng, 1, 5), 0.0, 0.0
        case "MEAL":
            times = between(rng, 12, 26)
            return times, 0.0, float(times * _MEAL_YUAN)
    is_new = period.start <= recipient.start <= period.end
    return (1, 0.0, float(between(rng, 26, 38) * 100)) if is_new else (0, 0.0, 0.0)


# kind of site: how many, whether a third party runs it, name
_SITES = {
    "FACILITY": (17, 0.45, "养老院"),
    "MEDICAL_CARE": (2, 1.0, "医疗康养中心"),
    "DAY_CARE": (15, 0.5, "日间照料中心"),
    "CANTEEN": (18, 0.6, "老年食堂"),
    "DELIVERY": (20, 0.2, "助餐点"),
}
_SUBSIDY_YUAN = 4


@dataclass(frozen=True, slots=True)
class Site:
    """A place of elderly care that stays as it is; ``stopped`` ones wait for their rebuilding."""

    code: str
    name: str
    kind: str
    area_code: str
    operator: str | None
    beds: int | None
    meals: int
    stopped: bool


def sites(county: County) -> list[Site]:
    """All sites; every township has one of the common kinds."""
    made: list[Site] = []
    for kind, (count, third_party, name) in _SITES.items():
        for number in range(count):
            rng = county.chance.of("site", kind, number)
            town = county.townships[number % len(county.townships)]
            village = pick(rng, county.villages[town.area_code])
            beds = {"FACILITY": between(rng, 4, 15) * 10, "MEDICAL_CARE": between(rng, 12, 20) * 10}
            place = village.area_name if number >= len(county.townships) or kind in ("CANTEEN", "DELIVERY") else ""  # fmt: skip
            made.append(
                Site(
                    code=f"YL{county.area.area_code[:6]}{len(made) + 1:03d}",
                    name=f"{town.area_name}{place}{name}",
                    kind=kind,
                    area_code=village.area_code if place else town.area_code,
                    operator=pick(rng, county.once(providers)).uscc if rng.random() < third_party else None,
                    beds=beds.get(kind),
                    meals=between(rng, 320, 1_500) if kind in ("CANTEEN", "DELIVERY") else 0,
                    stopped=kind == "DELIVERY" and number == count - 1,
                )
            )  # fmt: skip
    return made


def elderly_site(county: County, period: Period) -> Table:
    """The month of every facility, day-care centre and canteen."""
    rows: list[Row] = []
    remarks = {}
    for site in county.once(sites):
        row = _site_row(county, period, site)
        if site.kind == "CANTEEN" and row["inspect_cnt"] == 0:
            remarks[len(rows)] = "食堂后厨改造停业两周，检查安排在下月复业前"
        rows.append(row)
    return Table(rows, remarks)


def _site_row(county: County, period: Period, site: Site) -> Row:
    rng = county.chance.of("site", site.code, period)
    fixed = county.chance.of("site", site.code)
    growth = _month_index(county, period) * 0.004
    taken = min(float(fixed.uniform(0.42, 0.8)) + growth + float(rng.normal(0, 0.015)), 0.97)
    meals = 0 if site.stopped else round(site.meals * (1 + 3 * growth) * rng.uniform(0.9, 1.1))
    checks = 0 if site.stopped or rng.random() < 0.06 else between(rng, 1, 2)
    problems = int(rng.poisson(0.5)) if checks else 0
    serves = site.kind in ("CANTEEN", "DELIVERY")
    return {
        "site_code": site.code,
        "site_name": site.name,
        "site_kind": site.kind,
        "area_code": site.area_code,
        "operator_uscc": site.operator,
        "bed_cnt": site.beds,
        "occupied_bed_cnt": round(site.beds * taken) if site.beds else None,
        "care_bed_cnt": round(site.beds * (0.62 if site.kind == "FACILITY" else 0.9)) if site.beds else None,
        "meal_cnt": meals if serves else None,
        "meal_subsidy_yuan": money(meals * _SUBSIDY_YUAN) if serves else None,
        "inspect_cnt": checks,
        "problem_cnt": problems,
        "rectified_cnt": sum(rng.random() < 0.8 for _ in range(problems)),
        "site_status": "STOPPED" if site.stopped else "IN_USE",
    }  # fmt: skip


_ORGS = (
    ("ASSOCIATION", "51", ("{town}老年体育协会", "{town}农民用水协会", "{town}红白理事会")),
    ("SERVICE", "52", ("{town}社会工作服务站", "{town}文化艺术培训中心", "{town}儿童康复服务中心", "{town}养老互助服务社", "{town}农技推广服务中心")),
)  # fmt: skip
_FOUNDATIONS = ("慈善教育基金会", "见义勇为基金会")
_INDUSTRY = {"ASSOCIATION": "S9521", "SERVICE": "S9522", "FOUNDATION": "S9530"}


def organizations(county: County) -> list[tuple[str, Unit]]:
    """Registered social organisations with their kind."""
    made = []
    for kind, register, names in _ORGS:
        for town in county.townships:
            for name in names:
                full = county.name + name.format(town=town.area_name)
                unit = county.unit(
                    register,
                    full,
                    "SOCIAL",
                    _INDUSTRY[kind],
                    town.area_code,
                    founded=(2004, 2020),
                )
                made.append((kind, unit))
    for name in _FOUNDATIONS:
        seat = county.townships[0].area_code
        unit = county.unit("53", county.name + name, "SOCIAL", _INDUSTRY["FOUNDATION"], seat)
        made.append(("FOUNDATION", unit))
    return made


def social_organization(county: County, period: Period) -> Table:
    """The yearly inspection; one organisation in three has a grade."""
    rows: list[Row] = []
    remarks = {}
    limit = date(period.year - 5, 12, 31)
    for number, (kind, unit) in enumerate(county.once(organizations)):
        row = _organization(county, period, number, kind, unit)
        graded = row["grade_date"]
        if isinstance(graded, date) and graded < limit:
            remarks[len(rows)] = "复评材料已提交评估委员会，评审安排在四季度"
        rows.append(row)
    return Table(rows, remarks)


def _organization(county: County, period: Period, number: int, kind: str, unit: Unit) -> Row:
    fixed = county.chance.of("organization", unit.uscc)
    rng = county.chance.of("organization", unit.uscc, period)
    graded = fixed.random() < 0.34
    grade = pick(fixed, ("G5", "G4", "G3", "G2", "G1"), (3, 17, 48, 20, 12))
    grade_date = day_in(fixed, date(2017, 6, 1), date(2022, 5, 30))
    if graded and grade_date < date(period.year - 5, 6, 1) and fixed.random() < 0.6:
        grade_date = date(grade_date.year + 5, 3, 15)  # graded again in time
    active = rng.random() < 0.96
    return {
        "uscc": unit.uscc,
        "org_name": unit.name,
        "org_kind": kind,
        "found_date": unit.found_date,
        "inspect_result": pick(rng, ("PASS", "BASIC", "FAIL"), (88, 10, 2)) if active else "ABSENT",
        "grade": grade if graded else None,
        "grade_date": grade_date if graded else None,
        "staff_cnt": between(fixed, 1, 16) if kind != "ASSOCIATION" else between(fixed, 0, 4),
        "trained_cnt": int(rng.poisson(3)) if active else 0,
        "community_activity_cnt": int(rng.poisson(6)) if active else 0,
        "income_wan": money(float(rng.gamma(1.4, 14)), 2),
    }


def community_governance(county: County, period: Period) -> Table:
    """Grids, events and meetings of every village and community."""
    rows: list[Row] = []
    remarks = {}
    quarters = (period.year - 2022) * 4 + period.ordinal - 1
    for villages in county.villages.values():
        for village in villages:
            row = _governance(county, period, village.area_code, quarters)
            if _amount(row, "event_closed_cnt") > _amount(row, "event_reported_cnt"):
                remarks[len(rows)] = "含上季度结转的邻里纠纷，本季一并办结"
            elif _amount(row, "grid_worker_cnt") < _amount(row, "grid_cnt"):
                remarks[len(rows)] = "一名网格员辞职，由村文书兼管两个网格，正在补选"
            rows.append(row)
    return Table(rows, remarks)


def _amount(row: Mapping[str, object], name: str) -> int:
    value = row[name]
    assert isinstance(value, int)
    return value


def _governance(county: County, period: Period, area_code: str, quarters: int) -> Row:
    fixed = county.chance.of("governance", area_code)
    rng = county.chance.of("governance", area_code, period)
    is_community = area_code[9] < "2"
    grids = between(fixed, 4, 9) if is_community else between(fixed, 2, 5)
    smart_from = fixed.random() * (18 if is_community else 90)
    reported = between(rng, 8, 60) if is_community else between(rng, 2, 22)
    carried = 1 if rng.random() < 0.02 else 0
    open_ = 0 if carried else int(rng.binomial(reported, 0.045))
    return {
        "area_code": area_code,
        "grid_cnt": grids,
        "grid_worker_cnt": grids - 1 if rng.random() < 0.015 else grids + between(fixed, 0, 2),
        "event_reported_cnt": reported,
        "event_closed_cnt": reported - open_ + carried,
        "council_meeting_cnt": between(rng, 1, 6),
        "council_matter_done_cnt": between(rng, 0, 5),
        "smart_community": smart_from < quarters + 3,
        "charter_complete": bool(fixed.random() < 0.93),
        "clean_day_cnt": 0 if is_community else between(rng, 2, 6),
    }


# kind of protection: children, allowance of a quarter
_CHILDREN = {
    "ORPHAN": (24, (3_450, 3_450)),
    "UNATTENDED": (78, (3_450, 3_450)),
    "LEFT_BEHIND": (150, (0, 0)),
    "HARDSHIP": (92, (600, 1_500)),
}
_BORN = (date(2005, 9, 1), date(2020, 12, 31))
_STAGES = ("NONE", "APPLIED", "ASSESSING", "PASSED", "REGISTERED")


def child_protection(county: County, period: Period) -> Table:
    """Protected children of the quarter; who has come of age stays only while at school."""
    rows: list[Row] = []
    remarks = {}
    for kind in _CHILDREN:
        for child in county.once(_children, kind):
            at_school = 6 <= child.age(period.end) < 16 or some(county, "school", kind, child.number, share=0.8)  # fmt: skip
            if child.age(period.end) >= 18 and not at_school:
                continue
            row = _child_row(county, period, kind, child, at_school)
            if kind == "LEFT_BEHIND" and row["visit_cnt"] == 0:
                remarks[len(rows)] = "假期随父母到务工地居住，返乡后补访"
            rows.append(row)
    return Table(rows, remarks)


def _children(county: County, kind: str) -> list[Resident]:
    return residents(county, f"child-{kind}", _CHILDREN[kind][0], _BORN)


def _child_row(county: County, period: Period, kind: str, child: Resident, at_school: bool) -> Row:
    rng = county.chance.of("child", kind, child.number, period)
    fixed = county.chance.of("child", kind, child.number)
    floor, ceiling = _CHILDREN[kind][1]
    guardians = {
        "ORPHAN": ("GRANDPARENT", "RELATIVE", "INSTITUTION"),
        "UNATTENDED": ("GRANDPARENT", "RELATIVE"),
        "LEFT_BEHIND": ("GRANDPARENT", "GRANDPARENT", "RELATIVE"),
        "HARDSHIP": ("PARENT", "PARENT", "GRANDPARENT"),
    }[kind]
    absent = kind == "LEFT_BEHIND" and rng.random() < 0.03
    return {
        "child_id_no": child.id_no,
        "child_name": child.name,
        "area_code": child.area_code,
        "child_kind": kind,
        "guardian_kind": pick(fixed, guardians),
        "allowance_yuan": money(between(fixed, floor, ceiling)),
        "visit_cnt": 0 if absent else between(rng, 1, 3),
        "in_school": at_school,
        "adoption_stage": _adoption(county, period, kind, child),
        "risk_level": pick(fixed, ("LOW", "MEDIUM", "HIGH"), (82, 15, 3)),
    }


def _adoption(county: County, period: Period, kind: str, child: Resident) -> str | None:
    """How far the evaluation has come: applications begin in some quarter and never go back."""
    if kind != "ORPHAN":
        return None
    quarters = (period.year - 2022) * 4 + period.ordinal - 1
    begins = between(county.chance.of("adoption", child.number), -2, 18)
    return _STAGES[max(0, min(quarters - begins + 1, len(_STAGES) - 1))]


def _units(county: County) -> list[Unit]:
    return [*county.once(providers), *(unit for _, unit in county.once(organizations))]


DEPARTMENT = Department(
    makers={
        "elderly_site": elderly_site,
        "social_organization": social_organization,
    },
    by_reporter={
        "elderly_service": by_township("civil_affairs.elderly_service", elderly_service, 3),
        "community_governance": by_township(
            "civil_affairs.community_governance", community_governance, 6
        ),
        "child_protection": by_township("civil_affairs.child_protection", child_protection, 6),
    },
    units=_units,
    totals={
        "elderly_service": ("service_cnt", "service_hour", "fee_yuan"),
        "elderly_site": ("bed_cnt", "occupied_bed_cnt", "care_bed_cnt", "meal_cnt", "problem_cnt"),
        "community_governance": ("grid_cnt", "event_reported_cnt", "event_closed_cnt"),
        "child_protection": ("allowance_yuan", "visit_cnt"),
    },
    breaks={
        "elderly_site": Add("rectified_cnt", 9),
        "elderly_service": Add("fee_yuan", 120),
        "community_governance": Add("event_closed_cnt", 300),
        "child_protection": Add("allowance_yuan", -2_000),
    },
)
