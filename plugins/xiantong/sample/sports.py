"""Sport grounds of county, townships, villages and schools; events, leagues and football courses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from xiantong.contracts.model import Reporter
from xiantong.periods import Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.education.schools import schools
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table, changed_rows

# By kind of school: what its field measures in square metres.
_SCHOOL_FIELDS = {
    "PRIMARY": (1_500, 4_400), "TEACHING_POINT": (300, 700), "JUNIOR": (4_200, 9_000), "NINE_YEAR": (4_500, 9_600),
    "TWELVE_YEAR": (10_000, 13_000), "SENIOR": (11_500, 17_800), "VOCATIONAL": (9_000, 13_500), "SPECIAL": (1_100, 1_900),
}  # fmt: skip
_COUNTY_GROUNDS = (
    ("全民健身中心体育馆", "GYM", 14_600, "PAID"), ("体育场", "FIELD", 43_800, "PART"), ("游泳馆", "POOL", 6_900, "PAID"),
    ("足球训练基地", "FOOTBALL", 62_400, "PART"), ("滨河健身步道", "TRAIL", 46_000, "FREE"), ("东湖环湖步道", "TRAIL", 34_500, "FREE"),
)  # fmt: skip
_TOWN_GROUNDS = (
    ("健身广场", "OTHER", (2_600, 6_200)), ("灯光篮球场", "BASKETBALL", (900, 1_700)), ("健身步道", "TRAIL", (3_000, 9_500)),
    ("多功能运动场", "FOOTBALL", (2_100, 4_600)),
)  # fmt: skip
_VILLAGE_GROUNDS = (
    ("文体广场", "OTHER", (600, 1_900)), ("篮球场", "BASKETBALL", (420, 900)), ("健身路径", "FITNESS", (90, 320)),
)  # fmt: skip
_NEW_A_YEAR = 2


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground on the list from ``listed`` on; out of use for repair in the year ``repair``."""

    code: str
    name: str
    area_code: str
    kind: str
    level: str
    area_sqm: int
    built: int
    listed: int
    open_kind: str
    invest_wan: int
    repair: int | None = None


def grounds(county: County) -> list[Ground]:
    """All grounds that are on the list at any time until 2027, township by township."""
    made = []
    for town in county.townships:
        places = [*_of_county(county, town.area_code), *_of_town(county, town.area_code)]
        places += _of_villages(county, town.area_code) + _of_schools(county, town.area_code)
        places += _of_firms(county, town.area_code) + _added(county, town.area_code)
        for serial, (name, area_code, kind, level, size, listed) in enumerate(places, 1):
            made.append(
                _ground(county, town.area_code, serial, name, area_code, kind, level, size, listed)
            )
    return made


_Place = tuple[str, str, str, str, int, int | None]


def _of_county(county: County, town: str) -> list[_Place]:
    if town != county.townships[0].area_code:
        return []
    return [
        (f"{county.name}{name}", town, kind, "COUNTY", size, None)
        for name, kind, size, _ in _COUNTY_GROUNDS
    ]


def _of_town(county: County, town: str) -> list[_Place]:
    area = next(a for a in county.townships if a.area_code == town)
    size = 1.9 if county.is_town(town) else 1.0
    rng = county.chance.of("grounds", town)
    return [
        (f"{area.area_name}{name}", town, kind, "TOWN", round(between(rng, *span) * size), None)
        for name, kind, span in _TOWN_GROUNDS
    ]


def _of_villages(county: County, town: str) -> list[_Place]:
    """Every village has its square; many have more."""
    places: list[_Place] = []
    for village in county.villages[town]:
        rng = county.chance.of("grounds", village.area_code)
        for number, (name, kind, span) in enumerate(_VILLAGE_GROUNDS):
            if number == 0 or rng.random() < 0.6:
                places.append(
                    (f"{village.area_name}{name}", village.area_code, kind, "VILLAGE", between(rng, *span), None)
                )  # fmt: skip
    return places


def _of_schools(county: County, town: str) -> list[_Place]:
    places: list[_Place] = []
    for school in county.once(schools):
        if school.area_code[:9] == town[:9] and school.type in _SCHOOL_FIELDS:
            size = between(county.chance.of("grounds", school.code), *_SCHOOL_FIELDS[school.type])
            places.append(
                (f"{school.unit.name}运动场", school.area_code, "FIELD", "SCHOOL", size, None)
            )
    return places


