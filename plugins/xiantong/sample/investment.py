"""The project register with its monthly forms, nodes, coordination meetings, issues and funds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from xiantong.contracts.model import Reporter
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar import due_date
from xiantong.sample import projects as world
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.people import person_name
from xiantong.sample.projects import Project
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table, changed_rows


def _month_before(period: Period) -> date:
    """Last day of the month before."""
    return period.start - timedelta(days=1)


def _cutoff(county: County, dataset: str, period: Period) -> date:
    """Last day that a delivery can know of: lists that are due inside the month come some days before
    its end."""
    contract = county.catalogue.contract(DatasetId("investment", dataset))
    due = due_date(contract, period)
    assert due is not None
    return min(due - timedelta(days=4), period.end)


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
    before = _month_before(period)
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
    current = project.invested(period.end) - project.invested(_month_before(period))
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


# --- nodes --------------------------------------------------------------------------------------

# Node, share of the way from filing to start, or (negative) from start to completion.
_NODES = (
    ("FILING", 0.15, "发展和改革局"), ("LAND", 0.45, "自然资源和规划局"), ("EIA", 0.55, "生态环境分局"),
    ("PLANNING", 0.7, "自然资源和规划局"), ("CONSTRUCTION", 0.88, "住房和城乡建设局"), ("START", 1.0, ""),
    ("FOUNDATION", -0.2, ""), ("STRUCTURE", -0.5, ""), ("EQUIPMENT", -0.75, ""), ("ACCEPTANCE", -1.0, ""),
)  # fmt: skip
_INDUSTRIAL_NODES = ("EIA", "EQUIPMENT")
_EVIDENCE = {
    "FILING": "备案",
    "LAND": "国土",
    "EIA": "环审",
    "PLANNING": "建字",
    "CONSTRUCTION": "施许",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A milestone of a project; ``moved`` is the day on which ``first_plan`` gave way to ``plan``."""

    project: Project
    code: str
    unit: str
    person: str
    first_plan: date
    plan: date
    moved: date | None
    done: date | None
    evidence: str | None


def _nodes(county: County) -> list[Node]:
    """Milestones of all projects that come into the statistics."""
    return [node for project in world.in_statistics(county) for node in _nodes_of(county, project)]


def _nodes_of(county: County, project: Project) -> list[Node]:
    assert project.start and project.plan_finish
    rng = county.chance.of("nodes", project.code)
    end = project.finish or project.plan_finish + timedelta(days=150)
    person = person_name(rng)
    nodes = []
    for code, share, unit in _NODES:
        if (code in _INDUSTRIAL_NODES and not project.is_industrial) or (
            code == "LAND" and project.land_mu is None
        ):
            continue
        if share > 0:
            done = project.filed + share * (project.start - project.filed)
        else:
            done = project.start - share * (end - project.start)
        nodes.append(_node(rng, project, code, unit or project.lead_unit, person, done))
    return nodes


def _node(rng: np.random.Generator, project: Project, code: str, unit: str, person: str, done: date) -> Node:  # fmt: skip
    late = rng.random() < 0.09
    plan = done - timedelta(days=between(rng, 3, 70)) if late else done + timedelta(days=between(rng, 0, 16))  # fmt: skip
    if code == "ACCEPTANCE" and project.plan_finish:
        plan = project.plan_finish
    moved = rng.random() < 0.07
    first = plan - timedelta(days=between(rng, 20, 60)) if moved else plan
    evidence = f"{_EVIDENCE.get(code, 'ZP')}{done:%Y%m%d}-{between(rng, 1, 999):03d}"
    return Node(
        project=project,
        code=code,
        unit=unit,
        person=person,
        first_plan=first,
        plan=plan,
        moved=first - timedelta(days=8) if moved else None,
        done=None if project.stopped and done > project.stopped else done,
        evidence=evidence if rng.random() > 0.006 else None,
    )


