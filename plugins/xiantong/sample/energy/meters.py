"""Daily readings of the meters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiantong.periods import Period
from xiantong.sample.county import County, month_number
from xiantong.sample.energy.consumption import METERED, metered
from xiantong.sample.energy.users import Use, User, users

CHUNK = 200_000
EPOCH = 2021


def metered_uses(county: County) -> list[tuple[User, Use]]:
    """Uses that are metered; each has ``scale`` meters (at least one)."""
    return [(user, use) for user in county.once(users) for use in user.uses if use.code in METERED]


def meter_reading(county: County, period: Period) -> Iterator[pa.Table]:
    """Daily readings of all meters in pieces of about ``CHUNK`` rows."""
    per_use = max(round(county.scale), 1)
    step = max(CHUNK // period.end.day, 1)
    waiting: list[pa.Table] = []
    for number, (user, use) in enumerate(metered_uses(county)):
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
    curve: np.ndarray = metered(county, user, use, month) * shape / shape.sum()
    return curve


_REPLACED = {5: (2022 * 12 + 6, 12), 17: (2023 * 12 + 3, 20), 29: (2023 * 12 + 8, 5)}


def _readings(county: County, period: Period, number: int, user: User, use: Use, meters: np.ndarray,
              per_use: int) -> pa.Table:  # fmt: skip
    month, days = month_number(period), period.end.day
    before = sum(metered(county, user, use, m) for m in range(EPOCH * 12, month))
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
        old = sum(metered(county, user, use, m) for m in range(EPOCH * 12, when))
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
