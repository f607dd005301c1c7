"""Solar roofs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.periods import Period, period_range
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in, month_number
from xiantong.sample.energy.prices import SMALL_NAMES
from xiantong.sample.people import person_name
from xiantong.sample.table import Row, Table


@dataclass(frozen=True, slots=True)
class Roof:
    """One solar project."""

    code: str
    name: str
    area_code: str
    kind: str
    owner: str
    capacity_kw: float
    grid_date: date
    mode: str
    self_share: float
    quality: float
    level: str


_HOURS = (64, 71, 93, 105, 113, 106, 109, 107, 91, 83, 66, 60)
_ROOFS_AT_START = 380


def _roof(county: County, number: int, grid_date: date | None = None) -> Roof:
    rng = county.chance.of("roof", number)
    kind = pick(rng, ("RURAL_HOME", "INDUSTRY", "PUBLIC", "PARTY_GOV"), (74, 13, 8, 5))
    if number in (7, 90, 333):
        kind = "GROUND_STATION"
    town = county.pick_township(rng)
    area = pick(rng, county.villages[town.area_code])
    brand = pick(rng, SMALL_NAMES.split("|"))
    name, owner, capacity = {
        "RURAL_HOME": (person_name(rng), pick(rng, ("HOUSEHOLD", "COMPANY"), (62, 38)), between(rng, 8, 36)),
        "INDUSTRY": (f"{county.short_name}{brand}厂屋顶光伏", pick(rng, ("COMPANY", "COMPANY", "COLLECTIVE")), between(rng, 18, 260) * 10),
        "PUBLIC": (f"{town.area_name}{pick(rng, ('中心小学', '初级中学', '卫生院', '敬老院'))}屋顶光伏", "COMPANY", between(rng, 5, 30) * 10),
        "PARTY_GOV": (f"{town.area_name}{pick(rng, ('政府', '便民服务中心', '派出所'))}屋顶光伏", "PUBLIC", between(rng, 3, 15) * 10),
        "GROUND_STATION": (f"{town.area_name}{pick(rng, ('农光互补', '渔光互补'))}光伏电站", "COMPANY", between(rng, 20, 50) * 1000),
    }[kind]  # fmt: skip
    full = kind == "GROUND_STATION" or (kind == "RURAL_HOME" and rng.random() < 0.75)
    return Roof(
        code=f"PV{county.area.area_code[:6]}{number + 1:06d}",
        name=name,
        area_code=area.area_code,
        kind=kind,
        owner=owner,
        capacity_kw=float(capacity) + (0.5 if kind == "RURAL_HOME" and rng.random() < 0.4 else 0),
        grid_date=grid_date
        or day_in(rng, date(2017, 6, 1), county.first.start - timedelta(days=70)),
        mode="FULL_GRID" if full else "SELF_FIRST",
        self_share=0.0 if full else float(rng.uniform(0.3, 0.82)),
        quality=float(rng.uniform(0.9, 1.08)),
        level=pick(rng, ("GREEN", "YELLOW", "RED"), (72, 22, 6)),
    )


def _new_roofs(county: County, period: Period) -> list[Roof]:
    """Projects connected in the first days of a month; more of them every half-year."""
    index = month_number(period) - month_number(county.first)
    rng = county.chance.of("new-roofs", period)
    count = 6 + index // 3 + between(rng, 0, 5)
    return [
        _roof(
            county,
            _ROOFS_AT_START + 60 * index + i,
            period.start + timedelta(days=between(rng, 0, 7)),
        )
        for i in range(count)
    ]


def _roofs(county: County) -> list[Roof]:
    """All projects of the months that are written, in the order in which they were connected."""
    roofs = [_roof(county, number) for number in range(_ROOFS_AT_START)]
    for month in period_range(county.first, county.last):
        roofs += _new_roofs(county, month)
    return roofs


def distributed_pv(county: County, period: Period) -> Table:
    """All connected projects with their generation of the month."""
    rows: list[Row] = []
    remarks = {}
    limit = period.end - timedelta(days=64)
    roofs = county.once(_roofs)
    weather = county.chance.of("sun", period).standard_normal(len(roofs))
    for roof, luck in zip(roofs, weather, strict=True):
        if roof.grid_date > period.end:
            continue
        if roof.level == "RED" and roof.grid_date > limit:
            remarks[len(rows)] = "配建储能并承诺反送电受控，供电公司出具并网复核意见后接入"
        share = 1.0
        if roof.grid_date >= period.start:
            share = (period.end - roof.grid_date).days / period.end.day
        hours = _HOURS[period.ordinal - 1] * roof.quality * share * (1 + 0.04 * luck)
        made = money(roof.capacity_kw * hours)
        own = money(float(made) * roof.self_share)
        rows.append({
            "pv_code": roof.code,
            "pv_name": roof.name,
            "area_code": roof.area_code,
            "roof_kind": roof.kind,
            "owner_kind": roof.owner,
            "capacity_kw": money(roof.capacity_kw),
            "grid_date": roof.grid_date,
            "grid_mode": roof.mode,
            "generation_kwh": made,
            "self_use_kwh": own if roof.self_share else None,
            "grid_kwh": made - own,
            "substation_limit": roof.level,
        })  # fmt: skip
    return Table(rows, remarks)
