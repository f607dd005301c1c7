"""Industrial land of the county: parcels, who holds them, what happens to them, month by month.

The land bureau registers them, the park committee says who works on them. Areas are mu, floor areas
square metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from xiantong.periods import Period
from xiantong.sample import firms, market_regulation
from xiantong.sample.bodies import companies
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in, month_number
from xiantong.sample.firms import Firm

SQM_PER_MU = 666.67
# Standard plants are let by a state company; firms rent there what they need beside their own land.
_LANDLORD = "标准厂房租赁有限公司"
# Land that a zone's clusters supply in a usual year: place of the cluster, quarter, mu.
_SUPPLY = (
    (0, 1, 42.0), (1, 1, 27.0), (3, 1, 31.0), (0, 2, 38.0), (2, 2, 44.0), (4, 2, 22.0),
    (1, 3, 46.0), (3, 3, 29.0), (0, 3, 26.0), (2, 4, 40.0), (4, 4, 34.0), (0, 4, 48.0),
)  # fmt: skip
_TRADES = (
    ("新能源材料", "C3985"), ("智能装备", "C3491"), ("生物医药", "C2761"), ("精密模具", "C3525"),
    ("食品科技", "C1492"), ("汽车电子", "C3670"), ("包装科技", "C2231"), ("环保设备", "C3591"),
)  # fmt: skip
_BRANDS = "云启|澧创|昊海|晟元|拓维|启航|锐捷通|中骏|正元|蓝湾|启泰|领航|志成|远景达|博众|科锐"
_STALLED = (("鼎盛光伏科技", "C3825"), ("华誉电动车", "C3775"), ("宏图新型建材", "C3024"))
_SPLIT = 2023 * 12 + 4


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster inside a development zone."""

    zone_code: str
    host_area_code: str
    name: str


