"""Handing in: choose a dataset, upload a file, read the findings, explain, hand in, follow."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from xiantong.closing.closed import ClosedPeriods, sent_back
from xiantong.contracts.model import Contract, Severity
from xiantong.county_time import utc_now
from xiantong.cover import Cover
from xiantong.findings import CheckedSubmission
from xiantong.ledger import Status
from xiantong.ledger.closings import ClosingLog
from xiantong.people import Person
from xiantong.returns import write_return
from xiantong.returns.entries import ordered
from xiantong.sources import fit_name, hand_in
from xiantong.verdict import Outcome, judge
from xiantong.web.checker import CheckFailedError, CheckJob
from xiantong.web.downloads import XLSX, attachment
from xiantong.web.drafts import Draft, new_token
from xiantong.web.listing import listing
from xiantong.web.pages import department_names, render
from xiantong.web.questions import (
    LONGEST_EXPLANATION,
    Question,
    all_explained,
    explained,
    questions,
)
from xiantong.web.routes.forms import offered_periods, repeated, wanted_period
from xiantong.web.security import CSRF, KnownSenderRoute, PersonDep, SiteDep, contract_for
from xiantong.web.site import Site

router = APIRouter(route_class=KnownSenderRoute)

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".et", ".csv", ".txt", ".json")
PATIENCE = timedelta(minutes=1)


@router.get("/upload")
def upload_form(
    request: Request,
    person: PersonDep,
    site: SiteDep,
    dataset: Annotated[str, Query(max_length=120)] = "",
    period: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Choose a dataset, then a file."""
    if dataset:
        contract = contract_for(person, site, dataset)
        return _upload_page(request, person, site, contract, period=period)
    own = [c for c in site.deployment.catalogue.contracts.values() if person.reports(c)]
    return render(
        request,
        "upload_choose.html",
        contracts=own,
        departments=department_names(site.deployment.catalogue),
    )


