"""Schools, teachers, subjects, walking teachers, training, studios and daily sport."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from xiantong.periods import Frequency, Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.department import Department
from xiantong.sample.people import citizen_id, person_name
from xiantong.sample.rule_breaks import Add, Before, Same
from xiantong.sample.table import Row, Table

_LESSONS = {
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
_WEAK = ("ENGLISH", "MUSIC", "PE", "ART", "IT", "LABOUR", "PSYCHOLOGY")
# By type: number of schools, prefix of the school code, industry code, stages
_TYPES = {
    "KINDER": (30, "11", "P8310", ("KINDER",)),
    "PRIMARY": (48, "21", "P8321", ("PRIMARY",)),
    "TEACHING_POINT": (13, "22", "P8321", ("PRIMARY",)),
    "JUNIOR": (13, "31", "P8331", ("JUNIOR",)),
    "NINE_YEAR": (8, "32", "P8331", ("PRIMARY", "JUNIOR")),
    "TWELVE_YEAR": (1, "34", "P8334", ("PRIMARY", "JUNIOR", "SENIOR")),
    "SENIOR": (4, "34", "P8334", ("SENIOR",)),
    "VOCATIONAL": (2, "36", "P8336", ("VOCATIONAL",)),
    "SPECIAL": (1, "51", "P8350", ("PRIMARY",)),
}
_TERMS = (Period("2021-S1"), Period("2027-S2"))


@dataclass(frozen=True, slots=True)
class School:
    """A school: ``classes`` by stage, ``class_size`` in the term 2021-S2, ``growth`` a year."""

    number: int
    code: str
    unit: Unit
    type: str
    is_rural: bool
    classes: dict[str, int]
    class_size: float
    growth: float

    @property
    def area_code(self) -> str:
        return self.unit.area_code


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


def term_number(period: Period) -> int:
    """Terms since the year 0; the spring term is even."""
    return period.year * 2 + period.ordinal - 1


def schools(county: County) -> list[School]:
    """All schools of the county, kindergartens first."""
    made: list[School] = []
    for kind, (count, prefix, industry, stages) in _TYPES.items():
        for number in range(count):
            made.append(_school(county, kind, number, len(made), prefix, industry, stages))
    return made


def _school(county: County, kind: str, number: int, serial: int, prefix: str, industry: str,
            stages: tuple[str, ...]) -> School:  # fmt: skip
    rng = county.chance.of("school", kind, number)
    area_code, name, private = _school_place(county, kind, number, rng)
    town = county.is_town(area_code)
    classes = {
        "KINDER": between(rng, 5, 9) if town else between(rng, 2, 5),
        "PRIMARY": between(rng, 3, 5) * 6 if town else between(rng, 1, 2) * 6,
        "TEACHING_POINT": 2,
        "JUNIOR": between(rng, 6, 10) * 3 if town else between(rng, 3, 5) * 3,
        "NINE_YEAR": 6,
        "TWELVE_YEAR": 12,
        "SENIOR": between(rng, 8, 11) * 3,
        "VOCATIONAL": between(rng, 5, 7) * 3,
        "SPECIAL": 9,
    }[kind]
    size = {"KINDER": 26, "TEACHING_POINT": 9, "SPECIAL": 9, "SENIOR": 47, "VOCATIONAL": 36}.get(
        kind, 43 if town else 23
    )
    registered = ("52", "SOCIAL") if private else ("12", "INSTITUTION")
    return School(
        number=serial,
        code=f"{prefix}{county.area.area_code[:6]}{number + (50 if kind == 'SENIOR' else 0) + 1:02d}",
        unit=county.unit(registered[0], name, registered[1], industry, area_code),
        type=kind,
        is_rural=not town,
        classes={s: (3 if kind == "NINE_YEAR" and s == "JUNIOR" else 6 if kind == "TWELVE_YEAR" and s != "SENIOR" else classes) for s in stages},
        class_size=size * float(rng.uniform(0.86, 1.12)),
        growth=float(rng.normal(0.02 if town else -0.035, 0.012)),
    )  # fmt: skip


def _school_place(
    county: County, kind: str, number: int, rng: np.random.Generator
) -> tuple[str, str, bool]:
    """Area, name and whether the school is private."""
    towns, short = county.townships, county.short_name
    town = towns[number % len(towns)]
    villages = county.villages[town.area_code]
    village = villages[(number // len(towns) * 3 + 1) % len(villages)]
    seat = towns[number % 2]
    numeral = "一二三四五六七八九十"
    match kind:
        case "KINDER" if number < len(towns):
            return town.area_code, f"{county.name}{town.area_name}中心幼儿园", False
        case "KINDER":
            brand = ("金色摇篮", "小太阳", "童心", "蓝天", "花蕾", "博雅", "启明星", "阳光宝贝")[
                number % 8
            ]
            return (
                village.area_code,
                f"{county.name}{town.area_name[:2]}{brand}幼儿园{numeral[number % 10]}园",
                True,
            )
        case "PRIMARY" if number < len(towns):
            return town.area_code, f"{county.name}{town.area_name}中心小学", False
        case "PRIMARY" if number < 24:
            return seat.area_code, f"{county.name}第{numeral[number - len(towns)]}小学", False
        case "PRIMARY":
            return village.area_code, f"{county.name}{town.area_name}{village.area_name}小学", False
        case "TEACHING_POINT":
            rural = [t for t in towns if not county.is_town(t.area_code)]
            town = rural[number % len(rural)]
            village = county.villages[town.area_code][-1 - number // len(rural)]
            return (
                village.area_code,
                f"{county.name}{town.area_name}{village.area_name}教学点",
                False,
            )
        case "JUNIOR" if number < 4:
            return seat.area_code, f"{county.name}第{numeral[number]}初级中学", False
        case "JUNIOR":
            return town.area_code, f"{county.name}{town.area_name}初级中学", False
        case "NINE_YEAR":
            town = towns[-1 - number % 7]
            return (
                town.area_code,
                f"{county.name}{town.area_name}{('九年一贯制', '希望')[number // 7]}学校",
                False,
            )
        case "TWELVE_YEAR":
            return seat.area_code, f"{short}育才实验学校", True
        case "SENIOR":
            return seat.area_code, f"{county.name}第{numeral[number]}中学", False
        case "VOCATIONAL":
            return (
                seat.area_code,
                f"{county.name}{('职业中等专业', '信息工程职业')[number]}学校",
                False,
            )
    return seat.area_code, f"{county.name}特殊教育学校", False


def _load(stage: str, subject: str) -> int:
    return _LOAD[stage] + (0 if subject in _HEAVY else 2)


def teachers(county: County) -> list[Teacher]:
    """Everybody who teaches in the county at any time, with successors of those who leave."""
    made: list[Teacher] = []
    first = term_number(_TERMS[0])
    for school in county.once(schools):
        for stage, classes in school.classes.items():
            for subject, weekly in _LESSONS[stage].items():
                rng = county.chance.of("staff", school.code, stage, subject)
                need = classes * weekly / _load(stage, subject)
                share = (
                    rng.uniform(0.45, 0.9)
                    if school.is_rural and subject in _WEAK
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
        if teacher.until > term_number(_TERMS[1]):
            return
        chance = county.chance.of("successor", teacher.no).random()
        if chance < 0.12:
            return
        term = teacher.until + (2 if chance > 0.9 else 0)


def _teacher(
    county: County, number: int, school: School, stage: str, subject: str, first: int
) -> Teacher:
    rng = county.chance.of("teacher", number)
    new = first > term_number(_TERMS[0])
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
    cert = subject if rng.random() < 0.985 else ("CHINESE" if subject in _WEAK else None)
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
        lessons=min(round(_load(stage, subject) * rng.uniform(0.85, 1.2)), 26),
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
            teacher.until > term_number(_TERMS[1])
            and teacher.first == term_number(_TERMS[0])
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


def _present(county: County, term: int) -> list[Teacher]:
    return [t for t in county.once(teachers) if t.first <= term < t.until]


def _title(teacher: Teacher, term: int) -> str:
    """Beginners are appointed after a year."""
    return "JUNIOR" if teacher.title == "NONE" and term >= teacher.first + 2 else teacher.title


def teacher_roster(county: County, period: Period) -> Table:
    """Everybody who teaches in the term, by school."""
    term = term_number(period)
    codes = [school.code for school in county.once(schools)]
    rows: list[Row] = []
    remarks = {}
    for teacher in sorted(
        _present(county, term), key=lambda t: (t.school_in(term), t.stage, t.subject, t.no)
    ):
        if teacher.moved and teacher.moved[0] == term:
            remarks[len(rows)] = (
                f"县域内交流轮岗，青教调〔{term // 2}〕{between(county.chance.of('order', teacher.no), 3, 60)}号"
            )
        elif teacher.cert and teacher.cert != teacher.subject:
            remarks[len(rows)] = "按学校需要转岗任教，已参加县级转岗培训并考核合格"
        rows.append({
            "teacher_no": teacher.no,
            "teacher_name": teacher.name,
            "teacher_id_no": teacher.id_no,
            "school_code": codes[teacher.school_in(term)],
            "post_kind": teacher.post,
            "gender": teacher.gender,
            "birth_month": f"{teacher.born:%Y-%m}",
            "education_level": teacher.education,
            "title_level": _title(teacher, term),
            "main_subject": teacher.subject,
            "cert_subject": teacher.cert,
            "school_stage": teacher.stage,
            "weekly_lesson_cnt": teacher.lessons,
            "is_backbone": teacher.backbone,
            "is_young_manager": teacher.manager,
            "join_year": teacher.join_year,
        })  # fmt: skip
    return Table(rows, remarks)


def _students(county: County, school: School, term: int, stage: str) -> int:
    """Pupils of a stage; numbers move in autumn, the spring term loses or gains a few."""
    classes = school.classes[stage]
    years = (term - 1) // 2 - 2021
    size = school.class_size * (1 + school.growth) ** years
    if school.type == "TEACHING_POINT" and school.number % 5 == 0 and years >= 2:
        size *= 0.7
    wobble = county.chance.of("pupils", school.code, stage, term).normal(0, 0.004)
    return max(round(classes * min(max(size, 6.0), 54.0) * (1 + wobble)), 5 * classes + 1)


def school_semester(county: County, period: Period) -> Table:
    """Pupils, classes, posts and recruitment of every school; permanent staff as in the roster."""
    term = term_number(period)
    present = _present(county, term)
    staff = Counter((t.school_in(term), t.post) for t in present)
    came = Counter(
        t.school
        for t in county.once(teachers)
        if t.first == term and t.first > term_number(_TERMS[0])
    )
    went = Counter(t.school_in(term - 1) for t in county.once(teachers) if t.until == term)
    coming = Counter(t.school for t in county.once(teachers) if t.first == term + 1)
    rows: list[Row] = []
    remarks = {}
    for school in county.once(schools):
        rng = county.chance.of("semester", school.code, period)
        pupils = sum(_students(county, school, term, stage) for stage in school.classes)
        before = sum(_students(county, school, term - 1, stage) for stage in school.classes)
        filled = staff[school.number, "PERMANENT"]
        approved = _approved(county, school)
        spring = period.ordinal == 1
        planned = coming[school.number] if spring else came[school.number] + (rng.random() < 0.06)
        if filled > approved:
            remarks[len(rows)] = "生源减少后编制核减，超编人员由县编办和教体局统筹消化"
        elif abs(pupils / before - 1) > 0.2:
            remarks[len(rows)] = "高年级学生整体转入中心小学就读"
        rows.append({
            "school_code": school.code,
            "school_name": school.unit.name,
            "area_code": school.area_code,
            "school_type": school.type,
            "is_rural": school.is_rural,
            "student_cnt": pupils,
            "boarder_cnt": round(pupils * 0.62) if school.type in ("SENIOR", "VOCATIONAL") else round(pupils * 0.35) if "JUNIOR" in school.classes and school.is_rural else None,
            "class_cnt": sum(school.classes.values()),
            "post_approved_cnt": approved,
            "post_filled_cnt": filled,
            "special_post_cnt": staff[school.number, "SPECIAL"],
            "county_hired_cnt": staff[school.number, "COUNTY_HIRED"] + staff[school.number, "TEMPORARY"],
            "recruit_plan_cnt": int(planned),
            "recruit_done_cnt": int(planned * 0.25) if spring else came[school.number],
            "leave_cnt": 0 if spring else went[school.number],
            "premium_lesson_cnt": int(rng.poisson(0.5)),
            "premium_homework_cnt": int(rng.poisson(0.35)),
            "premium_paper_cnt": int(rng.poisson(0.2)),
        })  # fmt: skip
    return Table(rows, remarks)


def _approved(county: County, school: School) -> int:
    """Posts as the staffing office set them in 2021."""
    base = sum(t.school == school.number and t.post == "PERMANENT" for t in county.once(_founders))
    if school.number in (40, 77):
        return max(base - 2, 0)
    rng = county.chance.of("approved", school.code)
    return base + (
        0
        if school.unit.entity_type == "SOCIAL"
        else between(rng, 2, 4) + round(base * rng.uniform(0.02, 0.1))
    )


def _founders(county: County) -> list[Teacher]:
    return [t for t in county.once(teachers) if t.first == term_number(_TERMS[0])]


def subject_demand(county: County, period: Period) -> Table:
    """Lessons needed and given by school, stage and subject, with the teachers of the roster."""
    term = term_number(period)
    have = Counter((t.school_in(term), t.stage, t.subject) for t in _present(county, term))
    rng = county.chance.of("demand", period)
    rows: list[Row] = []
    remarks = {}
    for school in county.once(schools):
        for stage, classes in school.classes.items():
            for subject, weekly in _LESSONS[stage].items():
                need = classes * weekly
                full = have[school.number, stage, subject]
                short = max(need / _load(stage, subject) - full, 0)
                part = min(round(short * 1.6 + rng.random() * 0.6), 6) if short > 0.15 else 0
                given = need
                if full == 0 and rng.random() < 0.05:
                    part = given = 0
                    remarks[len(rows)] = "缺专业教师，已申请走教支持，计划下学期开设"
                elif short > 0.4 and rng.random() < 0.3:
                    given = need - between(rng, 1, max(need // 5, 1))
                rows.append({
                    "school_code": school.code,
                    "school_stage": stage,
                    "subject_code": subject,
                    "class_cnt": classes,
                    "lesson_need_cnt": need,
                    "lesson_given_cnt": given,
                    "teacher_fulltime_cnt": full,
                    "teacher_parttime_cnt": part,
                    "std_load": money(_load(stage, subject)),
                })  # fmt: skip
    return Table(rows, remarks)


def cross_school_teaching(county: County, period: Period) -> Table:
    """Teachers of weak subjects who also teach in another school."""
    term = term_number(period)
    rng = county.chance.of("walk", period)
    places = county.once(schools)
    by_stage: dict[str, list[School]] = defaultdict(list)
    for school in places:
        for stage in school.classes:
            by_stage[stage].append(school)
    pool = [
        t
        for t in _present(county, term)
        if t.subject in _WEAK and t.post == "PERMANENT" and t.stage in ("PRIMARY", "JUNIOR")
    ]
    rows: list[Row] = []
    start = date(period.year, 9, 1) if period.ordinal == 2 else date(period.year, 2, 20)
    order = rng.permutation(len(pool))[: 62 + 4 * max(term - 2 * county.first.year, 0)]
    for index in sorted(int(i) for i in order):
        teacher = pool[index]
        host = places[teacher.school_in(term)]
        others = [
            s
            for s in by_stage[teacher.stage]
            if s.number != host.number and (s.is_rural or rng.random() < 0.25)
        ]
        guests = rng.choice(len(others), 2 if rng.random() < 0.3 else 1, replace=False)
        for guest in (others[int(i)] for i in guests):
            lessons = between(rng, 3, max(min(teacher.lessons // 2 - 1, 6), 3))
            rows.append({
                "teacher_no": teacher.no,
                "host_school_code": host.code,
                "receive_school_code": guest.code,
                "subject_code": teacher.subject,
                "exchange_kind": pick(rng, ("WALK", "ROTATION", "SUPPORT"), (78, 13, 9)),
                "flow_direction": _flow(host, guest),
                "weekly_lesson_cnt": lessons,
                "start_date": start,
                "end_date": None,
                "subsidy_yuan": money(lessons * 20 * 25),
            })  # fmt: skip
    return Table(rows)


def _flow(host: School, guest: School) -> str:
    if host.is_rural == guest.is_rural:
        return "SAME"
    return "TOWN_TO_VILLAGE" if guest.is_rural else "VILLAGE_TO_TOWN"


_COURSES = (
    ("义务教育新课标学科专题研修", "SUBJECT", "COUNTY", 3), ("信息技术应用能力提升工程2.0", "SUBJECT", "PROVINCIAL", 5),
    ("青年教师基本功培训", "YOUNG", "COUNTY", 3), ("骨干教师高级研修班", "BACKBONE", "MUNICIPAL", 5),
    ("校级后备干部管理能力提升班", "MANAGEMENT", "COUNTY", 3), ("国培计划乡村教师送教下乡", "SUBJECT", "NATIONAL", 4),
    ("师德师风专题培训", "OTHER", "COUNTY", 2), ("心理健康与家校共育培训", "OTHER", "MUNICIPAL", 2),
)  # fmt: skip


def training_record(county: County, period: Period) -> Table:
    """Courses of the quarter; new teachers go through induction before the autumn term."""
    rows: list[Row] = []
    term = term_number(Period.of(period.start, Frequency.SEMESTER))
    present = [
        t
        for t in county.once(teachers)
        if t.first <= term + (period.ordinal == 3) and t.until > term_number(_TERMS[1])
    ]
    plans = county.once(_training_plans, period.year)
    rng = county.chance.of("courses", period)
    for teacher in present:
        novice = teacher.join_year == period.year and teacher.first > term_number(_TERMS[0])
        if novice and period.ordinal == 3:
            if rng.random() < 0.97:
                induction = ("新入职教师岗前培训", "INDUCTION", "COUNTY", 6)
                rows.append(_training(county, period, rng, teacher, induction, len(rows)))
        elif period.ordinal in plans[int(teacher.no[2:]) - 1] and teacher.first <= term:
            course = pick(rng, [c for c in _COURSES if _is_open(c[1], teacher)])
            rows.append(_training(county, period, rng, teacher, course, len(rows)))
    return Table(rows)


def _training_plans(county: County, year: int) -> list[frozenset[int]]:
    """By teacher: the quarters of the year with a course; one in twenty has none."""
    rng = county.chance.of("training", year)
    count = len(county.once(teachers))
    courses = np.searchsorted([0.05, 0.35, 0.8], rng.random(count))
    order = np.argsort(rng.random((count, 4)), axis=1) + 1
    return [frozenset(map(int, row[:n])) for row, n in zip(order, courses, strict=True)]


def _is_open(kind: str, teacher: Teacher) -> bool:
    return {"BACKBONE": teacher.backbone, "MANAGEMENT": teacher.manager}.get(kind, True)


def _session(county: County, name: str, period: Period, group: int) -> date:
    rng = county.chance.of("session", name, period, group)
    return day_in(rng, period.start + timedelta(days=8), period.end - timedelta(days=10))


def _training(county: County, period: Period, rng: np.random.Generator, teacher: Teacher,
              course: tuple[str, str, str, int], number: int) -> Row:  # fmt: skip
    name, kind, level, days = course
    start = county.once(_session, name, period, number % 6)
    if kind == "INDUCTION":
        start = date(period.year, 8, 22)
    return {
        "record_no": f"PX{period.label.replace('-', '')}{number + 1:05d}",
        "teacher_no": teacher.no,
        "course_name": f"{period.year}年{name}",
        "training_kind": kind,
        "training_level": level,
        "start_date": start,
        "end_date": start + timedelta(days=days - 1),
        "credit_hour": money(days * 8 + 8 * between(rng, 0, 3)),
        "passed": rng.random() < 0.985,
        "cost_yuan": money(days * 260) if level != "COUNTY" else money(days * 120),
        "is_menu_delivery": "送教" in name,
    }


def master_studio(county: County, period: Period) -> Table:
    """Studios with their yearly assessment."""
    rows: list[Row] = []
    last = term_number(_TERMS[1])
    hosts: dict[str, Teacher] = {}
    for teacher in county.once(_founders):
        if teacher.until > last and teacher.title in ("SENIOR", "FULL_SENIOR") and teacher.backbone:
            hosts.setdefault(f"{teacher.stage}{teacher.subject}", teacher)
    for number, teacher in enumerate(
        list(hosts.values())[: 12 + (period.year - county.first.year)]
    ):
        rng = county.chance.of("studio", number, period)
        members = between(rng, 10, 18)
        outputs = between(rng, 1, 8)
        score = money(min(62 + outputs * 3.5 + float(rng.uniform(0, 12)), 98), 1)
        rows.append({
            "studio_code": f"MS{county.area.area_code[:6]}{number + 1:02d}",
            "studio_name": f"{teacher.name}名师工作室",
            "host_teacher_no": teacher.no,
            "studio_level": pick(county.chance.of("studio", number), ("COUNTY", "MUNICIPAL", "PROVINCIAL"), (62, 30, 8)),
            "subject_code": teacher.subject,
            "member_cnt": members,
            "rural_member_cnt": between(rng, 3, 8),
            "activity_cnt": between(rng, 8, 20),
            "delivery_cnt": between(rng, 2, 9),
            "micro_course_cnt": between(rng, 5, 40),
            "research_output_cnt": outputs,
            "young_grown_cnt": between(rng, 1, 6),
            "score": score,
            "result": "EXCELLENT" if score >= 88 else "PASS",
        })  # fmt: skip
    return Table(rows)


_DAYS = {1: 12, 2: 10, 3: 22, 4: 21, 5: 20, 6: 21, 7: 5, 8: 1, 9: 22, 10: 17, 11: 21, 12: 22}


def sport_hour(county: County, period: Period) -> Table:
    """Daily sport by school and stage, growing towards the hour; fitness tests in October."""
    rng = county.chance.of("sport", period)
    rows: list[Row] = []
    term = term_number(Period.of(period.start, Frequency.SEMESTER))
    for school in county.once(schools):
        for stage in school.classes:
            if stage != "KINDER":
                rows.append(_sport(county, period, rng, school, stage, term))
    return Table(rows)


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
    tested = _students(county, school, term, stage) if period.ordinal == 10 else None
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


def _units(county: County) -> list[Unit]:
    return [school.unit for school in county.once(schools)]


DEPARTMENT = Department(
    makers={
        "school_semester": school_semester,
        "teacher_roster": teacher_roster,
        "subject_demand": subject_demand,
        "cross_school_teaching": cross_school_teaching,
        "training_record": training_record,
        "master_studio": master_studio,
        "sport_hour": sport_hour,
    },
    units=_units,
    totals={
        "school_semester": (
            "student_cnt",
            "boarder_cnt",
            "class_cnt",
            "post_approved_cnt",
            "post_filled_cnt",
            "special_post_cnt",
            "county_hired_cnt",
            "recruit_plan_cnt",
            "recruit_done_cnt",
            "leave_cnt",
            "premium_lesson_cnt",
            "premium_homework_cnt",
            "premium_paper_cnt",
        ),
        "subject_demand": (
            "lesson_need_cnt",
            "lesson_given_cnt",
            "teacher_fulltime_cnt",
            "teacher_parttime_cnt",
        ),
        "cross_school_teaching": ("weekly_lesson_cnt", "subsidy_yuan"),
        "master_studio": (
            "member_cnt",
            "rural_member_cnt",
            "activity_cnt",
            "delivery_cnt",
            "research_output_cnt",
        ),
    },
    breaks={
        "school_semester": Add("post_filled_cnt", 2),
        "cross_school_teaching": Same("host_school_code", "receive_school_code"),
        "training_record": Before("end_date", "start_date", 2),
        "sport_hour": Add("met_day_cnt", 9),
    },
)
