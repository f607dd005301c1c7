"""Register of industrial parcels: all of them once, then what is new or changed."""

from __future__ import annotations

from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample import parcels
from xiantong.sample.county import County, month_number
from xiantong.sample.department import Department
from xiantong.sample.parcels import Parcel
from xiantong.sample.rule_breaks import Before
from xiantong.sample.table import Row, Table, changed_rows


def _row(county: County, parcel: Parcel, month: int) -> Row:
    """A parcel as the register shows it at the end of a month."""
    day = parcels.end_of(month)
    is_supplied = parcel.supplied is not None and parcel.supplied <= day
    built, counted = parcels.floor_area(parcel, month)

    def seen(when: date | None) -> date | None:
        return when if when and when <= day else None

    return {
        "parcel_code": parcel.code,
        "parcel_name": parcel.name,
        "area_code": parcel.area_code,
        "zone_code": parcel.zone_code,
        "holder_uscc": parcels.holder_at(county, parcel, day).uscc,
        "parcel_area_mu": parcel.area(month),
        "supply_date": seen(parcel.supplied),
        "supply_mode": parcel.mode if is_supplied else None,
        "contract_no": parcel.contract_no if is_supplied else None,
        "plan_start_date": parcel.plan_start if is_supplied else None,
        "plan_finish_date": parcel.plan_finish if is_supplied else None,
        "start_date": seen(parcel.start),
        "finish_date": seen(parcel.finish),
        "contract_invest_per_mu": parcel.invest_per_mu if is_supplied else None,
        "contract_tax_per_mu": parcel.tax_per_mu if is_supplied else None,
        "far_min": parcel.far_min,
        "far_max": parcel.far_max,
        "built_area_sqm": built,
        "far_area_sqm": counted,
        "parcel_status": parcel.status(day),
    }


def _register(county: County, month: int) -> list[Row]:
    return [_row(county, parcel, month) for parcel in parcels.registered(county, month)]


def industrial_parcel(county: County, period: Period) -> Table:
    """The register of a month as changes to the month before."""
    month = month_number(period)
    now = county.once(_register, month)
    before = [] if period == county.first else county.once(_register, month - 1)
    rows = changed_rows(now, before, "parcel_code")
    known = {row["parcel_code"]: row["parcel_area_mu"] for row in before}
    remarks = {}
    for number, row in enumerate(rows):
        if known.get(row["parcel_code"], row["parcel_area_mu"]) != row["parcel_area_mu"]:
            remarks[number] = "企业分立办理宗地分割登记，分割出的部分另立新宗地代码"
        elif _looks_idle(row, period):
            remarks[number] = "因规划道路调整延期开工，已签订补充协议，闲置认定正在调查"
    return Table(rows, remarks)


def _looks_idle(row: Row, period: Period) -> bool:
    """Not started a year after the agreed start, and not found idle."""
    agreed, started = row["plan_start_date"], row["start_date"]
    late = isinstance(agreed, date) and agreed < period.end - timedelta(days=365)
    return late and started is None and row["parcel_status"] != "IDLE"


DEPARTMENT = Department(
    makers={"industrial_parcel": industrial_parcel},
    units=parcels.holders,
    breaks={"industrial_parcel": Before("finish_date", "start_date", 40)},
)