def _node_row(node: Node, day: date) -> Row:
    moved = node.moved is not None and node.moved <= day
    done = node.done if node.done and node.done <= day else None
    return {
        "project_code": node.project.code,
        "node_code": node.code,
        "plan_date": node.plan if moved or node.moved is None else node.first_plan,
        "plan_version": 2 if moved else 1,
        "actual_date": done,
        "responsible_unit": node.unit,
        "responsible_person": node.person,
        "evidence_no": node.evidence if done else None,
        "light": None,
        "remark": None,
    }


def project_node(county: County, period: Period) -> Table:
    """All milestones of registered projects in the first month, then new and changed ones."""
    now = _cutoff(county, "project_node", period)
    before = None
    if period != county.first:
        before = _cutoff(
            county, "project_node", Period.of(_month_before(period), Frequency.MONTHLY)
        )
    rows: list[Row] = []
    remarks = {}
    for node in county.once(_nodes):
        if node.project.filed > now:
            continue
        row = _node_row(node, now)
        if before is not None and node.project.filed <= before and row == _node_row(node, before):
            continue
        if row["actual_date"] and not row["evidence_no"]:
            remarks[len(rows)] = "现场已完成，许可文书正在出证，编号下月补报"
        rows.append(row)
    return Table(rows, remarks)


# --- coordination meetings ----------------------------------------------------------------------

# Meetings, issues raised and issues closed by the end of the year. The programme began in 2023.
_YEARS = {2022: (16, 61, 61), 2023: (60, 503, 469)}
_YEAR = (60, 510, 480)
_TOPICS = (
    "重点工业项目用地保障会商", "重点项目征地拆迁会商", "项目水电气路配套会商", "项目审批手续集中会商",
    "项目融资需求对接会商", "新型城镇化项目推进会商", "招商引资政策兑现会商", "乡村振兴项目推进会商",
)  # fmt: skip
_ISSUES = {
    "LAND": ("建设用地指标未落实，组卷材料待补充", "自然资源和规划局"),
    "RELOCATION": ("红线内剩余房屋未拆除，影响进场", "住房和城乡建设局"),
    "UTILITY": ("厂区外10千伏线路、供水管网未接入", "国网县供电公司"),
    "PERMIT": ("施工许可要件不全，需并联办理", "行政审批服务局"),
    "FINANCE": ("项目贷款未放款，资金缺口影响采购", "财政局"),
    "POLICY": ("招商协议约定的设备补助未兑现", "投资促进局"),
    "MARKET": ("砂石料供应紧张，价格上涨", "工业和信息化局"),
    "LABOUR": ("投产用工缺口较大，需组织招聘", "人力资源和社会保障局"),
    "OTHER": ("施工道路与村道交叉，群众有意见", "属地镇街"),
}
_WEIGHTS = (26, 15, 18, 13, 11, 6, 3, 3, 5)


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that a meeting assigned."""

    number: str
    meeting_no: str
    project: Project | None
    category: str
    unit: str
    text: str
    raised: date
    due: date
    closed: date
    confirmed_by: str
    reopened: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A coordination meeting with the issues that it assigned."""

    number: str
    day: date
    chair: str
    topic: str
    issues: tuple[Issue, ...]


def meetings(county: County) -> list[Meeting]:
    """All meetings from the first year on record to the last month."""
    return [
        meeting
        for year in range(min(_YEARS), county.last.year + 1)
        for meeting in county.once(_meetings_of, year)
    ]


def _meetings_of(county: County, year: int) -> list[Meeting]:
    count, raised, closed = _YEARS.get(year, _YEAR)
    days = _meeting_days(county, year, count)
    rng = county.chance.of("meetings", year)
    shares = rng.multinomial(raised - count, [1 / count] * count) + 1
    raw = [_issues(county, day, number, int(shares[number])) for number, day in enumerate(days)]
    settled = iter(_settled([issue for issues in raw for issue in issues], year, closed))
    made = []
    for number, (day, issues) in enumerate(zip(days, raw, strict=True)):
        made.append(Meeting(
            number=_meeting_no(day, number),
            day=day,
            chair=person_name(rng, "M"),
            topic=pick(rng, _TOPICS),
            issues=tuple(next(settled) for _ in issues),
        ))  # fmt: skip
    return made


