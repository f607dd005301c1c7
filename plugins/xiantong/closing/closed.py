"""Which periods are closed, and what a reporter hears who delivers for one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from xiantong.contracts.model import Contract, Severity
from xiantong.county_time import county_day, day_zh
from xiantong.findings import CheckedSubmission, Finding
from xiantong.ledger.closings import Closing, ClosingKind
from xiantong.names import DatasetId
from xiantong.periods import Period, written_period

RULE = "auto_period_closed"


class ClosedPeriods:
    """What a history of closings and reopenings means at any moment.

    Of the decisions that concern a dataset and reporter the last one counts; a reopening that has
    run out no longer counts, and the decision before it does again.
    """

    def __init__(self, closings: Iterable[Closing]) -> None:
        self._by_period: dict[Period, list[Closing]] = defaultdict(list)
        for closing in closings:
            self._by_period[closing.period].append(closing)

    def closing(
        self, dataset: DatasetId, period: Period, reporter_code: str | None, at: datetime
    ) -> Closing | None:
        """The closing that holds at a moment (UTC without a zone); None where the period is open."""
        decision = self.decision(dataset, period, reporter_code, at)
        return decision if decision and decision.kind is ClosingKind.CLOSE else None

    def decision(
        self, dataset: DatasetId, period: Period, reporter_code: str | None, at: datetime
    ) -> Closing | None:
        """The closing or reopening that holds; None where nobody decided anything."""
        for decision in reversed(self._by_period.get(period, ())):
            if decision.decided_at > at or not decision.concerns(dataset, reporter_code):
                continue
            if decision.until is None or county_day(at) <= decision.until:
                return decision
        return None


def sent_back(
    contract: Contract, checked: CheckedSubmission, closing: Closing, is_first: bool
) -> CheckedSubmission:
    """The check result of a delivery for a closed period: why it goes back, then what else there is."""
    finding = closed_finding(contract, closing, is_first)
    return replace(
        checked,
        findings=(finding, *checked.findings),
        rule_counts={finding.rule_id: 1, **checked.rule_counts},
    )


def closed_finding(contract: Contract, closing: Closing, is_first: bool) -> Finding:
    """Why a delivery for a closed period goes back, and how the period is opened again.

    ``is_first``: nothing of this reporter was accepted for the period, so it is late, no correction.
    """
    period = written_period(closing.period)
    what = "本单位该期尚无已受理的数据，补报" if is_first else "对已受理数据的更正"
    return Finding(
        rule_id=f"{contract.id}.{RULE}",
        severity=Severity.ERROR,
        message_zh=(
            f"报告期{period}已于{day_zh(county_day(closing.decided_at))}封账"
            f"（原因：{closing.reason}），{what}暂不能受理"
        ),
        fix_zh=(
            f"确需报送的，请向县统计部门书面申请重新开放《{contract.title_zh}》{period}，"
            "写明原因和涉及的数据；收到开放通知后，在期限内重新报送本文件"
        ),
    )
