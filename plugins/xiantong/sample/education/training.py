"""Courses of the teachers and the studios of the masters."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from xiantong.periods import Frequency, Period
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.education.schools import TERMS, term_number
from xiantong.sample.education.teachers import Teacher, founders, teachers
from xiantong.sample.table import Row, Table

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
        if t.first <= term + (period.ordinal == 3) and t.until > term_number(TERMS[1])
    ]
    plans = county.once(_training_plans, period.year)
    rng = county.chance.of("courses", period)
    for teacher in present:
        novice = teacher.join_year == period.year and teacher.first > term_number(TERMS[0])
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
    last = term_number(TERMS[1])
    hosts: dict[str, Teacher] = {}
    for teacher in county.once(founders):
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
