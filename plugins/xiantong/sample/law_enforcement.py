"""Penalty cases, what is handed to courts, police and other bureaus, the force and its money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from xiantong.contracts.model import Area
from xiantong.periods import Period, period_range
from xiantong.sample import firms
from xiantong.sample.by_township import by_township
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, Unit, day_in, month_number
from xiantong.sample.department import Department
from xiantong.sample.people import person_name
from xiantong.sample.rule_breaks import Before
from xiantong.sample.table import Row, Table, changed_rows

_BEFORE = 5  # months of cases that are open when the first ledger is written
# Kind, weight, usual penalty in yuan, law and article.
_KINDS = (
    ("CITY", 38, 600.0, "《城市市容和环境卫生管理条例》第三十四条"),
    ("CONSTRUCTION", 14, 9000.0, "《中华人民共和国城乡规划法》第六十四条"),
    ("ENVIRONMENT", 9, 14000.0, "《中华人民共和国大气污染防治法》第一百一十五条"),
    ("TRAFFIC", 17, 2200.0, "《中华人民共和国道路运输条例》第六十三条"),
    ("MARKET", 12, 3100.0, "《中华人民共和国食品安全法》第一百二十六条"),
    ("AGRICULTURE", 6, 1500.0, "《农药管理条例》第五十八条"),
    ("OTHER", 4, 1200.0, "《中华人民共和国行政处罚法》第九条"),
)
_SERIOUS_ENVIRONMENT = ("2022-05", "2022-11", "2023-04", "2023-06", "2023-10")
_DELAYED = "当事人申请听证并重新鉴定，经负责人批准延长办案期限"


@dataclass(frozen=True, slots=True)
class Case:
    """A penalty case with its dates; amounts in yuan."""

    number: str
    kind: str
    law: str
    area: Area
    firm: Unit | None
    party: str
    filed: date
    decided: date
    penalty: Decimal
    performed_share: float
    paid_on: date | None
    closed: date | None
    appeals: bool

    def level(self, threshold: float) -> str:
        """Review by amount."""
        if self.penalty >= threshold:
            return "COMMITTEE"
        return "SECTION" if self.penalty >= 2000 else "OFFICE"

    def status(self, day: date) -> str:
        if self.closed and self.closed <= day:
            return "CLOSED"
        if self.decided <= day:
            return "EXECUTING" if (day - self.decided).days > 15 else "DECIDED"
        return "INVESTIGATING" if (day - self.filed).days > 7 else "FILED"


def cases(county: County) -> list[Case]:
    """Cases from some months before the first month to the last."""
    return county.once(_cases)


def _cases(county: County) -> list[Case]:
    first = month_number(county.first) - _BEFORE
    months = period_range(Period(f"{first // 12}-{first % 12 + 1:02d}"), county.last)
    made = []
    for month in months:
        count = between(county.chance.of("cases", month), 24, 38)
        made += [_case(county, month, number) for number in range(count)]
    return made


def _case(county: County, month: Period, number: int) -> Case:
    rng = county.chance.of("case", month, number)
    kind, _, usual, law = pick(rng, _KINDS, [k[1] for k in _KINDS])
    is_serious = number == 0 and month.label in _SERIOUS_ENVIRONMENT
    if is_serious:
        kind, _, _, law = _KINDS[2]
    penalty = money(max(usual * float(rng.lognormal(0, 0.6)), 50), 0)
    if is_serious:
        penalty = Decimal(between(rng, 8, 26) * 10_000)
    area = pick(rng, county.villages[county.pick_township(rng).area_code])
    firm = None
    if is_serious or (kind in ("ENVIRONMENT", "CONSTRUCTION", "MARKET") and rng.random() < 0.3):
        firm = pick(
            rng, [f.unit for f in firms.firms(county) if f.born < month_number(county.first)]
        )
        area = pick(rng, county.villages[firm.area_code[:9] + "000"])
    filed = day_in(rng, month.start, month.end)
    decided = filed + timedelta(
        days=between(rng, 96, 130) if rng.random() < 0.04 else between(rng, 6, 82)
    )
    share = pick(rng, (1.0, 0.5, 0.0), (86, 5, 9))
    paid_on = decided + timedelta(days=between(rng, 1, 30)) if share else None
    closed = paid_on + timedelta(days=between(rng, 1, 20)) if paid_on and share == 1.0 else None
    return Case(
        number=f"青执罚字〔{filed.year}〕{filed.month:02d}{number + 1:03d}号",
        kind=kind,
        law=law,
        area=area,
        firm=firm,
        party=firm.name if firm else person_name(rng),
        filed=filed,
        decided=decided,
        penalty=penalty,
        performed_share=share,
        paid_on=paid_on,
        closed=closed,
        appeals=rng.random() < 0.02,
    )


def penalty_case(county: County, period: Period) -> Table:
    """New and changed cases of the month; in the first month all that are not closed long ago."""
    now = _ledger(county, period)
    before = [] if period == county.first else _ledger(county, period.prior)
    rows = changed_rows(now, before, "case_no")
    late = period.end - timedelta(days=90)
    remarks = {n: _DELAYED for n, row in enumerate(rows) if _is_late(row, late)}
    return Table(rows, remarks)


def _is_late(row: Row, limit: date) -> bool:
    filed = row["file_date"]
    return row["decide_date"] is None and isinstance(filed, date) and filed < limit


def _ledger(county: County, period: Period) -> list[Row]:
    return [
        _case_row(county, case, period.end) for case in cases(county) if case.filed <= period.end
    ]


def _case_row(county: County, case: Case, day: date) -> Row:
    threshold = float(str(county.catalogue.constants["committee_review_yuan"]))
    is_decided = case.decided <= day
    level = case.level(threshold) if is_decided else "OFFICE"
    is_paid = case.paid_on is not None and case.paid_on <= day
    return {
        "case_no": case.number,
        "case_kind": case.kind,
        "law_basis": case.law,
        "area_code": case.area.area_code,
        "subject_uscc": case.firm.uscc if case.firm else None,
        "party_name": case.party,
        "file_date": case.filed,
        "decide_date": case.decided if is_decided else None,
        "penalty_yuan": case.penalty if is_decided else Decimal(0),
        "review_level": level,
        "review_date": case.decided - timedelta(days=2) if is_decided else None,
        "party_appeal": case.appeals if is_decided else None,
        "case_status": case.status(day),
        "performed_yuan": money(float(case.penalty) * case.performed_share) if is_paid else None,
    }


# --- joint enforcement --------------------------------------------------------------------------

_PARTNERS = {
    "POLICE": ("县公安局治安大队", "县公安局食药环侦大队"),
    "COURT": ("县人民法院执行局",),
    "DEPARTMENT": (
        "生态环境分局",
        "自然资源和规划局",
        "市场监督管理局",
        "住房和城乡建设局",
        "交通运输局",
    ),
    "MEETING": ("综合行政执法联席会议办公室",),
    "FUNDING": ("县财政局",),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter that needs another unit."""

    number: str
    kind: str
    case_no: str | None
    partner: str
    raised: date
    handled: date


