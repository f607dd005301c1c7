"""The list of firms with their price class."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from xiantong.periods import Period
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County, Unit
from xiantong.sample.energy.users import users
from xiantong.sample.table import Row, Table

SMALL_NAMES = "宏远机械|华宇五金|正大模具|金石石材|鑫盛塑料|万通包装|利民食品|福源豆制品|龙腾铸件|远大管业|精工轴套|恒瑞电器|蓝天玻璃|百盛服饰|旺达饲料|腾飞电子|盛泰纸品|汇丰粮油|建业砖瓦|隆昌木器|力源电机|天和陶粒|佳美地板|鸿泰线缆|祥云日化|锦绣针织|顺昌建材|益民调味品|恒昌阀门|联众仪表|新科灯饰|中天防水|华美印刷|康源饮品|凯达汽配|广发涂料|泰和橡塑|兴旺米业|诚信铝材|博远环保"


def small_firms(county: County) -> list[Unit]:
    """Small industrial firms that only the price list names."""
    firms = []
    for name in SMALL_NAMES.split("|"):
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
