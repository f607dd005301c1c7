"""Technical renovation: projects of the county and of its sibling counties, and what was invested.

What the prefecture printed for January to October 2023 comes out to the cent: the base of one project
and its investment of October carry the difference.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

from xiantong.sample import projects
from xiantong.sample.chance import money
from xiantong.sample.county import County
from xiantong.sample.projects import Project

_PRINTED = 2023 * 12 + 9
_PRINTED_GROWTH = Decimal("0.141")
_UNTIL_AUDIT = timedelta(days=270)


@dataclass(frozen=True, slots=True)
class Invested:
    """Investment of a project, ten thousand yuan: of the month, of the year so far, and the base of
    the same window of last year on the same sample."""

    current: Decimal
    year_to_date: Decimal
    base: Decimal


def renovations(county: County, area_code: str, month: int) -> list[Project]:
    """Projects of a county that are in the statistics; finished ones stay until they are audited."""
    today = _last_day(month)
    known = today if area_code == county.area.area_code else _registered_until(county, today)
    return [
        project
        for project in _of(county, area_code)
        if project.stat_in
        and project.start
        and max(project.stat_in, project.start) <= today
        and project.filed <= known
        and _is_listed(project, today)
    ]


def _registered_until(county: County, day: date) -> date:
    """How far the register of a sibling county reaches: its bureau delivers at the end of June and of
    December, and once in the first month."""
    half_year = date(day.year, 6, 30) if day.month >= 6 else date(day.year - 1, 12, 31)
    half_year = day if day.month == 12 else half_year
    return max(half_year, min(county.first.end, day))


def _is_listed(project: Project, day: date) -> bool:
    end = project.stopped or project.finish
    return end is None or end.year >= day.year or end + _UNTIL_AUDIT >= day


def differs_from_register(county: County, project: Project, month: int) -> bool:
    """Whether the form tells more than the register's own monthly form."""
    code, _, _ = county.once(_balance)
    return project.code == code and _year_to(county, project, month) != _unbalanced(
        county, project, month
    )


def invested(county: County, project: Project, month: int) -> Invested:
    """What the form says about a project and month."""
    done, base = _year_to(county, project, month)
    before = _year_to(county, project, month - 1)[0] if month % 12 else Decimal(0)
    return Invested(done - before, done, base)


def _year_to(county: County, project: Project, month: int) -> tuple[Decimal, Decimal]:
    done, base = _unbalanced(county, project, month)
    code, more, more_base = county.once(_balance)
    if project.code != code or month // 12 != _PRINTED // 12:
        return done, base
    # The other months of the year have the base on the same path.
    share = done / _unbalanced(county, project, _PRINTED)[0]
    return done + (more if month >= _PRINTED else 0), base + money(float(more_base * share))


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
    busiest = max(
        (p for p in listed if own not in p.code),
        key=lambda p: _unbalanced(county, p, _PRINTED)[0] - _unbalanced(county, p, _PRINTED - 1)[0],
    )
    # A base in whole tens has a product to the cent; rounded up, nobody invests less than nothing.
    wanted = Decimal(10 * ceil(float(done) / float(1 + _PRINTED_GROWTH) / 10))
    exact = (wanted * (1 + _PRINTED_GROWTH)).quantize(Decimal("0.01"))
    return busiest.code, exact - done, wanted - base


def _last_day(month: int) -> date:
    year, of_year = month // 12, month % 12 + 1
    return date(year, of_year, monthrange(year, of_year)[1])


def _of(county: County, area_code: str) -> list[Project]:
    if area_code == county.area.area_code:
        return projects.in_statistics(county, "renovation")
    return [p for p in projects.sibling_projects(county, area_code) if p.kind == "renovation"]
