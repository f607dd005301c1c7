"""The county's investment projects: one world that the register, the monthly forms and the other
departments' ledgers describe.

A project belongs to the *cohort* of the year in which it enters the investment statistics. Ideas that
stand on a year's plan list and never start are projects too. Everything is a function of names and
years, so that any period can be written alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from xiantong.contracts.model import Zone
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import due_date
from xiantong.sample import energy, firms
from xiantong.sample.bodies import BUREAUS, bureaus, companies, township_governments
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.people import person_name

Kind = Literal["reviewed", "renovation", "plant", "urban", "relocation", "village"]
INDUSTRIAL: tuple[Kind, ...] = ("reviewed", "renovation", "plant")

FIRST_COHORT = 2021
# Industrial and other projects that enter the statistics in a year.
_COHORTS = {2021: (31, 39), 2022: (55, 76), 2023: (59, 85)}
_COHORT = (58, 84)
# Of a cohort, how many plan to finish in the next year and the one after it; the rest later.
_FINISH = {2021: ((17, 21), (10, 10)), 2023: ((22, 30), (30, 45))}
_FINISH_USUAL = ((10, 11), (25, 35))
# Projects on the plan list of a year when that year begins.
_LISTED = {2022: 188, 2023: 246, 2024: 277}
_LISTED_USUAL = 280
_JANUARY = 40  # a plant of each cohort that enters the statistics in the first month
_SIBLING_PROJECTS = 24  # of a year and sibling county
_STARTED_EARLY = {8: 3, 10: 5}  # reviewed project -> quarter in which it started without approval

_PRODUCTS = (
    "高端轴承", "精密铸件", "特种电缆", "智能仪表", "生物发酵制品", "功能性食品", "环保涂料", "汽车内饰件",
    "高强度螺栓", "新型墙体材料", "医药中间体", "光学薄膜", "精制淀粉糖", "液压元件", "包装新材料",
    "电子元器件", "节能电机", "预制构件", "高档面料", "宠物食品", "模具加工", "铝型材", "橡胶密封件",
    "锂电材料", "装配式家具", "中药饮片", "过滤材料", "农业装备", "改性塑料", "玻璃深加工",
)  # fmt: skip
_RENOVATIONS = ("智能化改造", "设备更新", "节能降碳改造", "数字化车间", "绿色工厂改造", "产线升级")
_URBAN = (
    ("污水处理厂提标扩建工程", "住房和城乡建设局"), ("老旧小区改造工程", "住房和城乡建设局"),
    ("城区供水管网更新工程", "住房和城乡建设局"), ("农贸市场建设项目", "市场监督管理局"),
    ("县人民医院门诊综合楼项目", "卫生健康局"), ("第三实验小学建设项目", "教育体育局"),
    ("停车场及充电设施项目", "住房和城乡建设局"), ("县道改建工程", "交通运输局"),
    ("城乡公交枢纽项目", "交通运输局"), ("养老服务中心项目", "民政局"), ("排水防涝工程", "住房和城乡建设局"),
    ("冷链物流园项目", "发展和改革局"), ("标准厂房项目", "工业和信息化局"), ("燃气管网改造工程", "住房和城乡建设局"),
    ("中小河流治理工程", "水务局"), ("文化中心项目", "文化和旅游局"), ("保障性租赁住房项目", "住房和城乡建设局"),
    ("大桥改建工程", "交通运输局"), ("智慧停车平台项目", "住房和城乡建设局"), ("职业学校实训基地项目", "教育体育局"),
)  # fmt: skip
_RELOCATION = ("片区改造安置项目", "道路拓宽征迁工程", "城中村改造项目", "河道整治征迁工程")
_VILLAGE = (
    "村道硬化工程",
    "高标准农田建设项目",
    "农村供水提升工程",
    "人居环境整治项目",
    "产业路建设项目",
    "灌溉渠系改造工程",
)


@dataclass(frozen=True, slots=True)
class Project:
    """An investment project from its idea to its end. A date that never comes is None.

    ``filed``: enters the register; ``listed``: put on the plan list of ``plan_year``; ``stat_in``:
    accepted into the investment statistics; amounts in ten thousand yuan.
    """

    code: str
    name: str
    kind: Kind
    builder: Unit
    category: str
    project_type: str
    area_code: str
    zone_code: str | None
    total_wan: int
    lead_unit: str
    official: str
    land_mu: int | None
    plan_year: int
    filed: date
    listed: date
    prelim: date | None
    signed: date | None
    plan_start: date
    start: date | None
    stat_in: date | None
    plan_finish: date | None
    finish: date | None
    stopped: date | None

    @property
    def is_industrial(self) -> bool:
        return self.kind in INDUSTRIAL

    def stage(self, day: date) -> str:
        """Stage (``pipeline_stage``) at the end of ``day``."""
        reached = (
            ("STOPPED", self.stopped), ("FINISHED", self.finish), ("BUILDING", self.start),
            ("NOT_STARTED", self.signed), ("PRELIM", self.prelim),
        )  # fmt: skip
        return next((stage for stage, since in reached if since and since <= day), "RESERVE")

    def invested(self, day: date) -> int:
        """Investment done from the start to the end of ``day``, whole ten thousand yuan."""
        if self.start is None or self.plan_finish is None:
            return 0
        last = self.finish or self.plan_finish + timedelta(days=150)
        if self.stopped:
            day = min(day, self.stopped)
        return round(self.total_wan * 0.97 * _curve(self.start, last, day))

    def planned(self, year: int) -> int:
        """Investment that the plan of a year asks for."""
        if self.plan_finish is None:
            return 0
        begin, end = date(year - 1, 12, 31), date(year, 12, 31)
        if self.plan_finish <= begin:
            return max(_tens(self.total_wan - self.invested(begin)), 50)
        path = [_curve(self.plan_start, self.plan_finish, day) for day in (begin, end)]
        return max(_tens(self.total_wan * 0.95 * (path[1] - path[0])), 50)


def _curve(start: date, end: date, day: date) -> float:
    """Share of the work that is done: slow at first, fast in the middle, slow at the end."""
    t = min(max((day - start).days / max((end - start).days, 1), 0.0), 1.0)
    return 0.55 * t + 0.45 * t * t * (3 - 2 * t)


def _tens(amount: float) -> int:
    """Amounts of plans are round."""
    return 10 * round(amount / 10)


def projects(county: County) -> list[Project]:
    """All projects from the first cohort to the plan list of the year after the last month."""
    made: list[Project] = []
    for year in range(FIRST_COHORT, county.last.year + 2):
        cohort = _cohort(county, year)
        foreseen = sum(project.listed.year < year for project in cohort)
        made += cohort
        if year > FIRST_COHORT:
            wanted = _LISTED.get(year, _LISTED_USUAL) - foreseen
            made += [_idea(county, year, number) for number in range(wanted)]
    return _with_own_names(made)


def sibling_projects(county: County, area_code: str) -> list[Project]:
    """Industrial projects of a sibling county, every third a new plant, the others renovations."""
    return county.once(_sibling, area_code)


def _sibling(county: County, area_code: str) -> list[Project]:
    made = []
    for year in range(FIRST_COHORT, county.last.year + 2):
        finish = _finish_years(year, _SIBLING_PROJECTS, 0)
        for number in range(_SIBLING_PROJECTS):
            kind: Kind = "plant" if number % 3 == 2 else "renovation"
            made.append(_built(county, year, number, kind, finish[number], area_code))
    return _with_own_names(made)


def of_kind(county: County, *kinds: Kind) -> list[Project]:
    """Projects of some kinds: ``village`` (a village's own works), ``relocation`` (projects that wait
    for land), ``renovation`` and ``plant`` (industrial), ``urban``, ``reviewed`` (energy review)."""
    return [project for project in county.once(projects) if project.kind in kinds]


def in_statistics(county: County, *kinds: Kind) -> list[Project]:
    """Projects that enter the investment statistics at some time, all kinds unless named."""
    found = of_kind(county, *kinds) if kinds else county.once(projects)
    return [project for project in found if project.stat_in]


def known_until(county: County, dataset: str, period: Period) -> date:
    """Last day that a delivery of ``investment.<dataset>`` can know of: lists that are due inside the
    month come some days before its end."""
    due = due_date(county.catalogue.contract(DatasetId("investment", dataset)), period)
    assert due is not None
    return min(due - timedelta(days=4), period.end)


def _with_own_names(made: list[Project]) -> list[Project]:
    """A builder's second project of one name is its second phase."""
    seen: dict[str, int] = {}
    named = []
    for project in made:
        seen[project.name] = times = seen.get(project.name, 0) + 1
        phase = f"（{'一二三四五六七八九'[min(times, 9) - 1]}期）"
        unique = times == 1 or project.kind == "reviewed"
        named.append(project if unique else replace(project, name=project.name + phase))
    return named