def _of_firms(county: County, town: str) -> list[_Place]:
    rng = county.chance.of("grounds", "firms", town)
    if not county.is_town(town):
        return []
    area = next(a for a in county.townships if a.area_code == town)
    return [
        (f"{area.area_name}{name}", town, kind, "ENTERPRISE", between(rng, *span), None)
        for name, kind, span in (("羽毛球馆", "GYM", (800, 2_400)), ("游泳健身会所", "POOL", (600, 1_500)))
    ]  # fmt: skip


def _added(county: County, town: str) -> list[_Place]:
    """Grounds that open after the first year, some in every township and year."""
    places: list[_Place] = []
    for year in range(county.first.year + 1, 2028):
        for number in range(_NEW_A_YEAR):
            rng = county.chance.of("grounds", town, year, number)
            village = pick(rng, county.villages[town])
            name, kind, span = pick(
                rng, (("口袋体育公园", "OTHER", (900, 2_400)), ("笼式足球场", "FOOTBALL", (600, 1_500)), ("健身步道", "TRAIL", (1_500, 3_600)))
            )  # fmt: skip
            label = f"{village.area_name}{name}（{year}年第{number + 1}处）"
            places.append((label, village.area_code, kind, "VILLAGE", between(rng, *span), year))
    return places


def _ground(county: County, town: str, serial: int, name: str, area_code: str, kind: str, level: str,
            size: int, listed: int | None) -> Ground:  # fmt: skip
    rng = county.chance.of("ground", town, serial)
    spare = level in ("VILLAGE", "TOWN") and kind != "OTHER"
    repair = county.first.year + 1 if spare and rng.random() < 0.03 else None
    usual = {"SCHOOL": ("PART", "CLOSED", "FREE"), "ENTERPRISE": ("PAID",), "COUNTY": ("FREE", "PART")}  # fmt: skip
    return Ground(
        code=f"TY{town[:9]}{serial:04d}",
        name=name,
        area_code=area_code,
        kind=kind,
        level=level,
        area_sqm=size,
        built=listed or between(rng, 2006, county.first.year - 1),
        listed=listed or county.first.year,
        open_kind="PAID" if kind == "POOL" else pick(rng, usual.get(level, ("FREE",))),
        invest_wan=max(round(size * rng.uniform(0.012, 0.05)), 1),
        repair=None if listed else repair,
    )


def _row(ground: Ground, year: int) -> Row:
    return {
        "venue_code": ground.code,
        "venue_name": ground.name,
        "area_code": ground.area_code,
        "venue_type": ground.kind,
        "venue_level": ground.level,
        "ground_area_sqm": money(ground.area_sqm),
        "build_year": ground.built,
        "open_kind": ground.open_kind,
        "invest_wan": money(ground.invest_wan),
        "venue_status": "REPAIR" if ground.repair == year else "IN_USE",
    }


def sport_venue(county: County, period: Period, reporter: Reporter) -> Table:
    """The grounds of one township: the whole list in the first year, then what is new or changed."""
    own = [g for g in county.once(grounds) if g.code[2:11] == reporter.area_code[:9]]
    now, before = (
        [_row(g, year) for g in own if g.listed <= year] for year in (period.year, period.year - 1)
    )
    return Table(
        now if period.year == county.first.year else changed_rows(now, before, "venue_code")
    )


def _offices(county: County, period: Period) -> list[Reporter]:
    return county.township_offices


