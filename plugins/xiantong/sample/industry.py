"""Output of the above-scale firms, their yearly evaluation, the project funnel, technical renovation.

The bureaus of the sibling counties hand in the same forms, so that the prefecture can be added up.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from xiantong.contracts.model import Reporter
from xiantong.periods import Period
from xiantong.sample import energy, firms
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, month_number
from xiantong.sample.department import ByReporter, Department
from xiantong.sample.firms import Firm
from xiantong.sample.funnel import FunnelProject, funnel
from xiantong.sample.projects import Project
from xiantong.sample.renovations import differs_from_register, invested, renovations
from xiantong.sample.rule_breaks import Add, Before, Put
from xiantong.sample.table import Row, Table, Value

_BASE_CHANGED = "同期数按可比口径调整，并入上年新设分厂产值"
_SWINGS = {
    "new": "企业上年下半年投产，上年同期基数低",
    "stop": "企业因环保改造停产，产值下降较多",
    "other": "上年同期承接大额订单一次性交货，基数不可比",
}


def _bureaus(county: County, period: Period) -> list[Reporter]:
    return county.bureaus("industry")


# --- monthly report of above-scale firms --------------------------------------------------------


def enterprise_monthly(county: County, period: Period, reporter: Reporter) -> Table:
    """Output of every above-scale firm; the February report holds January and February together."""
    month = month_number(period)
    rows: list[Row] = []
    remarks = {}
    for firm in firms.above_scale(county, reporter.area_code, month):
        row = _monthly_row(county, firm, month)
        if remark := _monthly_remark(county, firm, month, row):
            remarks[len(rows)] = remark
        rows.append(row)
    return Table(rows, remarks)


def _monthly_row(county: County, firm: Firm, month: int) -> Row:
    rng = county.chance.of("monthly", firm.uscc, month // 12)
    total = firms.output_to(county, firm, month)
    sold = money(float(total) * rng.uniform(0.955, 0.995))
    export = money(float(sold) * rng.uniform(0.05, 0.5)) if rng.random() < 0.2 else None
    revenue = firms.revenue(county, firm, month)
    margin = rng.normal(0.055, 0.04)
    return {
        "uscc": firm.uscc,
        "enterprise_name": firm.name,
        "area_code": firm.area_code,
        "zone_code": firm.zone_code,
        "industry_code": firm.industry_code,
        "output_current_wan": _current(county, firm, month),
        "output_ytd_wan": total,
        "output_ytd_ly_wan": _base(county, firm, month),
        "sales_ytd_wan": sold,
        "export_ytd_wan": export,
        "revenue_ytd_wan": revenue,
        "profit_wan": money(float(revenue) * margin),
        "employee_cnt": firm.employees + between(rng, -2, 3),
        "power_current_kwh": _power(county, firm, month),
        "above_scale_since": firm.above_scale_since,
        "report_status": _status(firm, month),
        "remark": None,
    }


def _window(month: int) -> list[int]:
    """The months that a report's 本月 stands for: there is no January report."""
    return [month - 1, month] if month % 12 == 1 else [month]


def _current(county: County, firm: Firm, month: int) -> Decimal:
    return sum((firms.output(county, firm, m) for m in _window(month)), Decimal(0))


def _power(county: County, firm: Firm, month: int) -> Decimal:
    return sum((firms.electricity(county, firm, m) for m in _window(month)), Decimal(0))


def _base(county: County, firm: Firm, month: int) -> Decimal:
    """Output of the same window last year; for some firms on a changed sample."""
    base = firms.output_to(county, firm, month - 12)
    rng = county.chance.of("base", firm.uscc, month // 12)
    changed = firm.group != firms.BIOCHEM and rng.random() < 0.015
    return money(float(base) * rng.uniform(1.12, 1.2)) if changed else base


def _status(firm: Firm, month: int) -> str:
    if firm.left == month:
        return "EXIT"
    return "STOPPED" if month in firm.idle or month < firm.born else "NORMAL"


def _monthly_remark(county: County, firm: Firm, month: int, row: Row) -> str | None:
    """The explanation of what a rule asks about."""
    total, base = Decimal(str(row["output_ytd_wan"])), Decimal(str(row["output_ytd_ly_wan"]))
    last_year = firms.output_to(county, firm, month - 12)
    if firm.reports(month - 12) and abs(base - last_year) > Decimal("0.1") * last_year:
        return _BASE_CHANGED
    if base and abs(total / base - 1) > Decimal("0.5"):
        year_ago = month - month % 12 - 12
        why = "new" if firm.born > year_ago else "stop" if firm.idle else "other"
        return _SWINGS[why]
    if month % 12 > 1 and firm.reports(month - 1) and _power_turned(county, firm, month):
        return "本月用电含设备调试，产值待产品验收后确认"
    return None


def _power_turned(county: County, firm: Firm, month: int) -> bool:
    now, before = _power(county, firm, month), _power(county, firm, month - 1)
    more = _current(county, firm, month) - _current(county, firm, month - 1)
    return (
        before > 0 and _sign(now - before) != _sign(more) and abs(now / before - 1) > Decimal("0.3")
    )


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)


