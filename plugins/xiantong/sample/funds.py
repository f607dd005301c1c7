"""Items for which the county asks for money from above: planned, reviewed, granted, paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample import projects as world
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.projects import Project
from xiantong.sample.table import Row, Table

# Items of a year by kind: applied for, granted, and of bonds issued.
_FUNDS = {
    "CENTRAL_BUDGET": (16, 9), "NATIONAL_SPECIAL": (6, 4), "SPECIAL_BOND": (12, 7), "TRANSFER": (9, 8), "COUNTY": (6, 6),
}  # fmt: skip
_BONDS = {2021: 6, 2022: 6, 2023: 5}
_BONDS_USUAL = 6
_TREASURY_YEAR, _TREASURY = 2023, 18  # the additional treasury bonds of late 2023
_DIRECTIONS = {
    "CENTRAL_BUDGET": (
        "产粮大县公共服务",
        "保障性安居工程",
        "排水设施",
        "社会事业",
        "重大水利工程",
        "产粮大县公共服务",
    ),
    "NATIONAL_SPECIAL": ("制造业技术改造", "节能降碳", "冷链物流"),
    "SPECIAL_BOND": ("产业园区基础设施", "城镇供水", "农村污水治理", "社会事业"),
    "TRANSFER": ("农田建设", "农村公路", "教育强国"),
    "EXTRA_TREASURY": ("灾后恢复重建", "高标准农田建设", "城市排水防涝", "重点防洪工程"),
    "COUNTY": ("城市更新", "农村公路"),
}
_LEVELS = ("COUNTY", "MUNICIPAL", "PROVINCIAL", "NATIONAL")


@dataclass(frozen=True, slots=True)
class Fund:
    """An item that asks for money. ``days``: reported by the county, the city, the province."""

    number: str
    project: Project
    kind: str
    direction: str
    plan_year: int
    apply_wan: int
    planned: date
    days: tuple[date, date, date]
    decided: date
    granted_wan: int | None
    issued: date | None


def funds(county: County) -> list[Fund]:
    """All items from the year before the first cohort's end to the plan for the next year."""
    made: list[Fund] = []
    for year in range(world.FIRST_COHORT, county.last.year + 2):
        kinds = dict(_FUNDS)
        if year == _TREASURY_YEAR:
            kinds["EXTRA_TREASURY"] = (_TREASURY, 3)
        for kind, (applied, granted) in kinds.items():
            made += [_fund(county, year, kind, n, n < granted) for n in range(applied)]
    return made


def _fund(county: County, year: int, kind: str, number: int, granted: bool) -> Fund:
    rng = county.chance.of("fund", year, kind, number)
    public = [
        project
        for project in world.of_kind(county, "urban", "relocation", "village")
        if project.plan_year == year
    ]
    project = pick(rng, public)
    planned = day_in(rng, date(year - 1, 9, 10), date(year - 1, 12, 10))
    if kind == "EXTRA_TREASURY":
        planned = day_in(rng, date(year, 10, 28), date(year, 11, 10))
    elif kind in ("TRANSFER", "COUNTY"):
        planned = day_in(rng, date(year, 1, 3), date(year, 6, 20))
    step = 9 if kind == "EXTRA_TREASURY" else between(rng, 12, 30)
    days = tuple(planned + timedelta(days=step * n) for n in (1, 2, 3))
    earliest = max(days[2] + timedelta(days=10), date(year, 1, 20))
    decided = day_in(rng, earliest, max(earliest, date(year, 11, 20)))
    asked = max(10 * round(project.total_wan * float(rng.uniform(0.2, 0.55)) / 10), 60)
    bonds = _BONDS.get(year, _BONDS_USUAL)
    issued = None
    if kind == "SPECIAL_BOND" and number < bonds:
        issued = min(decided + timedelta(days=between(rng, 8, 40)), date(year, 12, 20))
    return Fund(
        number=f"ZJ{year}-{kind[:2]}{number + 1:03d}",
        project=project,
        kind=kind,
        direction=pick(rng, _DIRECTIONS[kind]),
        plan_year=year,
        apply_wan=asked,
        planned=planned,
        days=(days[0], days[1], days[2]),
        decided=decided,
        granted_wan=10 * round(asked * float(rng.uniform(0.6, 1.0)) / 10) if granted else None,
        issued=issued,
    )


def _fund_row(county: County, fund: Fund, day: date) -> Row:
    reached = sum(when <= day for when in fund.days)
    decided = fund.decided <= day
    status = "PLANNED" if reached == 0 else "REPORTED" if reached == 1 else "REVIEWING"
    if decided:
        rejected = county.chance.of("rejected", fund.number).random() < 0.6
        status = "GRANTED" if fund.granted_wan else "REJECTED" if rejected else "PASSED"
    granted = fund.granted_wan if decided and fund.granted_wan else None
    issued = granted if granted and fund.issued and fund.issued <= day else None
    return {
        "fund_item_no": fund.number,
        "project_code": fund.project.code if fund.project.filed <= day else None,
        "item_name": fund.project.name,
        "fund_kind": fund.kind,
        "fund_direction": fund.direction,
        "plan_year": fund.plan_year,
        "apply_level": _LEVELS[reached],
        "apply_wan": money(fund.apply_wan),
        "review_status": status,
        "granted_wan": money(granted) if granted else None,
        "grant_date": fund.decided if granted else None,
        "issued_wan": money(issued) if issued else None,
        "paid_wan": money(_paid(county, fund, granted, day)) if granted else None,
    }


def _paid(county: County, fund: Fund, granted: int, day: date) -> int:
    """Paid so far: by quarters of the work, all within about fourteen months."""
    pace = county.chance.of("paid", fund.number).uniform(240, 430)
    share = min(max((day - fund.decided).days - 25, 0) / pace, 1.0)
    return 10 * round(granted * int(share * 8) / 80)


def fund_item(county: County, period: Period) -> Table:
    """All items in the first month, then new and changed ones."""
    before = period.prior.end
    rows: list[Row] = []
    for fund in county.once(funds):
        if fund.planned > period.end:
            continue
        row = _fund_row(county, fund, period.end)
        known = period != county.first and fund.planned <= before
        if not known or row != _fund_row(county, fund, before):
            rows.append(row)
    return Table(rows)
