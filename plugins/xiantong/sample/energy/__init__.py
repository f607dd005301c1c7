"""Energy users, their meters and fuel, quotas, inspections, solar roofs, power plants, price lists."""

from __future__ import annotations

from xiantong.sample.county import County, Unit
from xiantong.sample.department import Department
from xiantong.sample.energy import (
    consumption,
    meters,
    plants,
    prices,
    quotas,
    solar,
    supervision,
    users,
)
from xiantong.sample.rule_breaks import Add


def _units(county: County) -> list[Unit]:
    return [*(user.unit for user in county.once(users.users)), *county.once(prices.small_firms)]


DEPARTMENT = Department(
    makers={
        "energy_user": consumption.energy_user,
        "fuel_consumption": consumption.fuel_consumption,
        "coal_quota": quotas.coal_quota,
        "inspection": supervision.inspection,
        "distributed_pv": solar.distributed_pv,
        "project_review": supervision.project_review,
        "tariff_policy": prices.tariff_policy,
        "power_unit": plants.power_unit,
    },
    streams={"meter_reading": meters.meter_reading},
    revisers={"coal_quota": quotas.coal_quota_revised},
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
