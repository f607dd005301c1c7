"""What the county office decides about one report on the pages: extend, exempt, close, reopen.

A report is one dataset, period and reporter. The rules are those of ``reporting_calendar`` and
``closing``; here stands how a form says it, and what is wrong with a form in words for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from xiantong.closing import close_period, reopen_period
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import exempt, extend, withdraw

LONGEST_REASON = 200


class Decision(StrEnum):
    """``withdraw`` takes an extension or exemption back."""

    EXTEND = "extend"
    EXEMPT = "exempt"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    REOPEN = "reopen"


class Scope(StrEnum):
    """How far a decision reaches: the report itself, everything that its reporter owes in the period
    (extensions and exemptions), the dataset for all reporters, or the whole period (closings)."""

    REPORT = "report"
    REPORTER = "reporter"
    DATASET = "dataset"
    PERIOD = "period"


SCOPES = {
    Decision.EXTEND: (Scope.REPORT, Scope.REPORTER),
    Decision.EXEMPT: (Scope.REPORT, Scope.REPORTER),
    Decision.WITHDRAW: (Scope.REPORT,),
    Decision.CLOSE: (Scope.REPORT, Scope.DATASET, Scope.PERIOD),
    Decision.REOPEN: (Scope.REPORT, Scope.DATASET, Scope.PERIOD),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a decision is about."""

    dataset: DatasetId
    period: Period
    reporter_code: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A filled-in form. ``day`` is the new due date or the last day of a reopening, ``number`` the
    arrangement that is taken back."""

    decision: Decision
    reason: str
    scope: Scope = Scope.REPORT
    day: date | None = None
    number: int | None = None

    def complaint(self, today: date) -> str:
        """What is missing or cannot be, in Chinese; empty where the form is complete."""
        if not self.reason.strip():
            return "请写明原因，原因会长期留存并告知报送单位"
        if self.scope not in SCOPES[self.decision]:
            return "这项处理没有这样的范围"
        if self.decision is Decision.EXTEND and self.day is None:
            return "请选择新的截止日期"
        if self.decision is Decision.WITHDRAW and self.number is None:
            return "请从列表中选择要撤销的安排"
        if self.day is not None and self.day < today:
            return "所选日期已经过去，请选择今天或以后的日期"
        return ""


def carry_out(deployment: Deployment, report: Report, wish: Wish, by: str) -> None:
    """Record a decision. Raises ``ArrangementError`` or ``ClosingError`` where things have changed
    since the form was shown."""
    dataset = report.dataset if wish.scope in (Scope.REPORT, Scope.DATASET) else None
    reporter = report.reporter_code if wish.scope in (Scope.REPORT, Scope.REPORTER) else None
    datasets = [dataset] if dataset else []
    match wish.decision:
        case Decision.EXTEND:
            assert wish.day is not None
            extend(
                deployment, report.reporter_code, report.period, wish.day,
                reason=wish.reason, by=by, dataset=dataset,
            )  # fmt: skip
        case Decision.EXEMPT:
            exempt(
                deployment, report.reporter_code, report.period,
                reason=wish.reason, by=by, dataset=dataset,
            )  # fmt: skip
        case Decision.WITHDRAW:
            assert wish.number is not None
            withdraw(deployment, wish.number, reason=wish.reason, by=by)
        case Decision.CLOSE:
            close_period(
                deployment, report.period,
                reason=wish.reason, by=by, datasets=datasets, reporter=reporter,
            )  # fmt: skip
        case Decision.REOPEN:
            reopen_period(
                deployment, report.period,
                reason=wish.reason, by=by, datasets=datasets, reporter=reporter, until=wish.day,
            )  # fmt: skip
