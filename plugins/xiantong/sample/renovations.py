"""Technical renovation: projects of the county and of its sibling counties, and what was invested.

What the prefecture printed for January to October 2023 comes out to the cent: the base of one project
and its investment of October carry the difference.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from xiantong.sample import firms, projects
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.people import person_name
from xiantong.sample.projects import Project

_PRINTED = 2023 * 12 + 9
_PRINTED_GROWTH = Decimal("0.141")
_FIRST_YEAR = 2017
_PER_YEAR = 4
_WORKS = ("智能化改造", "设备更新", "节能降碳改造", "数字化车间", "绿色工厂改造", "产线升级")


@dataclass(frozen=True, slots=True)
class Invested:
    """Investment of a project, ten thousand yuan: of the month, of the year so far, and the base of
    the same window of last year on the same sample."""

    current: Decimal
    year_to_date: Decimal
    base: Decimal


def renovations(county: County, area_code: str, month: int) -> list[Project]:
    """Projects of a county that are in the statistics and were not finished before the year began."""
    new_year = date(month // 12, 1, 1)
    return [
        project
        for project in _of(county, area_code)
        if project.stat_in and project.stat_in <= _last_day(month)
        and (project.finish is None or project.finish >= new_year)
        and (project.stopped is None or project.stopped >= new_year)
    ]  # fmt: skip


def sibling_projects(county: County, area_code: str) -> list[Project]:
    """The renovation projects of a sibling county, for the register of its own bureau."""
    return county.once(_of_sibling, area_code)


def invested(county: County, project: Project, month: int) -> Invested:
    """What the form says about a project and month."""
    done, base = _year_to(county, project, month)
    before = _year_to(county, project, month - 1)[0] if month % 12 else Decimal(0)
    return Invested(done - before, done, base)


def _year_to(county: County, project: Project, month: int) -> tuple[Decimal, Decimal]:
    done, base = _unbalanced(county, project, month)
    code, more, more_base = county.once(_balance)
    if project.code == code and _PRINTED <= month < _PRINTED - _PRINTED % 12 + 12:
        return done + more, base + more_base
    return done, base


def _unbalanced(county: County, project: Project, month: int) -> tuple[Decimal, Decimal]:
    """Investment of the year so far, and its base: what the firm's works of last year amounted to."""
    year = month // 12
    done = project.invested(_last_day(month)) - project.invested(date(year - 1, 12, 31))
    growth = county.chance.of("renovation-growth", project.code, year).normal(0.13, 0.09)
    return money(done), money(done / (1 + max(float(growth), -0.3)))


def _balance(county: County) -> tuple[str, Decimal, Decimal]:
    """Project, investment and base that make the printed growth exact."""
    areas = [county.area.area_code, *(area.area_code for area in county.siblings)]
    listed = [p for area in areas for p in renovations(county, area, _PRINTED)]
    amounts = [_unbalanced(county, p, _PRINTED) for p in listed]
    done, base = sum(a for a, _ in amounts), sum(b for _, b in amounts)
    own = county.area.area_code[:6]
    largest = max((p for p in listed if own not in p.code), key=lambda p: p.total_wan)
    # A base in whole tens has a product to the cent.
    wanted = Decimal(round(float(done) / float(1 + _PRINTED_GROWTH), -1)).quantize(Decimal(1))
    exact = (wanted * (1 + _PRINTED_GROWTH)).quantize(Decimal("0.01"))
    return largest.code, exact - done, wanted - base


def _last_day(month: int) -> date:
    year, of_year = month // 12, month % 12 + 1
    return date(year, of_year, monthrange(year, of_year)[1])


def _of(county: County, area_code: str) -> list[Project]:
    if area_code == county.area.area_code:
        return projects.in_statistics(county, "renovation")
    return sibling_projects(county, area_code)


def _of_sibling(county: County, area_code: str) -> list[Project]:
    """Every year four works begin, filed in the autumn before, and four end: the form stays as long."""
    owners = [f for f in firms.firms_of(county, area_code) if f.listed and f.listed < 2021 * 12]
    years = range(_FIRST_YEAR, county.last.year + 1)
    return [
        _sibling_project(county, area_code, owners, year, n)
        for year in years
        for n in range(_PER_YEAR)
    ]


def _sibling_project(
    county: County, area_code: str, owners: list[firms.Firm], year: int, number: int
) -> Project:
    rng = county.chance.of("sibling-renovation", area_code, year, number)
    owner = owners[(number * 11 + year * 5) % len(owners)]
    filed = date(year - 1, between(rng, 9, 11), between(rng, 1, 28))
    start = day_in(rng, date(year, 1, 5), date(year, 6, 20))
    total = round(rng.uniform(0.1, 0.3) * owner.output_wan / 10) * 10 + 600
    plan_finish = date(year + 3 + number % 2, between(rng, 2, 9), between(rng, 1, 28))
    return Project(
        code=f"{filed:%y%m}-{area_code[:6]}-04-02-{300_000 + (year - 2000) * 1000 + number * 17:06d}",
        name=f"{owner.name.removesuffix('有限公司')}{pick(rng, _WORKS)}项目（{year}年）",
        kind="renovation",
        builder=owner.unit,
        category="NEW_INDUSTRY",
        project_type="RENOVATION",
        area_code=area_code,
        zone_code=None,
        total_wan=total,
        lead_unit="经济和信息化局",
        official=person_name(rng),
        land_mu=None,
        plan_year=year,
        filed=filed,
        listed=filed,
        prelim=filed,
        signed=filed + timedelta(days=20),
        plan_start=start,
        start=start,
        stat_in=start + timedelta(days=between(rng, 5, 40)),
        plan_finish=plan_finish,
        finish=plan_finish + timedelta(days=between(rng, -20, 60)),
        stopped=None,
    )
