"""Loans of the county's banks, and the firms that prepare to list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import exp

from xiantong.periods import Period
from xiantong.sample import firms
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, month_number
from xiantong.sample.department import Department
from xiantong.sample.rule_breaks import Add, Put
from xiantong.sample.table import Row, Table

# Name (of the county: with its short name before it), size of its loans at the start of 2022.
_BANKS = (
    ("中国工商银行股份有限公司{}支行", 410_000), ("中国农业银行股份有限公司{}支行", 465_000),
    ("中国银行股份有限公司{}支行", 238_000), ("中国建设银行股份有限公司{}支行", 392_000),
    ("中国邮政储蓄银行股份有限公司{}支行", 176_000), ("{}农村商业银行股份有限公司", 688_000),
    ("云泽银行股份有限公司{}支行", 142_000), ("{}惠民村镇银行股份有限公司", 39_000),
)  # fmt: skip
# Share of a kind in a bank's loans, growth a month, share of bad loans.
_KINDS = {
    "INCLUSIVE": (0.17, 0.014, 0.017), "AGRI": (0.16, 0.009, 0.021), "PROJECT": (0.15, 0.011, 0.004),
    "INDUSTRY": (0.14, 0.008, 0.015), "GREEN": (0.06, 0.019, 0.003), "PERSONAL": (0.24, 0.005, 0.009),
    "OTHER": (0.08, 0.002, 0.012),
}  # fmt: skip
_START = 2022 * 12 - 1
_JUMPS = {("PROJECT", 6): (2022 * 12 + 7, 1.42), ("GREEN", 7): (2023 * 12 + 3, 1.38)}


def bank_loan(county: County, period: Period) -> Table:
    """Every bank and kind of loan: balance, what was lent this year, what is bad."""
    month = month_number(period)
    rows: list[Row] = []
    remarks = {}
    for bank in range(len(_BANKS)):
        for kind in _KINDS:
            if _JUMPS.get((kind, bank), (0, 0))[0] == month:
                remarks[len(rows)] = "本月集中投放重点项目银团贷款，已完成提款"
            rows.append(_loan_row(county, bank, kind, month))
    return Table(rows, remarks)


def _balance(county: County, bank: int, kind: str, month: int) -> Decimal:
    share, growth, _ = _KINDS[kind]
    rng = county.chance.of("loan", bank, kind)
    level = _BANKS[bank][1] * share * rng.uniform(0.8, 1.2)
    noise = county.chance.of("loan", bank, kind, month).normal(0, 0.006)
    when, factor = _JUMPS.get((kind, bank), (0, 1.0))
    jump = factor if when and month >= when else 1.0
    return money(level * exp(growth * (month - _START) + noise) * jump)


def _loan_row(county: County, bank: int, kind: str, month: int) -> Row:
    balance = _balance(county, bank, kind, month)
    start = _balance(county, bank, kind, month - month % 12 - 1)
    rng = county.chance.of("loan-more", bank, kind, month // 12)
    turnover = float(start) * rng.uniform(0.25, 0.6)
    bad = _KINDS[kind][2] * county.chance.of("bad", bank, kind, month).uniform(0.9, 1.1)
    inclusive = {"INCLUSIVE": Decimal(1), "AGRI": Decimal("0.2")}.get(kind)
    name, size = _BANKS[bank]
    deposits = size * exp(0.008 * (month - _START)) * 1.31
    return {
        "bank_code": f"C{1010 + bank * 7}{county.area.area_code[:6]}{100 + bank}",
        "bank_name": name.format(county.short_name),
        "loan_kind": kind,
        "loan_balance_wan": balance,
        "loan_start_wan": start,
        "inclusive_balance_wan": money(float(balance * inclusive)) if inclusive else None,
        "new_loan_ytd_wan": money(turnover * (month % 12 + 1) / 12),
        # Deposits are the bank's, told once.
        "deposit_balance_wan": money(deposits) if kind == "INCLUSIVE" else None,
        "npl_wan": money(float(balance) * bad),
        "project_loan_wan": balance if kind == "PROJECT" else None,
    }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A firm on its way to the stock exchange: months since 2021 at which each stage begins."""

    stages: dict[str, int]
    board: str