# name, kind, item, level, quarters, people, matches, what else is counted
_EVENTS = (
    ("迎新春长跑活动", "MASS", "RUN", "COUNTY", (1,), (600, 1_400), 0),
    ("春节农民篮球赛", "COMPETITION", "BASKETBALL", "COUNTY", (1,), (180, 320), 28),
    ("业余足球联赛（县级）", "LEAGUE", "FOOTBALL", "COUNTY", (2, 3, 4), (260, 420), 36),
    ("镇级足球联赛", "LEAGUE", "FOOTBALL", "TOWN", (2, 3, 4), (300, 640), 48),
    ("村级足球邀请赛", "LEAGUE", "FOOTBALL", "TOWN", (1, 2, 4), (220, 480), 30),
    ("青少年校园足球联赛", "LEAGUE", "FOOTBALL", "COUNTY", (2, 4), (380, 720), 62),
    ("环东湖半程马拉松", "COMPETITION", "RUN", "MUNICIPAL", (4,), (2_400, 3_600), 0),
    ("机关职工气排球赛", "COMPETITION", "VOLLEYBALL", "COUNTY", (2, 3), (160, 280), 24),
    ("全民健身日展演", "MASS", "OTHER", "COUNTY", (3,), (900, 1_800), 0),
    ("广场舞大赛", "COMPETITION", "SQUARE_DANCE", "COUNTY", (2, 3), (420, 800), 0),
    ("“三大球”篮球联赛", "LEAGUE", "BASKETBALL", "COUNTY", (2, 3, 4), (200, 360), 34),
    ("足球D级教练员培训班", "COURSE", "FOOTBALL", "PROVINCIAL", (1, 3), (24, 40), 0),
    ("足球三级裁判员培训班", "COURSE", "FOOTBALL", "MUNICIPAL", (2, 4), (26, 48), 0),
    ("社会体育指导员培训班", "COURSE", "OTHER", "COUNTY", (1, 3), (60, 120), 0),
    ("青少年足球训练营", "CAMP", "FOOTBALL", "MUNICIPAL", (1, 3), (48, 90), 0),
)  # fmt: skip


def sport_event(county: County, period: Period) -> Table:
    """County events of the quarter, then what the townships organise."""
    rows = []
    for name, kind, item, level, quarters, people, matches in _EVENTS:
        if period.ordinal in quarters:
            rng = county.chance.of("event", name, period)
            seat = county.townships[0].area_code
            rows.append(_event(county, period, rng, name, kind, item, level, seat, people, matches))
    for town in county.townships:
        rng = county.chance.of("event", town.area_code, period)
        for _ in range(between(rng, 1, 2)):
            name, kind, item, matches = pick(
                rng,
                (("健步走", "MASS", "RUN", 0), ("广场舞展演", "MASS", "SQUARE_DANCE", 0), ("篮球赛", "COMPETITION", "BASKETBALL", 14)),
            )  # fmt: skip
            label = f"{town.area_name}{name}"
            rows.append(
                _event(county, period, rng, label, kind, item, "TOWN", town.area_code, (60, 260), matches)
            )  # fmt: skip
    for number, row in enumerate(rows, 1):
        row["event_no"] = f"TY{period.label.replace('-', '')}{number:03d}"
    return Table(rows)


def _event(county: County, period: Period, rng: np.random.Generator, name: str, kind: str, item: str,
           level: str, area_code: str, people: tuple[int, int], matches: int) -> Row:  # fmt: skip
    length = {"LEAGUE": 40, "COURSE": 5, "CAMP": 14}.get(kind, 1)
    start = day_in(rng, period.start, period.end - timedelta(days=length + 3))
    persons = between(rng, *people)
    played = round(matches * rng.uniform(0.85, 1.15)) if matches else None
    return {
        "event_no": "",
        "event_name": f"{period.year}年{county.name}{name}",
        "event_kind": kind,
        "sport_item": item,
        "event_level": level,
        "area_code": area_code,
        "start_date": start,
        "end_date": start + timedelta(days=length - 1),
        "team_cnt": max(persons // 18, 4) if matches else None,
        "participant_cnt": persons,
        "match_cnt": played,
        "certified_cnt": round(persons * rng.uniform(0.72, 0.96)) if kind == "COURSE" else None,
        "selected_cnt": between(rng, 2, 9) if kind == "CAMP" else None,
        "budget_wan": money(round(persons * rng.uniform(0.006, 0.03), 1)),
    }


DEPARTMENT = Department(
    makers={"sport_event": sport_event},
    by_reporter={"sport_venue": ByReporter(reporters=_offices, maker=sport_venue)},
    totals={
        "sport_venue": ("ground_area_sqm", "invest_wan"),
        "sport_event": ("participant_cnt", "match_cnt", "certified_cnt"),
    },
    breaks={
        "sport_event": Before("end_date", "start_date", 3),
        "sport_venue": Add("ground_area_sqm", 260_000),
    },
)