@dataclass(frozen=True, slots=True)
class Supply:
    """Land that a cluster supplies to a new company on a day."""

    cluster: Cluster
    day: date
    mu: Decimal
    buyer: Unit


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel and its dates; a date that never comes is None.

    ``owner`` is the firm that holds it, None where the holder is none of the industrial firms.
    ``cut`` is area that leaves in ``cut_month``; ``raised_sqm`` is floor area added in ``raised_month``.
    ``let_to`` are tenants with their areas.
    """

    code: str
    name: str
    area_code: str
    zone_code: str | None
    holder: Unit
    owner: Firm | None
    area_mu: Decimal
    listed: date
    supplied: date | None
    mode: str | None
    contract_no: str | None
    plan_start: date | None = None
    plan_finish: date | None = None
    start: date | None = None
    finish: date | None = None
    idle_since: date | None = None
    invest_per_mu: Decimal | None = None
    tax_per_mu: Decimal | None = None
    far_min: Decimal | None = None
    far_max: Decimal | None = None
    built_sqm: Decimal | None = None
    far_sqm: Decimal | None = None
    raised_month: int | None = None
    raised_sqm: Decimal = Decimal(0)
    cut_month: int | None = None
    cut: Decimal = Decimal(0)
    let_to: tuple[tuple[Firm, Decimal], ...] = ()

    def area(self, month: int) -> Decimal:
        """Area at the end of a month."""
        is_cut = self.cut_month is not None and month >= self.cut_month
        return self.area_mu - self.cut if is_cut else self.area_mu

    def status(self, day: date) -> str:
        """Status (``parcel_status``) at the end of a day."""
        if self.supplied is None or self.supplied > day:
            return "UNSUPPLIED"
        if self.idle_since and self.idle_since <= day:
            return "IDLE"
        if self.finish and self.finish <= day:
            return "IN_USE"
        return "BUILDING" if self.start and self.start <= day else "SUPPLIED"


def clusters(county: County) -> list[Cluster]:
    """Clusters of the zones: the first zone has three."""
    names = (("城东组团", "城西组团", "精细化工组团"), ("北部组团",), ("新材料组团",))
    return [
        Cluster(zone.zone_code, zone.host_area_code, name)
        for place, zone in enumerate(county.zones)
        for name in names[min(place, len(names) - 1)]
    ]


def reserve_centre(county: County) -> Unit:
    """Holds land that is approved and not yet supplied."""
    seat = county.townships[0].area_code
    return county.unit("12", f"{county.name}土地储备中心", "INSTITUTION", "S9221", seat)


def stalled(county: County) -> list[Unit]:
    """Companies that took land years ago and never built."""
    return [
        county.unit("91", f"{county.short_name}{name}有限公司", "COMPANY", industry,
                    county.zones[place % len(county.zones)].host_area_code, (2000, 8000), (2015, 2016))
        for place, (name, industry) in enumerate(_STALLED)
    ]  # fmt: skip


def holders(county: County) -> list[Unit]:
    """Holders of land that no other department names: the reserve centre and new companies."""
    buyers = (s.buyer for year in _years(county) for s in supplies(county, year))
    return [county.once(reserve_centre), *county.once(stalled), *buyers]


def supplies(county: County, year: int) -> list[Supply]:
    """Land supplied in the zones in a year, in the order of days."""
    return county.once(_supplies_of, year)


def parcels(county: County) -> list[Parcel]:
    """All parcels of the county that are ever registered in the months that are written."""
    return county.once(_parcels)


def registered(county: County, month: int) -> list[Parcel]:
    """Parcels that stand in the register at the end of a month."""
    day = end_of(month)
    return [parcel for parcel in parcels(county) if parcel.listed <= day]


def end_of(month: int) -> date:
    return Period(f"{month // 12}-{month % 12 + 1:02d}").end


def _years(county: County) -> range:
    return range(county.first.year - 1, county.last.year + 1)


def _supplies_of(county: County, year: int) -> list[Supply]:
    known = county.once(clusters)
    made = []
    for number, (place, quarter, mu) in enumerate(_SUPPLY):
        rng = county.chance.of("supply", year, number)
        cluster = known[place % len(known)]
        trade, industry = _TRADES[(number + year) % len(_TRADES)]
        brands = _BRANDS.split("|")
        brand = brands[(number + 5 * year) % len(brands)]
        buyer = county.unit(
            "91", f"{county.short_name}{brand}{trade}有限公司", "COMPANY", industry,
            cluster.host_area_code, (1000, 9000), (year - 5, year - 3),
        )  # fmt: skip
        first = date(year, quarter * 3 - 2, 6)
        day = day_in(rng, first, first + timedelta(days=70))
        made.append(Supply(cluster, day, money(mu * rng.uniform(0.95, 1.05)), buyer))
    return sorted(made, key=lambda supply: supply.day)


# --- all parcels --------------------------------------------------------------------------------


def _parcels(county: County) -> list[Parcel]:
    made: list[Parcel] = []
    for firm in firms.firms(county):
        made += _of_firm(county, firm)
    made += _standard_plants(county)
    made += _gone_holders(county)
    for year in _years(county):
        made += [_new_parcel(county, supply) for supply in supplies(county, year)]
    made += _idle(county)
    return _split(_numbered(county, made))


def _numbered(county: County, made: list[Parcel]) -> list[Parcel]:
    """Give every parcel its cadastral code: township, block, serial number in the order of supply."""
    blocks: dict[str, int] = {}
    numbered = []
    for parcel in made:
        town = parcel.area_code[6:9]
        serial = blocks[town] = blocks.get(town, 0) + 1
        block = serial // 40 + 1
        code = f"{parcel.area_code[:6]}{town}{block:03d}GB{serial:05d}"
        numbered.append(replace(parcel, code=code, name=f"{parcel.name}{block}-{serial}号地块"))
    return numbered


def _split(made: list[Parcel]) -> list[Parcel]:
    """One large old parcel is split: a part gets a code of its own."""
    large = max(
        (p for p in made if p.owner and p.owner.user is None and p.finish and p.finish.year < 2018 and not p.raised_month),
        key=lambda p: (p.area_mu, p.code),
    )  # fmt: skip
    cut = money(float(large.area_mu) * 0.35)
    share = float(cut / large.area_mu)
    part = replace(
        large,
        code=large.code[:14] + f"{90000 + int(large.code[14:]):05d}",
        name=f"{large.name}（分割）",
        area_mu=cut,
        listed=date(_SPLIT // 12, _SPLIT % 12 + 1, 5),
        built_sqm=money(float(large.built_sqm or 0) * share),
        far_sqm=money(float(large.far_sqm or 0) * share),
    )
    return [*(replace(p, cut_month=_SPLIT, cut=cut) if p is large else p for p in made), part]


def _of_firm(county: County, firm: Firm) -> Iterator[Parcel]:
    """The own land of a firm in one to three parcels."""
    rng = county.chance.of("parcels", firm.uscc)
    count = (
        1 if firm.land_mu < 60 else between(rng, 1, 2) if firm.land_mu < 160 else between(rng, 2, 3)
    )
    shares = rng.uniform(0.6, 1.4, count)
    areas = [money(float(a)) for a in shares / shares.sum() * firm.land_mu]
    areas[0] += money(firm.land_mu) - sum(areas, Decimal(0))
    is_new = firm.born >= county.first.start.year * 12
    for number, area in enumerate(areas):
        parcel = _plot(county, rng, firm.unit, firm.area_code, firm.zone_code, area)
        if is_new:
            yield _built_for(rng, parcel, end_of(firm.born - 1) - timedelta(days=20))
        else:
            year = max(unit_year(firm.unit), 1998) + number * 3 + between(rng, 0, 2)
            yield _old(rng, replace(parcel, owner=firm), min(year, 2018))


def unit_year(unit: Unit) -> int:
    return unit.found_date.year


def _plot(county: County, rng: np.random.Generator, holder: Unit, area_code: str, zone_code: str | None,
          area: Decimal) -> Parcel:  # fmt: skip
    town = next(t for t in county.townships if t.area_code[:9] == area_code[:9])
    owner = next((f for f in firms.firms(county) if f.uscc == holder.uscc), None)
    return Parcel(
        code="",
        name=f"{town.area_name}{pick(rng, ('工业大道', '兴园路', '创业路', '滨江路', '纬三路', '经五路'))}",
        area_code=town.area_code,
        zone_code=zone_code,
        holder=holder,
        owner=owner,
        area_mu=area,
        listed=date(2015, 1, 1),
        supplied=None,
        mode=None,
        contract_no=None,
    )


def _old(rng: np.random.Generator, parcel: Parcel, year: int) -> Parcel:
    """A parcel whose buildings have stood for years; old ones have no contract on record."""
    supplied = day_in(rng, date(year, 1, 10), date(year, 12, 20))
    start = supplied + timedelta(days=between(rng, 60, 330))
    late = between(rng, 5, 200) if rng.random() < 0.12 else -between(rng, 0, 60)
    has_contract = year >= 2010
    rate = 0.12 + 0.16 * rng.random() if rng.random() < 0.07 else 0.42 + 0.75 * rng.random()
    raised = rng.random() < 0.05
    return _described(rng, parcel, supplied, has_contract, rate, replace(
        parcel,
        plan_start=start - timedelta(days=late) if has_contract else None,
        plan_finish=start + timedelta(days=540) if has_contract else None,
        start=start,
        finish=start + timedelta(days=between(rng, 300, 700)),
        raised_month=between(rng, 2022 * 12 + 2, 2023 * 12 + 9) if raised else None,
        raised_sqm=money(float(parcel.area_mu) * SQM_PER_MU * 0.3) if raised else Decimal(0),
    ))  # fmt: skip


def _built_for(rng: np.random.Generator, parcel: Parcel, finish: date) -> Parcel:
    """A parcel whose buildings are finished on a given day."""
    start = finish - timedelta(days=between(rng, 330, 480))
    supplied = start - timedelta(days=between(rng, 60, 120))
    return _described(rng, parcel, supplied, True, 0.7 + 0.4 * rng.random(), replace(
        parcel,
        listed=supplied,
        plan_start=start + timedelta(days=between(rng, -20, 60)),
        plan_finish=start + timedelta(days=500),
        start=start,
        finish=finish,
    ))  # fmt: skip


def _described(rng: np.random.Generator, parcel: Parcel, supplied: date, has_contract: bool, rate: float,
               dated: Parcel) -> Parcel:  # fmt: skip
    """Contract, planning conditions and floor area. ``rate`` is built area over parcel area."""
    standard = supplied.year >= 2019 and rng.random() < 0.6
    built = money(float(parcel.area_mu) * SQM_PER_MU * rate)
    far_max = pick(rng, ("1.20", "1.50", "2.00", "2.50"), (2, 4, 3, 1))
    return replace(
        dated,
        supplied=supplied,
        mode="STANDARD" if standard else "AUCTION" if supplied.year >= 2007 else "ALLOCATE",
        contract_no=f"{parcel.area_code[:6]}{supplied.year}B{between(rng, 10000, 99999)}" if has_contract else None,
        invest_per_mu=money(between(rng, 16, 38) * 10) if has_contract else None,
        tax_per_mu=money(between(rng, 10, 24)) if standard else None,
        far_min=Decimal("0.80") if supplied.year < 2015 else Decimal("1.00"),
        far_max=Decimal(far_max),
        built_sqm=built,
        far_sqm=money(float(built) * pick(rng, (1.0, 1.0, 1.08, 1.2, 1.35))),
    )  # fmt: skip


def _standard_plants(county: County) -> Iterator[Parcel]:
    """One parcel of standard plants in each zone; its tenants need no more than nine tenths of it."""
    landlord = next(c.unit for c in county.once(companies) if c.unit.name.endswith(_LANDLORD))
    renting = [f for f in firms.firms(county) if f.rented_mu > 0]
    for place, zone in enumerate(county.zones):
        tenants = tuple(
            (firm, money(min(firm.rented_mu, 12.0)))
            for number, firm in enumerate(renting)
            if (firm.zone_code or county.zones[number % len(county.zones)].zone_code)
            == zone.zone_code
        )
        area = money(float(sum((mu for _, mu in tenants), Decimal(0))) / 0.9 + 6)
        rng = county.chance.of("standard-plant", place)
        parcel = _plot(county, rng, landlord, zone.host_area_code, zone.zone_code, area)
        yield replace(_old(rng, parcel, 2013), let_to=tenants)


def _gone_holders(county: County) -> Iterator[Parcel]:
    """Small factories that were cancelled or revoked and still hold their land."""
    for unit in market_regulation.closed_factories(county)[:5]:
        rng = county.chance.of("gone", unit.uscc)
        parcel = _plot(county, rng, unit, unit.area_code, None, money(rng.uniform(6, 22)))
        yield _old(rng, parcel, min(unit.found_date.year + 1, 2018))


def _new_parcel(county: County, supply: Supply) -> Parcel:
    """Land of a zone: in the reserve for some months, then supplied, built on and in use."""
    rng = county.chance.of("new-parcel", supply.buyer.uscc)
    parcel = _plot(county, rng, supply.buyer, supply.cluster.host_area_code, supply.cluster.zone_code, supply.mu)  # fmt: skip
    start = supply.day + timedelta(days=between(rng, 60, 240))
    late = rng.random() < 0.2
    return _described(rng, parcel, supply.day, True, 0.75 + 0.5 * rng.random(), replace(
        parcel,
        listed=supply.day - timedelta(days=between(rng, 60, 200)),
        plan_start=start - timedelta(days=between(rng, 20, 50) if late else -between(rng, 0, 40)),
        plan_finish=start + timedelta(days=540),
        start=start,
        finish=start + timedelta(days=between(rng, 360, 560)),
    ))  # fmt: skip


def _idle(county: County) -> Iterator[Parcel]:
    """Land on which nobody ever built: found idle years after the agreed start."""
    cases = ((date(2018, 5, 8), date(2020, 9, 15)), (date(2019, 7, 2), date(2021, 6, 30)), (date(2020, 7, 9), date(2022, 8, 12)))  # fmt: skip
    for number, (supplied, found) in enumerate(cases):
        rng = county.chance.of("idle", number)
        zone = county.zones[number % len(county.zones)]
        parcel = _plot(county, rng, county.once(stalled)[number], zone.host_area_code, zone.zone_code, money(rng.uniform(18, 46)))  # fmt: skip
        described = _described(rng, parcel, supplied, True, 0.0, parcel)
        yield replace(
            described,
            plan_start=supplied + timedelta(days=100),
            plan_finish=supplied + timedelta(days=700),
            idle_since=found,
            built_sqm=Decimal(0),
            far_sqm=Decimal(0),
        )


# --- what is seen at the end of a month ---------------------------------------------------------


def holder_at(county: County, parcel: Parcel, day: date) -> Unit:
    """Who holds a parcel: before it is supplied the reserve centre."""
    is_supplied = parcel.supplied is not None and parcel.supplied <= day
    return parcel.holder if is_supplied else county.once(reserve_centre)


def floor_area(parcel: Parcel, month: int) -> tuple[Decimal | None, Decimal | None]:
    """Built and counted floor area at the end of a month; nothing before completion."""
    if parcel.built_sqm is None or parcel.far_sqm is None or parcel.idle_since:
        return parcel.built_sqm, parcel.far_sqm
    if parcel.finish is None or parcel.finish > end_of(month):
        return None, None
    is_raised = parcel.raised_month is not None and month >= parcel.raised_month
    added = parcel.raised_sqm if is_raised else Decimal(0)
    share = parcel.area(month) / parcel.area_mu
    return (
        (parcel.built_sqm * share + added).quantize(Decimal("0.01")),
        (parcel.far_sqm * share + added).quantize(Decimal("0.01")),
    )


def works(firm: Firm, month: int) -> bool:
    """Whether a firm produces in a month."""
    return month >= firm.born and month not in firm.idle and not (firm.left and month > firm.left)


def idle_mu(county: County, zone_code: str, period: Period) -> Decimal:
    """Land of a zone that is found idle at the end of a period."""
    month = month_number(period)
    found = (p.area(month) for p in registered(county, month)
             if p.zone_code == zone_code and p.status(period.end) == "IDLE")  # fmt: skip
    return sum(found, Decimal(0))
