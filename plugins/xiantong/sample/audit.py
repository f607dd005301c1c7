"""Audit projects from plan to report, and what the audited units set right afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample.bodies import bureaus, companies, township_governments
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit
from xiantong.sample.department import Department
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table, changed_rows

_FIRST_YEAR = 2021
_A_YEAR = 26
_KINDS = {
    "BUDGET": ("预算执行和其他财政收支情况审计", ("GROWTH", "OTHER")),
    "RESPONSIBILITY": ("主要负责人经济责任审计", ("GROWTH", "SAFETY", "OTHER")),
    "INVESTMENT": ("政府投资项目审计", ("GROWTH", "LIVELIHOOD")),
    "POLICY": ("重大政策措施落实情况跟踪审计", ("GROWTH", "EDU_SCI_TALENT")),
    "LIVELIHOOD": ("民生资金专项审计", ("LIVELIHOOD",)),
    "RESOURCE": ("领导干部自然资源资产离任审计", ("SAFETY",)),
    "SOE": ("资产负债损益审计", ("GROWTH", "SAFETY")),
}
_SPREAD = (5, 7, 4, 3, 3, 2, 2)


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit project; ``days`` are those of planning, entry, end of the field work and report."""

    number: str
    name: str
    kind: str
    theme: str
    year: int
    auditee: Unit
    days: tuple[date, date, date, date]
    team: int
    amount_wan: float
    score: float
    excellence: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """A finding that has to be set right, in one, two or three steps."""

    number: str
    audit: Audit
    unit: str
    amount_wan: float
    raised: date
    due: date
    steps: tuple[tuple[date, float], ...]
    collected_wan: float

    @property
    def closed(self) -> date:
        return self.steps[-1][0]


def _audits(county: County) -> list[Audit]:
    return [
        _audit(county, year, number)
        for year in range(_FIRST_YEAR, county.last.year + 1)
        for number in range(_A_YEAR)
    ]


def _audit(county: County, year: int, number: int) -> Audit:
    rng = county.chance.of("audit", year, number)
    kind = [k for k, n in zip(_KINDS, _SPREAD, strict=True) for _ in range(n)][number]
    what, themes = _KINDS[kind]
    if kind == "SOE":
        auditee = pick(rng, county.once(companies)).unit
    elif kind in ("RESPONSIBILITY", "RESOURCE"):
        auditee = pick(rng, [*county.once(township_governments), *county.once(bureaus)])
    else:
        auditee = pick(rng, county.once(bureaus))
    start = date(year, 1, 10) + timedelta(days=between(rng, 20, 225))
    field_end = start + timedelta(days=between(rng, 25, 60))
    slow = rng.random() < 0.05
    report = field_end + timedelta(days=between(rng, 150, 190) if slow else between(rng, 15, 45))
    if number == 0:
        # The budget of the year before is audited first, in time for the people's congress.
        start, field_end, report = date(year, 1, 18), date(year, 2, 20), date(year, 3, 15)
    return Audit(
        number=f"SJ{year}-{number + 1:03d}",
        name=f"{auditee.name}{year - (kind == 'BUDGET')}年{what}",
        kind=kind,
        theme=pick(rng, themes),
        year=year,
        auditee=auditee,
        days=(date(year, 1, 15), start, field_end, report),
        team=between(rng, 3, 8),
        amount_wan=round(float(rng.lognormal(6.2, 1.1)), 2),
        score=round(float(rng.uniform(76, 97)), 1),
        excellence="PROVINCIAL" if number == 3 else "MUNICIPAL" if number in (8, 17) else None,
    )


def _audit_row(audit: Audit, period: Period) -> Row:
    reached = sum(day <= period.end for day in audit.days) - 1
    done = reached == 3
    # Excellent projects are chosen at the end of the year.
    judged = done and period.end >= date(audit.year, 12, 31)
    return {
        "audit_no": audit.number,
        "audit_name": audit.name,
        "audit_kind": audit.kind,
        "audit_theme": audit.theme,
        "plan_year": audit.year,
        "auditee_uscc": audit.auditee.uscc,
        "start_date": audit.days[1] if reached >= 1 else None,
        "report_date": audit.days[3] if done else None,
        "team_size": audit.team,
        "audit_day_cnt": audit.team * (audit.days[2] - audit.days[1]).days * 5 // 7
        if done
        else None,
        "problem_amount_wan": money(audit.amount_wan) if done else None,
        "quality_score": money(audit.score, 1) if done else None,
        "excellence_level": audit.excellence if judged else None,
        "audit_status": ("PLANNED", "ON_SITE", "REPORTING", "DONE")[reached],
    }


