"""The board: datasets by periods, reporters by periods of one dataset, or a plain list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from xiantong.contracts.model import Contract
from xiantong.county_time import county_day
from xiantong.ledger import Record, Submission
from xiantong.names import DatasetId
from xiantong.people import Person
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar import (
    Board,
    Rates,
    State,
    StatusRow,
    key_of,
    unnamed_files,
)
from xiantong.web.pages import department_names, render
from xiantong.web.security import KnownSenderRoute, PersonDep, SiteDep, contract_for
from xiantong.web.site import Site

router = APIRouter(route_class=KnownSenderRoute)

PER_PAGE = 100
MOST_UNNAMED = 50
SPANS = {Frequency.MONTHLY: 24, Frequency.QUARTERLY: 8, Frequency.SEMESTER: 6, Frequency.ANNUAL: 4}
FREQUENCY_ZH = {
    Frequency.MONTHLY: "月报", Frequency.QUARTERLY: "季报",
    Frequency.SEMESTER: "学期报", Frequency.ANNUAL: "年报", Frequency.EVENT: "按事项报送",
}  # fmt: skip
# Where one cell stands for several reporters, it has the state that needs somebody most.
URGENCY = (
    State.MISSING, State.RETURNED, State.ARRIVED, State.DUE, State.LATE, State.ACCEPTED,
    State.EXEMPT, State.NOT_DUE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """``done`` of ``all`` reports are accepted; ``submission`` and ``reporter`` where there is exactly
    one report."""

    state: State
    done: int
    all: int
    period: Period
    submission: str | None
    reporter: str | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a grid: a dataset, or a reporter of one dataset. None where nothing is known."""

    dataset: DatasetId
    label: str
    note: str
    cells: Sequence[Cell | None]
    rates: Rates


@dataclass(frozen=True, slots=True)
class Grid:
    frequency: Frequency
    periods: Sequence[Period]
    lines: Sequence[Line]

    @property
    def years(self) -> list[tuple[int, int]]:
        """Years with the number of their columns."""
        return list(Counter(period.year for period in self.periods).items())


@dataclass(frozen=True)
class Wanted:
    """What the filters ask for."""

    department: str
    state: State | None
    period: Period | None