# --- yearly evaluation --------------------------------------------------------------------------


def enterprise_evaluation(county: County, period: Period, reporter: Reporter) -> Table:
    """Every firm of the county, above-scale or not; the siblings evaluate theirs."""
    year = period.year
    december = year * 12 + 11
    taking_part = [
        f for f in firms.firms_of(county, reporter.area_code)
        if f.born <= december and (f.left is None or f.left > december)
    ]  # fmt: skip
    grades = _grades(county, taking_part, year)
    rows: list[Row] = []
    remarks = {}
    for firm in taking_part:
        row = _evaluation_row(county, firm, year, grades[firm.uscc])
        if row["above_scale"] and Decimal(str(row["revenue_wan"])) < 2000:
            remarks[len(rows)] = "企业当年新投产或部分月份停产，全年收入未达规上标准，下年复核"
        rows.append(row)
    return Table(rows, remarks)


def _evaluation_row(county: County, firm: Firm, year: int, grade: str) -> Row:
    rng = county.chance.of("evaluation", firm.uscc, year)
    december = year * 12 + 11
    revenue = firms.revenue(county, firm, december)
    has_unit = firm.rd_staff > 0
    energy_tce = energy.consumption.tce_of_year(county, firm.user, year) if firm.user is not None else money(
        float(sum(firms.electricity(county, firm, m) for m in firms.year_to(december))) * 0.3015 / 1000)  # fmt: skip
    low, high = {"A": (82, 97), "B": (66, 81), "C": (50, 65), "D": (31, 49)}.get(grade, (0, 0))
    return {
        "uscc": firm.uscc,
        "enterprise_name": firm.name,
        "area_code": firm.area_code,
        "zone_code": firm.zone_code,
        "above_scale": firm.reports(december),
        "land_mu": money(firm.land_mu + firm.rented_mu),
        "revenue_wan": revenue,
        "value_added_wan": money(float(revenue) * rng.uniform(0.19, 0.31)),
        "tax_wan": firms.tax_paid(county, firm, december),
        "rd_wan": money(float(revenue) * firm.rd_share),
        "energy_tce": energy_tce,
        "employee_cnt": firm.employees,
        "has_rd_unit": has_unit,
        "rd_staff_cnt": firm.rd_staff,
        "tech_center_level": _tech_center(firm, year),
        "value_chain_stage": _chain_stage(county, firm),
        "high_tech": firm.rd_share > 0.03,
        "official_score": money(rng.uniform(low, high), 2) if grade != "T" else None,
        "official_grade": grade,
    }


def _tech_center(firm: Firm, year: int) -> str:
    return firm.tech_center if firm.tech_center_since <= year else "NONE"


def _chain_stage(county: County, firm: Firm) -> str:
    rng = county.chance.of("chain-stage", firm.uscc)
    if firm.rd_staff:
        return pick(rng, ("WITH_RD", "FULL", "WITH_DESIGN", "PROCESSING"), (50, 20, 15, 15))
    return pick(rng, ("PROCESSING", "WITH_MARKETING", "WITH_DESIGN"), (78, 14, 8))


def _grades(county: County, taking_part: list[Firm], year: int) -> dict[str, str]:
    """Grades of the price list where a firm is on it; the others by tax per area of land.

    Firms of the year itself do not take part.
    """
    listed = {unit.uscc for unit in county.once(energy.prices.small_firms)}
    listed |= {user.unit.uscc for user in county.once(energy.users.users)[2:]}
    grades = {f.uscc: "T" for f in taking_part if f.born >= year * 12}
    for firm in taking_part:
        if firm.uscc in listed and firm.uscc not in grades:
            grades[firm.uscc] = energy.prices.evaluation_grade(county, firm.unit, year)
    rest = [f for f in taking_part if f.uscc not in grades]
    rest.sort(key=lambda f: (-f.tax_rate * f.output_wan / f.land_mu, f.uscc))
    for place, firm in enumerate(rest):
        share = (place + 0.5) / len(rest)
        grades[firm.uscc] = "A" if share < 0.15 else "B" if share < 0.72 else "C" if share < 0.95 else "D"  # fmt: skip
    return grades


# --- funnel -------------------------------------------------------------------------------------


