"""Tree planting and adoption, and the reports of forest fires, hotspots and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from xiantong.contracts.model import Area, Reporter
from xiantong.periods import Period
from xiantong.sample.by_township import by_township
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.rule_breaks import Earlier
from xiantong.sample.table import Row, Table

# Months of the fire season, in which the emergency bureau checks the duty rooms of the forest towns.
FIRE_SEASON = frozenset({10, 11, 12, 1, 2, 3, 4, 5})

# A township's planting days of a year, in this order: Arbour Day, winter planting, then more.
_PLANTING_DAYS = ((3, 12), (11, 24), (4, 3), (12, 5), (2, 27))
_RESIDENTS_PER_PLANTING = 15_000


def greening_activity(county: County, period: Period) -> Table:
    """The planting days that fall into the quarter, adoptions, donations and publicity."""
    rows: list[Row] = []
    remarks = {}
    for town in county.townships:
        rng = county.chance.of("greening", town.area_code, period)
        days = max(round((town.resident_population or 0) / _RESIDENTS_PER_PLANTING), 1)
        for month, day in _PLANTING_DAYS[:days]:
            if (month + 2) // 3 == period.ordinal:
                held = date(period.year, month, day) + timedelta(days=between(rng, 0, 3))
                people = between(rng, 40, 260)
                machine = town.is_forest_town and month == 3 and period.year % 2 == 0
                trees = people * (58 if machine else between(rng, 3, 9))
                if machine:
                    remarks[len(rows)] = "机械挖穴整地，营造林专业队配合，按小班验收株数填报"
                survived = money(float(rng.uniform(82, 95)), 1) if month > 10 else None
                rows.append(
                    _activity(town, held, "PLANTING", people, tree=trees, survival=survived)
                )
        if rng.random() < 0.75:
            held = day_in(rng, period.start, period.end)
            adopted = between(rng, 2, 25)
            rows.append(_activity(town, held, "ADOPTION", between(rng, 10, 60), adopted=adopted))
        if rng.random() < 0.2:
            held = day_in(rng, period.start, period.end)
            donated = between(rng, 10, 300) * 100
            rows.append(_activity(town, held, "DONATION", between(rng, 10, 90), donated=donated))
        held = day_in(rng, period.start, period.end)
        rows.append(_activity(town, held, "PUBLICITY", between(rng, 30, 180), chief=True))
    for number, row in enumerate(rows, 1):
        row["activity_no"] = f"LY{period.label.replace('-', '')}{number:03d}"
    return Table(rows, remarks)


def _activity(town: Area, day: date, kind: str, people: int, tree: int | None = None,
              adopted: int | None = None, donated: int | None = None, chief: bool = False,
              survival: Decimal | None = None) -> Row:  # fmt: skip
    return {
        "activity_no": "",
        "area_code": town.area_code,
        "activity_date": day,
        "activity_kind": kind,
        "participant_cnt": people,
        "tree_cnt": tree,
        "adopted_tree_cnt": adopted,
        "donated_yuan": money(donated) if donated else None,
        "survival_pct": survival,
        "is_forest_chief": chief,
        "remark": None,
    }


# --- fires ------------------------------------------------------------------------------------------

# By month: warnings, hotspots and fires that are usual
_USUAL = {
    1: (4, 1, 1), 2: (5, 2, 1), 3: (6, 3, 2), 4: (5, 3, 2), 5: (2, 1, 0), 6: (0, 0, 0),
    7: (0, 0, 0), 8: (0, 1, 0), 9: (1, 0, 0), 10: (2, 1, 0), 11: (3, 2, 1), 12: (4, 2, 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """A warning, a hotspot or a fire with its times."""

    number: str
    area_code: str
    kind: str
    discovered: datetime
    reported: datetime
    arrived: datetime | None
    controlled: datetime | None
    channel: str
    burnt_mu: float | None
    cause: str | None
    force: int | None


def events(county: County, period: Period) -> list[Event]:
    """What happened in a month, in the order of time. January always has a fire, as straw burns then."""
    rng = county.chance.of("fire-month", period)
    usual = _USUAL[period.ordinal]
    counts = [max(n + between(rng, -1, 1), 0) if n > 1 else n for n in usual]
    kinds = [
        k for k, n in zip(("WARNING", "HOTSPOT", "FIRE"), counts, strict=True) for _ in range(n)
    ]
    moments = sorted((_moment(rng, period), kind) for kind in kinds)
    return [
        _event(county, period, number, kind, moment)
        for number, (moment, kind) in enumerate(moments, 1)
    ]


def _moment(rng: np.random.Generator, period: Period) -> datetime:
    day = day_in(rng, period.start, period.end)
    return datetime(day.year, day.month, day.day, between(rng, 9, 20), between(rng, 0, 59))


def _event(county: County, period: Period, number: int, kind: str, moment: datetime) -> Event:
    rng = county.chance.of("fire", period, number)
    woods = [t for t in county.townships if t.is_forest_town]
    town = pick(rng, woods) if rng.random() < 0.8 else pick(rng, county.townships)
    fire = kind == "FIRE"
    # Some fires are reported late: no signal on the ridge.
    wait = between(rng, 70, 110) if fire and rng.random() < 0.15 else between(rng, 4, 40)
    arrived = moment + timedelta(minutes=wait + between(rng, 15, 70)) if kind != "WARNING" else None
    controlled = arrived + timedelta(minutes=between(rng, 40, 400)) if fire and arrived else None
    return Event(
        number=f"HQ{period.label.replace('-', '')}{number:03d}",
        area_code=pick(rng, county.villages[town.area_code]).area_code,
        kind=kind,
        discovered=moment,
        reported=moment + timedelta(minutes=wait),
        arrived=arrived,
        controlled=controlled,
        channel="PLATFORM" if kind == "WARNING" else pick(rng, ("PATROL", "CITIZEN", "TOWER", "SATELLITE", "PLATFORM")),
        burnt_mu=float(rng.gamma(1.5, 6)) if fire else None,
        cause=pick(rng, ("FARMING", "WORSHIP", "POWER_LINE", "UNKNOWN"), (45, 35, 8, 12)) if fire else None,
        force=between(rng, 20, 180) if fire else None,
    )  # fmt: skip


def _is_open(event: Event, period: Period) -> bool:
    """Reported in the month in which it was discovered and closed only in the next one."""
    return event.kind == "FIRE" and event.discovered.date() > period.end - timedelta(days=2)


def _event_row(event: Event, still_open: bool) -> Row:
    fire = event.kind == "FIRE"
    return {
        "event_no": event.number,
        "area_code": event.area_code,
        "event_kind": event.kind,
        "discovered_at": event.discovered,
        "reported_at": event.reported,
        "arrived_at": event.arrived,
        "controlled_at": None if still_open else event.controlled,
        "report_channel": event.channel,
        "shared_to_county": True,
        "affected_mu": money(event.burnt_mu) if event.burnt_mu and not still_open else None,
        "casualty_cnt": 0 if fire else None,
        "cause": ("UNKNOWN" if still_open else event.cause) if fire else None,
        "force_cnt": event.force,
        "verified": not still_open,
    }


def _delivered(county: County, period: Period) -> list[tuple[Event, bool]]:
    """Events of the month, after those of the month before that were still open then."""
    before = period.shift(-1)
    closed = [(e, False) for e in county.once(events, before) if _is_open(e, before)]
    if period == county.first:
        closed = []
    return closed + [(e, _is_open(e, period)) for e in county.once(events, period)]


def fire_event(county: County, period: Period, reporter: Reporter) -> Table:
    """What the bureau reports for a month."""
    rows: list[Row] = []
    remarks = {}
    for event, still_open in _delivered(county, period):
        if event.kind == "FIRE" and event.reported - event.discovered > timedelta(hours=1):
            remarks[len(rows)] = "火点位于无信号林区，护林员下山至信号点后报告，已配发卫星电话"
        rows.append(_event_row(event, still_open))
    return Table(rows, remarks)


def _when_something_happened(county: County, period: Period) -> list[Reporter]:
    contract = county.catalogue.contract("forestry.fire_event")
    return [county.reporter(contract)] if _delivered(county, period) else []


DEPARTMENT = Department(
    by_reporter={
        "greening_activity": by_township("forestry.greening_activity", greening_activity, 6),
        "fire_event": ByReporter(_when_something_happened, fire_event),
    },
    totals={
        "greening_activity": ("participant_cnt", "tree_cnt", "adopted_tree_cnt", "donated_yuan")
    },
    breaks={"fire_event": Earlier("reported_at", "discovered_at", 30)},
)
