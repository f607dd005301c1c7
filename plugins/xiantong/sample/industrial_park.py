"""Land stock and quota of the zones, and who really works on each parcel."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from xiantong.periods import Period, period_range
from xiantong.sample import parcels
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in, month_number
from xiantong.sample.department import Department
from xiantong.sample.firms import Firm
from xiantong.sample.parcels import SQM_PER_MU, Cluster, Parcel
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

# What the zones printed at the end of a year: land stock of each cluster, mu.
_PRINTED = Period("2023-Q4")
_STOCK = (Decimal(412), Decimal(236), Decimal(174), Decimal(193), Decimal(139))
# Batches of land that were approved in between: place of the cluster, quarter, mu.
_BATCHES = (
    (0, "2022-Q1", 180), (3, "2022-Q1", 95), (1, "2022-Q3", 120),
    (0, "2023-Q1", 210), (2, "2023-Q1", 84), (4, "2023-Q3", 76),
)  # fmt: skip
_QUOTA = (620, 380, 260, 310, 240)
_BATCH_WORDS = "省政府批准{year}年度第{number}批次建设用地，本季入库{mu}亩"
_SHORT_WORDS = "已签约项目分期供地，缺口部分纳入下一批次报批"


# --- land stock and quota -----------------------------------------------------------------------


def land_quota(county: County, period: Period) -> Table:
    """Stock, quota, supply and demand of every cluster at the end of a quarter."""
    rows: list[Row] = []
    for place, cluster in enumerate(county.once(parcels.clusters)):
        stock = _stock(county, place, period)
        used = _quota_used(county, place, period)
        rng = county.chance.of("demand", cluster.name, period)
        demand = money(float(stock) * rng.uniform(0.45, 0.9))
        remark = _batch_remark(county, place, period)
        if place == 4 and period.ordinal == 2:
            demand = stock + 35
            remark = _SHORT_WORDS
        first = (
            place == 0 or county.once(parcels.clusters)[place - 1].zone_code != cluster.zone_code
        )
        rows.append({
            "zone_code": cluster.zone_code,
            "cluster_name": cluster.name,
            "stock_land_mu": stock,
            "new_quota_mu": Decimal(_QUOTA[place % len(_QUOTA)]),
            "quota_used_mu": used,
            "elastic_land_mu": money(_QUOTA[place % len(_QUOTA)] * 0.15),
            "supplied_ytd_mu": _supplied(county, cluster, period),
            "demand_signed_mu": demand,
            "approved_unsupplied_mu": money(float(stock) * 0.58),
            "idle_land_mu": parcels.idle_mu(county, cluster.zone_code, period) if first else Decimal(0),
            "remark": remark,
        })  # fmt: skip
    return Table(rows)


def _supplied(county: County, cluster: Cluster, period: Period) -> Decimal:
    """Supplied from January to the end of the quarter."""
    made = parcels.supplies(county, period.year)
    return sum((s.mu for s in made if s.cluster == cluster and s.day <= period.end), Decimal(0))


def _flow(county: County, place: int, quarter: Period) -> Decimal:
    """What the stock gains in a quarter: batches less supply."""
    cluster = county.once(parcels.clusters)[place]
    made = parcels.supplies(county, quarter.year)
    out = (s.mu for s in made if s.cluster == cluster and quarter.start <= s.day <= quarter.end)
    return _batch(place, quarter) - sum(out, Decimal(0))


def _batch(place: int, quarter: Period) -> Decimal:
    return Decimal(sum(mu for p, when, mu in _BATCHES if p == place and when == quarter.label))


def _stock(county: County, place: int, period: Period) -> Decimal:
    """Stock at the end of a quarter, from the printed one forwards or backwards."""
    stock = _STOCK[place % len(_STOCK)]
    if period <= _PRINTED:
        until = [q for q in period_range(period, _PRINTED) if q != period]
        return stock - sum((_flow(county, place, q) for q in until), Decimal(0))
    later = [q for q in period_range(_PRINTED, period) if q != _PRINTED]
    return max(stock + sum((_flow(county, place, q) for q in later), Decimal(0)), Decimal(0))


def _quota_used(county: County, place: int, period: Period) -> Decimal:
    """Half of what a batch brings uses growth quota."""
    batches = sum(
        mu for p, when, mu in _BATCHES if p == place and Period(when).end <= period.end
    )  # fmt: skip
    rng = county.chance.of("quota", place)
    return money(_QUOTA[place % len(_QUOTA)] * rng.uniform(0.2, 0.35) + batches * 0.5)


def _batch_remark(county: County, place: int, period: Period) -> str | None:
    """Explains why the stock did not fall by what was supplied."""
    mu = _batch(place, period)
    if not mu:
        return None
    return _BATCH_WORDS.format(year=period.year, number=place + period.ordinal, mu=mu)


# --- who works on the parcels -------------------------------------------------------------------


def parcel_occupancy(county: County, period: Period) -> Table:
    """Every surveyed parcel with its occupiers, in the order of the codes."""
    rows: list[Row] = []
    for parcel in sorted(parcels.registered(county, month_number(period)), key=lambda p: p.code):
        if _is_surveyed(county, parcel, period):
            rows += _occupiers(county, parcel, period)
    return Table(rows)


def _is_surveyed(county: County, parcel: Parcel, period: Period) -> bool:
    """All supplied land inside the zones; outside only plants, and some of them are overlooked."""
    status = parcel.status(period.end)
    if parcel.zone_code is None:
        return status == "IN_USE" and county.chance.of("survey", parcel.code).random() > 0.12
    return status != "UNSUPPLIED"


def _occupiers(county: County, parcel: Parcel, period: Period) -> list[Row]:
    month = month_number(period)
    area = parcel.area(month)
    if parcel.status(period.end) != "IN_USE":
        return [_row(county, parcel, period, parcel.holder, "VACANT", area)]
    if parcel.let_to:
        return _tenants(county, parcel, period)
    if parcel.owner is not None and not parcels.works(parcel.owner, month):
        return [_row(county, parcel, period, parcel.holder, "VACANT", area)]
    return [_row(county, parcel, period, parcel.holder, "OWNER", _used(county, parcel, area))]


def _used(county: County, parcel: Parcel, area: Decimal) -> Decimal:
    """Survey and register differ by a little, by less than two in a hundred."""
    factor = county.chance.of("measured", parcel.code).uniform(0.97, 1.01)
    return money(float(area) * factor)


def _tenants(county: County, parcel: Parcel, period: Period) -> list[Row]:
    """Standard plants: the firms that rent, and what is empty."""
    rows = [_row(county, parcel, period, firm.unit, "TENANT", mu) for firm, mu in parcel.let_to]
    rest = parcel.area(month_number(period)) - sum((mu for _, mu in parcel.let_to), Decimal(0))
    return [*rows, _row(county, parcel, period, parcel.holder, "VACANT", rest)]


def _row(county: County, parcel: Parcel, period: Period, occupier: Unit, kind: str, area: Decimal) -> Row:  # fmt: skip
    rng = county.chance.of("occupier", parcel.code, occupier.uscc)
    is_tenant = kind == "TENANT"
    rent, lease_year = money(rng.uniform(7.5, 14.5)), between(rng, period.year, period.year + 4)
    lease_end = date(lease_year, between(rng, 1, 12), 28)
    built, _ = parcels.floor_area(parcel, month_number(period))
    empty = float(area / parcel.area(month_number(period))) * float(built or 0) if kind == "VACANT" else 0.0  # fmt: skip
    mode, status = _disposal(county, parcel, period, kind)
    willing = kind == "OWNER" and rng.random() < 0.16
    more = money(float(area) * SQM_PER_MU * rng.uniform(0.15, 0.5), 0)
    is_free = is_tenant and rng.random() < 0.06
    return {
        "parcel_code": parcel.code,
        "occupier_uscc": occupier.uscc,
        "occupier_name": occupier.name,
        "occupy_kind": kind,
        "occupied_mu": area,
        "rent_yuan_sqm_month": rent if is_tenant and not is_free else None,
        "lease_end_date": lease_end if is_tenant else None,
        "vacant_building_sqm": money(empty) if empty else None,
        "disposal_mode": mode,
        "disposal_status": status,
        "new_project_code": None,
        "far_raise_willing": willing if kind in ("OWNER", "MIXED") else None,
        "far_raise_sqm": more if willing else None,
        "remark": "招商引资协议约定前三年免收租金" if is_free else None,
    }


def _disposal(county: County, parcel: Parcel, period: Period, kind: str) -> tuple[str | None, str | None]:  # fmt: skip
    """What the county plans for land that yields little, and how far it has come."""
    rng = county.chance.of("disposal", parcel.code)
    begun = day_in(rng, date(2021, 6, 1), date(2024, 3, 1))
    if not _yields_little(parcel, kind) or rng.random() < 0.25 or begun > period.end:
        return None, None
    modes = ("LEASE", "TRANSFER", "BUYBACK") if kind == "VACANT" else ("RENOVATE", "FAR_RAISE", "TARIFF", "LEASE")  # fmt: skip
    mode = pick(rng, modes)
    age = (period.end - begun).days
    if rng.random() < 0.06:
        return mode, "STOPPED" if age > 200 else "DOING"
    return mode, "DONE" if age > 420 else "DOING" if age > 120 else "NOT_STARTED"


def _yields_little(parcel: Parcel, kind: str) -> bool:
    """Vacant, hardly built on, or with little tax on much land."""
    if kind == "VACANT" or parcel.let_to:
        return kind == "VACANT" and not parcel.let_to
    sparse = float(parcel.built_sqm or 0) < 0.3 * float(parcel.area_mu) * SQM_PER_MU
    return sparse or (parcel.owner is not None and _tax_per_mu(parcel.owner) < 3.0)


def _tax_per_mu(firm: Firm) -> float:
    return firm.output_wan * firm.tax_rate / firm.land_mu


DEPARTMENT = Department(
    makers={"land_quota": land_quota, "parcel_occupancy": parcel_occupancy},
    totals={
        "land_quota": ("stock_land_mu", "new_quota_mu", "quota_used_mu", "supplied_ytd_mu", "demand_signed_mu"),
        "parcel_occupancy": ("occupied_mu",),
    },
    breaks={
        "land_quota": Add("quota_used_mu", 900),
        "parcel_occupancy": Add("occupied_mu", 260),
    },
)  # fmt: skip