def funnel_project(county: County, period: Period, reporter: Reporter) -> Table:
    """All projects signed so far; a project that was given up stays until the year ends."""
    rows: list[Row] = []
    remarks = {}
    for project in funnel(county, reporter.area_code):
        if project.signed > period.end or _is_gone(project, period):
            continue
        row = _funnel_row(project, period.end)
        if remark := _funnel_remark(project, row, period.end):
            remarks[len(rows)] = remark
        rows.append(row)
    return Table(rows, remarks)


def _is_gone(project: FunnelProject, period: Period) -> bool:
    return project.left is not None and project.left.year < period.year


def _funnel_row(project: FunnelProject, day: date) -> Row:
    def known(when: date | None) -> date | None:
        return when if when and when <= day else None

    left = known(project.left)
    done = min(day, left) if left else day
    started = known(project.start)
    return {
        "project_no": project.number,
        "project_code": project.code,
        "project_name": project.name,
        "uscc": project.uscc,
        "area_code": project.area_code,
        "zone_code": project.zone_code,
        "source_batch": project.source,
        "industry_group": project.group,
        "total_invest_wan": money(project.total_wan),
        "sign_date": project.signed,
        "plan_start_date": project.plan_start,
        "start_date": started,
        "stat_in_date": known(project.stat_in),
        "production_date": known(project.production),
        "above_scale_date": known(project.above_scale),
        "exit_date": left,
        "exit_reason": project.why_left if left else None,
        "invest_done_wan": money(project.invested(done)) if started else None,
        "blocker": project.blocker if not known(project.production) else None,
    }


def _funnel_remark(project: FunnelProject, row: Row, day: date) -> str | None:
    if row["exit_date"]:
        return None
    if row["start_date"] is None:
        late = project.plan_start is not None and project.plan_start < day
        return "正在办理用地和施工许可手续，已列入县级调度，力争下季度开工" if late else None
    if row["stat_in_date"] is None and project.start and project.start < day - timedelta(days=88):
        return "统计入库资料已提交，待省级审核；企业正补充施工现场影像"
    return None


# --- technical renovation -----------------------------------------------------------------------

_TYPES = {"智能化": "DIGITAL", "数字化": "DIGITAL", "设备更新": "EQUIPMENT", "节能": "GREEN", "绿色": "GREEN", "产线": "CAPACITY"}  # fmt: skip


def technical_renovation(county: County, period: Period, reporter: Reporter) -> Table:
    """Projects in the statistics with the investment of the month and of the year."""
    month = month_number(period)
    rows: list[Row] = []
    remarks = {}
    for project in renovations(county, reporter.area_code, month):
        row = _renovation_row(county, project, month)
        if differs_from_register(county, project, month):
            remarks[len(rows)] = "含设备预付款，已与发展和改革局核对口径"
        rows.append(row)
    return Table(rows, remarks)


def _renovation_row(county: County, project: Project, month: int) -> Row:
    rng = county.chance.of("renovation", project.code)
    amounts = invested(county, project, month)
    kind: Value = next((t for word, t in _TYPES.items() if word in project.name), "PROCESS")
    return {
        "project_code": project.code,
        "project_name": project.name,
        "uscc": project.builder.uscc,
        "area_code": project.area_code,
        "industry_code": project.builder.industry_code,
        "renovation_type": kind,
        "total_invest_wan": money(project.total_wan),
        "equipment_wan": money(project.total_wan * rng.uniform(0.55, 0.85)),
        "invest_current_wan": amounts.current,
        "invest_ytd_wan": amounts.year_to_date,
        "invest_ytd_ly_wan": amounts.base,
        "stat_in_date": project.stat_in,
        "start_date": project.start,
        "remark": None,
    }


DEPARTMENT = Department(
    by_reporter={
        "enterprise_monthly": ByReporter(_bureaus, enterprise_monthly),
        "enterprise_evaluation": ByReporter(_bureaus, enterprise_evaluation),
        "funnel_project": ByReporter(_bureaus, funnel_project),
        "technical_renovation": ByReporter(_bureaus, technical_renovation),
    },
    units=firms.new_units,
    totals={
        "enterprise_monthly": ("output_current_wan", "output_ytd_wan", "output_ytd_ly_wan"),
        "funnel_project": ("total_invest_wan", "invest_done_wan"),
        "technical_renovation": ("total_invest_wan", "invest_current_wan", "invest_ytd_wan", "invest_ytd_ly_wan"),
    },
    breaks={
        "enterprise_monthly": Add("export_ytd_wan", 500_000),
        "enterprise_evaluation": Put("rd_staff_cnt", 0),
        "funnel_project": Before("start_date", "sign_date", 40),
        "technical_renovation": Add("equipment_wan", 300_000),
    },
    wrong_units={"enterprise_monthly": "output_ytd_wan"},
)  # fmt: skip
