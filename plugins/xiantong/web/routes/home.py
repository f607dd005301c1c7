"""The first page: what came back, what is overdue, what is due soon; the board for the office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from xiantong.contracts.model import Contract
from xiantong.ledger import Record
from xiantong.ledger.arrangements import ArrangementKind
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar import Board, State, StatusRow, WorkingDays, due_date, key_of
from xiantong.web.pages import render
from xiantong.web.routes.forms import repeated
from xiantong.web.security import KnownSenderRoute, PersonDep, SiteDep
from xiantong.web.site import Site

router = APIRouter(route_class=KnownSenderRoute)

SHOWN = 30
SHOWN_RECENT = 8
SOON = timedelta(days=45)  # a month that is still running, with its time for reporting


@dataclass(frozen=True, slots=True)
class Item:
    """One report on the list of things to do. ``record`` is its latest submission; ``more`` later
    periods of the dataset are in the same state. ``is_extended`` and ``is_closed``: what the office
    decided."""

    contract: Contract
    period: Period
    due: date | None
    state: State
    record: Record | None = None
    more: int = 0
    is_extended: bool = False
    is_closed: bool = False


@router.get("/")
def home(request: Request, person: PersonDep, site: SiteDep) -> Response:
    """What is due now and what came back."""
    if person.reporter is None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/board", 303)
    day = site.today()
    board = site.boards.board(day)
    rows = board.of_reporter(person.reporter.reporter_code)
    items = [_item(site, board, row) for row in rows]
    groups = {
        state: sorted(
            (item for item in items if item.state is state),
            key=lambda item: (item.due or date.max, item.contract.id),
        )
        for state in (State.RETURNED, State.MISSING, State.DUE, State.ARRIVED)
    }
    groups[State.MISSING] = _oldest(groups[State.MISSING])
    return render(
        request,
        "home.html",
        day=day,
        groups=groups,
        shown=SHOWN,
        coming=_coming(site, day, {(row.dataset, row.period) for row in rows}),
        counts=Counter(item.state for item in items),
        rates=board.rates(rows),
        recent=site.deployment.ledger.recent(
            datasets=[c.id for c in site.deployment.catalogue.contracts.values() if person.reports(c)],
            reporter=person.reporter.reporter_code,
            with_unnamed=person.sees_unnamed,
            limit=SHOWN_RECENT,
        ),
        contracts=site.deployment.catalogue.contracts,
        repeated=repeated(person, site),
    )  # fmt: skip


def _item(site: Site, board: Board[Record], row: StatusRow) -> Item:
    contract = site.deployment.catalogue.contracts[row.dataset]
    arranged = row.arrangement is not None and row.arrangement.kind is ArrangementKind.EXTEND
    return Item(
        contract, row.period, row.due_at, row.state, board.latest.get(key_of(row)),
        is_extended=arranged, is_closed=row.is_closed,
    )  # fmt: skip


def _oldest(items: Sequence[Item]) -> list[Item]:
    """One item per dataset, the one that has waited longest: whoever is years behind sees what to hand
    in first, not hundreds of lines."""
    waiting = Counter(item.contract.id for item in items)
    first: dict[DatasetId, Item] = {}
    for item in items:
        first.setdefault(item.contract.id, replace(item, more=waiting[item.contract.id] - 1))
    return list(first.values())


def _coming(site: Site, day: date, known: set[tuple[DatasetId, Period]]) -> list[Item]:
    """Reports of periods that are still running and due soon; nothing is late yet. ``known`` are the
    reports on the board, which tells of every dataset that the reporter owes."""
    catalogue = site.deployment.catalogue
    working_days = WorkingDays.read(catalogue.folder)
    found = []
    for dataset in sorted({dataset for dataset, _ in known}):
        contract = catalogue.contracts[dataset]
        period = Period.of(day, contract.frequency)
        if contract.frequency is Frequency.EVENT or (dataset, period) in known:
            continue
        due = due_date(contract, period, working_days)
        if due is not None and day <= due <= day + SOON:
            found.append(Item(contract, period, due, State.DUE))
    return sorted(found, key=lambda item: (item.due or date.max, item.contract.id))
