"""What every school reports in a semester: its teachers, posts and lessons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from xiantong.periods import Period
from xiantong.sample.chance import between, money
from xiantong.sample.county import County
from xiantong.sample.education.schools import TERMS, School, schools, students, term_number
from xiantong.sample.education.teachers import (
    LESSONS,
    Teacher,
    founders,
    present_in,
    standard_load,
    teachers,
)
from xiantong.sample.table import Row, Table


def teacher_roster(county: County, period: Period) -> Table:
    """Everybody who teaches in the term, by school."""
    term = term_number(period)
    codes = [school.code for school in county.once(schools)]
    rows: list[Row] = []
    remarks = {}
    for teacher in sorted(
        present_in(county, term), key=lambda t: (t.school_in(term), t.stage, t.subject, t.no)
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


def _title(teacher: Teacher, term: int) -> str:
    """Beginners are appointed after a year."""
    return "JUNIOR" if teacher.title == "NONE" and term >= teacher.first + 2 else teacher.title


@dataclass(frozen=True, slots=True)
class _Staffing:
    """Teachers of a term by school: those present by post, those who came, left and will come."""

    present: Counter[tuple[int, str]]
    came: Counter[int]
    went: Counter[int]
    coming: Counter[int]


def _staffing(county: County, term: int) -> _Staffing:
    everybody = county.once(teachers)
    founded = term_number(TERMS[0])
    return _Staffing(
        present=Counter((t.school_in(term), t.post) for t in present_in(county, term)),
        came=Counter(t.school for t in everybody if t.first == term and t.first > founded),
        went=Counter(t.school_in(term - 1) for t in everybody if t.until == term),
        coming=Counter(t.school for t in everybody if t.first == term + 1),
    )


def school_semester(county: County, period: Period) -> Table:
    """Pupils, classes, posts and recruitment of every school; permanent staff as in the roster."""
    term = term_number(period)
    staffing = _staffing(county, term)
    rows: list[Row] = []
    remarks = {}
    for school in county.once(schools):
        row = _semester_row(county, period, school, staffing)
        pupils = sum(students(county, school, term, stage) for stage in school.classes)
        before = sum(students(county, school, term - 1, stage) for stage in school.classes)
        if staffing.present[school.number, "PERMANENT"] > _approved(county, school):
            remarks[len(rows)] = "生源减少后编制核减，超编人员由县编办和教体局统筹消化"
        elif abs(pupils / before - 1) > 0.2:
            remarks[len(rows)] = "高年级学生整体转入中心小学就读"
        rows.append(row)
    return Table(rows, remarks)


def _semester_row(county: County, period: Period, school: School, staffing: _Staffing) -> Row:
    rng = county.chance.of("semester", school.code, period)
    number, spring = school.number, period.ordinal == 1
    came = staffing.came[number]
    planned = staffing.coming[number] if spring else came + (rng.random() < 0.06)
    pupils = sum(students(county, school, term_number(period), s) for s in school.classes)
    hired = sum(staffing.present[number, post] for post in ("COUNTY_HIRED", "TEMPORARY"))
    return {
        "school_code": school.code,
        "school_name": school.unit.name,
        "area_code": school.area_code,
        "school_type": school.type,
        "is_rural": school.is_rural,
        "student_cnt": pupils,
        "boarder_cnt": _boarders(school, pupils),
        "class_cnt": sum(school.classes.values()),
        "post_approved_cnt": _approved(county, school),
        "post_filled_cnt": staffing.present[number, "PERMANENT"],
        "special_post_cnt": staffing.present[number, "SPECIAL"],
        "county_hired_cnt": hired,
        "recruit_plan_cnt": int(planned),
        "recruit_done_cnt": int(planned * 0.25) if spring else came,
        "leave_cnt": 0 if spring else staffing.went[number],
        "premium_lesson_cnt": int(rng.poisson(0.5)),
        "premium_homework_cnt": int(rng.poisson(0.35)),
        "premium_paper_cnt": int(rng.poisson(0.2)),
    }


def _boarders(school: School, pupils: int) -> int | None:
    if school.type in ("SENIOR", "VOCATIONAL"):
        return round(pupils * 0.62)
    return round(pupils * 0.35) if "JUNIOR" in school.classes and school.is_rural else None


def _approved(county: County, school: School) -> int:
    """Posts as the staffing office set them in 2021."""
    base = sum(t.school == school.number and t.post == "PERMANENT" for t in county.once(founders))
    if school.number in (40, 77):
        return max(base - 2, 0)
    rng = county.chance.of("approved", school.code)
    return base + (
        0
        if school.unit.entity_type == "SOCIAL"
        else between(rng, 2, 4) + round(base * rng.uniform(0.02, 0.1))
    )


def subject_demand(county: County, period: Period) -> Table:
    """Lessons needed and given by school, stage and subject, with the teachers of the roster."""
    term = term_number(period)
    have = Counter((t.school_in(term), t.stage, t.subject) for t in present_in(county, term))
    rng = county.chance.of("demand", period)
    rows: list[Row] = []
    remarks = {}
    for school in county.once(schools):
        for stage, classes in school.classes.items():
            for subject, weekly in LESSONS[stage].items():
                need = classes * weekly
                full = have[school.number, stage, subject]
                short = max(need / standard_load(stage, subject) - full, 0)
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
                    "std_load": money(standard_load(stage, subject)),
                })  # fmt: skip
    return Table(rows, remarks)