def _matters(county: County) -> list[Matter]:
    made = []
    quarters = period_range(Period(f"{county.first.year}-Q1"), Period(f"{county.last.year}-Q4"))
    for quarter in quarters:
        rng = county.chance.of("matters", quarter)
        unpaid = [c for c in cases(county) if not c.performed_share
                  and c.decided < quarter.start - timedelta(days=60)
                  and c.decided >= quarter.start - timedelta(days=152)]  # fmt: skip
        kinds = ["COURT"] * len(unpaid)
        kinds += [pick(rng, ("POLICE", "DEPARTMENT", "MEETING", "FUNDING"), (28, 52, 12, 8))
                  for _ in range(between(rng, 9, 15))]  # fmt: skip
        for number, kind in enumerate(kinds):
            raised = day_in(rng, quarter.start, quarter.end - timedelta(days=3))
            made.append(Matter(
                number=f"XZ{quarter.label.replace('-', '')}-{number + 1:03d}",
                kind=kind,
                case_no=unpaid[number].number if kind == "COURT" else None,
                partner=pick(rng, _PARTNERS[kind]),
                raised=raised,
                handled=raised + timedelta(days=between(rng, 3, 95)),
            ))  # fmt: skip
    return made


def joint_coordination(county: County, period: Period) -> Table:
    """New and changed matters of the quarter."""
    known = county.once(_matters)
    now = [_matter_row(m, period.end) for m in known if m.raised <= period.end]
    earlier = period.prior.end
    before = [_matter_row(m, earlier) for m in known if m.raised <= earlier]
    return Table(changed_rows(now, before, "matter_no"))