@router.post("/upload", dependencies=[CSRF])
def upload(
    request: Request,
    person: PersonDep,
    site: SiteDep,
    dataset: Annotated[str, Form(max_length=120)],
    file: Annotated[UploadFile, File()],
    period: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Check a file; nothing is stored for good before it is handed in."""
    contract = contract_for(person, site, dataset)
    wanted = wanted_period(contract, period)
    name = fit_name(file.filename or "")
    complaint = _complaint(site, name, file)
    if complaint:
        return _upload_page(request, person, site, contract, period=period, complaint=complaint)
    draft = Draft(
        token=new_token(),
        user=person.user,
        dataset=contract.id,
        name=name,
        uploaded_at=utc_now(),
        period=wanted,
        reporter_code=person.reporter_code,
    )
    content = site.drafts.begin(draft)
    with content.open("xb") as target:
        shutil.copyfileobj(file.file, target)
    try:
        job = CheckJob(site.drafts.source(draft), site.drafts.work(draft))
        checked = site.checker.check(job)
        site.drafts.keep_checked(draft, with_closing(site, contract, checked))
    except CheckFailedError as error:
        site.drafts.discard(draft)
        return _upload_page(request, person, site, contract, period=period, complaint=str(error))
    return _go(request, f"/drafts/{draft.token}")


@router.get("/drafts/{token}")
def draft_page(request: Request, token: str, person: PersonDep, site: SiteDep) -> Response:
    """The findings of an uploaded file; once it was handed in, what becomes of it."""
    draft = _draft(person, site, token)
    if draft.delivery_id is None:
        checked = _checked(site, draft)
        contract = contract_for(person, site, str(draft.dataset))
        return _draft_page(request, contract, draft, checked, questions(checked))
    progress = _progress(site, draft.delivery_id)
    if progress == "settled":
        return _go(request, f"/submissions/{draft.delivery_id}")
    return render(
        request,
        "handed_in.html",
        draft=draft,
        progress=progress,
        contract=site.deployment.catalogue.contract(draft.dataset),
        seconds=round(site.settings.intake_seconds),
    )


@router.get("/drafts/{token}/state")
def draft_state(request: Request, token: str, person: PersonDep, site: SiteDep) -> JSONResponse:
    """``state``: ``draft``, ``waiting``, ``received`` or ``settled``; ``href`` of the submission."""
    draft = _draft(person, site, token)
    state = _progress(site, draft.delivery_id) if draft.delivery_id else "draft"
    href = own_path(request, f"/submissions/{draft.delivery_id}") if state == "settled" else None
    return JSONResponse({"state": state, "href": href}, headers={"Cache-Control": "no-store"})


@router.get("/drafts/{token}/return")
def draft_return(token: str, person: PersonDep, site: SiteDep) -> Response:
    """The uploaded workbook with its findings marked, before it is handed in."""
    draft = _draft(person, site, token)
    if draft.delivery_id is not None:
        raise HTTPException(404, "文件已报送，请在报送记录中下载")
    checked = _checked(site, draft)
    contract = contract_for(person, site, str(draft.dataset))
    with tempfile.TemporaryDirectory(prefix="xiantong-return-") as folder:
        try:
            written = write_return(
                site.drafts.source(draft).path, contract, site.deployment.catalogue, checked,
                Path(folder) / "return.xlsx", name=draft.name,
            )  # fmt: skip
        except (OSError, MemoryError):
            raise
        except Exception as error:
            raise HTTPException(422, "这个文件无法标注，请按页面上的审核意见修改") from error
        return attachment(written.read_bytes(), f"标注_{Path(draft.name).stem}.xlsx", XLSX)


@router.post("/drafts/{token}/hand-in", dependencies=[CSRF])
async def hand_in_draft(request: Request, token: str, person: PersonDep, site: SiteDep) -> Response:
    """Hand in with the explanations of the form; says what is missing where something is."""
    form = await request.form()
    return await run_in_threadpool(_hand_in, request, form, token, person, site)


@router.post("/drafts/{token}/discard", dependencies=[CSRF])
def discard_draft(request: Request, token: str, person: PersonDep, site: SiteDep) -> Response:
    """Forget an uploaded file."""
    draft = _draft(person, site, token)
    site.drafts.discard(draft)
    return _go(request, f"/upload?dataset={draft.dataset}")


def with_closing(site: Site, contract: Contract, checked: CheckedSubmission) -> CheckedSubmission:
    """The check result with what settling would say about a closed period."""
    period, code = checked.envelope.period, checked.envelope.reporter_code
    if period is None or code is None:
        return checked
    ledger = site.deployment.ledger
    closed = ClosedPeriods(ClosingLog(ledger).read())
    closing = closed.closing(contract.id, period, code, utc_now())
    if closing is None:
        return checked
    accepted = ledger.submissions(contract.id, period=period, reporter=code, status=Status.ACCEPTED)
    return sent_back(contract, checked, closing, is_first=not accepted)


def _hand_in(request: Request, form: FormData, token: str, person: Person, site: Site) -> Response:
    draft = _draft(person, site, token)
    if draft.delivery_id is not None:  # the button was pressed twice
        return _go(request, f"/drafts/{token}")
    contract = contract_for(person, site, str(draft.dataset))
    checked = _checked(site, draft)
    answers = {name: value for name, value in form.items() if isinstance(value, str)}
    asked = questions(checked, answers)
    outcome = judge(contract, explained(checked, asked)).outcome
    if outcome is Outcome.RETURNED and not answers.get("anyway"):
        return _draft_page(request, contract, draft, checked, asked, status=422)
    cover = Cover(
        period=str(draft.period) if draft.period else None,
        reporter_code=draft.reporter_code,
        handed_in_by=person.user,
    )
    given = [explanation for q in asked if q.answer for explanation in q.explanations()]
    path = site.drafts.source(draft).path
    told = hand_in(site.settings.inbox, draft.dataset, path, draft.name, cover, given)
    site.drafts.close(draft, told.delivery_id)
    site.wake(person.user)
    return _go(request, f"/drafts/{token}")


def _draft_page(
    request: Request,
    contract: Contract,
    draft: Draft,
    checked: CheckedSubmission,
    asked: Sequence[Question],
    status: int = 200,
) -> Response:
    errors = [f for f in ordered(checked.findings) if f.severity is Severity.ERROR]
    others = [
        f
        for f in ordered(checked.findings)
        if f.severity is Severity.INFO or (f.severity is Severity.WARNING and f.explanation)
    ]
    verdict = judge(contract, checked)
    promised = judge(contract, all_explained(checked))
    return render(
        request,
        "draft.html",
        status,
        draft=draft,
        contract=contract,
        checked=checked,
        verdict=verdict,
        errors=listing(errors, checked.row_count),
        error_total=checked.count(Severity.ERROR),
        questions=asked,
        wanted_total=verdict.unexplained,
        others=listing(others, checked.row_count).findings,
        can_hand_in=promised.outcome is not Outcome.RETURNED,
        is_partial=promised.outcome is Outcome.PARTIAL,
        refused=status != 200,
        counts=Counter(f.severity for f in checked.findings),
        longest=LONGEST_EXPLANATION,
    )


def _upload_page(
    request: Request,
    person: Person,
    site: Site,
    contract: Contract,
    *,
    period: str = "",
    complaint: str = "",
) -> Response:
    return render(
        request,
        "upload.html",
        422 if complaint else 200,
        contract=contract,
        periods=offered_periods(site, contract),
        period=wanted_period(contract, period),
        complaint=complaint,
        has_last=contract.id in repeated(person, site),
        suffixes=SUFFIXES,
        megabytes=site.settings.upload_megabytes,
    )


def _complaint(site: Site, name: str, file: UploadFile) -> str:
    """Why a file is not even looked at; empty where it is."""
    if not file.filename:
        return "请先选择文件"
    if Path(name).suffix.lower() not in SUFFIXES:
        return f"「{name}」不是可以报送的格式，请用 xlsx、xls、csv 或 json"
    if not file.size:
        return f"「{name}」是空文件，请重新选择"
    if file.size > site.settings.upload_megabytes * 1_000_000:
        return f"文件超过{site.settings.upload_megabytes}MB，请拆分后分次报送"
    return ""


def _draft(person: Person, site: Site, token: str) -> Draft:
    draft = site.drafts.find(token, person.user)
    if draft is None or draft.dataset not in site.deployment.catalogue.contracts:
        raise HTTPException(404, "没有这个待报送的文件，它可能已过期，请重新选择文件")
    return draft


def _checked(site: Site, draft: Draft) -> CheckedSubmission:
    with contextlib.suppress(ValueError):
        if (checked := site.drafts.checked(draft)) is not None:
            return checked
    raise HTTPException(404, "这个文件还没有审核完，请重新选择文件")


def _progress(site: Site, delivery_id: str) -> str:
    """``waiting`` for intake, ``received`` and being checked, or ``settled`` with its return."""
    ledger = site.deployment.ledger
    if delivery_id not in ledger.deliveries([delivery_id]):
        return "waiting"
    submission = ledger.submission(delivery_id)
    if submission is None:
        return "received"
    # The return is written a moment after the decision; one that cannot be written is not awaited.
    decided_for = utc_now() - submission.settled_at
    unwritten = submission.wants_return and submission.return_key is None
    return "received" if unwritten and decided_for < PATIENCE else "settled"


def own_path(request: Request, path: str) -> str:
    """A path of ours as the outside sees it, below where Airflow mounts the pages."""
    return f"{request.scope.get('root_path', '')}{path}"


def _go(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(own_path(request, path), 303)