def _cohort(county: County, year: int) -> list[Project]:
    industrial, other = _COHORTS.get(year, _COHORT)
    reviewed = [
        n
        for n in range(len(energy.supervision.REVIEWED_PROJECTS))
        if _review_year(county, n) == year
    ]
    kinds: list[Kind] = ["renovation" if n % 5 < 2 else "plant" for n in range(industrial)]
    kinds[: len(reviewed)] = ["reviewed"] * len(reviewed)
    finish = _finish_years(year, industrial, 0)
    made = []
    for number, kind in enumerate(kinds):
        project = _built(county, year, number, kind, finish[number])
        if kind == "reviewed":
            project = _reviewed(county, project, reviewed[number])
        made.append(project)
    finish = _finish_years(year, other, 1)
    for number in range(other):
        kind = "village" if number % 3 == 2 else "relocation" if number % 12 == 4 else "urban"
        made.append(_built(county, year, industrial + number, kind, finish[number]))
    return made


def _finish_years(year: int, count: int, side: int) -> list[int]:
    """Planned year of completion of each project of a cohort, mixed."""
    next_year, second = (pair[side] for pair in _FINISH.get(year, _FINISH_USUAL))
    years = [year + 1] * next_year + [year + 2] * second
    years += [year + 3] * (count - len(years))
    return [years[(n * 7) % count] if count % 7 else years[n] for n in range(count)]


