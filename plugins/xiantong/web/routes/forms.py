"""Blank forms: every dataset of the person, for any period, as a workbook."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from xiantong.contracts.model import Contract
from xiantong.forms import write_template
from xiantong.forms.last import LastRows, NoLastRowsError, last_rows, starts_from_last
from xiantong.names import DatasetId
from xiantong.people import Person
from xiantong.periods import Period, written_period
from xiantong.reporting_calendar import State, WorkingDays, due_date
from xiantong.web.downloads import XLSX, attachment
from xiantong.web.pages import department_names, render
from xiantong.web.security import KnownSenderRoute, PersonDep, SiteDep, contract_for
from xiantong.web.site import Site

router = APIRouter(route_class=KnownSenderRoute)

OFFERED_PERIODS = 14


@router.get("/forms")
def forms(request: Request, person: PersonDep, site: SiteDep) -> Response:
    """The list of blank forms."""
    own = [c for c in site.deployment.catalogue.contracts.values() if person.reports(c)]
    working_days = WorkingDays.read(site.deployment.catalogue.folder)
    return render(
        request,
        "forms.html",
        contracts=own,
        periods={c.id: offered_periods(site, c) for c in own},
        usual={c.id: usual_period(c, site.today(), working_days) for c in own},
        departments=department_names(site.deployment.catalogue),
        repeated=repeated(person, site),
    )


@router.get("/forms/{dataset}")
def form(
    dataset: str,
    person: PersonDep,
    site: SiteDep,
    period: Annotated[str, Query(max_length=10)] = "",
    last: bool = False,
) -> Response:
    """The blank form of a dataset, with period and reporter filled in; with ``last`` it starts from
    what the reporter delivered before."""
    contract = contract_for(person, site, dataset)
    wanted = wanted_period(contract, period)
    try:
        rows = _last(site, contract, wanted, person.reporter_code) if last else None
        content = _template(site, contract, wanted, person.reporter_code, rows)
    except ValueError as error:
        raise HTTPException(404, "这个报告期没有空白表") from error
    said = f"（{written_period(wanted)}）" if wanted else ""
    return attachment(content, f"{contract.title_zh}{said}.xlsx", XLSX)


def wanted_period(contract: Contract, text: str) -> Period | None:
    """A period from a link or form; None where none was said. 422 for what is no period of the
    dataset."""
    if not text:
        return None
    try:
        period = Period(text)
    except ValueError as error:
        raise HTTPException(422, "报告期的写法如 2023-10、2023-Q3、2023-S2、2023") from error
    if period.frequency is not contract.frequency.of_periods or not 1990 <= period.year <= 2200:
        raise HTTPException(422, f"《{contract.title_zh}》没有{written_period(period)}这样的报告期")
    return period


def usual_period(contract: Contract, day: date, working_days: WorkingDays) -> Period:
    """The period whose form is wanted now: the one that is over, or the running one where that is
    due before it is over (a census by the end of its year)."""
    running = Period.of(day, contract.frequency)
    due = due_date(contract, running, working_days)
    return running if due is not None and due <= running.end else running.prior


def offered_periods(site: Site, contract: Contract) -> list[Period]:
    """The running period and those before it, newest first."""
    period = Period.of(site.today(), contract.frequency)
    return [period.shift(-n) for n in range(OFFERED_PERIODS)]


def repeated(person: Person, site: Site) -> set[DatasetId]:
    """Datasets whose form may start from what the person's reporter delivered before."""
    if person.reporter is None:
        return set()
    rows = site.boards.board(site.today()).of_reporter(person.reporter.reporter_code)
    accepted = {row.dataset for row in rows if row.state in (State.ACCEPTED, State.LATE)}
    contracts = site.deployment.catalogue.contracts
    return {dataset for dataset in accepted if starts_from_last(contracts[dataset])}


def _last(site: Site, contract: Contract, period: Period | None, reporter: str | None) -> LastRows:
    try:
        if reporter is None:
            raise NoLastRowsError("nobody's rows")
        return last_rows(contract, site.deployment.lake, reporter, period)
    except NoLastRowsError as error:
        raise HTTPException(404, "此前没有可以带入的数据，请下载空白表") from error


def _template(
    site: Site,
    contract: Contract,
    period: Period | None,
    reporter: str | None,
    last: LastRows | None,
) -> bytes:
    with tempfile.TemporaryDirectory(prefix="xiantong-form-") as folder:
        out = Path(folder) / "form.xlsx"
        write_template(
            contract, site.deployment.catalogue, out, period, reporter,
            last_values=last.rows if last else None, last_period=last.period if last else None,
        )  # fmt: skip
        return out.read_bytes()
