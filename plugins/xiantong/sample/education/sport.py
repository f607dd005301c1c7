"""Daily sport of the pupils."""

from __future__ import annotations

import numpy as np

from xiantong.periods import Frequency, Period
from xiantong.sample.chance import between, money
from xiantong.sample.county import County
from xiantong.sample.education.schools import School, schools, students, term_number
from xiantong.sample.table import Row, Table

_DAYS = {1: 12, 2: 10, 3: 22, 4: 21, 5: 20, 6: 21, 7: 5, 8: 1, 9: 22, 10: 17, 11: 21, 12: 22}


def sport_hour(county: County, period: Period) -> Table:
    """Daily sport by school and stage, growing towards the hour; fitness tests in October."""
    rng = county.chance.of("sport", period)
    term = term_number(Period.of(period.start, Frequency.SEMESTER))
    return Table(
        [
            _sport(county, period, rng, school, stage, term)
            for school in county.once(schools)
            for stage in school.classes
            if stage != "KINDER"
        ]
    )


def _sport(county: County, period: Period, rng: np.random.Generator, school: School, stage: str,
           term: int) -> Row:  # fmt: skip
    fixed = county.chance.of("sport", school.code, stage)
    progress = max(term - 2 * 2022, 0)
    lessons, minutes = {
        "PRIMARY": (4, 40),
        "JUNIOR": (3, 45),
        "SENIOR": (2, 45),
        "VOCATIONAL": (2, 45),
    }[stage]
    bigbreak = between(fixed, 3, 4) * 5 + (5 if progress >= between(fixed, 1, 4) else 0)
    after = between(fixed, 1, 3) * 5 + 5 * min(progress, 2)
    daily = lessons * minutes / 5 + bigbreak + after
    days = _DAYS[period.ordinal]
    met = (
        days
        if daily >= 60 and rng.random() < 0.9
        else round(days * (0.9 if daily >= 60 else 0.75 if daily >= 55 else 0.4))
    )
    tested = students(county, school, term, stage) if period.ordinal == 10 else None
    return {
        "school_code": school.code,
        "school_stage": stage,
        "school_day_cnt": days,
        "pe_lesson_week_cnt": money(lessons),
        "pe_lesson_min": money(minutes),
        "big_break_min": money(bigbreak),
        "after_class_min": money(after),
        "met_day_cnt": met,
        "ball_league_cnt": int(rng.poisson(0.8 if stage != "PRIMARY" else 0.4)),
        "student_pass_cnt": round(tested * rng.uniform(0.9, 0.98)) if tested else None,
        "student_tested_cnt": tested,
    }
