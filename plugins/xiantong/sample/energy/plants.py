"""Generating units of the power plants."""

from __future__ import annotations

from xiantong.periods import Period
from xiantong.sample.chance import money
from xiantong.sample.county import County, month_number
from xiantong.sample.energy.consumption import fuel_row, reported
from xiantong.sample.energy.users import User, users
from xiantong.sample.table import Row, Table


def power_unit(county: County, period: Period) -> Table:
    """Two generating units in each of the two plants; their coal is the coal of the fuel form."""
    month = month_number(period)
    rows: list[Row] = []
    for plant in county.once(users)[:2]:
        coal = next(use for use in plant.uses if use.code == "RAW_COAL")
        burnt = float(reported(county, plant, coal, month)) * coal.convert_share
        ncv = float(str(fuel_row(county, plant, coal, month)["measured_ncv_kj"]))
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