def audit_project(county: County, period: Period) -> Table:
    """All projects in the first quarter, then new and changed ones."""
    now = [_audit_row(a, period) for a in county.once(_audits) if a.days[0] <= period.end]
    if period.start > county.first.start:
        earlier = [
            _audit_row(a, period.prior) for a in county.once(_audits) if a.days[0] < period.start
        ]
        now = changed_rows(now, earlier, "audit_no")
    return Table(now)


def _items(county: County) -> list[Item]:
    return [item for audit in county.once(_audits) for item in _items_of(county, audit)]


def _items_of(county: County, audit: Audit) -> list[Item]:
    """Findings of an audit, which share out the amount that it found."""
    rng = county.chance.of("items", audit.number)
    count = between(rng, 3, 8)
    shares = rng.dirichlet([1.2] * count)
    raised = audit.days[3] + timedelta(days=10)
    made = []
    for number in range(count):
        due = raised + timedelta(days=pick(rng, (60, 90, 180)))
        late = rng.random() < 0.14
        last = due + timedelta(days=between(rng, 10, 120) if late else -between(rng, 2, 50))
        middle = raised + (last - raised) / 2
        part = float(rng.uniform(0.3, 0.8))
        helped = rng.random() < 0.35
        unit = pick(rng, county.once(bureaus)).name.removeprefix(county.name) if helped else None
        amount = round(audit.amount_wan * float(shares[number]), 2)
        made.append(Item(
            number=f"{audit.number}-{number + 1:02d}",
            audit=audit,
            unit=unit or audit.auditee.name.removeprefix(county.name),
            amount_wan=amount,
            raised=raised,
            due=due,
            steps=((middle, part), (last, 1.0)) if rng.random() < 0.6 else ((last, 1.0),),
            collected_wan=round(amount * 0.4, 2) if rng.random() < 0.3 else 0.0,
        ))  # fmt: skip
    return made


def _item_row(item: Item, day: date) -> Row:
    share = max((part for when, part in item.steps if when <= day), default=0.0)
    closed = item.closed <= day
    return {
        "item_no": item.number,
        "audit_no": item.audit.number,
        "responsible_unit": item.unit,
        "amount_wan": money(item.amount_wan),
        "due_date": item.due,
        "rectified_wan": money(item.amount_wan * share),
        "close_date": item.closed if closed else None,
        "item_status": "CLOSED" if closed else "PART" if share else "OPEN",
        "evidence_no": f"ZG{item.closed:%Y%m%d}-{item.number[-2:]}" if closed else None,
        "fund_collected_wan": money(item.collected_wan) if closed else money(0),
    }


_OVERDUE = (
    "涉及历史遗留问题，主管部门已制定分期整改方案",
    "应收款项正在诉讼追缴，法院已立案",
    "制度修订已报常务会议，待印发后销号",
)


def rectification_item(county: County, period: Period) -> Table:
    """Findings not closed before the month, as they stand at its end; closed ones once more."""
    before = period.start - timedelta(days=1)
    rows: list[Row] = []
    remarks = {}
    for item in county.once(_items):
        if item.raised > period.end:
            continue
        row = _item_row(item, period.end)
        known = period != county.first and item.raised <= before
        if known and row == _item_row(item, before):
            continue
        if row["item_status"] != "CLOSED" and item.due < period.end:
            remarks[len(rows)] = pick(county.chance.of("overdue", item.number), _OVERDUE)
        rows.append(row)
    return Table(rows, remarks)


def _units(county: County) -> list[Unit]:
    return [*county.once(bureaus), *county.once(township_governments)]


DEPARTMENT = Department(
    makers={"audit_project": audit_project, "rectification_item": rectification_item},
    units=_units,
    totals={"rectification_item": ("amount_wan", "rectified_wan", "fund_collected_wan")},
    breaks={
        "audit_project": Before("report_date", "start_date", 12),
        "rectification_item": Add("rectified_wan", 90_000),
    },
)
