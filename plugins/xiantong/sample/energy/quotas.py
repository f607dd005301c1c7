"""Quotas of energy and coal, and how they are moved between users."""

from __future__ import annotations

from decimal import Decimal

from xiantong.periods import Period
from xiantong.sample.chance import money
from xiantong.sample.county import County
from xiantong.sample.department import Revision
from xiantong.sample.energy.consumption import (
    equivalent_tce,
    metered,
    months_of,
    quota_of,
    reported,
)
from xiantong.sample.energy.users import users
from xiantong.sample.table import Row, Table


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
        quota = quota_of(county, user, year)
        if quota is not None:
            used = money(equivalent_tce(county, user, window))
            rows.append(shared | {"quota_kind": "ENERGY", "quota_qty": quota, "used_ytd_qty": used})
        for use in user.uses:
            if use.code == "RAW_COAL":
                coal = sum(metered(county, user, use, m) for m in months_of(year))
                spent = sum((reported(county, user, use, m) for m in window), Decimal(0))
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
