"""Register of market entities: every unit that other deliveries name, and the county's own life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from xiantong.contracts.model import Reporter
from xiantong.periods import Period, period_range
from xiantong.sample import firms
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.departments import departments
from xiantong.sample.people import credit_code, person_name
from xiantong.sample.rule_breaks import Before
from xiantong.sample.table import Row, Table

STOCK = 5600
NEW_PER_MONTH = 55
CHANGED_PER_MONTH = 75
_TRADES = (
    ("百货店", "F5211"), ("小吃店", "H6220"), ("饭庄", "H6210"), ("超市", "F5212"), ("理发店", "O8040"),
    ("服装店", "F5232"), ("汽车修理厂", "O8111"), ("五金店", "F5271"), ("药材经营部", "F5126"),
    ("建材经营部", "F5281"), ("水果店", "F5223"), ("粮油店", "F5221"), ("家具店", "F5283"),
)  # fmt: skip
_BUSINESSES = (
    ("商贸有限公司", "F5190", 50), ("建筑工程有限公司", "E4710", 800), ("物流有限公司", "G5430", 200),
    ("农业发展有限公司", "A0111", 100), ("机械制造有限公司", "C3421", 500), ("食品有限公司", "C1353", 300),
    ("装饰工程有限公司", "E5011", 200), ("信息技术有限公司", "I6510", 100), ("纺织有限公司", "C1711", 300),
    ("新型建材有限公司", "C3031", 600), ("房地产开发有限公司", "K7010", 2000), ("劳务有限公司", "L7263", 200),
)  # fmt: skip
_COOPS = (("种植专业合作社", "A0141"), ("养殖专业合作社", "A0321"), ("农机专业合作社", "A0513"))
_BRANDS = "鑫源|宏达|瑞丰|金泰|恒信|华盛|顺达|万和|嘉和|永兴|天成|同济|盛世|广源|德隆|安泰|百川|金穗|绿源|惠民"


@dataclass(frozen=True)
class Entity:
    """A unit with its status in the register."""

    unit: Unit
    reg_status: str = "ACTIVE"
    approve_date: date | None = None
    status_date: date | None = None
    abnormal: bool = False
    serious: bool = False


def _person_shop(
    county: County, rng: np.random.Generator, area_name: str
) -> tuple[str, str, str, str, int | None]:
    trade, industry = pick(rng, _TRADES)
    brand = pick(rng, _BRANDS.split("|"))
    return (
        "92",
        f"{county.name}{area_name}{brand}{trade}",
        "INDIVIDUAL",
        industry,
        between(rng, 1, 20),
    )


def _business(
    county: County, rng: np.random.Generator, area_name: str
) -> tuple[str, str, str, str, int | None]:
    brand = "".join(pick(rng, _BRANDS.split("|")) for _ in range(2))[: between(rng, 2, 4)]
    if rng.random() < 0.16:
        kind, industry = pick(rng, _COOPS)
        return (
            "93",
            f"{county.name}{area_name}{brand}{kind}",
            "COOP",
            industry,
            between(rng, 5, 300),
        )
    kind, industry, capital = pick(rng, _BUSINESSES)
    if rng.random() < 0.08:
        return "91", f"云泽市{brand}{kind}{county.short_name}分公司", "BRANCH", industry, None
    return "91", f"{county.name}{brand}{kind}", "COMPANY", industry, capital * between(rng, 1, 5)


def _background(county: County, number: int, found: date) -> Unit:
    rng = county.chance.of("entity", number)
    township = county.pick_township(rng)
    maker = _person_shop if rng.random() < 0.72 else _business
    kind, name, entity_type, industry, capital = maker(county, rng, township.area_name)
    code = township.area_code
    if rng.random() < 0.6:
        code = pick(rng, county.villages[township.area_code]).area_code
    return Unit(
        uscc=credit_code(kind, county.area.area_code, 10_000_000 + 37 * number),
        name=name,
        entity_type=entity_type,
        industry_code=industry,
        head=person_name(rng),
        capital_wan=capital,
        found_date=found,
        area_code=code,
        address=county.address(rng, code),
    )


def _stock(county: County) -> list[Entity]:
    """The register before the first month: the units of other subjects and everybody else."""
    # A unit that two subjects name is still one unit.
    named = {
        unit.uscc: unit
        for department in departments(county).values()
        if department.units
        for unit in department.units(county)
    }
    entities = [
        Entity(unit, approve_date=unit.found_date + timedelta(days=300)) for unit in named.values()
    ]
    start = county.first.start
    for number, age in enumerate(county.chance.of("entity-ages").gamma(1.6, 1300, STOCK)):
        found = start - timedelta(days=int(20 + age))
        entities.append(Entity(_background(county, number, found), approve_date=found))
    return entities


def companies(county: County) -> list[Unit]:
    """Companies of the register that no other subject names."""
    background = county.once(_stock)[-STOCK:]
    return [e.unit for e in background if e.unit.entity_type == "COMPANY"]


def _month_index(county: County, period: Period) -> int:
    return (period.year - county.first.year) * 12 + period.ordinal - county.first.ordinal


def _new(county: County, period: Period) -> list[Entity]:
    """Entities registered in the month."""
    index = _month_index(county, period)
    rng = county.chance.of("entity-new", period)
    entities = []
    for i in range(NEW_PER_MONTH + between(rng, -12, 18)):
        found = day_in(rng, period.start, period.end)
        unit = _background(county, STOCK + 100 * index + i, found)
        entities.append(Entity(unit, approve_date=found))
    return entities


def _changed(county: County, period: Period) -> list[Entity]:
    """Entities of the stock whose entry changed in the month; nobody changes twice."""
    stock = county.once(_stock)
    background = stock[-STOCK:]
    order = county.chance.of("entity-changes").permutation(STOCK)
    start = (_month_index(county, period) - 1) * CHANGED_PER_MONTH
    rng = county.chance.of("entity-change", period)
    return [
        _change(county, rng, background[int(number)], day_in(rng, period.start, period.end))
        for number in order[start : start + CHANGED_PER_MONTH]
    ]


def _change(county: County, rng: np.random.Generator, entity: Entity, day: date) -> Entity:
    kind = pick(rng, ("cancel", "revoke", "capital", "head", "name", "abnormal", "rest", "moved"),
                (34, 5, 15, 18, 8, 14, 4, 2))  # fmt: skip
    unit = entity.unit
    match kind:
        case "cancel":
            return replace(entity, reg_status="CANCELLED", status_date=day)
        case "revoke":
            return replace(entity, reg_status="REVOKED", status_date=day, serious=True)
        case "rest":
            return replace(entity, reg_status="SUSPENDED", status_date=day)
        case "moved":
            return replace(entity, reg_status="MOVED_OUT", status_date=day)
        case "capital":
            unit = replace(unit, capital_wan=(unit.capital_wan or 10) * 2)
        case "head":
            unit = replace(unit, head=person_name(rng))
        case "name":
            brand = pick(rng, _BRANDS.split("|"))
            unit = replace(unit, name=unit.name.replace(county.name, f"{county.name}新{brand}", 1))
        case _:
            return replace(entity, abnormal=True)
    return replace(entity, unit=unit, approve_date=day)


def closed_factories(county: County) -> list[Unit]:
    """Small industrial companies outside all other lists that are cancelled or revoked in some month."""
    found = []
    for month in period_range(county.first, county.last):
        for entity in _changed(county, month) if month != county.first else ():
            unit = entity.unit
            is_factory = unit.entity_type == "COMPANY" and unit.industry_code.startswith("C")
            if is_factory and entity.reg_status in ("CANCELLED", "REVOKED"):
                found.append(unit)
    return found


def _row(entity: Entity) -> Row:
    unit = entity.unit
    return {
        "uscc": unit.uscc,
        "entity_name": unit.name,
        "entity_type": unit.entity_type,
        "industry_code": unit.industry_code,
        "legal_person_name": unit.head,
        "capital_wan": unit.capital_wan,
        "found_date": unit.found_date,
        "approve_date": entity.approve_date,
        "reg_status": entity.reg_status,
        "status_date": entity.status_date,
        "area_code": unit.area_code,
        "address": unit.address,
        "abnormal": entity.abnormal,
        "serious_violation": entity.serious,
    }


def market_entity(county: County, period: Period) -> Table:
    """The whole register in the first month, then what is new or changed."""
    if period == county.first:
        entities = county.once(_stock) + _new(county, period)
    else:
        entities = _new(county, period) + _changed(county, period)
    return Table([_row(entity) for entity in entities])


def _reporters(county: County, period: Period) -> list[Reporter]:
    """The bureau of the county; once also those of its siblings, with the firms that others name."""
    bureaus = county.bureaus("market_regulation")
    return bureaus if period == county.first else bureaus[:1]


def _of_reporter(county: County, period: Period, reporter: Reporter) -> Table:
    if reporter.area_code == county.area.area_code:
        return market_entity(county, period)
    units = firms.sibling_units(county, reporter.area_code)
    return Table([_row(Entity(u, approve_date=u.found_date + timedelta(days=300))) for u in units])


DEPARTMENT = Department(
    by_reporter={"market_entity": ByReporter(_reporters, _of_reporter)},
    breaks={
        "market_entity": Before("approve_date", "found_date", 30),
    },
)
