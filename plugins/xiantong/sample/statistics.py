"""Regional accounts with their revisions, and the published values of other areas."""

from __future__ import annotations

from math import cos, pi

from xiantong.periods import Period
from xiantong.sample.chance import money, pick
from xiantong.sample.county import County
from xiantong.sample.department import Department, Revision
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

_GDP = 2_263_000.0  # of the county in 2022, ten thousand yuan
_SHARE_YEAR = (0.214, 0.462, 0.715, 1.0)
_SECTORS = ((0.06, 0.45), (0.09, 0.44), (0.115, 0.43), (0.125, 0.425))
# Prices of the year against those of 2020: amount / index = amount at 2020 prices.
_PRICE_INDEX = {2021: 103.2, 2022: 104.6, 2023: 106.0, 2024: 107.5, 2025: 109.0}
_REAL_GROWTH = 5.0


def regional_accounts(county: County, period: Period) -> Table:
    """GDP of the county and its townships since January, provisional; population in the last quarter."""
    return _accounts(county, period, revision=0.0, status="P")


def accounts_revised(county: County, period: Period) -> Revision | None:
    """The year is revised once the final figures of the province are out."""
    if period.ordinal != 4:
        return None
    return Revision(
        _accounts(county, period, revision=0.004, status="R"), days_after=52, suffix="修订数"
    )


def _accounts(county: County, period: Period, revision: float, status: str) -> Table:
    rows = []
    index = _PRICE_INDEX.get(period.year, 110.5)
    real = _GDP * (1 + _REAL_GROWTH / 100) ** (period.year - 2022)
    year = real * index / _PRICE_INDEX[2022] * (1 + revision)
    population = sum(a.resident_population or 0 for a in county.townships)
    everyone = county.area.resident_population or population
    rows.append(
        _account(county, period, county.area.area_code, year, everyone, 0.585, index, status)
    )
    for town in county.townships:
        people = town.resident_population or 0
        weight = people * (
            1.75
            if town.area_code[6:9] < "100"
            else 1.15
            if county.is_town(town.area_code)
            else 0.62
        )
        rows.append(
            _account(
                county,
                period,
                town.area_code,
                year * weight / (population * 1.05),
                people,
                0.3,
                index,
                status,
            )
        )
    return Table(rows)


def _account(county: County, period: Period, area: str, year: float, people: int, urban: float,
             index: float, status: str) -> Row:  # fmt: skip
    rng = county.chance.of("gdp", area, period)
    quarter = period.ordinal - 1
    gdp = round(year * _SHARE_YEAR[quarter] * (1 + 0.004 * rng.standard_normal()))
    first, second = _SECTORS[quarter]
    primary = round(gdp * first)
    secondary = round(gdp * second * (1 + 0.01 * rng.standard_normal()))
    growth = _REAL_GROWTH + 0.1 * quarter + float(rng.normal(0, 0.15))
    persons = round(people * (1 - 0.003 * (period.year - 2022))) if period.ordinal == 4 else None
    return {
        "area_code": area,
        "gdp_ytd_wan": money(gdp),
        "gdp_growth_pct": money(growth, 1),
        "gdp_index_2020": money(index, 1),
        "primary_va_wan": money(primary),
        "secondary_va_wan": money(secondary),
        "tertiary_va_wan": money(gdp - primary - secondary),
        "industry_va_wan": money(round(secondary * 0.84)),
        "resident_population": persons,
        "urban_population": round(persons * urban) if persons else None,
        "data_status": status,
    }


# indicator, basis, value of the county in 2022, yearly growth in percent
_SERIES = (
    ("MED_FEE_PER_CLAIM", "current", 612.0, 4.2),
    ("PV_CAPACITY_KW", "stock", 92_000.0, 26.0),
    ("ENE_TCE_EQ", "ytd", 690_000.0, 2.1),
    ("MED_FUND_PAY", "ytd", 14_200_000.0, 6.3),
)


def benchmark_series(county: County, period: Period) -> Table:
    """What bulletins say about the province, the prefecture and the sibling counties."""
    rows: list[Row] = []
    others = [
        a for a in county.catalogue.areas if a.area_level in ("province", "prefecture")
    ] + county.siblings
    for area in others:
        size = (area.resident_population or 1) / (county.area.resident_population or 1)
        for code, basis, value, growth in _SERIES:
            scale = 1.0 if code == "MED_FEE_PER_CLAIM" else size
            rows.append(
                _published(county, period, area.area_code, code, basis, value * scale, growth)
            )
        if period.ordinal % 3 == 0:
            share = _SHARE_YEAR[period.ordinal // 3 - 1] * 12 / period.ordinal
            rows.append(
                _published(
                    county,
                    period,
                    area.area_code,
                    "STAT_GDP",
                    "ytd",
                    _GDP * size * 1.3 * share,
                    5.4,
                )
            )
    rows += _known_figures(county, period)
    known = set(county.catalogue.indicator_codes)
    return Table([row for row in rows if row["indicator_code"] in known])


def _published(
    county: County, period: Period, area: str, code: str, basis: str, value: float, growth: float
) -> Row:
    rng = county.chance.of("benchmark", area, code, period)
    month = period.ordinal
    years = period.year - 2022 + month / 12
    amount = value * (1 + growth / 100) ** years * (1 + 0.02 * rng.standard_normal())
    if basis == "ytd":
        amount *= month / 12
    if code == "MED_FEE_PER_CLAIM":
        amount *= 1 + 0.05 * cos(2 * pi * (month - 1) / 12)
    return {
        "indicator_code": code,
        "compare_area_code": area,
        "measure_basis": basis,
        "window_label": _window(rng.random(), month, basis),
        "value": money(amount, 2),
        "growth_pct": money(growth + float(rng.normal(0, 1.1)), 1),
        "rank_desc": f"第{1 + int(rng.integers(9))}位"
        if area[4:6] != "00" and rng.random() < 0.4
        else None,
        "source_doc": pick(
            rng, (f"{period.year}年{month}月统计月报", "省统计局数据发布平台", "市统计局月度快报")
        ),
    }


def _window(chance: float, month: int, basis: str) -> str:
    if basis != "ytd" or month == 1:
        return f"{month}月"
    if month == 12 and chance < 0.5:
        return "全年"
    if month == 9 and chance < 0.3:
        return "前三季度"
    return f"1-{month}月"


# Growth of technical renovation since January, which the province prints once a quarter.
_TECHREN_GROWTH = {"2023-03": 22.8, "2023-06": 25.1, "2023-09": 26.5, "2023-12": 24.9}


def _known_figures(county: County, period: Period) -> list[Row]:
    """Growth of technical renovation in the province; between its quarters there is no newer figure."""
    if period.ordinal % 3:
        return []
    province = next(a for a in county.catalogue.areas if a.area_level == "province")
    return [{
        "indicator_code": "IND_TECHREN_INV_YOY",
        "compare_area_code": province.area_code,
        "measure_basis": "ytd",
        "window_label": f"1-{period.ordinal}月",
        "value": None,
        "growth_pct": money(_TECHREN_GROWTH.get(period.label, 19.4 + period.ordinal / 10), 1),
        "rank_desc": None,
        "source_doc": "省统计局工业投资季报",
    }]  # fmt: skip


DEPARTMENT = Department(
    makers={"regional_accounts": regional_accounts, "benchmark_series": benchmark_series},
    revisers={"regional_accounts": accounts_revised},
    breaks={
        "regional_accounts": Add("tertiary_va_wan", 600),
    },
    wrong_units={"regional_accounts": "secondary_va_wan"},
)
