"""The industrial firms of the county and of its sibling counties: one world for all who report on them.

The economic bureaus report their output, the tax service what they pay, the land bureau where they
stand. Amounts are ten thousand yuan, months are counted since the year 0 (see ``month_number``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import accumulate, chain
from math import cos, pi, prod

import numpy as np

from xiantong.sample import energy
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.people import credit_code, person_name

BIOCHEM = "BIOCHEM"
# What the prefecture printed about its biochemistry for January to September 2023.
_PRINTED_YEAR = 2023
_PRINTED = _PRINTED_YEAR * 12 + 8
_BIOCHEM_FIRMS, _BIOCHEM_SHRINKING, _BIOCHEM_GROWTH = 234, 125, Decimal("-0.038")
_BIOCHEM_SHARES = (0.4, 0.35, 0.25)  # of the siblings
# Large firms of the prefecture with a technology centre of the province.
_LARGE_CENTRES = 11
LARGE_REVENUE_WAN = 50_000
_YEAR_OF_LEVEL = 2022

# Class of GB/T 4754-2017 and how a firm of it is called, by local industry group.
_TRADES = {
    "BIOCHEM": (("调味品", "C1469"), ("酒业", "C1512"), ("饮品", "C1529"), ("精细化工", "C2662"), ("农化", "C2631"),
                ("日化", "C2682"), ("药业", "C2710"), ("制药", "C2720"), ("中药饮片", "C2730"), ("生物制品", "C2761"), ("化纤", "C2822")),
    "BUILDING_MATERIAL": (("水泥制品", "C3021"), ("新型墙材", "C3024"), ("石材", "C3032"), ("玻璃制品", "C3054")),
    "GLASS_NEW_MATERIAL": (("铝材", "C3252"), ("精密铸造", "C3391"), ("金属结构", "C3311"), ("铜业", "C3251")),
    "EQUIPMENT": (("机械", "C3421"), ("重工", "C3511"), ("轴承", "C3453"), ("阀门", "C3443"), ("传动", "C3459")),
    "AUTO": (("汽车零部件", "C3670"), ("车桥", "C3670")),
    "ELECTRONICS": (("电子", "C3982"), ("电缆", "C3831"), ("光电", "C3976"), ("仪表", "C4011")),
    "FOOD": (("食品", "C1353"), ("粮油", "C1331"), ("饲料", "C1329"), ("果蔬", "C1371")),
    "TEXTILE": (("纺织", "C1711"), ("服饰", "C1811"), ("鞋业", "C1952")),
    "LIGHT": (("木业", "C2021"), ("家具", "C2110"), ("纸业", "C2231"), ("塑业", "C2929"), ("印务", "C2319"), ("工艺品", "C2431")),
    "ENERGY": (("燃气", "D4511"),),
    "MINING": (("矿业", "B1019"),),
}  # fmt: skip
# How many more above-scale firms the county has beside its large energy users, and each sibling.
_MORE = {"BIOCHEM": 22, "BUILDING_MATERIAL": 8, "GLASS_NEW_MATERIAL": 9, "EQUIPMENT": 14, "AUTO": 6, "ELECTRONICS": 9,
         "FOOD": 9, "TEXTILE": 9, "LIGHT": 11, "ENERGY": 1, "MINING": 2}  # fmt: skip
_SIBLING = {
    "BUILDING_MATERIAL": 3,
    "EQUIPMENT": 4,
    "ELECTRONICS": 2,
    "FOOD": 3,
    "TEXTILE": 2,
    "LIGHT": 3,
}
_LEADERS = (("BIOCHEM", 0), ("BIOCHEM", 1), ("EQUIPMENT", 0))
_OUTPUT_OF_LARGE_USERS = (28_000, 62_000, 46_000, 52_000, 168_000, 96_000, 215_000, 88_000, 57_000, 61_000, 74_000, 26_000)  # fmt: skip
_FIRST = "金鑫瑞宏天恒华东永德泰嘉同盛源润康百万新"
_SECOND = "达丰源泰利隆信安远和盛茂祥通宇科创洋辉邦"


@dataclass(frozen=True, slots=True)
class Firm:
    """An industrial firm.

    ``output_wan`` is its output of 2022, ``growth`` its usual growth a year. ``born`` is the month of its first product, ``listed`` the month
    in which it became above-scale (None: it is not), ``left`` the last month in which it reports.
    ``idle`` are months without production. ``land_mu`` is its own land, ``rented_mu`` rented beside it.
    """

    unit: Unit
    county_code: str
    zone_code: str | None
    group: str
    output_wan: float
    growth: float
    born: int
    listed: int | None
    left: int | None
    idle: range
    employees: int
    kwh_per_wan: float
    tax_rate: float
    land_mu: float
    rented_mu: float
    rd_share: float
    rd_staff: int
    tech_center: str = "NONE"
    tech_center_since: int = 0
    user: int | None = None

    @property
    def uscc(self) -> str:
        return self.unit.uscc

    @property
    def name(self) -> str:
        return self.unit.name

    @property
    def area_code(self) -> str:
        return self.unit.area_code

    @property
    def industry_code(self) -> str:
        return self.unit.industry_code

    @property
    def above_scale_since(self) -> str | None:
        """Month label, None for a firm below the scale."""
        return None if self.listed is None else f"{self.listed // 12}-{self.listed % 12 + 1:02d}"

    def reports(self, month: int) -> bool:
        """Whether it stands in the report of above-scale firms for a month."""
        return self.listed is not None and self.listed <= month and (self.left or month) >= month


def firms(county: County) -> list[Firm]:
    """All industrial firms of the county: above-scale ones first, then small ones."""
    return county.once(_world)[county.area.area_code]


def firms_of(county: County, area_code: str) -> list[Firm]:
    """Industrial firms of the county or of a sibling county."""
    return county.once(_world)[area_code]


def prefecture_firms(county: County) -> list[Firm]:
    return list(chain.from_iterable(county.once(_world).values()))


def above_scale(county: County, area_code: str, month: int) -> list[Firm]:
    """Firms of a county that report as above-scale for a month."""
    return [firm for firm in firms_of(county, area_code) if firm.reports(month)]


def new_units(county: County) -> list[Unit]:
    """Firms of the county that no other department names."""
    known = {user.unit.uscc for user in county.once(energy.users.users)}
    known |= {unit.uscc for unit in county.once(energy.prices.small_firms)}
    return [firm.unit for firm in firms(county) if firm.uscc not in known]


def sibling_units(county: County, area_code: str) -> list[Unit]:
    """What the register of a sibling county has to hold."""
    return [firm.unit for firm in firms_of(county, area_code)]


# --- amounts ------------------------------------------------------------------------------------


def output(county: County, firm: Firm, month: int) -> Decimal:
    """Output of a month, ten thousand yuan."""
    return output_to(county, firm, month) - (
        output_to(county, firm, month - 1) if month % 12 else 0
    )


def output_to(county: County, firm: Firm, month: int) -> Decimal:
    """Output from January of the month's year up to the month."""
    return county.once(_running_total, firm.uscc, month // 12)[month % 12]


def _running_total(county: County, uscc: str, year: int) -> list[Decimal]:
    months = _months(county, county.once(_by_uscc)[uscc], year)
    (balanced, when), balance = county.once(_balance)
    if balanced == uscc and when // 12 == year:
        months = [amount + balance * (m == when % 12) for m, amount in enumerate(months)]
    return list(accumulate(months))


def year_to(month: int) -> range:
    """Months from January up to a month."""
    return range(month - month % 12, month + 1)


def revenue(county: County, firm: Firm, month: int) -> Decimal:
    """Main revenue from January up to a month: most of the output is sold in the year."""
    share = county.chance.of("sold", firm.uscc, month // 12).uniform(0.955, 0.995)
    return money(float(output_to(county, firm, month)) * share)


def tax_paid(county: County, firm: Firm, month: int) -> Decimal:
    """Tax paid in from January up to a month; advance payments lag behind revenue a little."""
    return money(float(revenue(county, firm, month)) * firm.tax_rate)


def electricity(county: County, firm: Firm, month: int) -> Decimal:
    """Electricity of a month in kWh; for energy users what their energy form says."""
    if firm.user is not None:
        return energy.consumption.electricity(county, firm.user, month)
    noise = county.chance.of("kwh", firm.uscc, month).uniform(0.97, 1.03)
    return money(float(output(county, firm, month)) * firm.kwh_per_wan * noise + 800, 0)


def _months(county: County, firm: Firm, year: int) -> list[Decimal]:
    """Output of each month of a year, before the balance."""
    return county.once(_year_of, firm.uscc, year)


def _year_of(county: County, uscc: str, year: int) -> list[Decimal]:
    firm = county.once(_by_uscc)[uscc]
    level = _growth_since(county, firm, year)
    return [money(level * amount) for amount in _shape(county, firm, year)]


def _shape(county: County, firm: Firm, year: int) -> list[float]:
    """Output of each month of a year as if the firm had not grown since 2022."""
    habit = county.chance.of("months", firm.uscc).uniform(0.95, 1.05, 12)
    noise = county.chance.of("months", firm.uscc, year).uniform(0.992, 1.008, 12)
    made = []
    for of_year in range(12):
        month = year * 12 + of_year
        season = 1 - 0.06 * cos(2 * pi * (of_year - 5) / 12) - (0.12 if of_year == 1 else 0)
        works = month >= firm.born and month not in firm.idle
        made.append(firm.output_wan / 12 * season * habit[of_year] * noise[of_year] * works)
    return made


def _growth_since(county: County, firm: Firm, year: int) -> float:
    """Factor between the output of 2022 and that of another year."""
    if year > _YEAR_OF_LEVEL:
        return prod(1 + _growth(county, firm, y) for y in range(_YEAR_OF_LEVEL + 1, year + 1))
    return 1 / prod(1 + _growth(county, firm, y) for y in range(year + 1, _YEAR_OF_LEVEL + 1))


def _growth(county: County, firm: Firm, year: int) -> float:
    """Growth of a year over the one before."""
    if year == _PRINTED_YEAR and firm.group == BIOCHEM and not _is_new(firm):
        printed = county.once(_printed_growth).get(firm.uscc)
        if printed is not None:
            return printed
    rng = county.chance.of("growth", firm.uscc, year)
    return float(np.clip(rng.normal(firm.growth, 0.05), -0.3, 0.35))


def _is_new(firm: Firm) -> bool:
    """Whether it has no output in the year before the printed one."""
    return firm.born >= _PRINTED_YEAR * 12


def _printed_base(county: County) -> list[Firm]:
    """Firms of biochemistry that report in the printed month."""
    return [f for f in prefecture_firms(county) if f.group == BIOCHEM and f.reports(_PRINTED)]


def _printed_growth(county: County) -> dict[str, float]:
    """Growth of biochemistry in the printed year: so many firms shrink, and together they do by so much.

    Everybody is at least 1.8 % away from nought, further than the noise of the months reaches.
    """
    counted = _printed_base(county)
    old = [f for f in counted if not _is_new(f)]
    rng = county.chance.of("printed-growth")
    order = [old[int(i)] for i in rng.permutation(len(old))]
    shrinking, growing = order[:_BIOCHEM_SHRINKING], order[_BIOCHEM_SHRINKING:]
    months = _PRINTED % 12 + 1
    before = {f.uscc: sum(_shape(county, f, _PRINTED_YEAR - 1)[:months]) for f in old}
    down = {f.uscc: -float(rng.uniform(0.035, 0.19)) for f in shrinking}
    up = {f.uscc: float(rng.uniform(0.02, 0.13)) for f in growing}
    new = sum(
        _growth_since(county, f, _PRINTED_YEAR) * sum(_shape(county, f, _PRINTED_YEAR)[:months])
        for f in counted
        if _is_new(f)
    )
    wanted = float(_BIOCHEM_GROWTH) * sum(before.values()) - new
    wanted -= sum(before[uscc] * growth for uscc, growth in up.items())
    scale = wanted / sum(before[uscc] * growth for uscc, growth in down.items())
    return up | {uscc: float(np.clip(g * scale, -0.3, -0.018)) for uscc, g in down.items()}


def _balance(county: County) -> tuple[tuple[str, int], Decimal]:
    """Who makes the printed growth exact to the cent, in which month, and by how much."""
    counted = _printed_base(county)

    def total(last: int) -> Decimal:
        amounts = (
            sum(_months(county, f, last // 12)[: last % 12 + 1], Decimal(0)) for f in counted
        )
        return sum(amounts, Decimal(0))

    wanted = (total(_PRINTED - 12) * (1 + _BIOCHEM_GROWTH)).quantize(Decimal("0.01"))
    growing = [f for f in counted if _growth(county, f, _PRINTED_YEAR) > 0.05 and not _is_new(f)]
    largest = max(growing, key=lambda f: f.output_wan)
    return (largest.uscc, _PRINTED), wanted - total(_PRINTED)


# --- who they are -------------------------------------------------------------------------------


def _by_uscc(county: County) -> dict[str, Firm]:
    return {firm.uscc: firm for firm in prefecture_firms(county)}


def _world(county: County) -> dict[str, list[Firm]]:
    """Firms by county, with the technology centres that the prefecture counts."""
    world = {county.area.area_code: _own(county)}
    missing = _BIOCHEM_FIRMS - sum(
        f.group == BIOCHEM and f.reports(_PRINTED) for f in world[county.area.area_code]
    )
    for place, sibling in enumerate(county.siblings):
        last = place == len(county.siblings) - 1
        share = _BIOCHEM_SHARES[place % len(_BIOCHEM_SHARES)]
        count = missing if last else min(round(_BIOCHEM_FIRMS * 0.89 * share), missing)
        missing -= count
        world[sibling.area_code] = _of_sibling(county, sibling.area_code, count)
    return _with_centres(county, world)


def _own(county: County) -> list[Firm]:
    made = [_energy_user(county, user) for user in county.once(energy.users.users)
            if user.unit.industry_code[0] in "BCD"]  # fmt: skip
    for group, count in _MORE.items():
        made += [_firm(county, county.area.area_code, group, number) for number in range(count)]
    return [
        *_with_events(made),
        *(_small(county, unit) for unit in county.once(energy.prices.small_firms)),
    ]


def _of_sibling(county: County, area_code: str, biochem: int) -> list[Firm]:
    counts = {BIOCHEM: biochem} | _SIBLING
    made = [_firm(county, area_code, g, n) for g, count in counts.items() for n in range(count)]
    return _with_events(made, siblings=True)


def _with_events(made: list[Firm], siblings: bool = False) -> list[Firm]:
    """Some firms are new, some become above-scale, one stands still, one leaves."""
    year = 2022 * 12
    bio = [i for i, f in enumerate(made) if f.group == BIOCHEM and f.user is None]
    rest = [i for i, f in enumerate(made) if f.group not in (BIOCHEM, "ENERGY") and f.user is None]
    events: dict[int, dict[str, int | range]] = {
        bio[2]: {"born": year + 14, "listed": year + 16},
        bio[5]: {"listed": year + 4},
        rest[0]: {"idle": range(year + 18, year + 24)},
    }
    if not siblings:
        events |= {
            rest[3]: {"listed": year + 3}, rest[7]: {"born": year + 3, "listed": year + 8},
            rest[11]: {"listed": year + 13}, rest[16]: {"born": year + 9, "listed": year + 15},
            rest[21]: {"listed": year + 17}, rest[26]: {"born": year + 15, "listed": year + 20},
            rest[31]: {"left": year + 9, "idle": range(year + 6, year + 240)},
            rest[41]: {"left": year + 19, "idle": range(year + 16, year + 240)},
            rest[51]: {"idle": range(year + 4, year + 9)},
        }  # fmt: skip
    return [replace(f, **events.get(i, {})) for i, f in enumerate(made)]  # type: ignore[arg-type]


def _energy_user(county: County, user: energy.users.User) -> Firm:
    """A large user of energy; its output follows from what it makes."""
    rng = county.chance.of("firm", user.unit.name)
    number = user.number
    if number < len(_OUTPUT_OF_LARGE_USERS):
        output_wan = float(_OUTPUT_OF_LARGE_USERS[number])
    else:
        electric = next(use.yearly for use in user.uses if use.code == "ELEC")
        output_wan = round(electric / 1e6 * rng.uniform(1800, 3600), -1)
    growth = next(use.growth for use in user.uses)
    firm = _described(county, rng, user.unit, county.area.area_code, user.zone_code, output_wan, growth)  # fmt: skip
    return replace(firm, user=number)


def _small(county: County, unit: Unit) -> Firm:
    """A firm below 20 million yuan of revenue a year."""
    rng = county.chance.of("firm", unit.name)
    output_wan = float(round(rng.uniform(320, 1750), 1))
    firm = _described(county, rng, unit, county.area.area_code, _zone(county, rng, unit.area_code), output_wan, 0.03)  # fmt: skip
    return replace(firm, listed=None, rd_share=0.0, rd_staff=0)


def _firm(county: County, county_code: str, group: str, number: int) -> Firm:
    """One more above-scale firm; its size is drawn, most are small."""
    rng = county.chance.of("firm", county_code, group, number)
    trade, industry_code = _TRADES[group][number % len(_TRADES[group])]
    brand = _FIRST[(number * 7 + len(group)) % len(_FIRST)] + _SECOND[(number * 3 + ord(county_code[5]) + number // len(_FIRST)) % len(_SECOND)]  # fmt: skip
    if county_code == county.area.area_code:
        area_code = pick(rng, county.townships, _town_weights(county)).area_code
        unit = county.unit("91", f"{county.short_name}{brand}{trade}有限公司", "COMPANY",
                           industry_code, area_code, (100, 4000))  # fmt: skip
    else:
        unit = _sibling_unit(county, rng, county_code, f"{brand}{trade}有限公司", industry_code)
    is_leader = county_code != county.area.area_code and (group, number) in _LEADERS
    size = rng.uniform(78_000, 150_000) if is_leader else min(3200 + rng.lognormal(9.35, 0.75), 72_000)  # fmt: skip
    output_wan = float(round(size, 1))
    return _described(county, rng, unit, county_code, _zone(county, rng, unit.area_code), output_wan,
                      float(rng.normal(0.05, 0.04)))  # fmt: skip


def _town_weights(county: County) -> list[float]:
    """Industry sits where the zones are."""
    hosts = {zone.host_area_code for zone in county.zones}
    return [9.0 if t.area_code in hosts else 2.0 if county.is_town(t.area_code) else 0.8
            for t in county.townships]  # fmt: skip


def _zone(county: County, rng: np.random.Generator, area_code: str) -> str | None:
    zone = next((z.zone_code for z in county.zones if z.host_area_code == area_code), None)
    return zone if rng.random() < 0.85 else None


def _sibling_unit(
    county: County, rng: np.random.Generator, county_code: str, name: str, industry_code: str
) -> Unit:
    area = next(a for a in county.siblings if a.area_code == county_code)
    full = area.area_name.removesuffix("县") + name
    serial = int(county.chance.of("uscc", full).integers(60_000_000, 99_999_999))
    return Unit(
        uscc=credit_code("91", county_code, serial),
        name=full,
        entity_type="COMPANY",
        industry_code=industry_code,
        head=person_name(rng),
        capital_wan=between(rng, 100, 4000) * 10,
        found_date=day_in(rng, date(1996, 1, 1), date(2020, 12, 31)),
        area_code=county_code,
        address=f"{area.area_name}经济开发区{pick(rng, ('创业路', '兴工路', '科技大道'))}{between(rng, 1, 120)}号",
    )


def _described(county: County, rng: np.random.Generator, unit: Unit, county_code: str, zone_code: str | None,
               output_wan: float, growth: float) -> Firm:  # fmt: skip
    """What follows from size and trade."""
    group = _group_of(county, unit.industry_code)
    researches = output_wan > 8000 and rng.random() < min(0.25 + output_wan / 120_000, 0.85)
    land = max(output_wan / rng.uniform(45, 300), 5.0)
    employees = max(round(output_wan / rng.uniform(65, 130)), 8)
    return Firm(
        unit=unit,
        county_code=county_code,
        zone_code=zone_code,
        group=group,
        output_wan=output_wan,
        growth=growth,
        born=unit.found_date.year * 12 + 12,
        listed=max(unit.found_date.year + between(rng, 1, 6), 2005) * 12 + between(rng, 0, 11) if unit.found_date.year < 2014
        else between(rng, 2016 * 12, 2021 * 12 + 10),
        left=None,
        idle=range(0),
        employees=employees,
        kwh_per_wan=float(rng.uniform(180, 620)),
        tax_rate=float(rng.uniform(0.018, 0.062)),
        land_mu=round(land, 2),
        rented_mu=round(land * 0.2, 2) if rng.random() < 0.15 else 0.0,
        rd_share=float(rng.uniform(0.012, 0.045)) if researches else float(rng.uniform(0, 0.006)),
        rd_staff=max(round(employees * rng.uniform(0.03, 0.12)), 2) if researches else 0,
    )  # fmt: skip


def _group_of(county: County, industry_code: str) -> str:
    """The local industry group of a class such as C3021."""
    division = industry_code[1:3]
    groups: Iterator[str] = (
        code.code
        for code in county.catalogue.codes["industry_group"].codes
        if division in code.extra["divisions"]
    )
    return next(groups)


def _with_centres(county: County, world: dict[str, list[Firm]]) -> dict[str, list[Firm]]:
    """Technology centres: those of the province first among the large firms, some smaller ones."""
    rng = county.chance.of("tech-centres")
    everybody = sorted(chain.from_iterable(world.values()), key=lambda f: (-f.output_wan, f.uscc))
    able = [f for f in everybody if f.listed is not None and f.group not in ("ENERGY", "MINING")]
    surely_large = [f for f in able if f.output_wan > LARGE_REVENUE_WAN / 0.65]
    given: dict[str, tuple[str, int]] = {}
    for place, firm in enumerate(surely_large[:_LARGE_CENTRES]):
        level = "NATIONAL" if place == 1 else "PROVINCIAL"
        given[firm.uscc] = (level, 2023 if place in (4, 9) else 2015)
    smaller = [f for f in able if 12_000 < f.output_wan < LARGE_REVENUE_WAN * 0.6]
    for index in rng.permutation(len(smaller))[:9]:
        given[smaller[int(index)].uscc] = ("PROVINCIAL", 2019)
    for firm in able:
        if firm.uscc not in given and firm.rd_staff and rng.random() < 0.4:
            given[firm.uscc] = (pick(rng, ("MUNICIPAL", "COUNTY")), 2018)

    def decorated(firm: Firm) -> Firm:
        if firm.uscc not in given:
            return firm
        level, since = given[firm.uscc]
        return replace(
            firm,
            tech_center=level,
            tech_center_since=since,
            rd_staff=max(firm.rd_staff, 12),
            rd_share=max(firm.rd_share, 0.018),
        )

    return {area: [decorated(firm) for firm in made] for area, made in world.items()}
