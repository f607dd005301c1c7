"""Finance of the county's state companies, and the idle assets that are brought back into use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample.bodies import Company, bureaus, companies, township_governments
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.department import Department
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table, changed_rows

_REFINANCED = "已与银行签订续贷协议并落实集团统借统还资金，到期债务有偿付来源"
# Companies whose money is short, by their place in the list, with the money over what falls due.
_TIGHT = {0: 0.62, 11: 0.44, 18: 0.47}
_BONDS = {2022: {0: (4, 60_000), 1: (9, 40_000)}, 2023: {0: (6, 80_000), 1: (3, 30_000)}}
_BOND_USUAL = {0: (5, 60_000)}


def soe_financial(county: County, period: Period) -> Table:
    """Balance and results of every company since January."""
    rows: list[Row] = []
    remarks = {}
    for number, company in enumerate(county.once(companies)):
        row = _finance(county, number, company, period)
        if float(str(row["due_next_12m_wan"])) > 2 * float(str(row["cash_wan"])):
            remarks[len(rows)] = _REFINANCED
        rows.append(row)
    return Table(rows, remarks)


def _finance(county: County, number: int, company: Company, period: Period) -> Row:
    habit = county.chance.of("company", company.unit.name)
    turnover, margin = float(habit.uniform(0.05, 0.24)), float(habit.uniform(-0.01, 0.05))
    leverage, debt_share = float(habit.uniform(0.42, 0.66)), float(habit.uniform(0.5, 0.78))
    market_share = float(habit.uniform(0.15, 0.8))
    years = period.year - 2022 + period.ordinal / 12
    noise = float(county.chance.of("company", company.unit.name, period).uniform(-0.006, 0.006))
    assets = company.assets * 100 * (1 + 0.045 * years + noise)
    liability = assets * (leverage + 0.004 * years)
    debt = liability * debt_share
    revenue = sum(_month_revenue(county, company, period.year, m, turnover) for m in range(1, period.ordinal + 1))  # fmt: skip
    due = debt * 0.2
    cover = _TIGHT.get(number, float(habit.uniform(0.7, 1.6)))
    bond = _bonds(number, period)
    return {
        "uscc": company.unit.uscc,
        "enterprise_name": company.unit.name,
        "soe_level": company.level,
        "assets_wan": money(assets),
        "liability_wan": money(liability),
        "debt_wan": money(debt),
        "revenue_ytd_wan": money(revenue),
        "net_profit_wan": money(revenue * margin),
        "revenue_other_wan": money(revenue * market_share),
        "due_next_12m_wan": money(due),
        "bond_issue_wan": money(bond),
        "cash_wan": money(due * cover),
        "assess_score": money(float(habit.uniform(78, 97)), 1) if period.ordinal == 12 else None,
    }


def _month_revenue(
    county: County, company: Company, year: int, month: int, turnover: float
) -> float:
    luck = county.chance.of("revenue", company.unit.name, year, month).uniform(0.8, 1.25)
    growth = 1 + 0.07 * (year - 2022)
    return company.assets * 100 * turnover / 12 * growth * float(luck)


def _bonds(number: int, period: Period) -> float:
    """Company bonds issued since January."""
    month, amount = _BONDS.get(period.year, _BOND_USUAL).get(number, (13, 0))
    return float(amount if month <= period.ordinal else 0)


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset that lies or lay idle; ``ready`` is the day on which it is in use again."""

    code: str
    owner: Unit
    kind: str
    area_code: str
    area_sqm: float | None
    book_wan: float
    idle_since: date
    mode: str
    begun: date
    ready: date
    yearly_wan: float
    entered: date


_ASSETS = 240
_KINDS = ("BUILDING", "LAND", "EQUIPMENT", "PIPELINE", "CONCESSION", "OTHER")


def _assets(county: County) -> list[Asset]:
    return [_asset(county, number) for number in range(_ASSETS)]


