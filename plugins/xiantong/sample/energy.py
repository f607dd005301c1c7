"""Energy users, their meters and fuel, quotas, inspections, solar roofs, power plants, price lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import cos, pi

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiantong.periods import Period, period_range
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in, month_number
from xiantong.sample.department import Department, Revision
from xiantong.sample.people import person_name
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

CHUNK = 200_000
EPOCH = 2021
_KGCE = {
    "RAW_COAL": 714.3,
    "NATGAS": 1.215,
    "HEAT": 34.12,
    "DIESEL": 1457.1,
    "GASOLINE": 1471.4,
    "ELEC": 0.3015,
    "PV_SELF": 0.0,
}
_PRICE = {
    "RAW_COAL": 930.0,
    "NATGAS": 3.42,
    "HEAT": 56.0,
    "DIESEL": 7850.0,
    "GASOLINE": 9100.0,
    "ELEC": 0.63,
    "PV_SELF": 0.0,
}
_SEASON = {
    "ELEC": 0.05,
    "NATGAS": 0.06,
    "HEAT": 0.1,
    "RAW_COAL": 0.05,
    "DIESEL": 0.03,
    "GASOLINE": 0.02,
    "PV_SELF": -0.35,
}
_METERED = ("ELEC", "NATGAS", "HEAT", "PV_SELF")


@dataclass(frozen=True, slots=True)
class Use:
    """Use of one energy type: quantity of 2022 in its natural unit and growth a year."""

    code: str
    yearly: float
    growth: float
    raw_share: float = 0.0
    convert_share: float = 0.0
    convert_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class User:
    """An energy user. ``quota_factor`` is its quota over its expected use, None for power plants."""

    number: int
    unit: Unit
    zone_code: str | None
    uses: tuple[Use, ...]
    quota_factor: float | None
    connected_since: date | None
    two_high: bool
    captive: bool
    manager: str


_GWH, _M3, _GJ, _T = 1_000_000.0, 1_000_000.0, 1000.0, 1000.0
# name, industry, town (last digits of its code), growth, energy uses in GWh, million m3, TJ, kt
_LARGE: tuple[tuple[str, str, str, float, dict[str, float]], ...] = (
    ("热电有限公司", "D4412", "001", 0.02, {"RAW_COAL": 180, "ELEC": 2.1}),
    ("云河发电有限公司", "D4411", "100", 0.01, {"RAW_COAL": 420, "ELEC": 1.4, "DIESEL": 0.3}),
    ("山水水泥有限公司", "C3011", "102", -0.02, {"RAW_COAL": 110, "ELEC": 96, "DIESEL": 0.9}),
    ("华泰玻璃有限公司", "C3041", "103", 0.03, {"NATGAS": 38, "ELEC": 42}),
    ("鑫源化工股份有限公司", "C2614", "100", 0.04, {"ELEC": 88, "HEAT": 900, "RAW_COAL": 21}),
    ("丰源生物科技有限公司", "C1461", "001", 0.05, {"ELEC": 51, "HEAT": 620}),
    ("金鼎铝业有限公司", "C3252", "101", 0.03, {"ELEC": 130, "NATGAS": 9}),
    ("中硕新材料有限公司", "C3062", "103", 0.06, {"ELEC": 36, "NATGAS": 4}),
    ("天鸿纸业有限公司", "C2221", "106", 0.01, {"ELEC": 30, "HEAT": 300, "PV_SELF": 1.8}),
    ("恒力纺织有限公司", "C1711", "101", 0.02, {"ELEC": 36.5, "PV_SELF": 2.6}),
    ("同创机械制造有限公司", "C3421", "101", 0.085, {"ELEC": 31.6, "DIESEL": 0.12}),
    ("长虹陶瓷有限公司", "C3071", "105", 0.05, {"NATGAS": 5.3, "ELEC": 11.2}),
)  # fmt: skip
_MIDDLE = (
    ("盛源食品有限公司", "C1353", 9.5), ("瑞丰饲料有限公司", "C1329", 6.2), ("宏达铸造有限公司", "C3391", 24.0),
    ("康佳制药股份有限公司", "C2720", 18.5), ("华兴轴承有限公司", "C3451", 12.8), ("东方电子材料有限公司", "C3985", 22.4),
    ("三和汽车零部件有限公司", "C3670", 16.7), ("永固混凝土有限公司", "C3021", 4.4), ("鸿运塑业有限公司", "C2921", 8.9),
    ("佳禾粮油有限公司", "C1310", 5.8), ("恒泰服装有限公司", "C1810", 2.6), ("森达木业有限公司", "C2021", 3.9),
    ("光大电缆有限公司", "C3831", 11.6), ("益海包装有限公司", "C2231", 6.6), ("百川水务有限公司", "D4610", 7.7),
    ("新世纪商业广场有限公司", "F5211", 5.1), ("嘉禾乳业有限公司", "C1441", 8.2), ("中联重型机械有限公司", "C3511", 14.3),
    ("立华家具有限公司", "C2110", 2.2), ("飞跃橡胶有限公司", "C2911", 9.9), ("天源矿业有限公司", "B1019", 13.5),
    ("众鑫印染有限公司", "C1713", 19.2), ("科信光电有限公司", "C3976", 20.6), ("顺通物流有限公司", "G5430", 1.6),
)  # fmt: skip
_SMALL = "宏远机械|华宇五金|正大模具|金石石材|鑫盛塑料|万通包装|利民食品|福源豆制品|龙腾铸件|远大管业|精工轴套|恒瑞电器|蓝天玻璃|百盛服饰|旺达饲料|腾飞电子|盛泰纸品|汇丰粮油|建业砖瓦|隆昌木器|力源电机|天和陶粒|佳美地板|鸿泰线缆|祥云日化|锦绣针织|顺昌建材|益民调味品|恒昌阀门|联众仪表|新科灯饰|中天防水|华美印刷|康源饮品|凯达汽配|广发涂料|泰和橡塑|兴旺米业|诚信铝材|博远环保"


def users(county: County) -> list[User]:
    """Energy users, the large ones first; the first two are the power plants."""
    made: list[User] = []
    for name, industry, town, growth, uses in _LARGE:
        made.append(_user(county, len(made), name, industry, town, growth, uses))
    for name, industry, elec in _MIDDLE:
        rng = county.chance.of("energy-user", name)
        uses = {"ELEC": elec, pick(rng, ("DIESEL", "GASOLINE")): 0.02 + 0.08 * rng.random()}
        if rng.random() < 0.15:
            uses["NATGAS"] = 0.3 + 0.5 * rng.random()
        town = pick(rng, ("001", "002", "100", "101", "103", "107"))
        made.append(
            _user(county, len(made), name, industry, town, float(rng.normal(0.03, 0.025)), uses)
        )
    return made


def _user(county: County, number: int, name: str, industry: str, town: str, growth: float,
          uses: dict[str, float]) -> User:  # fmt: skip
    rng = county.chance.of("energy-user", name, "more")
    factor = {"ELEC": _GWH, "PV_SELF": _GWH, "NATGAS": _M3, "HEAT": _GJ}
    area = next((a for a in county.townships if a.area_code[6:9] == town), county.townships[0])
    zone = next((z.zone_code for z in county.zones if z.host_area_code == area.area_code), None)
    plant = number < 2
    made = tuple(
        Use(code, amount * factor.get(code, _T), growth if code != "PV_SELF" else 0.0,
            raw_share=0.62 if (code, industry) == ("RAW_COAL", "C2614") else 0.0,
            convert_share=0.97 if plant and code == "RAW_COAL" else 0.0,
            convert_rate=0.66 if number == 0 else 0.4)
        for code, amount in uses.items()
    )  # fmt: skip
    connected = number < len(_LARGE) - 2 or rng.random() < 0.4
    since = day_in(rng, date(2017, 5, 1), date(2021, 12, 1)) if connected else None
    return User(
        number=number,
        unit=county.unit(
            "91", f"{county.short_name}{name}", "COMPANY", industry, area.area_code, (200, 9000)
        ),
        zone_code=zone if rng.random() < 0.8 else None,
        uses=made,
        quota_factor=None if plant else 0.97 if number in (10, 15, 22) else 1.15,
        connected_since=date(2022, 6, 20) if number == 7 else since,
        two_high=industry in ("D4411", "C3011", "C2614", "C3252"),
        captive=number == 0 or industry == "C2614",
        manager=person_name(rng, "M"),
    )


def _metered(county: County, user: User, use: Use, month: int) -> float:
    """What the meters (or the books) show for a month since the year 0; whole natural units."""
    return county.once(_month_use, user.number, use.code, month)


def _month_use(county: County, number: int, code: str, month: int) -> float:
    user = county.once(users)[number]
    use = next(use for use in user.uses if use.code == code)
    rng = county.chance.of("use", user.unit.name, use.code, month)
    of_year = month % 12 + 1
    amplitude = 0.22 if user.number == 0 and use.code == "RAW_COAL" else _SEASON[use.code]
    if user.quota_factor and user.quota_factor < 1:
        amplitude = 0.02
    winter = 1 + amplitude * cos(2 * pi * (of_year - 1) / 12)
    summer = 1.05 if use.code == "ELEC" and of_year in (7, 8) and amplitude > 0.02 else 1.0
    festival = 0.88 if of_year == 2 and amplitude > 0.02 and user.number > 1 else 1.0
    years = (month - 2022 * 12 - 5.5) / 12
    level = use.yearly / 12 * (1 + use.growth) ** years
    return float(round(level * winter * summer * festival * (1 + 0.012 * rng.standard_normal())))


def _gap(county: County, user: User, use: Use, month: int) -> float:
    """Share by which the form differs from the meters; more than 5 % wants an explanation."""
    if use.code not in ("ELEC", "NATGAS", "HEAT") or user.number < 2:
        return 0.0
    rng = county.chance.of("gap", user.unit.name, use.code, month)
    chance = rng.random()
    return 0.075 if chance < 0.012 else float(rng.uniform(0.002, 0.02)) if chance < 0.12 else 0.0


def _reported(county: County, user: User, use: Use, month: int) -> Decimal:
    """Consumption as the form says it."""
    return county.once(_month_report, user.number, use.code, month)


def _month_report(county: County, number: int, code: str, month: int) -> Decimal:
    user = county.once(users)[number]
    use = next(use for use in user.uses if use.code == code)
    quantity = _metered(county, user, use, month) * (1 + _gap(county, user, use, month))
    return money(quantity, 0 if use.yearly > 1e6 else 1)


def electricity(county: County, number: int, month: int) -> Decimal:
    """Electricity of a user and month in kWh, as its form says it; nought where it uses none."""
    user = county.once(users)[number]
    electric = [use for use in user.uses if use.code == "ELEC"]
    return _reported(county, user, electric[0], month) if electric else Decimal(0)


def tce_of_year(county: County, number: int, year: int) -> Decimal:
    """Comprehensive energy use of a user in a year, equivalent value."""
    return money(_equivalent_tce(county, county.once(users)[number], _year(year)))


def _year_to(county: County, user: User, use: Use, month: int) -> Decimal:
    return sum(
        (_reported(county, user, use, m) for m in range(month - month % 12, month + 1)), Decimal(0)
    )


def _equivalent_tce(county: County, user: User, months: range) -> float:
    """Comprehensive energy use in equivalent value, output of conversion deducted."""
    total = 0.0
    for use in user.uses:
        net = 1 - use.convert_share * use.convert_rate
        total += (
            sum(float(_reported(county, user, use, m)) for m in months)
            * _KGCE[use.code]
            / 1000
            * net
        )
    return total


def _year(year: int) -> range:
    return range(year * 12, year * 12 + 12)


def _quota(county: County, user: User, year: int) -> Decimal | None:
    if user.quota_factor is None:
        return None
    return money(round(_equivalent_tce(county, user, _year(year)) * user.quota_factor, -1))


def energy_user(county: County, period: Period) -> Table:
    """The list of users; the connected and the large ones are key users."""
    rows: list[Row] = []
    remarks = {}
    for user in county.once(users):
        last = _equivalent_tce(county, user, _year(period.year - 1))
        since = user.connected_since
        connected = since is not None and since < date(period.year, 3, 1)
        if last >= 10000 and not connected:
            remarks[len(rows)] = "监测设备已完成招标，计划当年6月底前接入省平台"
        rows.append({
            "uscc": user.unit.uscc,
            "user_name": user.unit.name,
            "area_code": user.unit.area_code,
            "zone_code": user.zone_code,
            "industry_code": user.unit.industry_code,
            "user_class": "KEY" if last >= 10000 else "POWER" if last >= 3600 else "OTHER",
            "last_year_tce": money(last),
            "quota_tce": _quota(county, user, period.year),
            "connected": connected,
            "connect_date": since if connected else None,
            "energy_manager": user.manager,
            "has_captive_power": user.captive,
            "two_high": user.two_high,
        })  # fmt: skip
    return Table(rows, remarks)


def fuel_consumption(county: County, period: Period) -> Table:
    """Purchase, consumption and stock of every user and energy type."""
    month = month_number(period)
    rows: list[Row] = []
    remarks = {}
    for user in county.once(users):
        for use in user.uses:
            if abs(_gap(county, user, use, month)) > 0.04:
                remarks[len(rows)] = pick(county.chance.of("why", user.number, month),
                                          ("含未装表的职工生活区和施工临时用能", "计量表检定期间按上年同期推算，含外购零散部分"))  # fmt: skip
            rows.append(_fuel_row(county, user, use, month))
    return Table(rows, remarks)


def _stock(county: County, user: User, use: Use, month: int) -> Decimal:
    if use.code in _METERED:
        return Decimal(0)
    rng = county.chance.of("stock", user.unit.name, use.code, month)
    return money(use.yearly / 12 * rng.uniform(0.35, 0.7), 1)


def _fuel_row(county: County, user: User, use: Use, month: int) -> Row:
    used = _reported(county, user, use, month)
    start, end = _stock(county, user, use, month - 1), _stock(county, user, use, month)
    bought = used + end - start
    rng = county.chance.of("ncv", user.unit.name, use.code, month)
    measured = use.code == "RAW_COAL" and user.number < 4
    price = _PRICE[use.code] * rng.uniform(0.96, 1.04)
    converted = money(float(used) * use.convert_share, 1) if use.convert_share else None
    return {
        "uscc": user.unit.uscc,
        "energy_code": use.code,
        "stock_start_qty": start,
        "purchase_qty": bought,
        "purchase_yuan": money(float(bought) * price) if price else None,
        "consume_qty": used,
        "raw_material_qty": money(float(used) * use.raw_share, 1) if use.raw_share else None,
        "convert_input_qty": converted,
        "convert_output_tce": money(float(converted) * 0.7143 * use.convert_rate)
        if converted
        else None,
        "consume_ytd_qty": _year_to(county, user, use, month),
        "stock_end_qty": end,
        "measured_ncv_kj": money(20934 * rng.uniform(0.94, 1.06), 0) if measured else None,
        "ncv_source": "MEASURED" if measured else "DEFAULT",
    }


def _meters(county: County) -> list[tuple[User, Use]]:
    """Uses that are metered; each has ``scale`` meters (at least one)."""
    return [(user, use) for user in county.once(users) for use in user.uses if use.code in _METERED]


def meter_reading(county: County, period: Period) -> Iterator[pa.Table]:
    """Daily readings of all meters in pieces of about ``CHUNK`` rows."""
    per_use = max(round(county.scale), 1)
    step = max(CHUNK // period.end.day, 1)
    waiting: list[pa.Table] = []
    for number, (user, use) in enumerate(_meters(county)):
        for first in range(0, per_use, step):
            meters = np.arange(first, min(first + step, per_use))
            waiting.append(_readings(county, period, number, user, use, meters, per_use))
            if sum(table.num_rows for table in waiting) >= CHUNK:
                yield pa.concat_tables(waiting)
                waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _month_curve(county: County, user: User, use: Use, month: int) -> np.ndarray:
    """Consumption of each day of a month; it adds up to the month."""
    period = Period(f"{month // 12}-{month % 12 + 1:02d}")
    rng = county.chance.of("days", user.unit.name, use.code, month)
    days = [period.start + timedelta(days=i) for i in range(period.end.day)]
    shape = np.array([0.84 if d.weekday() >= 5 and user.number > 7 else 1.0 for d in days])
    shape *= np.exp(0.035 * rng.standard_normal(len(days)))
    curve: np.ndarray = _metered(county, user, use, month) * shape / shape.sum()
    return curve


_REPLACED = {5: (2022 * 12 + 6, 12), 17: (2023 * 12 + 3, 20), 29: (2023 * 12 + 8, 5)}


def _readings(county: County, period: Period, number: int, user: User, use: Use, meters: np.ndarray,
              per_use: int) -> pa.Table:  # fmt: skip
    month, days = month_number(period), period.end.day
    before = sum(_metered(county, user, use, m) for m in range(EPOCH * 12, month))
    ends = before + np.concatenate([[0.0], np.cumsum(_month_curve(county, user, use, month))])
    weights = (
        (0.6 + 0.8 * ((meters * 2654435761) % 1000) / 1000) / per_use if per_use > 1 else np.ones(1)
    )
    multiplier = _multiplier(use, per_use)
    register = np.rint(weights[:, None] * ends[None, :] / multiplier * 1e4).astype(np.int64)
    used = np.diff(register, axis=1) * multiplier
    replaced = np.zeros(used.shape, dtype=bool)
    start, end = register[:, :-1].copy(), register[:, 1:].copy()
    if number in _REPLACED and _REPLACED[number][0] <= month:
        when, day = _REPLACED[number]
        old = sum(_metered(county, user, use, m) for m in range(EPOCH * 12, when))
        old += float(np.cumsum(_month_curve(county, user, use, when))[day - 2])
        offset = np.rint(weights * old / multiplier * 1e4).astype(np.int64)[:, None]
        end -= np.where((month > when) | (np.arange(days) >= day - 1)[None, :], offset, 0)
        start -= np.where((month > when) | (np.arange(days) >= day)[None, :], offset, 0)
        replaced[:, day - 1] = month == when
    return _reading_table(
        county, period, number, user, use, meters, start, end, used, replaced, multiplier
    )


def _multiplier(use: Use, per_use: int) -> int:
    """Transformer ratio: large supplies are metered on the high-voltage side."""
    if use.code not in ("ELEC", "PV_SELF"):
        return 1
    daily = use.yearly / 365 / per_use
    return next((m for m in (6000, 3500, 2000, 1000, 400, 100, 40) if daily / m > 6), 1)


def _reading_table(county: County, period: Period, number: int, user: User, use: Use, meters: np.ndarray,
                   start: np.ndarray, end: np.ndarray, used: np.ndarray, replaced: np.ndarray,
                   multiplier: int) -> pa.Table:  # fmt: skip
    days = period.end.day
    n = used.size
    rng = county.chance.of("readings", period, number, int(meters[0]))
    flags = np.array(["GOOD", "ESTIMATED", "MANUAL"], dtype=object)
    quality = flags[np.searchsorted([0.985, 0.994], rng.random(n))]
    flat = used.reshape(-1)
    adjusted = (rng.random(n) < 0.0006) & ~replaced.reshape(-1)
    adjust = np.where(adjusted, flat // 200, 0)
    demand = flat / 1e4 / 24 * rng.uniform(1.22, 1.5, n)
    serials = pc.utf8_slice_codeunits(pc.cast(pa.array(10**7 + meters + 1), pa.string()), 1)
    codes = pc.binary_join_element_wise(
        pa.scalar(f"{county.area.area_code[:6]}{number + 1:03d}"), serials, "-"
    )
    first = np.datetime64(period.start)
    electric = use.code == "ELEC"
    return pa.table({
        "meter_code": codes.take(pa.array(np.repeat(np.arange(len(meters)), days))),
        "reading_date": pa.array(np.tile(first + np.arange(days), len(meters)), pa.date32()),
        "uscc": pa.repeat(pa.scalar(user.unit.uscc), n),
        "energy_code": pa.repeat(pa.scalar(use.code), n),
        "start_reading": start.reshape(-1) / 1e4,
        "end_reading": end.reshape(-1) / 1e4,
        "multiplier": pa.repeat(pa.scalar(float(multiplier)), n),
        "reading_adjust": pa.array(adjust / 1e4, mask=~adjusted),
        "consumption": (flat + adjust) / 1e4,
        "direction": pa.repeat(pa.scalar("SELF_PV" if use.code == "PV_SELF" else "PURCHASE"), n),
        "quality_flag": pa.array(quality, pa.string()),
        "meter_replaced": pa.array(replaced.reshape(-1)),
        "max_demand_kw": pa.array(np.ceil(demand * 100) / 100, mask=np.full(n, not electric)),
        "remark": pa.nulls(n, pa.string()),
    })  # fmt: skip


def coal_quota(county: County, period: Period) -> Table:
    """Quotas as allotted in spring, used until January."""
    return _quotas(county, period.year, 1, 2)


def coal_quota_revised(county: County, period: Period) -> Revision | None:
    """In July quota is moved between users."""
    return Revision(_quotas(county, period.year, 6, 5), days_after=142, suffix="年中调整")


def _quotas(county: County, year: int, months: int, transfers: int) -> Table:
    rows: list[Row] = []
    for user in county.once(users):
        window = range(year * 12, year * 12 + months)
        efficiency = money(county.chance.of("efficiency", user.number).gamma(3, 0.7) + 0.3, 4)
        shared: Row = {"uscc": user.unit.uscc, "quota_year": year, "output_efficiency_wan_tce": efficiency,
                       "approve_no": f"青发改能源〔{year}〕{7 if transfers < 3 else 31}号"}  # fmt: skip
        quota = _quota(county, user, year)
        if quota is not None:
            used = money(_equivalent_tce(county, user, window))
            rows.append(shared | {"quota_kind": "ENERGY", "quota_qty": quota, "used_ytd_qty": used})
        for use in user.uses:
            if use.code == "RAW_COAL":
                coal = sum(_metered(county, user, use, m) for m in _year(year))
                spent = sum((_reported(county, user, use, m) for m in window), Decimal(0))
                rows.append(
                    shared
                    | {
                        "quota_kind": "COAL",
                        "quota_qty": money(round(coal * 1.06, -2)),
                        "used_ytd_qty": spent,
                    }
                )
    _transfer(county, rows, year, transfers)
    order = ("uscc", "quota_kind", "quota_year", "quota_qty", "used_ytd_qty", "transfer_in_qty", "transfer_out_qty",
             "output_efficiency_wan_tce", "approve_no")  # fmt: skip
    return Table([{name: row.get(name) for name in order} for row in rows])


def _transfer(county: County, rows: list[Row], year: int, count: int) -> None:
    """Move quota from users with room to others; what goes out comes in."""
    energy = [row for row in rows if row["quota_kind"] == "ENERGY"]
    order = county.chance.of("transfer", year).permutation(len(energy))
    for i in range(count):
        giver, taker = energy[int(order[2 * i])], energy[int(order[2 * i + 1])]
        amount = money(round(float(str(giver["quota_qty"])) * 0.04 + 5, -1))
        giver["transfer_out_qty"] = amount
        taker["transfer_in_qty"] = amount


def inspection(county: County, period: Period) -> Table:
    """Every key user once a year, metering reviews half a year apart, some others."""
    rows: list[Row] = []
    for user in county.once(users):
        rng = county.chance.of("inspection", user.unit.name, period)
        large = user.number < len(_LARGE)
        if (user.number + 1) % 4 == period.ordinal % 4 and (large or rng.random() < 0.5):
            rows.append(_inspection(period, rng, user, "SAVING", len(rows) + 1))
        if (user.number + 3) % 4 == period.ordinal % 4 and (large or rng.random() < 0.35):
            rows.append(_inspection(period, rng, user, "METERING", len(rows) + 1))
    return Table(rows)


def _inspection(
    period: Period, rng: np.random.Generator, user: User, kind: str, number: int
) -> Row:
    problems = between(rng, 0, 5)
    needed = between(rng, 12, 60) if kind == "METERING" else None
    have = needed - (between(rng, 0, 3) if needed and needed > 20 else 0) if needed else None
    solved = max(problems - between(rng, 0, 1), 0)
    return {
        "inspection_no": f"JN{period.label.replace('-', '')}-{number:03d}",
        "uscc": user.unit.uscc,
        "inspection_kind": kind,
        "inspection_date": day_in(
            rng, period.start + timedelta(days=5), period.end - timedelta(days=4)
        ),
        "meter_need_cnt": needed,
        "meter_have_cnt": have,
        "meter_verified_cnt": have - between(rng, 0, 1) if have else None,
        "problem_cnt": problems,
        "rectified_cnt": solved,
        "limit_exceeded": user.two_high and rng.random() < 0.06 if kind == "SAVING" else None,
        "conclusion": "PASS" if problems <= 1 else "BASIC" if problems <= 4 else "FAIL",
    }


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
    brand = pick(rng, _SMALL.split("|"))
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


REVIEWED_PROJECTS = (
    ("年产20万吨特种玻璃项目", "C3041", 3, True, 48600.0, 0.0), ("合成氨节能改造项目", "C2621", 4, True, 21400.0, 18000.0),
    ("再生铝精深加工项目", "C3240", 6, True, 15200.0, 0.0), ("水泥窑协同处置项目", "C3011", 2, True, 9800.0, 6400.0),
    ("生物基材料一期项目", "C2653", 5, False, 7600.0, 0.0), ("高端轴承智能工厂项目", "C3451", 16, False, 2100.0, 0.0),
    ("热电联产扩建项目", "D4412", 0, True, 61300.0, 90000.0), ("光学薄膜生产线项目", "C2921", 20, False, 3300.0, 0.0),
    ("陶瓷岩板生产线项目", "C3071", 11, True, 12700.0, 0.0), ("纸品包装升级项目", "C2231", 8, False, 2900.0, 0.0),
    ("电子级化学品项目", "C2664", 4, True, 8800.0, 0.0), ("汽车零部件铸造项目", "C3391", 14, True, 6400.0, 0.0),
)  # fmt: skip


def reviewed_project_code(county: County, number: int) -> str:
    """Code of a project under energy review, as the project register has it too."""
    filed = f"{county.first.year % 100 - 1:02d}{number + 1:02d}"
    return f"{filed}-{county.area.area_code[:6]}-04-01-{400_100 + 977 * number:06d}"


def reviewed_project_name(county: County, number: int) -> str:
    name, _, user, *_ = REVIEWED_PROJECTS[number]
    return f"{county.once(users)[user].unit.name.removesuffix('有限公司')}{name}"


def project_review(county: County, period: Period) -> Table:
    """All projects that applied so far, with the state of their review."""
    rows: list[Row] = []
    index = (period.year - county.first.year) * 4 + period.ordinal - 1
    for number, (_, industry, user, two_high, demand, coal) in enumerate(REVIEWED_PROJECTS):
        applied = number // 2 - 2
        if index < applied:
            continue
        age = index - applied
        status = (
            "NOT_APPLIED",
            "REVIEWING",
            "APPROVED",
            "APPROVED",
            "APPROVED",
            "APPROVED",
            "COMPLETED",
        )[min(age, 6)]
        if number == 10 and age > 1:
            status = "REJECTED"
        owner = county.once(users)[user].unit
        done = status in ("APPROVED", "COMPLETED")
        rows.append({
            "project_code": reviewed_project_code(county, number),
            "project_name": reviewed_project_name(county, number),
            "uscc": owner.uscc,
            "industry_code": industry,
            "two_high": two_high,
            "energy_demand_tce": money(demand),
            "coal_demand_t": money(coal) if coal else None,
            "substitute_energy_tce": money(demand * 1.1) if two_high and done else None,
            "substitute_coal_t": money(coal * 1.05) if two_high and coal and done else None,
            "substitute_source": "关停落后产能腾出指标" if two_high and done else None,
            "review_status": status,
            "approve_no": f"云发改能审〔{period.year - (age > 5)}〕{12 + number}号" if done else None,
        })  # fmt: skip
    return Table(rows)


def small_firms(county: County) -> list[Unit]:
    """Small industrial firms that only the price list names."""
    firms = []
    for name in _SMALL.split("|"):
        rng = county.chance.of("small", name)
        town = county.pick_township(rng)
        industry = f"C{between(rng, 13, 41)}{between(rng, 10, 49)}"
        firms.append(
            county.unit(
                "91", f"{county.name}{name}有限公司", "COMPANY", industry, town.area_code, (20, 600)
            )
        )
    return firms


def evaluation_grade(county: County, unit: Unit, year: int) -> str:
    """Grade of a firm of the price list in the evaluation of a year."""
    return pick(county.chance.of("grade", unit.name, year), "ABCD", (22, 58, 14, 6))


def tariff_policy(county: County, period: Period) -> Table:
    """Price class of the next year for every firm that was evaluated."""
    rows: list[Row] = []
    start = date(period.year + 1, 1, 1)
    large = [user.unit for user in county.once(users)[2:]]
    for unit in (*large, *county.once(small_firms)):
        grade = evaluation_grade(county, unit, period.year)
        rows.append({
            "uscc": unit.uscc,
            "enterprise_name": unit.name,
            "policy_year": start.year,
            "tariff_class": "LARGE" if unit in large else "GENERAL",
            "evaluation_grade": grade,
            "surcharge_yuan_kwh": {"C": Decimal("0.1"), "D": Decimal("0.3")}.get(grade, Decimal(0)),
            "start_date": start,
            "end_date": None,
        })  # fmt: skip
    return Table(
        rows,
        dict.fromkeys(range(len(rows)), f"名单在上年12月公布，自{start.year}年1月1日抄表起执行"),
    )


def power_unit(county: County, period: Period) -> Table:
    """Two generating units in each of the two plants; their coal is the coal of the fuel form."""
    month = month_number(period)
    rows: list[Row] = []
    for plant in county.once(users)[:2]:
        coal = next(use for use in plant.uses if use.code == "RAW_COAL")
        burnt = float(_reported(county, plant, coal, month)) * coal.convert_share
        ncv = float(str(_fuel_row(county, plant, coal, month)["measured_ncv_kj"]))
        for number, share in enumerate((0.52, 0.48)):
            rows.append(_generating_unit(county, plant, number, burnt * share, ncv, month))
    return Table(rows)


def _generating_unit(
    county: County, plant: User, number: int, coal: float, ncv: float, month: int
) -> Row:
    rng = county.chance.of("unit", plant.number, number, month)
    heats = plant.number == 0
    kind = {(0, 0): "SAVING", (1, 1): "FLEXIBLE", (0, 1): "HEAT"}.get((plant.number, number))
    finished = {(0, 0): 2023 * 12 + 5, (1, 1): 2022 * 12 + 9, (0, 1): 2024 * 12 + 3}.get(
        (plant.number, number), 0
    )
    retrofitted = kind is not None and month >= finished
    rate = (286.0 if heats else 312.0) - (7 if retrofitted else 0) + float(rng.normal(0, 1.5))
    tce = coal * ncv / 29307.6
    supply = tce * 1e6 * (0.45 if heats else 1.0) / rate
    return {
        "unit_code": f"{county.area.area_code[:6]}-{'RD' if heats else 'YH'}{number + 1}",
        "uscc": plant.unit.uscc,
        "capacity_mw": money(25 if heats else 150),
        "generation_kwh": money(supply / (0.918 if heats else 0.941), 0),
        "supply_kwh": money(supply, 0),
        "heat_gj": money(tce * 0.55 * 29.3076 * 0.86) if heats else None,
        "coal_t": money(coal),
        "coal_ncv_kj": money(ncv),
        "additive_used": rng.random() < 0.3,
        "supply_coal_rate": money(rate),
        "min_load_pct": money(35 if retrofitted and kind == "FLEXIBLE" else 50),
        "retrofit_kind": kind,
        "retrofit_status": None
        if kind is None
        else "DONE"
        if retrofitted
        else "DOING"
        if month >= finished - 6
        else "NOT_STARTED",
    }


def _units(county: County) -> list[Unit]:
    return [*(user.unit for user in county.once(users)), *county.once(small_firms)]


DEPARTMENT = Department(
    makers={
        "energy_user": energy_user,
        "fuel_consumption": fuel_consumption,
        "coal_quota": coal_quota,
        "inspection": inspection,
        "distributed_pv": distributed_pv,
        "project_review": project_review,
        "tariff_policy": tariff_policy,
        "power_unit": power_unit,
    },
    streams={"meter_reading": meter_reading},
    revisers={"coal_quota": coal_quota_revised},
    units=_units,
    totals={
        "energy_user": ("last_year_tce", "quota_tce"),
        "inspection": (
            "meter_need_cnt",
            "meter_have_cnt",
            "meter_verified_cnt",
            "problem_cnt",
            "rectified_cnt",
        ),
        "project_review": (
            "energy_demand_tce",
            "coal_demand_t",
            "substitute_energy_tce",
            "substitute_coal_t",
        ),
        "power_unit": ("generation_kwh", "supply_kwh", "heat_gj", "coal_t"),
    },
    breaks={
        "fuel_consumption": Add("stock_start_qty", 120),
        "meter_reading": Add("start_reading", -4),
        "coal_quota": Add("transfer_in_qty", 500),
        "distributed_pv": Add("grid_kwh", 300),
        "inspection": Add("rectified_cnt", 9),
        "power_unit": Add("supply_kwh", 90_000_000),
    },
    wrong_units={
        "fuel_consumption": "consume_qty",
        "distributed_pv": "generation_kwh",
        "power_unit": "generation_kwh",
    },
)