def _meeting_no(day: date, number: int) -> str:
    return f"HS{day.year}-{number + 1:03d}"


def _meeting_days(county: County, year: int, count: int) -> list[date]:
    """Saturdays of the year, evenly over the months; where a month has too few, two meetings a day."""
    wanted = [count * (month + 1) // 12 - count * month // 12 for month in range(12)]
    days: list[date] = []
    for month, number in enumerate(wanted, start=1):
        period = Period(f"{year}-{month:02d}")
        last = _cutoff(county, "coordination_issue", period)
        span = (last - period.start).days + 1
        saturdays = [d for n in range(span) if (d := period.start + timedelta(n)).weekday() == 5]
        days += sorted(saturdays[-1 - n % len(saturdays)] for n in range(number))
    return days


def _issues(county: County, day: date, meeting: int, count: int) -> list[Issue]:
    made = []
    open_ = [
        project
        for project in county.once(world.projects)
        if project.signed and project.signed <= day and project.stage(day) in ("NOT_STARTED", "BUILDING")
    ]  # fmt: skip
    for number in range(count):
        rng = county.chance.of("issue", day, meeting, number)
        category = pick(rng, list(_ISSUES), _WEIGHTS)
        text, unit = _ISSUES[category]
        project = pick(rng, open_) if open_ and rng.random() < 0.95 else None
        due = day + timedelta(days=between(rng, 10, 45))
        late = rng.random() < 0.12
        closed = due + timedelta(days=between(rng, 1, 60) if late else -between(rng, 0, 9))
        if number == 0:
            closed = day + timedelta(days=between(rng, 1, 3))  # settled on the spot
        made.append(Issue(
            number=f"{_meeting_no(day, meeting)}-{number + 1:02d}",
            meeting_no=_meeting_no(day, meeting),
            project=project,
            category=category,
            unit=unit,
            text=f"{project.name}：{text}" if project else text,
            raised=day,
            due=due,
            closed=closed,
            confirmed_by=person_name(rng),
            reopened=between(rng, 1, 2) if late and number and rng.random() < 0.3 else 0,
        ))  # fmt: skip
    return made


def _settled(issues: list[Issue], year: int, closed: int) -> list[Issue]:
    """The same issues, of which so many are closed in the year: those that would be closed first."""
    order = sorted(range(len(issues)), key=lambda n: (issues[n].closed, issues[n].number))
    within = set(order[:closed])
    made = []
    for number, issue in enumerate(issues):
        day = min(issue.closed, date(year, 12, 22)) if number in within else issue.closed
        if number not in within:
            day = max(issue.closed, date(year + 1, 1, 5))
        made.append(replace(issue, closed=max(day, issue.raised)))
    return made


def coordination_meeting(county: County, period: Period) -> Table:
    """Meetings of the month."""
    rows: list[Row] = []
    for meeting in county.once(meetings):
        if not period.start <= meeting.day <= period.end:
            continue
        concerned = {issue.project.code for issue in meeting.issues if issue.project}
        rows.append({
            "meeting_no": meeting.number,
            "meeting_date": meeting.day,
            "chair": meeting.chair,
            "topic": meeting.topic,
            "unit_cnt": len({issue.unit for issue in meeting.issues}) + 6,
            "project_cnt": len(concerned),
            "issue_cnt": len(meeting.issues),
            "minutes_no": f"青要素会纪〔{meeting.day.year}〕{int(meeting.number[-3:])}号",
        })  # fmt: skip
    return Table(rows)


def _issue_row(issue: Issue, day: date) -> Row:
    closed = issue.closed <= day
    replied = not closed and issue.closed - timedelta(days=12) <= day
    return {
        "issue_no": issue.number,
        "meeting_no": issue.meeting_no,
        "project_code": issue.project.code if issue.project else None,
        "issue_category": issue.category,
        "issue_desc": issue.text,
        "raise_date": issue.raised,
        "responsible_unit": issue.unit,
        "due_date": issue.due,
        "close_date": issue.closed if closed else None,
        "confirm_by": issue.confirmed_by if closed else None,
        "issue_status": "CLOSED" if closed else "REPLIED" if replied else "OPEN",
        "solution": "责任单位已办结，项目单位现场确认" if closed else None,
        "reopen_cnt": issue.reopened if closed else 0,
    }


_OVERDUE = (
    "上级批复尚未下达，责任单位已列入下周调度",
    "涉及两镇交界，正在协商补偿标准，预计下月办结",
    "施工图修改后重新报审，正在办理",
)


def coordination_issue(county: County, period: Period) -> Table:
    """Issues raised, changed or closed in the month, as they stand some days before its end."""
    now = _cutoff(county, "coordination_issue", period)
    earlier = Period.of(_month_before(period), Frequency.MONTHLY)
    before = _cutoff(county, "coordination_issue", earlier)
    rows: list[Row] = []
    remarks = {}
    for meeting in county.once(meetings):
        for issue in meeting.issues:
            if issue.raised > now:
                continue
            row = _issue_row(issue, now)
            known = period != county.first and issue.raised <= before
            if known and row == _issue_row(issue, before):
                continue
            if row["issue_status"] != "CLOSED" and issue.due < period.end:
                remarks[len(rows)] = pick(county.chance.of("overdue", issue.number), _OVERDUE)
            rows.append(row)
    return Table(rows, remarks)


# --- funds --------------------------------------------------------------------------------------

# Items of a year by kind: applied for, granted, and of bonds issued.
_FUNDS = {
    "CENTRAL_BUDGET": (16, 9), "NATIONAL_SPECIAL": (6, 4), "SPECIAL_BOND": (12, 7), "TRANSFER": (9, 8), "COUNTY": (6, 6),
}  # fmt: skip
_BONDS = {2021: 6, 2022: 6, 2023: 5}
_BONDS_USUAL = 6
_TREASURY_YEAR, _TREASURY = 2023, 18  # the additional treasury bonds of late 2023
_DIRECTIONS = {
    "CENTRAL_BUDGET": (
        "产粮大县公共服务",
        "保障性安居工程",
        "排水设施",
        "社会事业",
        "重大水利工程",
        "产粮大县公共服务",
    ),
    "NATIONAL_SPECIAL": ("制造业技术改造", "节能降碳", "冷链物流"),
    "SPECIAL_BOND": ("产业园区基础设施", "城镇供水", "农村污水治理", "社会事业"),
    "TRANSFER": ("农田建设", "农村公路", "教育强国"),
    "EXTRA_TREASURY": ("灾后恢复重建", "高标准农田建设", "城市排水防涝", "重点防洪工程"),
    "COUNTY": ("城市更新", "农村公路"),
}
_LEVELS = ("COUNTY", "MUNICIPAL", "PROVINCIAL", "NATIONAL")


@dataclass(frozen=True, slots=True)
class Fund:
    """An item that asks for money. ``days``: reported by the county, the city, the province."""

    number: str
    project: Project
    kind: str
    direction: str
    plan_year: int
    apply_wan: int
    planned: date
    days: tuple[date, date, date]
    decided: date
    granted_wan: int | None
    issued: date | None


def funds(county: County) -> list[Fund]:
    """All items from the year before the first cohort's end to the plan for the next year."""
    made: list[Fund] = []
    for year in range(world.FIRST_COHORT, county.last.year + 2):
        kinds = dict(_FUNDS)
        if year == _TREASURY_YEAR:
            kinds["EXTRA_TREASURY"] = (_TREASURY, 3)
        for kind, (applied, granted) in kinds.items():
            made += [_fund(county, year, kind, n, n < granted) for n in range(applied)]
    return made


def _fund(county: County, year: int, kind: str, number: int, granted: bool) -> Fund:
    rng = county.chance.of("fund", year, kind, number)
    public = [
        project
        for project in world.of_kind(county, "urban", "relocation", "village")
        if project.plan_year == year
    ]
    project = pick(rng, public)
    planned = day_in(rng, date(year - 1, 9, 10), date(year - 1, 12, 10))
    if kind == "EXTRA_TREASURY":
        planned = day_in(rng, date(year, 10, 28), date(year, 11, 10))
    elif kind in ("TRANSFER", "COUNTY"):
        planned = day_in(rng, date(year, 1, 3), date(year, 6, 20))
    step = 9 if kind == "EXTRA_TREASURY" else between(rng, 12, 30)
    days = tuple(planned + timedelta(days=step * n) for n in (1, 2, 3))
    earliest = max(days[2] + timedelta(days=10), date(year, 1, 20))
    decided = day_in(rng, earliest, max(earliest, date(year, 11, 20)))
    asked = max(10 * round(project.total_wan * float(rng.uniform(0.2, 0.55)) / 10), 60)
    bonds = _BONDS.get(year, _BONDS_USUAL)
    issued = None
    if kind == "SPECIAL_BOND" and number < bonds:
        issued = min(decided + timedelta(days=between(rng, 8, 40)), date(year, 12, 20))
    return Fund(
        number=f"ZJ{year}-{kind[:2]}{number + 1:03d}",
        project=project,
        kind=kind,
        direction=pick(rng, _DIRECTIONS[kind]),
        plan_year=year,
        apply_wan=asked,
        planned=planned,
        days=(days[0], days[1], days[2]),
        decided=decided,
        granted_wan=10 * round(asked * float(rng.uniform(0.6, 1.0)) / 10) if granted else None,
        issued=issued,
    )


def _fund_row(county: County, fund: Fund, day: date) -> Row:
    reached = sum(when <= day for when in fund.days)
    decided = fund.decided <= day
    status = "PLANNED" if reached == 0 else "REPORTED" if reached == 1 else "REVIEWING"
    if decided:
        rejected = county.chance.of("rejected", fund.number).random() < 0.6
        status = "GRANTED" if fund.granted_wan else "REJECTED" if rejected else "PASSED"
    granted = fund.granted_wan if decided and fund.granted_wan else None
    issued = granted if granted and fund.issued and fund.issued <= day else None
    return {
        "fund_item_no": fund.number,
        "project_code": fund.project.code if fund.project.filed <= day else None,
        "item_name": fund.project.name,
        "fund_kind": fund.kind,
        "fund_direction": fund.direction,
        "plan_year": fund.plan_year,
        "apply_level": _LEVELS[reached],
        "apply_wan": money(fund.apply_wan),
        "review_status": status,
        "granted_wan": money(granted) if granted else None,
        "grant_date": fund.decided if granted else None,
        "issued_wan": money(issued) if issued else None,
        "paid_wan": money(_paid(county, fund, granted, day)) if granted else None,
    }


def _paid(county: County, fund: Fund, granted: int, day: date) -> int:
    """Paid so far: by quarters of the work, all within about fourteen months."""
    pace = county.chance.of("paid", fund.number).uniform(240, 430)
    share = min(max((day - fund.decided).days - 25, 0) / pace, 1.0)
    return 10 * round(granted * int(share * 8) / 80)


def fund_item(county: County, period: Period) -> Table:
    """All items in the first month, then new and changed ones."""
    before = _month_before(period)
    rows: list[Row] = []
    for fund in county.once(funds):
        if fund.planned > period.end:
            continue
        row = _fund_row(county, fund, period.end)
        known = period != county.first and fund.planned <= before
        if not known or row != _fund_row(county, fund, before):
            rows.append(row)
    return Table(rows)


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
