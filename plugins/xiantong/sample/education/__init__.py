"""Schools, teachers, subjects, walking teachers, training, studios and daily sport."""

from __future__ import annotations

from xiantong.sample.county import County, Unit
from xiantong.sample.department import Department
from xiantong.sample.education import schools, semester, sport, training, walking
from xiantong.sample.rule_breaks import Add, Before, Same


def _units(county: County) -> list[Unit]:
    return [school.unit for school in county.once(schools.schools)]


DEPARTMENT = Department(
    makers={
        "school_semester": semester.school_semester,
        "teacher_roster": semester.teacher_roster,
        "subject_demand": semester.subject_demand,
        "cross_school_teaching": walking.cross_school_teaching,
        "training_record": training.training_record,
        "master_studio": training.master_studio,
        "sport_hour": sport.sport_hour,
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
