"""Teachers who teach in a second school."""

from __future__ import annotations

from datetime import date

import numpy as np

from xiantong.periods import Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County
from xiantong.sample.education.schools import School, schools, term_number
from xiantong.sample.education.teachers import WEAK_SUBJECTS, Teacher, present_in
from xiantong.sample.table import Row, Table


def cross_school_teaching(county: County, period: Period) -> Table:
    """Teachers of weak subjects who also teach in another school."""
    term = term_number(period)
    rng = county.chance.of("walk", period)
    places = county.once(schools)
    pool = _may_walk(county, term)
    order = rng.permutation(len(pool))[: 62 + 4 * max(term - 2 * county.first.year, 0)]
    rows: list[Row] = []
    for index in sorted(int(i) for i in order):
        teacher = pool[index]
        host = places[teacher.school_in(term)]
        others = [
            s
            for s in places
            if teacher.stage in s.classes
            and s.number != host.number
            and (s.is_rural or rng.random() < 0.25)
        ]
        guests = rng.choice(len(others), 2 if rng.random() < 0.3 else 1, replace=False)
        rows += [_walk(period, rng, teacher, host, others[int(i)]) for i in guests]
    return Table(rows)


def _may_walk(county: County, term: int) -> list[Teacher]:
    """Permanent teachers of the subjects that small schools lack."""
    return [
        t
        for t in present_in(county, term)
        if t.subject in WEAK_SUBJECTS and t.post == "PERMANENT" and t.stage in ("PRIMARY", "JUNIOR")
    ]


def _walk(
    period: Period, rng: np.random.Generator, teacher: Teacher, host: School, guest: School
) -> Row:
    lessons = between(rng, 3, max(min(teacher.lessons // 2 - 1, 6), 3))
    return {
        "teacher_no": teacher.no,
        "host_school_code": host.code,
        "receive_school_code": guest.code,
        "subject_code": teacher.subject,
        "exchange_kind": pick(rng, ("WALK", "ROTATION", "SUPPORT"), (78, 13, 9)),
        "flow_direction": _flow(host, guest),
        "weekly_lesson_cnt": lessons,
        "start_date": date(period.year, 9, 1) if period.ordinal == 2 else date(period.year, 2, 20),
        "end_date": None,
        "subsidy_yuan": money(lessons * 20 * 25),
    }


def _flow(host: School, guest: School) -> str:
    if host.is_rural == guest.is_rural:
        return "SAME"
    return "TOWN_TO_VILLAGE" if guest.is_rural else "VILLAGE_TO_TOWN"
