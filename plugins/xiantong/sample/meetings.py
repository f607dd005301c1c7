"""Coordination meetings about projects, and the issues that they assign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample import projects as world
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County
from xiantong.sample.people import person_name
from xiantong.sample.projects import Project
from xiantong.sample.table import Row, Table

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
        last = world.known_until(county, "coordination_issue", period)
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
    now = world.known_until(county, "coordination_issue", period)
    before = world.known_until(county, "coordination_issue", period.prior)
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