@router.get("/board")
def board(
    request: Request,
    person: PersonDep,
    site: SiteDep,
    department: Annotated[str, Query(max_length=40)] = "",
    period: Annotated[str, Query(max_length=10)] = "",
    state: Annotated[str, Query(max_length=10)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Datasets by periods; with a period or a state the list of single reports."""
    shown = site.boards.board(_day(day) or site.today())
    wanted = Wanted(department, _state(state), _period(period))
    contracts = _contracts(person, site.deployment.catalogue.contracts.values(), department)
    context = _common(site, person, shown, wanted, day)
    if wanted.period is None and wanted.state is None:
        # By what is shown, not by what was asked: that may be any text, and all of it would be kept.
        scope = "grids", person.reporter_code, tuple(contract.id for contract in contracts)
        grids = shown.once(scope, lambda: _overview(shown, person, contracts))
        unnamed = _unnamed(site, person, contracts, shown.day)
        return render(request, "board.html", grids=grids, unnamed=unnamed, **context)
    rows = [row for contract in contracts for row in _rows(shown, person, contract, wanted)]
    rows.sort(key=lambda row: (URGENCY.index(row.state), row.due_at or date.max, row.dataset))
    return render(
        request,
        "board_list.html",
        rows=rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        latest=shown.latest,
        key_of=key_of,
        total=len(rows),
        page=page,
        pages=max(1, -(-len(rows) // PER_PAGE)),
        here=shown.rates(rows),
        **context,
    )


@router.get("/board/{dataset}")
def board_of_dataset(
    request: Request,
    dataset: str,
    person: PersonDep,
    site: SiteDep,
    day: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Reporters by periods of one dataset."""
    contract = contract_for(person, site, dataset)
    shown = site.boards.board(_day(day) or site.today())
    rows = _visible(person, shown.by_dataset.get(contract.id, ()))
    periods = _last(contract.frequency, {row.period for row in rows})
    by_place = {(row.reporter_code, row.period): row for row in rows}
    names = {row.reporter_code: row.reporter_name for row in rows}
    lines = [
        _line(
            shown, contract.id, name or code or "报送单位未识别", code or "",
            [[row] if (row := by_place.get((code, p))) else [] for p in periods], periods,
        )
        for code, name in sorted(names.items(), key=lambda item: item[0] or "")
    ]  # fmt: skip
    wanted = Wanted(contract.id.department, None, None)
    return render(
        request,
        "board_dataset.html",
        contract=contract,
        grid=Grid(contract.frequency, periods, lines),
        here=shown.rates(rows),
        **_common(site, person, shown, wanted, day),
    )


def _unnamed(
    site: Site, person: Person, contracts: Sequence[Contract], day: date
) -> list[Submission]:
    """Files of which nobody can tell the sender, for those who look after them."""
    if not person.sees_unnamed:
        return []
    shown = {contract.id for contract in contracts}
    found = unnamed_files(site.deployment.ledger, day)
    return [s for s in found if s.dataset in shown][:MOST_UNNAMED]


def _common(
    site: Site, person: Person, shown: Board[Record], wanted: Wanted, day: str
) -> dict[str, object]:
    catalogue = site.deployment.catalogue
    names = department_names(catalogue)
    own = [c for c in catalogue.contracts.values() if person.reports(c)]
    return {
        "day": shown.day,
        "asked_day": day,
        "wanted": wanted,
        "departments": {
            d: names.get(d, d) for d in sorted({contract.id.department for contract in own})
        },
        "contracts": catalogue.contracts,
        "FREQUENCY_ZH": FREQUENCY_ZH,
    } | shown.once(("totals", person.reporter_code), lambda: _totals(shown, person, own))


def _totals(shown: Board[Record], person: Person, own: Sequence[Contract]) -> dict[str, object]:
    """Figures of everything that the person sees."""
    rows = [row for c in own for row in _visible(person, shown.by_dataset.get(c.id, ()))]
    last = max((record.submitted_at for record in shown.latest.values()), default=None)
    return {
        "periods": sorted({row.period for row in rows}, reverse=True),
        "counts": Counter(row.state for row in rows),
        "rates": shown.rates(rows),
        "last_day": county_day(last) if last else None,
    }


def _overview(shown: Board[Record], person: Person, contracts: Sequence[Contract]) -> list[Grid]:
    grids = []
    for frequency in Frequency:
        some = [c for c in contracts if c.frequency is frequency]
        known = {period for c in some for period in _periods_of(shown, c.id)}
        periods = _last(frequency, known)
        lines = [
            _line(
                shown, c.id, c.title_zh, c.title_en,
                [_visible(person, shown.by_cell.get((c.id, p), ())) for p in periods], periods,
            )
            for c in some
        ]  # fmt: skip
        if lines:
            grids.append(Grid(frequency, periods, lines))
    return grids


def _line(
    shown: Board[Record],
    dataset: DatasetId,
    label: str,
    note: str,
    cells: Sequence[Sequence[StatusRow]],
    periods: Sequence[Period],
) -> Line:
    made = [_cell(shown, rows, period) for rows, period in zip(cells, periods, strict=True)]
    rates = shown.rates(row for rows in cells for row in rows)
    return Line(dataset, label, note, made, rates)


def _cell(shown: Board[Record], rows: Sequence[StatusRow], period: Period) -> Cell | None:
    if not rows:
        return None
    states = {row.state for row in rows}
    done = sum(row.state in (State.ACCEPTED, State.LATE) for row in rows)
    record = shown.latest.get(key_of(rows[0])) if len(rows) == 1 else None
    return Cell(
        next(state for state in URGENCY if state in states),
        done,
        len(rows),
        period,
        record.id if record else None,
        rows[0].reporter_code if len(rows) == 1 else None,
        State.LATE in states,
    )


def _rows(
    shown: Board[Record], person: Person, contract: Contract, wanted: Wanted
) -> list[StatusRow]:
    rows = shown.by_dataset.get(contract.id, ())
    return [
        row
        for row in _visible(person, rows)
        if (wanted.period is None or row.period == wanted.period)
        and (wanted.state is None or row.state is wanted.state)
    ]


def _visible(person: Person, rows: Sequence[StatusRow]) -> Sequence[StatusRow]:
    if person.reporter is None:
        return rows
    return [row for row in rows if row.reporter_code == person.reporter.reporter_code]


def _contracts(person: Person, contracts: Iterable[Contract], department: str) -> list[Contract]:
    return [c for c in contracts if person.reports(c) and department in ("", c.id.department)]


def _periods_of(shown: Board[Record], dataset: DatasetId) -> set[Period]:
    return {row.period for row in shown.by_dataset.get(dataset, ())}


def _last(frequency: Frequency, periods: set[Period]) -> list[Period]:
    span = SPANS.get(frequency, SPANS[Frequency.MONTHLY])
    return sorted(periods)[-span:]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(422, "日期的写法如 2023-12-31") from error
    if not 1990 <= day.year <= 2200:
        raise HTTPException(422, "日期太早或太晚")
    return day


def _period(text: str) -> Period | None:
    try:
        return Period(text) if text else None
    except ValueError as error:
        raise HTTPException(422, "报告期的写法如 2023-10、2023-Q3、2023-S2、2023") from error


def _state(text: str) -> State | None:
    try:
        return State(text) if text else None
    except ValueError as error:
        raise HTTPException(422, "没有这种状态") from error
