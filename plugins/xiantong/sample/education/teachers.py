"""Teachers and what they teach, through the years."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from xiantong.sample.chance import between, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.education.schools import TERMS, School, schools, term_number
from xiantong.sample.people import citizen_id, person_name

LESSONS = {
    "KINDER": {"PRESCHOOL": 20},
    "PRIMARY": {"CHINESE": 7, "MATH": 5, "ENGLISH": 2, "POLITICS": 2, "SCIENCE": 2, "PE": 4, "MUSIC": 2, "ART": 2, "IT": 1, "LABOUR": 1},
    "JUNIOR": {"CHINESE": 5, "MATH": 5, "ENGLISH": 5, "PHYSICS": 2, "CHEMISTRY": 1, "BIOLOGY": 2, "POLITICS": 2, "HISTORY": 2,
               "GEOGRAPHY": 2, "MUSIC": 1, "PE": 3, "ART": 1, "IT": 1, "LABOUR": 1, "PSYCHOLOGY": 1},
    "SENIOR": {"CHINESE": 5, "MATH": 5, "ENGLISH": 5, "PHYSICS": 4, "CHEMISTRY": 3, "BIOLOGY": 3, "POLITICS": 3, "HISTORY": 3,
               "GEOGRAPHY": 3, "PE": 2, "MUSIC": 1, "ART": 1, "IT": 1, "PSYCHOLOGY": 1},
    "VOCATIONAL": {"CHINESE": 4, "MATH": 4, "ENGLISH": 3, "POLITICS": 2, "PE": 2, "IT": 4, "LABOUR": 6, "HISTORY": 2},
}  # fmt: skip
_LOAD = {"KINDER": 20, "PRIMARY": 15, "JUNIOR": 13, "SENIOR": 11, "VOCATIONAL": 13}
_HEAVY = ("CHINESE", "MATH", "ENGLISH")
WEAK_SUBJECTS = ("ENGLISH", "MUSIC", "PE", "ART", "IT", "LABOUR", "PSYCHOLOGY")


@dataclass(frozen=True, slots=True)
class Teacher:
    """A teacher of one school, stage and subject from ``first`` until before ``until`` (terms)."""

    no: str
    name: str
    id_no: str
    gender: str
    born: date
    school: int
    stage: str
    subject: str
    cert: str | None
    post: str
    education: str
    title: str
    lessons: int
    backbone: bool
    manager: bool
    join_year: int
    first: int
    until: int
    moved: tuple[int, int] | None = None

    def school_in(self, term: int) -> int:
        return self.moved[1] if self.moved and term >= self.moved[0] else self.school


def standard_load(stage: str, subject: str) -> int:
    return _LOAD[stage] + (0 if subject in _HEAVY else 2)


def teachers(county: County) -> list[Teacher]:
    """Everybody who teaches in the county at any time, with successors of those who leave."""
    made: list[Teacher] = []
    first = term_number(TERMS[0])
    for school in county.once(schools):
        for stage, classes in school.classes.items():
            for subject, weekly in LESSONS[stage].items():
                rng = county.chance.of("staff", school.code, stage, subject)
                need = classes * weekly / standard_load(stage, subject)
                share = (
                    rng.uniform(0.45, 0.9)
                    if school.is_rural and subject in WEAK_SUBJECTS
                    else rng.uniform(0.88, 1.04)
                )
                count = int(need * share + rng.random())
                for _ in range(count):
                    _staff(county, made, school, stage, subject, first)
    return _exchange(county, _told_apart(made))


def _told_apart(made: list[Teacher]) -> list[Teacher]:
    """The same teachers; those born on one day in one place get serials of their own."""
    taken: set[str] = set()
    distinct = []
    for teacher in made:
        serial = int(teacher.id_no[14:17])
        while teacher.id_no in taken:
            serial = (serial + 1) % 998 + 1  # steps of two keep the parity, which tells the sex
            teacher = replace(teacher, id_no=citizen_id(teacher.id_no, teacher.born, serial))
        taken.add(teacher.id_no)
        distinct.append(teacher)
    return distinct


def _staff(
    county: County, made: list[Teacher], school: School, stage: str, subject: str, first: int
) -> None:
    """One post through the years: when its holder leaves, mostly somebody new comes in autumn."""
    term = first
    while True:
        teacher = _teacher(county, len(made), school, stage, subject, term)
        made.append(teacher)
        if teacher.until > term_number(TERMS[1]):
            return
        chance = county.chance.of("successor", teacher.no).random()
        if chance < 0.12:
            return
        term = teacher.until + (2 if chance > 0.9 else 0)


def _teacher(
    county: County, number: int, school: School, stage: str, subject: str, first: int
) -> Teacher:
    rng = county.chance.of("teacher", number)
    new = first > term_number(TERMS[0])
    year = first // 2
    gender = pick(rng, "FM", (97, 3) if stage == "KINDER" else (62, 38))
    age = (
        between(rng, 22, 27)
        if new
        else min(int(23 + rng.gamma(4.2, 4.6)), 58 if gender == "M" else 53)
    )
    born = day_in(rng, date(year - age, 1, 1), date(year - age, 8, 20))
    joined = year if new else born.year + between(rng, 21, 24)
    post = _post(rng, school, new)
    retires = 2 * (born.year + (60 if gender == "M" else 55)) + 1
    resigns = next(
        (2 * y + 1 for y in range(max(year + 1, 2022), 2027) if rng.random() < 0.012), 10**6
    )
    title = "NONE" if new else pick(rng, ("JUNIOR", "MIDDLE", "SENIOR", "FULL_SENIOR"),
                                    (60, 36, 4, 0) if age < 35 else (14, 52, 33, 1))  # fmt: skip
    cert = subject if rng.random() < 0.985 else ("CHINESE" if subject in WEAK_SUBJECTS else None)
    return Teacher(
        no=f"QL{number + 1:06d}",
        name=person_name(rng, gender),
        id_no=citizen_id(pick(rng, (county.area, county.area, county.area, *county.siblings)).area_code, born,
                         number % 499 * 2 + 1 + (gender == "F")),
        gender=gender,
        born=born,
        school=school.number,
        stage=stage,
        subject=subject,
        cert=cert,
        post=post,
        education=pick(rng, ("COLLEGE", "BACHELOR", "MASTER"), (60, 40, 0) if stage == "KINDER" else (6, 84, 10) if age < 40 else (38, 60, 2)),
        title=title,
        lessons=min(round(standard_load(stage, subject) * rng.uniform(0.85, 1.2)), 26),
        backbone=not new and rng.random() < 0.11,
        manager=28 <= age <= 38 and rng.random() < 0.08,
        join_year=joined,
        first=first,
        until=min(retires, resigns),
    )  # fmt: skip


def _post(rng: np.random.Generator, school: School, new: bool) -> str:
    if school.unit.entity_type == "SOCIAL":
        return "TEMPORARY"
    if school.type == "KINDER":
        return pick(rng, ("PERMANENT", "COUNTY_HIRED", "TEMPORARY"), (30, 50, 20))
    if new:
        return pick(rng, ("PERMANENT", "SPECIAL"), (50, 50) if school.is_rural else (95, 5))
    return pick(
        rng, ("PERMANENT", "SPECIAL", "COUNTY_HIRED"), (88, 6, 6) if school.is_rural else (95, 1, 4)
    )


def _exchange(county: County, made: list[Teacher]) -> list[Teacher]:
    """Pairs of teachers of one stage and subject swap schools in the autumns."""
    groups = defaultdict(list)
    for index, teacher in enumerate(made):
        if (
            teacher.until > term_number(TERMS[1])
            and teacher.first == term_number(TERMS[0])
            and teacher.post == "PERMANENT"
        ):
            groups[teacher.stage, teacher.subject].append(index)
    result = list(made)
    for year in range(2022, 2027):
        rng = county.chance.of("exchange", year)
        for key in sorted(groups):
            members = [i for i in groups[key] if result[i].moved is None]
            if len(members) < 6 or rng.random() < 0.5:
                continue
            one, other = (members[int(i)] for i in rng.choice(len(members), 2, replace=False))
            if result[one].school != result[other].school:
                term = 2 * year + 1
                home = result[one].school
                result[one] = replace(result[one], moved=(term, result[other].school))
                result[other] = replace(result[other], moved=(term, home))
    return result


def present_in(county: County, term: int) -> list[Teacher]:
    return [t for t in county.once(teachers) if t.first <= term < t.until]


def founders(county: County) -> list[Teacher]:
    return [t for t in county.once(teachers) if t.first == term_number(TERMS[0])]
