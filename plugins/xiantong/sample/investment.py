"""The project register with its monthly forms, nodes, coordination meetings, issues and funds."""

from __future__ import annotations

from datetime import date, timedelta

from xiantong.contracts.model import Reporter
from xiantong.periods import Period
from xiantong.sample import projects as world
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.funds import fund_item
from xiantong.sample.meetings import coordination_issue, coordination_meeting
from xiantong.sample.milestones import project_node
from xiantong.sample.projects import Project
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table, changed_rows

# --- register -----------------------------------------------------------------------------------


def _register_row(project: Project, day: date) -> Row:
    """What the platform says about a project at the end of a day."""

    def reached(when: date | None) -> date | None:
        return when if when and when <= day else None

    planned = reached(project.prelim) is not None or project.plan_finish is not None
    return {
        "project_code": project.code,
        "project_name": project.name,
        "builder_uscc": project.builder.uscc,
        "builder_name": project.builder.name,
        "project_category": project.category,
        "is_industrial": project.is_industrial,
        "project_type": project.project_type,
        "area_code": project.area_code,
        "zone_code": project.zone_code,
        "total_invest_wan": money(project.total_wan),
        "plan_year": project.plan_year if reached(project.listed) else None,
        "pipeline_stage": project.stage(day),
        "plan_start_date": project.plan_start if planned else None,
        "start_date": reached(project.start),
        "plan_finish_date": project.plan_finish,
        "finish_date": reached(project.finish),
        "stat_in_date": reached(project.stat_in),
        "lead_unit": project.lead_unit,
        "lead_official": project.official if project.total_wan > 5000 else None,
        "land_demand_mu": money(project.land_mu) if project.land_mu else None,
    }


def _registered(found: list[Project], day: date) -> list[Row]:
    return [_register_row(project, day) for project in found if project.filed <= day]


def _register_reporters(county: County, period: Period) -> list[Reporter]:
    """The county every month; its siblings the first list, then what changed in a half-year."""
    own, *others = county.bureaus("investment")
    return [own, *others] if _sibling_delivers(county, period) else [own]


def _sibling_delivers(county: County, period: Period) -> bool:
    return period == county.first or period.ordinal in (6, 12)


def project_register(county: County, period: Period, reporter: Reporter) -> Table:
    """The whole register in the first month, then new and changed projects."""
    own = reporter.area_code == county.area.area_code
    found = (
        county.once(world.projects) if own else world.sibling_projects(county, reporter.area_code)
    )
    now = _registered(found, period.end)
    if period == county.first:
        return Table(now)
    before = period.prior.end
    if not own:
        before = max(period.start.replace(month=period.ordinal - 5) - timedelta(days=1),
                     county.first.end)  # fmt: skip
    return Table(changed_rows(now, _registered(found, before), "project_code"))


# --- monthly progress ---------------------------------------------------------------------------

_WORDS = (
    "土方及基础施工",
    "主体结构施工",
    "设备安装调试",
    "室内外装修",
    "配套管网施工",
    "收尾及附属工程施工",
)
_SLOW = ("LAND", "FINANCE", "RELOCATION", "PERMIT", "UTILITY", "MARKET", "LABOUR")
_SUDDEN = (
    "年末集中结算工程款并完成设备到货付款",
    "大型设备一次性到货验收，按合同支付货款",
    "新开工项目当月集中支付土地及前期费用",
)


def reports(project: Project, period: Period) -> bool:
    """Whether the project stands in the monthly form: from its entry into the statistics until the end
    of the year in which it is finished or stopped."""
    if project.stat_in is None or project.start is None:
        return False
    january = date(period.year, 1, 1)
    over = project.finish or project.stopped
    entered = max(project.stat_in, project.start) <= period.end
    return entered and (over is None or over >= january)


def invested_ytd(project: Project, period: Period) -> int:
    """Investment from January to the end of the month, ten thousand yuan, as the form has it."""
    return project.invested(period.end) - project.invested(date(period.year - 1, 12, 31))


def project_monthly(county: County, period: Period) -> Table:
    """Progress of every project that is in the statistics."""
    rows: list[Row] = []
    remarks: dict[int, str] = {}
    for project in county.once(world.projects):
        if not reports(project, period):
            continue
        row = _progress(county, project, period)
        if float(str(row["invest_current_wan"])) > 0.5 * float(str(row["plan_year_wan"])):
            remarks[len(rows)] = pick(county.chance.of("sudden", project.code, period), _SUDDEN)
        rows.append(row)
    return Table(rows, remarks)


def _progress(county: County, project: Project, period: Period) -> Row:
    rng = county.chance.of("progress", project.code, period)
    ytd = invested_ytd(project, period)
    current = project.invested(period.end) - project.invested(period.prior.end)
    plan = project.planned(period.year)
    habit = county.chance.of("parts", project.code).uniform(0.5, 0.8)
    construction = round(ytd * habit)
    equipment = round((ytd - construction) * (0.8 if project.is_industrial else 0.35))
    slow = ytd < 0.8 * plan * period.ordinal / 12
    works = current > 0
    return {
        "project_code": project.code,
        "invest_current_wan": money(current),
        "invest_ytd_wan": money(ytd),
        "invest_total_done_wan": money(project.invested(period.end)),
        "plan_year_wan": money(plan),
        "construction_wan": money(construction),
        "equipment_wan": money(equipment),
        "other_wan": money(ytd - construction - equipment),
        "fund_in_place_wan": money(round(ytd * float(rng.uniform(1.0, 1.15)))),
        "progress_desc": _site(project, period),
        "slow_reason": pick(county.chance.of("slow", project.code), _SLOW) if slow else None,
        "worker_cnt": between(rng, 12, 60) + min(current // 40, 400) if works else 0,
        "remark": None,
    }


def _site(project: Project, period: Period) -> str:
    stage = project.stage(period.end)
    if stage in ("FINISHED", "STOPPED"):
        return "已竣工，办理结算" if stage == "FINISHED" else "停工，看护现场"
    done = project.invested(period.end) / project.total_wan
    return f"{_WORDS[min(int(done * 6), 5)]}，完成总工程量的{round(100 * done)}%"


DEPARTMENT = Department(
    makers={
        "project_monthly": project_monthly,
        "project_node": project_node,
        "coordination_meeting": coordination_meeting,
        "coordination_issue": coordination_issue,
        "fund_item": fund_item,
    },
    by_reporter={"project_register": ByReporter(_register_reporters, project_register)},
    totals={
        "project_monthly": (
            "invest_current_wan",
            "invest_ytd_wan",
            "invest_total_done_wan",
            "plan_year_wan",
            "construction_wan",
            "equipment_wan",
            "other_wan",
            "fund_in_place_wan",
        ),
        "coordination_meeting": ("issue_cnt",),
        "fund_item": ("apply_wan", "granted_wan", "issued_wan", "paid_wan"),
    },
    breaks={
        "project_register": Before("finish_date", "start_date", 30),
        "project_monthly": Add("construction_wan", 180),
        "coordination_meeting": Add("issue_cnt", 2),
        "coordination_issue": Before("close_date", "raise_date", 3),
        "fund_item": Add("paid_wan", 90_000),
    },
    wrong_units={"project_monthly": "invest_ytd_wan"},
)
