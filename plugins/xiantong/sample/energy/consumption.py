"""What every user consumes, as its meters and its forms say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import cos, pi

from xiantong.periods import Period
from xiantong.sample.chance import money, pick
from xiantong.sample.county import County, month_number
from xiantong.sample.energy.users import Use, User, users
from xiantong.sample.table import Row, Table

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
METERED = ("ELEC", "NATGAS", "HEAT", "PV_SELF")


def metered(county: County, user: User, use: Use, month: int) -> float:
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


def reported(county: County, user: User, use: Use, month: int) -> Decimal:
    """Consumption as the form says it."""
    return county.once(_month_report, user.number, use.code, month)


def _month_report(county: County, number: int, code: str, month: int) -> Decimal:
    user = county.once(users)[number]
    use = next(use for use in user.uses if use.code == code)
    quantity = metered(county, user, use, month) * (1 + _gap(county, user, use, month))
    return money(quantity, 0 if use.yearly > 1e6 else 1)


def electricity(county: County, number: int, month: int) -> Decimal:
    """Electricity of a user and month in kWh, as its form says it; nought where it uses none."""
    user = county.once(users)[number]
    electric = [use for use in user.uses if use.code == "ELEC"]
    return reported(county, user, electric[0], month) if electric else Decimal(0)


def tce_of_year(county: County, number: int, year: int) -> Decimal:
    """Comprehensive energy use of a user in a year, equivalent value."""
    return money(equivalent_tce(county, county.once(users)[number], months_of(year)))


def _year_to(county: County, user: User, use: Use, month: int) -> Decimal:
    return sum(
        (reported(county, user, use, m) for m in range(month - month % 12, month + 1)), Decimal(0)
    )


def equivalent_tce(county: County, user: User, months: range) -> float:
    """Comprehensive energy use in equivalent value, output of conversion deducted."""
    total = 0.0
    for use in user.uses:
        net = 1 - use.convert_share * use.convert_rate
        total += (
            sum(float(reported(county, user, use, m)) for m in months)
            * _KGCE[use.code]
            / 1000
            * net
        )
    return total


def months_of(year: int) -> range:
    return range(year * 12, year * 12 + 12)


def quota_of(county: County, user: User, year: int) -> Decimal | None:
    if user.quota_factor is None:
        return None
    return money(round(equivalent_tce(county, user, months_of(year)) * user.quota_factor, -1))


def energy_user(county: County, period: Period) -> Table:
    """The list of users; the connected and the large ones are key users."""
    rows: list[Row] = []
    remarks = {}
    for user in county.once(users):
        last = equivalent_tce(county, user, months_of(period.year - 1))
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
            "quota_tce": quota_of(county, user, period.year),
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
            rows.append(fuel_row(county, user, use, month))
    return Table(rows, remarks)


def _stock(county: County, user: User, use: Use, month: int) -> Decimal:
    if use.code in METERED:
        return Decimal(0)
    rng = county.chance.of("stock", user.unit.name, use.code, month)
    return money(use.yearly / 12 * rng.uniform(0.35, 0.7), 1)


def fuel_row(county: County, user: User, use: Use, month: int) -> Row:
    used = reported(county, user, use, month)
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