def _built(county: County, year: int, number: int, kind: Kind, finish_year: int,
           sibling: str | None = None) -> Project:  # fmt: skip
    """A project of a cohort with all its dates."""
    rng = county.chance.of("project", year, number, *([sibling] if sibling else []))
    month = pick(rng, range(1, 13), (3, 4, 10, 8, 8, 10, 8, 8, 9, 9, 10, 13))
    if number == _JANUARY:
        month = 1
    stat_in = date(year, month, between(rng, 3, 24))
    start = stat_in - timedelta(days=between(rng, 5, 75))
    if rng.random() < 0.06:
        start = stat_in + timedelta(days=between(rng, 10, 55))
    foreseen = start < date(year, 3, 1) or rng.random() < 0.72
    if foreseen:
        filed = day_in(rng, date(year - 1, 1, 5), min(date(year - 1, 10, 1), start - timedelta(60)))
        listed = day_in(rng, date(year - 1, 10, 8), date(year - 1, 12, 5))
    else:
        earliest = max(date(year, 1, 4), start - timedelta(days=150))
        filed = day_in(rng, earliest, start - timedelta(days=25))
        listed = filed
    begin = max(date(finish_year, 1, 20), start + timedelta(days=200))
    plan_finish = day_in(rng, begin, max(begin, date(finish_year, 12, 20)))
    late = between(rng, 40, 210) if rng.random() < 0.25 else between(rng, -25, 10)
    stopped = start + timedelta(days=between(rng, 90, 300)) if rng.random() < 0.02 else None
    span = (start - filed).days
    return _described(county, rng, kind, 500_000 + (year - 2020) * 10_000 + number * 13, filed, sibling, Dates(
        plan_year=year,
        listed=listed,
        prelim=filed + timedelta(days=span // 4),
        signed=filed + timedelta(days=span * 3 // 5),
        plan_start=start - timedelta(days=between(rng, -20, 25)),
        start=start,
        stat_in=stat_in,
        plan_finish=plan_finish,
        finish=None if stopped else plan_finish + timedelta(days=late),
        stopped=stopped,
    ))  # fmt: skip


def _idea(county: County, year: int, number: int) -> Project:
    """A project on the plan list of a year that does not start."""
    rng = county.chance.of("idea", year, number)
    filed = day_in(rng, date(year - 1, 1, 5), date(year - 1, 11, 25))
    listed = max(filed, day_in(rng, date(year - 1, 10, 8), date(year - 1, 12, 5)))
    prelim = filed + timedelta(days=between(rng, 40, 240)) if rng.random() < 0.6 else None
    signed = None
    if prelim and rng.random() < 0.3:
        signed = prelim + timedelta(days=between(rng, 30, 160))
    kind: Kind = pick(
        rng, ("plant", "renovation", "urban", "village", "relocation"), (34, 14, 32, 16, 4)
    )
    stopped = date(year, between(rng, 3, 12), 15) if rng.random() < 0.1 else None
    return _described(county, rng, kind, 505_000 + (year - 2020) * 10_000 + number * 13, filed, None, Dates(
        plan_year=year,
        listed=listed,
        prelim=prelim,
        signed=signed,
        plan_start=date(year, between(rng, 3, 12), between(rng, 1, 28)),
        stopped=stopped,
    ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a project, as in ``Project``."""

    plan_year: int
    listed: date
    prelim: date | None
    signed: date | None
    plan_start: date
    start: date | None = None
    stat_in: date | None = None
    plan_finish: date | None = None
    finish: date | None = None
    stopped: date | None = None


def _described(
    county: County,
    rng: np.random.Generator,
    kind: Kind,
    serial: int,
    filed: date,
    sibling: str | None,
    dates: Dates,
) -> Project:
    what = {"village": _village, "urban": _urban, "relocation": _urban}.get(kind, _industrial)
    about = _at_sibling(county, rng, kind, sibling) if sibling else what(county, rng, kind)
    prefix = (sibling or county.area.area_code)[:6]
    return Project(
        code=f"{filed:%y%m}-{prefix}-04-{pick(rng, ('01', '02', '05'))}-{serial:06d}",
        kind=kind,
        official=person_name(rng),
        filed=filed,
        plan_year=dates.plan_year,
        listed=dates.listed,
        prelim=dates.prelim,
        signed=dates.signed,
        plan_start=dates.plan_start,
        start=dates.start,
        stat_in=dates.stat_in,
        plan_finish=dates.plan_finish,
        finish=dates.finish,
        stopped=dates.stopped,
        name=about.name,
        builder=about.builder,
        category=about.category,
        project_type=about.project_type,
        area_code=about.area_code,
        zone_code=about.zone_code,
        total_wan=about.total_wan,
        lead_unit=about.lead_unit,
        land_mu=about.land_mu,
    )


@dataclass(frozen=True, slots=True)
class About:
    """What a project is, apart from its dates."""

    name: str
    builder: Unit
    category: str
    project_type: str
    area_code: str
    zone_code: str | None
    total_wan: int
    lead_unit: str
    land_mu: int | None


def _amount(rng: np.random.Generator, median: float, spread: float, least: int) -> int:
    return max(_tens(median * float(np.exp(spread * rng.standard_normal()))), least)


def _investors(county: County) -> list[Unit]:
    """Industrial firms that invest, power plants left out."""
    return [
        *(user.unit for user in county.once(energy.users.users)[2:]),
        *county.once(energy.prices.small_firms),
    ]


def _industrial(county: County, rng: np.random.Generator, kind: Kind) -> About:
    builder = pick(rng, county.once(_investors))
    zone = pick(rng, county.zones) if rng.random() < 0.65 and county.zones else None
    return _of_firm(rng, kind, builder, zone)


def _at_sibling(county: County, rng: np.random.Generator, kind: Kind, area_code: str) -> About:
    builder = pick(rng, firms.firms_of(county, area_code)).unit
    return _of_firm(rng, kind, builder, None)


def _of_firm(rng: np.random.Generator, kind: Kind, builder: Unit, zone: Zone | None) -> About:
    total = _amount(rng, 3600 if kind == "renovation" else 11_500, 0.75, 600)
    short = builder.name.removesuffix("有限公司").removesuffix("股份")
    product = pick(rng, _PRODUCTS)
    work = pick(rng, _RENOVATIONS) if kind == "renovation" else "生产线"
    return About(
        name=f"{short}{product}{work}项目",
        builder=builder,
        category="NEW_INDUSTRY",
        project_type="RENOVATION"
        if kind == "renovation"
        else pick(rng, ("NEW", "EXPANSION", "MOVE"), (66, 28, 6)),
        area_code=zone.host_area_code if zone else builder.area_code,
        zone_code=zone.zone_code if zone else None,
        total_wan=total,
        lead_unit=f"{zone.zone_name}管委会" if zone else "工业和信息化局",
        land_mu=None if kind == "renovation" else max(total // 280, 8),
    )


def _urban(county: County, rng: np.random.Generator, kind: Kind) -> About:
    town = county.pick_township(rng)
    what, lead = pick(rng, _URBAN)
    if kind == "relocation":
        what, lead = pick(rng, _RELOCATION), pick(rng, ("住房和城乡建设局", "交通运输局"))
    if rng.random() < 0.6 or kind == "relocation":
        builder = pick(rng, county.once(companies)).unit
    else:
        builder = county.once(bureaus)[BUREAUS.index(lead)]
    return About(
        name=f"{county.name}{town.area_name}{what}",
        builder=builder,
        category="OTHER" if what.startswith("冷链") else "NEW_URBAN",
        project_type=pick(rng, ("NEW", "RENOVATION", "EXPANSION"), (60, 25, 15)),
        area_code=town.area_code,
        zone_code=None,
        total_wan=_amount(rng, 26_000 if kind == "relocation" else 6400, 0.7, 700),
        lead_unit=lead,
        land_mu=between(rng, 60, 420) if kind == "relocation" else between(rng, 6, 90),
    )


def _village(county: County, rng: np.random.Generator, kind: Kind) -> About:
    town = pick(rng, [t for t in county.townships if not t.area_name.endswith("街道")])
    village = pick(rng, county.villages[town.area_code])
    return About(
        name=f"{town.area_name}{village.area_name}{pick(rng, _VILLAGE)}",
        builder=county.once(township_governments)[county.townships.index(town)],
        category="RURAL",
        project_type=pick(rng, ("NEW", "RENOVATION"), (55, 45)),
        area_code=village.area_code,
        zone_code=None,
        total_wan=_amount(rng, 900, 0.4, 520),
        lead_unit=pick(rng, ("农业农村局", "水务局", "交通运输局")),
        land_mu=None,
    )


def _review_quarter(number: int) -> int:
    """Quarter since the first year in which a reviewed project starts: once approved, or too early."""
    return _STARTED_EARLY.get(number, number // 2)


def _review_year(county: County, number: int) -> int:
    return county.first.year + _review_quarter(number) // 4


def _reviewed(county: County, project: Project, number: int) -> Project:
    """A place of the cohort taken by a project that stands in the energy review."""
    _, _, user, two_high, demand, _ = energy.supervision.REVIEWED_PROJECTS[number]
    owner = county.once(energy.users.users)[user]
    quarter = _review_quarter(number)
    first = county.first.year
    start = date(first + quarter // 4, quarter % 4 * 3 + 1, 1) + timedelta(days=18 + number)
    filed = date(first - 1, number + 1, 12)
    plan_finish = max(project.plan_finish or start, start + timedelta(days=280))
    return replace(
        project,
        code=energy.supervision.reviewed_project_code(county, number),
        name=energy.supervision.reviewed_project_name(county, number),
        builder=owner.unit,
        area_code=owner.unit.area_code,
        zone_code=owner.zone_code,
        lead_unit="工业和信息化局",
        total_wan=_tens(demand * (2.1 if two_high else 3.4)),
        filed=filed,
        listed=max(filed, date(first - 1, 10, 20)),
        prelim=filed + timedelta(days=30),
        signed=start - timedelta(days=40),
        plan_start=start - timedelta(days=5),
        start=start,
        stat_in=start + timedelta(days=21),
        plan_finish=plan_finish,
        finish=plan_finish + timedelta(days=number * 3),
        stopped=None,
    )
