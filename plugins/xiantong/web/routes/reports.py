"""One report (a dataset, period and reporter): its state and due date, what came, and what the county
office decided about it. The office decides here, always with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from xiantong.closing import ClosingError
from xiantong.contracts.model import Contract
from xiantong.county_time import utc_now
from xiantong.ledger.arrangements import Arrangement, ArrangementKind, ArrangementLog, Arrangements
from xiantong.ledger.closings import Closing, ClosingLog
from xiantong.people import Person
from xiantong.reporting_calendar import ArrangementError, State, StatusRow, read_board
from xiantong.web.decisions import (
    LONGEST_REASON,
    SCOPES,
    Decision,
    Report,
    Scope,
    Wish,
    carry_out,
)
from xiantong.web.pages import render
from xiantong.web.routes.forms import wanted_period
from xiantong.web.routes.uploads import own_path
from xiantong.web.security import CSRF, KnownSenderRoute, PersonDep, SiteDep, contract_for
from xiantong.web.site import Site

router = APIRouter(route_class=KnownSenderRoute)

PATH = "/reports/{dataset}/{period}/{reporter}"
DECISION_ZH = {
    Decision.EXTEND: "延期", Decision.EXEMPT: "免报", Decision.WITHDRAW: "撤销",
    Decision.CLOSE: "封账", Decision.REOPEN: "重新开放",
}  # fmt: skip
_CHANGED = "情况已有变化，这次没有处理，请按下方的最新状态再试"
SCOPE_ZH = {
    Scope.REPORT: "仅本单位的本表", Scope.REPORTER: "本单位本期的全部报表",
    Scope.DATASET: "本表的全部单位", Scope.PERIOD: "本期的全部报表和单位",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of the past that concerns the report. ``number`` where it can be taken back."""

    decision: Decision
    scope: Scope
    reason: str
    by: str
    at: datetime
    day: date | None = None
    holds: bool = True
    number: int | None = None


@router.get(PATH)
def report(
    request: Request, dataset: str, period: str, reporter: str, person: PersonDep, site: SiteDep
) -> Response:
    """State, due date, submissions and decisions of one report."""
    contract, row = _report(person, site, dataset, period, reporter)
    return _page(request, site, contract, row)


@router.post(PATH, dependencies=[CSRF])
def decide(
    request: Request, dataset: str, period: str, reporter: str, person: PersonDep, site: SiteDep,
    decision: Annotated[Decision, Form()],
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
    scope: Annotated[Scope, Form()] = Scope.REPORT,
    day: Annotated[str, Form(max_length=10)] = "",
    number: Annotated[int | None, Form(ge=1, le=2**31)] = None,
) -> Response:  # fmt: skip
    """Record what the office decides; the page says what is wrong with a form."""
    if not person.is_office:
        raise HTTPException(403, "延期、免报和封账由县统计部门办理")
    contract, row = _report(person, site, dataset, period, reporter)
    wish = Wish(decision, reason, scope, _day(day), number)
    complaint = wish.complaint(site.today())
    if complaint:
        return _page(request, site, contract, row, wish, complaint)
    if decision is Decision.WITHDRAW and number not in _numbers(site, row):
        raise HTTPException(404, "没有这项安排")
    try:
        carry_out(site.deployment, Report(row.dataset, row.period, reporter), wish, person.user)
    except (ArrangementError, ClosingError):
        # The form was complete: somebody else decided meanwhile.
        return _page(request, site, contract, row, wish, _CHANGED)
    path = PATH.format(dataset=row.dataset, period=row.period, reporter=reporter)
    return RedirectResponse(own_path(request, path), 303)


def _report(
    person: Person, site: Site, dataset: str, period: str, reporter: str
) -> tuple[Contract, StatusRow]:
    """The report as it stands now; 403 for another department, 404 for what nobody owes."""
    contract = contract_for(person, site, dataset)
    wanted = wanted_period(contract, period)
    if not person.may_see(contract, reporter):
        raise HTTPException(403, "这份报表属于其他单位")
    rows = read_board(site.deployment, site.today(), wanted, contract.id)
    found = next((row for row in rows if row.reporter_code == reporter), None)
    if found is None:
        raise HTTPException(404, "这个单位这一期没有这张报表")
    return contract, found


def _page(
    request: Request,
    site: Site,
    contract: Contract,
    row: StatusRow,
    wish: Wish | None = None,
    complaint: str = "",
) -> Response:
    ledger = site.deployment.ledger
    revisions = ledger.submissions(contract.id, period=row.period, reporter=row.reporter_code)
    return render(
        request,
        "report.html",
        422 if complaint else 200,
        contract=contract,
        row=row,
        day=site.today(),
        revisions=sorted(revisions, key=lambda s: (s.submitted_at, s.settled_at), reverse=True),
        decided=_history(site, row),
        offered=_offered(row),
        wish=wish,
        complaint=complaint,
        DECISION_ZH=DECISION_ZH,
        SCOPE_ZH=SCOPE_ZH,
        SCOPES=SCOPES,
        Decision=Decision,
        longest=LONGEST_REASON,
    )


def _offered(row: StatusRow) -> list[Decision]:
    """What can be decided as things stand: the calendar of what is owed, and the period."""
    is_owed = row.due_at is not None and row.state not in (State.ACCEPTED, State.LATE)
    calendar = [Decision.EXTEND, Decision.EXEMPT] if is_owed else []
    return [*calendar, Decision.REOPEN if row.is_closed else Decision.CLOSE]


def _history(site: Site, row: StatusRow) -> list[Decided]:
    """Every decision that concerns the report, the newest first."""
    now = utc_now()
    arranged, closings = _arranged(site), ClosingLog(site.deployment.ledger).read(row.period)
    found = [_arrangement(a, arranged, now) for a in _concerning(arranged, row)]
    found += [_closing(c, row) for c in closings if c.concerns(row.dataset, row.reporter_code)]
    return sorted(found, key=lambda decided: decided.at, reverse=True)


def _arranged(site: Site) -> Arrangements:
    return ArrangementLog(site.deployment.ledger).read()


def _concerning(arranged: Arrangements, row: StatusRow) -> Sequence[Arrangement]:
    code = row.reporter_code or ""
    return [a for a in arranged if a.concerns(row.dataset, row.period, code)]


def _numbers(site: Site, row: StatusRow) -> set[int | None]:
    return {a.seq for a in _concerning(_arranged(site), row)}


def _arrangement(a: Arrangement, arranged: Arrangements, now: datetime) -> Decided:
    withdraws = a.kind is ArrangementKind.WITHDRAW
    holds = not withdraws and not arranged.is_withdrawn(a, now)
    scope = Scope.REPORT if a.dataset else Scope.REPORTER
    return Decided(
        Decision(a.kind.value), scope, a.reason, a.decided_by, a.recorded_at, a.due_at,
        holds, a.seq if holds else None,
    )  # fmt: skip


def _closing(c: Closing, row: StatusRow) -> Decided:
    if c.dataset is None and c.reporter_code is None:
        scope = Scope.PERIOD
    elif c.reporter_code is None:
        scope = Scope.DATASET
    else:
        scope = Scope.REPORT if c.dataset else Scope.REPORTER
    return Decided(
        Decision(c.kind.value), scope, c.reason, c.decided_by, c.decided_at, c.until,
        holds=row.closing is not None and c.seq == row.closing.seq,
    )  # fmt: skip


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(422, "日期的写法如 2023-12-31") from error
