"""Large industrial projects from signing to above-scale status, in the county and its siblings.

At the end of October 2023 the prefecture counted 21 projects that were signed at the convention or at
a mobilisation and had not started; everything else follows from the projects themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from xiantong.sample import firms, projects
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County
from xiantong.sample.firms import Firm
from xiantong.sample.projects import Project

_FLOOR_WAN = 10_000
_COUNTED_ON = date(2023, 10, 31)
_NOT_STARTED = 21
_NOT_STARTED_HERE = 11  # at most, in the county itself
_STARTED_PER_SIBLING = 10
_GATHERINGS = ("CONVENTION", "MOBILISATION")
_BLOCKERS = ("LAND", "UTILITY", "PERMIT", "FINANCE", "RELOCATION", "MARKET")
_LEFT = ("市场变化，投资方调整布局", "用地指标未落实，双方协商解除协议", "投资方资金未到位")


@dataclass(frozen=True, slots=True)
class FunnelProject:
    """A project with its stage dates (None: never, as far as the world is known)."""

    number: str
    code: str | None
    name: str
    uscc: str | None
    area_code: str
    zone_code: str | None
    source: str
    group: str
    total_wan: int
    signed: date
    plan_start: date | None
    start: date | None
    stat_in: date | None
    production: date | None
    above_scale: date | None
    left: date | None
    why_left: str | None
    blocker: str | None

    def invested(self, day: date) -> int:
        """Investment from the start to a day: even progress until production."""
        if self.start is None or day < self.start:
            return 0
        end = self.production or self.start + timedelta(days=720)
        return round(self.total_wan * min((day - self.start).days / (end - self.start).days, 0.98))

    def waits(self, day: date) -> bool:
        """Signed, neither started nor given up."""
        started = self.start is not None and self.start <= day
        left = self.left is not None and self.left <= day
        return self.signed <= day and not started and not left


def funnel(county: County, area_code: str) -> list[FunnelProject]:
    """The ledger of a county, in the order of signing."""
    return county.once(_ledgers)[area_code]


def _ledgers(county: County) -> dict[str, list[FunnelProject]]:
    made = {county.area.area_code: _own(county)}
    waiting = sum(project.waits(_COUNTED_ON) for project in made[county.area.area_code])
    open_ = _NOT_STARTED - waiting
    for place, sibling in enumerate(county.siblings):
        count = open_ // (len(county.siblings) - place)
        open_ -= count
        made[sibling.area_code] = _of_sibling(county, sibling.area_code, count)
    return {
        area: sorted(ledger, key=lambda p: (p.signed, p.number)) for area, ledger in made.items()
    }


# --- the county ---------------------------------------------------------------------------------


def _own(county: County) -> list[FunnelProject]:
    """Large plants of the project world, and the projects that brought new firms."""
    group_of = {firm.uscc: firm.group for firm in firms.firms(county)}
    large = [
        p for p in projects.of_kind(county, "plant", "reviewed")
        if p.signed and p.total_wan >= _FLOOR_WAN and p.builder.uscc in group_of
    ]  # fmt: skip
    made = [_of_project(county, p, group_of[p.builder.uscc], n) for n, p in enumerate(large)]
    waiting = [p for p in made if p.waits(_COUNTED_ON)]
    dropped = {p.number for p in waiting[_NOT_STARTED_HERE:]}
    born = [f for f in firms.firms(county) if f.listed and f.born >= 2022 * 12]
    return [
        *(p for p in made if p.number not in dropped),
        *(_of_new_firm(county, firm, n) for n, firm in enumerate(born)),
    ]


def _of_project(county: County, project: Project, group: str, number: int) -> FunnelProject:
    rng = county.chance.of("funnel", project.code)
    assert project.signed is not None
    start = project.start if project.start and project.start >= project.signed else None
    stat_in = max(project.stat_in, start) if project.stat_in and start else None
    production = project.finish + timedelta(days=between(rng, 15, 60)) if project.finish and start else None  # fmt: skip
    above = production + timedelta(days=between(rng, 70, 240)) if production else None
    reports = any(f.uscc == project.builder.uscc and f.listed for f in firms.firms(county))
    made = FunnelProject(
        number=f"QL{project.signed:%Y}-{number + 1:03d}",
        code=project.code,
        name=project.name,
        uscc=project.builder.uscc,
        area_code=project.area_code,
        zone_code=project.zone_code,
        source=_source(rng),
        group=group,
        total_wan=project.total_wan,
        signed=project.signed,
        plan_start=project.plan_start,
        start=start,
        stat_in=stat_in,
        production=production,
        above_scale=above if reports and rng.random() < 0.75 else None,
        left=project.stopped,
        why_left=pick(rng, _LEFT) if project.stopped else None,
        blocker=pick(rng, _BLOCKERS) if start is None or rng.random() < 0.15 else None,
    )
    return _from_gathering(made, rng)


def _of_new_firm(county: County, firm: Firm, number: int) -> FunnelProject:
    """The project whose first product made a firm."""
    rng = county.chance.of("funnel", firm.uscc)
    assert firm.listed is not None
    production = date(firm.born // 12, firm.born % 12 + 1, between(rng, 1, 20))
    start = production - timedelta(days=between(rng, 400, 520))
    signed = start - timedelta(days=between(rng, 60, 150))
    return FunnelProject(
        number=f"QL{signed:%Y}-{901 + number}",
        code=None,
        name=f"{firm.name.removesuffix('有限公司')}建设项目",
        uscc=firm.uscc,
        area_code=firm.area_code,
        zone_code=firm.zone_code,
        source=_source(rng),
        group=firm.group,
        total_wan=max(round(firm.output_wan * 0.9 / 100) * 100, 12_000),
        signed=signed,
        plan_start=start,
        start=start,
        stat_in=start + timedelta(days=between(rng, 15, 60)),
        production=production,
        above_scale=date(firm.listed // 12, firm.listed % 12 + 1, 1) + timedelta(days=20),
        left=None,
        why_left=None,
        blocker=None,
    )


def _source(rng: np.random.Generator) -> str:
    return pick(
        rng, ("CONVENTION", "MOBILISATION", "INVITED", "TALENT", "OTHER"), (45, 20, 20, 8, 7)
    )


def _from_gathering(project: FunnelProject, rng: np.random.Generator) -> FunnelProject:
    """What still waits on the day of the count was signed at a gathering."""
    if not project.waits(_COUNTED_ON) or project.source in _GATHERINGS:
        return project
    return replace(project, source=pick(rng, _GATHERINGS))


# --- the sibling counties -----------------------------------------------------------------------


def _of_sibling(county: County, area_code: str, waiting: int) -> list[FunnelProject]:
    owners = [f for f in firms.firms_of(county, area_code) if f.listed and f.output_wan > 9000]
    makers = (_sibling_started, _sibling_waiting)
    counts = (_STARTED_PER_SIBLING, waiting)
    return [
        make(county, area_code, owners[(7 * n + 3 * kind) % len(owners)], 100 * kind + n)
        for kind, (make, count) in enumerate(zip(makers, counts, strict=True))
        for n in range(count)
    ]


def _sibling_started(county: County, area_code: str, owner: Firm, number: int) -> FunnelProject:
    """A project that started before the day of the count."""
    rng = county.chance.of("funnel", area_code, number)
    signed = date(2019, 11, 1) + timedelta(days=number * 130 + between(rng, 0, 60))
    start = signed + timedelta(days=between(rng, 60, 200))
    production = start + timedelta(days=between(rng, 300, 560))
    stat_in = start + timedelta(days=between(rng, 10, 85)) if rng.random() < 0.9 else None
    above = production + timedelta(days=between(rng, 80, 230)) if rng.random() < 0.7 else None
    return _sibling(county, area_code, owner, number, signed, (start, stat_in, production, above))


def _sibling_waiting(county: County, area_code: str, owner: Firm, number: int) -> FunnelProject:
    """A project that waits on the day of the count; half of them start in the next months."""
    rng = county.chance.of("funnel", area_code, number)
    signed = date(2022, 10, 5) + timedelta(days=number % 100 * 85 + between(rng, 0, 50))
    start = _COUNTED_ON + timedelta(days=between(rng, 5, 150)) if rng.random() < 0.5 else None
    stat_in = start + timedelta(days=between(rng, 20, 80)) if start else None
    project = _sibling(county, area_code, owner, number, signed, (start, stat_in, None, None))
    return _from_gathering(project, rng)


def _sibling(county: County, area_code: str, owner: Firm, number: int, signed: date,
             dates: tuple[date | None, date | None, date | None, date | None]) -> FunnelProject:  # fmt: skip
    rng = county.chance.of("funnel", area_code, number, "more")
    start, stat_in, production, above_scale = dates
    return FunnelProject(
        number=f"{area_code[4:6]}QY{signed:%Y}{number + 1:03d}",
        code=None,
        name=f"{owner.name.removesuffix('有限公司')}{pick(rng, ('二期', '新厂区', '扩能', '产业园'))}项目",
        uscc=owner.uscc,
        area_code=area_code,
        zone_code=None,
        source=_source(rng),
        group=owner.group,
        total_wan=between(rng, 100, 620) * 100,
        signed=signed,
        plan_start=(start or signed + timedelta(days=170)) + timedelta(days=between(rng, -10, 10)),
        start=start,
        stat_in=stat_in,
        production=production,
        above_scale=above_scale,
        left=None,
        why_left=None,
        blocker=pick(rng, _BLOCKERS) if start is None else None,
    )
