"""Inspections of the users and energy reviews of new projects."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from xiantong.periods import Period
from xiantong.sample.chance import between, money
from xiantong.sample.county import County, day_in
from xiantong.sample.energy.users import LARGE, User, users
from xiantong.sample.table import Row, Table


def inspection(county: County, period: Period) -> Table:
    """Every key user once a year, metering reviews half a year apart, some others."""
    rows: list[Row] = []
    for user in county.once(users):
        rng = county.chance.of("inspection", user.unit.name, period)
        large = user.number < len(LARGE)
        if (user.number + 1) % 4 == period.ordinal % 4 and (large or rng.random() < 0.5):
            rows.append(_inspection(period, rng, user, "SAVING", len(rows) + 1))
        if (user.number + 3) % 4 == period.ordinal % 4 and (large or rng.random() < 0.35):
            rows.append(_inspection(period, rng, user, "METERING", len(rows) + 1))
    return Table(rows)


def _inspection(
    period: Period, rng: np.random.Generator, user: User, kind: str, number: int
) -> Row:
    problems = between(rng, 0, 5)
    needed = between(rng, 12, 60) if kind == "METERING" else None
    have = needed - (between(rng, 0, 3) if needed and needed > 20 else 0) if needed else None
    solved = max(problems - between(rng, 0, 1), 0)
    return {
        "inspection_no": f"JN{period.label.replace('-', '')}-{number:03d}",
        "uscc": user.unit.uscc,
        "inspection_kind": kind,
        "inspection_date": day_in(
            rng, period.start + timedelta(days=5), period.end - timedelta(days=4)
        ),
        "meter_need_cnt": needed,
        "meter_have_cnt": have,
        "meter_verified_cnt": have - between(rng, 0, 1) if have else None,
        "problem_cnt": problems,
        "rectified_cnt": solved,
        "limit_exceeded": user.two_high and rng.random() < 0.06 if kind == "SAVING" else None,
        "conclusion": "PASS" if problems <= 1 else "BASIC" if problems <= 4 else "FAIL",
    }


REVIEWED_PROJECTS = (
    ("年产20万吨特种玻璃项目", "C3041", 3, True, 48600.0, 0.0), ("合成氨节能改造项目", "C2621", 4, True, 21400.0, 18000.0),
    ("再生铝精深加工项目", "C3240", 6, True, 15200.0, 0.0), ("水泥窑协同处置项目", "C3011", 2, True, 9800.0, 6400.0),
    ("生物基材料一期项目", "C2653", 5, False, 7600.0, 0.0), ("高端轴承智能工厂项目", "C3451", 16, False, 2100.0, 0.0),
    ("热电联产扩建项目", "D4412", 0, True, 61300.0, 90000.0), ("光学薄膜生产线项目", "C2921", 20, False, 3300.0, 0.0),
    ("陶瓷岩板生产线项目", "C3071", 11, True, 12700.0, 0.0), ("纸品包装升级项目", "C2231", 8, False, 2900.0, 0.0),
    ("电子级化学品项目", "C2664", 4, True, 8800.0, 0.0), ("汽车零部件铸造项目", "C3391", 14, True, 6400.0, 0.0),
)  # fmt: skip


def reviewed_project_code(county: County, number: int) -> str:
    """Code of a project under energy review, as the project register has it too."""
    filed = f"{county.first.year % 100 - 1:02d}{number + 1:02d}"
    return f"{filed}-{county.area.area_code[:6]}-04-01-{400_100 + 977 * number:06d}"


def reviewed_project_name(county: County, number: int) -> str:
    name, _, user, *_ = REVIEWED_PROJECTS[number]
    return f"{county.once(users)[user].unit.name.removesuffix('有限公司')}{name}"


def project_review(county: County, period: Period) -> Table:
    """All projects that applied so far, with the state of their review."""
    rows: list[Row] = []
    index = (period.year - county.first.year) * 4 + period.ordinal - 1
    for number, (_, industry, user, two_high, demand, coal) in enumerate(REVIEWED_PROJECTS):
        applied = number // 2 - 2
        if index < applied:
            continue
        age = index - applied
        status = (
            "NOT_APPLIED",
            "REVIEWING",
            "APPROVED",
            "APPROVED",
            "APPROVED",
            "APPROVED",
            "COMPLETED",
        )[min(age, 6)]
        if number == 10 and age > 1:
            status = "REJECTED"
        owner = county.once(users)[user].unit
        done = status in ("APPROVED", "COMPLETED")
        rows.append({
            "project_code": reviewed_project_code(county, number),
            "project_name": reviewed_project_name(county, number),
            "uscc": owner.uscc,
            "industry_code": industry,
            "two_high": two_high,
            "energy_demand_tce": money(demand),
            "coal_demand_t": money(coal) if coal else None,
            "substitute_energy_tce": money(demand * 1.1) if two_high and done else None,
            "substitute_coal_t": money(coal * 1.05) if two_high and coal and done else None,
            "substitute_source": "关停落后产能腾出指标" if two_high and done else None,
            "review_status": status,
            "approve_no": f"云发改能审〔{period.year - (age > 5)}〕{12 + number}号" if done else None,
        })  # fmt: skip
    return Table(rows)