def _matter_row(matter: Matter, day: date) -> Row:
    is_handled = matter.handled <= day
    age = (day - matter.raised).days
    return {
        "matter_no": matter.number,
        "matter_kind": matter.kind,
        "case_no": matter.case_no,
        "partner_unit": matter.partner,
        "raise_date": matter.raised,
        "handle_date": matter.handled if is_handled else None,
        "result": "DONE" if is_handled else "ACCEPTED" if age < 20 else "PENDING",
        "overdue_reason": "协作单位需补充证据材料" if not is_handled and age > 60 else None,
    }


# --- the force ----------------------------------------------------------------------------------


def enforcement_capacity(county: County, period: Period) -> Table:
    """The county's brigade and the team of each township."""
    rows: list[Row] = []
    remarks = {}
    brigades = [(f"{county.name}综合行政执法大队", county.area, 46)]
    brigades += [
        (f"{t.area_name}综合行政执法队", t, max(round((t.resident_population or 0) / 5200), 3))
        for t in county.townships
    ]
    for name, area, officers in brigades:
        rng = county.chance.of("brigade", name)
        year = county.chance.of("brigade", name, period)
        officers += period.year - county.first.year if rng.random() < 0.3 else 0
        budget = money(officers * rng.uniform(13.5, 16.5) * 1.04 ** (period.year - 2022))
        spent = money(float(budget) * year.uniform(0.93, 0.998))
        if year.random() < 0.07:
            spent = money(float(budget) * 1.03)
            remarks[len(rows)] = "年中追加数字化执法装备经费，县财政已批复"
        rows.append({
            "unit_name": name,
            "area_code": area.area_code,
            "officer_cnt": officers,
            "aux_cnt": between(rng, officers, officers * 2),
            "vehicle_cnt": max(officers // 5, 1),
            "recorder_cnt": officers - between(rng, 0, officers // 4),
            "budget_wan": budget,
            "spent_wan": spent,
            "discretion_deviation_cnt": between(year, 0, 2),
            "complaint_cnt": between(year, 0, 3),
        })  # fmt: skip
    return Table(rows, remarks)


DEPARTMENT = Department(
    makers={
        "joint_coordination": joint_coordination,
        "enforcement_capacity": enforcement_capacity,
    },
    by_reporter={
        "penalty_case": by_township(
            "law_enforcement.penalty_case", penalty_case, 3, one_is_missing=True
        )
    },
    totals={
        "penalty_case": ("penalty_yuan", "performed_yuan"),
        "enforcement_capacity": ("officer_cnt", "aux_cnt", "vehicle_cnt", "budget_wan", "spent_wan"),
    },
    breaks={
        "penalty_case": Before("decide_date", "file_date", 6),
        "joint_coordination": Before("handle_date", "raise_date", 9),
    },
    wrong_units={"penalty_case": "penalty_yuan"},
)  # fmt: skip