_CANDIDATES = (
    Candidate({"TUTORED": 3, "FILED": 21, "APPROVED": 32}, "STAR"),
    Candidate({"PREPARING": 2, "TUTORED": 15, "FILED": 30}, "CHINEXT"),
    Candidate({"PREPARING": 6, "TUTORED": 19}, "BSE"),
    Candidate({"RESERVE": 1, "PREPARING": 17, "TUTORED": 29}, "BSE"),
    Candidate({"PREPARING": 9, "RESERVE": 26}, "MAIN"),
    Candidate({"RESERVE": 4, "PREPARING": 22}, "BSE"),
    Candidate({"RESERVE": 5}, "NEEQ"), Candidate({"RESERVE": 8}, "BSE"), Candidate({"RESERVE": 14}, "NEEQ"),
    Candidate({"RESERVE": 20}, "NEEQ"), Candidate({"TUTORED": 2, "FILED": 14, "WITHDRAWN": 27}, "MAIN"),
)  # fmt: skip
_RANKS = ("RESERVE", "PREPARING", "TUTORED", "FILED", "APPROVED", "LISTED", "WITHDRAWN")
_PROBLEMS = (
    "历史沿革股权确认尚需市级批复",
    "部分厂房产权证待办理",
    "募投项目用地未落实",
    None,
    None,
)


def listing_pipeline(county: County, period: Period) -> Table:
    """Larger firms of the county in the order of size, each at its stage."""
    able = [f for f in firms.firms(county) if f.listed and f.group not in ("ENERGY", "MINING")]
    able.sort(key=lambda f: (-f.output_wan, f.uscc))
    rows: list[Row] = []
    remarks = {}
    for candidate, firm in zip(_CANDIDATES, able, strict=False):
        reached = [(s, _month_start(m)) for s, m in candidate.stages.items() if _month_start(m) <= period.end]  # fmt: skip
        if not reached:
            continue
        if len(reached) > 1 and _RANKS.index(reached[-1][0]) < _RANKS.index(reached[-2][0]):
            remarks[len(rows)] = "企业调整上市计划，暂缓股改，退回后备梯队培育"
        rows.append(_pipeline_row(county, candidate, firm, reached[-1]))
    return Table(rows, remarks)


def _month_start(months: int) -> date:
    return date(2021 + months // 12, months % 12 + 1, 1)


def _pipeline_row(
    county: County, candidate: Candidate, firm: firms.Firm, reached: tuple[str, date]
) -> Row:
    level, month = reached
    rng = county.chance.of("listing", firm.uscc, level)
    done = level in _RANKS[2:]
    filed = level in ("FILED", "APPROVED", "LISTED")
    day = month + timedelta(days=between(rng, 4, 24))
    return {
        "uscc": firm.uscc,
        "enterprise_name": firm.name,
        "pipeline_level": level,
        "board": candidate.board,
        "advisor": pick(rng, ("示范证券股份有限公司", "云泽证券有限责任公司")) if done else None,
        "stage_date": day,
        "plan_date": None if filed or level == "WITHDRAWN" else day + timedelta(days=540),
        "share_reform_done": done,
        "financing_wan": money(round(firm.output_wan * 0.3, -2)) if done else None,
        "problem": pick(rng, _PROBLEMS),
    }


DEPARTMENT = Department(
    makers={"bank_loan": bank_loan, "listing_pipeline": listing_pipeline},
    totals={"bank_loan": ("loan_balance_wan", "loan_start_wan", "new_loan_ytd_wan", "npl_wan")},
    breaks={
        "bank_loan": Add("inclusive_balance_wan", 600_000),
        "listing_pipeline": Put("share_reform_done", value=False),
    },
    wrong_units={"bank_loan": "loan_balance_wan"},
)