def _asset(county: County, number: int) -> Asset:
    rng = county.chance.of("asset", number)
    owners = [
        *(company.unit for company in county.once(companies)),
        *county.once(bureaus),
        *county.once(township_governments),
    ]
    kind = pick(rng, _KINDS, (52, 20, 9, 6, 5, 8))
    town = county.pick_township(rng)
    area = float(between(rng, 120, 9000)) if kind in ("BUILDING", "LAND") else None
    value = max(float(rng.lognormal(4.6, 1.0)), 3.0)
    entered = day_in(rng, date(2021, 10, 8), date(2021, 12, 20))
    if number >= 130:
        entered = day_in(rng, date(2022, 1, 5), date(2024, 6, 20))
    begun = entered + timedelta(days=between(rng, 20, 420))
    return Asset(
        code=f"GZ{county.area.area_code[:6]}{number + 1:05d}",
        owner=pick(rng, owners),
        kind=kind,
        area_code=town.area_code,
        area_sqm=area,
        book_wan=0.0 if number % 83 == 40 else round(value, 2),
        idle_since=day_in(rng, date(2014, 3, 1), date(2021, 8, 30)),
        mode=pick(rng, ("LEASE", "SALE", "TRANSFER", "SELF_USE", "COOP"), (52, 12, 9, 15, 12)),
        begun=begun,
        ready=begun + timedelta(days=between(rng, 60, 500)),
        yearly_wan=round(value * float(rng.uniform(0.03, 0.08)), 2),
        entered=entered,
    )


def _asset_row(asset: Asset, period: Period) -> Row:
    begun, ready = asset.begun <= period.end, asset.ready <= period.end
    return {
        "asset_code": asset.code,
        "owner_uscc": asset.owner.uscc,
        "asset_kind": asset.kind,
        "area_code": asset.area_code,
        "area_sqm": money(asset.area_sqm) if asset.area_sqm else None,
        "book_value_wan": money(asset.book_wan),
        "idle_since": asset.idle_since,
        "reuse_mode": asset.mode if begun else None,
        "income_ytd_wan": money(_income(asset, period)),
        "reuse_status": "DONE" if ready else "DOING" if begun else "NOT_STARTED",
    }


def _income(asset: Asset, period: Period) -> float:
    """Income since January: rent by days of use, a sale once; own use and transfers bring none."""
    if asset.ready > period.end or asset.mode in ("TRANSFER", "SELF_USE"):
        return 0.0
    if asset.mode == "SALE":
        return asset.book_wan * 0.9 if asset.ready.year == period.year else 0.0
    days = (period.end - max(asset.ready, date(period.year, 1, 1))).days + 1
    return max(asset.yearly_wan * days / 365, 0.01)


def idle_asset(county: County, period: Period) -> Table:
    """All assets in the first quarter, then new ones and those whose state or income changed."""
    now = [_asset_row(a, period) for a in county.once(_assets) if a.entered <= period.end]
    if period.start > county.first.start:
        earlier = [
            _asset_row(a, period.prior) for a in county.once(_assets) if a.entered < period.start
        ]
        now = changed_rows(now, earlier, "asset_code")
    remarks = {}
    for number, row in enumerate(now):
        if row["reuse_status"] == "DONE" and not row["income_ytd_wan"]:
            remarks[number] = "划转、自用或上年已处置，本年无收益"
        elif not row["book_value_wan"]:
            remarks[number] = "资产已提足折旧，账面净值为零，仍可使用"
    return Table(now, remarks)


def _units(county: County) -> list[Unit]:
    return [company.unit for company in county.once(companies)]


DEPARTMENT = Department(
    makers={"soe_financial": soe_financial, "idle_asset": idle_asset},
    units=_units,
    totals={
        "soe_financial": ("assets_wan", "liability_wan", "debt_wan", "revenue_ytd_wan", "cash_wan"),
        "idle_asset": ("book_value_wan", "income_ytd_wan"),
    },
    breaks={
        "soe_financial": Add("revenue_ytd_wan", -9_000_000),
        "idle_asset": Add("book_value_wan", -900_000),
    },
    wrong_units={"soe_financial": "revenue_ytd_wan"},
)
