"""Deliveries that another system sends: ``POST`` of ``{envelope, rows}`` with a token of Airflow."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from string import ascii_lowercase
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_jsonable_python
from starlette.concurrency import run_in_threadpool

from xiantong.contracts.model import Contract
from xiantong.county_time import utc_now
from xiantong.cover import Cover
from xiantong.returns.report import check_report
from xiantong.sources import hand_in
from xiantong.web.checker import CheckFailedError, CheckJob
from xiantong.web.drafts import Draft, new_token
from xiantong.web.routes.forms import wanted_period
from xiantong.web.routes.submissions import recorded
from xiantong.web.routes.uploads import own_path, with_closing
from xiantong.web.security import PersonDep, SiteDep, contract_for, require_token, submission_for
from xiantong.web.site import Site

router = APIRouter()

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["rows"],
                    "properties": {
                        "envelope": {"type": "object"},
                        "rows": {"type": "array", "items": {"type": "object"}},
                    },
                }
            }
        },
    }
}


@router.post("/deliveries/{dataset}", dependencies=[Depends(require_token)], openapi_extra=_BODY)
async def deliver(
    request: Request,
    dataset: str,
    person: PersonDep,
    site: SiteDep,
    period: Annotated[str, Query(max_length=10)] = "",
    check_only: Annotated[bool, Query()] = False,
) -> Response:
    """Hand in rows, or with ``check_only`` hear what is wrong with them and hand in nothing.

    The body is ``{envelope, rows}``, the rows with the column names of the contract; it is kept as
    it came. 202 names the address that says what became of it.
    """
    contract = contract_for(person, site, dataset)
    draft = Draft(
        token=new_token(),
        user=person.user,
        dataset=contract.id,
        name=_name(contract),
        uploaded_at=utc_now(),
        period=wanted_period(contract, period),
        reporter_code=person.reporter_code,
    )
    body = await request.body()
    await run_in_threadpool(_require_json, body)
    if check_only:
        return await run_in_threadpool(_check, site, contract, draft, body)
    return await run_in_threadpool(_deliver, request, site, draft, body)


@router.get("/submissions/{submission_id}/report.json")
def report(submission_id: str, person: PersonDep, site: SiteDep) -> JSONResponse:
    """What was decided about a submission and why, for the system that sent it."""
    found, _ = submission_for(person, site, submission_id)
    decision = {
        "submission": found.id,
        "status": found.status,
        "revision": found.revision,
        "same_as": found.duplicate_of,
    }
    told = check_report(found.file_name, recorded(site, found))
    return _answer(decision | told)


def _name(contract: Contract) -> str:
    """A name that no other delivery has. Letters only: digits might look like a period."""
    mark = "".join(secrets.choice(ascii_lowercase) for _ in range(12))
    return f"{contract.id.dataset}-{mark}.json"


def _require_json(body: bytes) -> None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, "请求内容不是JSON，没有接收") from error
    if not isinstance(content, dict) or not isinstance(content.get("rows"), list):
        raise HTTPException(422, "请求内容应为 {envelope, rows}，其中 rows 是数组，没有接收")


def _check(site: Site, contract: Contract, draft: Draft, body: bytes) -> Response:
    site.drafts.begin(draft).write_bytes(body)
    try:
        job = CheckJob(site.drafts.source(draft), site.drafts.work(draft))
        checked = with_closing(site, contract, site.checker.check(job))
    except CheckFailedError as error:
        raise HTTPException(422, str(error)) from error
    finally:
        site.drafts.discard(draft)
    return _answer(check_report(draft.name, replace(checked, candidate=None)))


def _deliver(request: Request, site: Site, draft: Draft, body: bytes) -> Response:
    content = site.drafts.begin(draft)
    content.write_bytes(body)
    cover = Cover(
        period=str(draft.period) if draft.period else None,
        reporter_code=draft.reporter_code,
        handed_in_by=draft.user,
    )
    told = hand_in(site.settings.inbox, draft.dataset, content, draft.name, cover)
    site.drafts.close(draft, told.delivery_id)
    site.wake(draft.user)
    state = own_path(request, f"/drafts/{draft.token}/state")
    final = own_path(request, f"/submissions/{told.delivery_id}/report.json")
    answer = {
        "delivery": told.delivery_id,
        "dataset": str(draft.dataset),
        "state": state,
        "report": final,
    }
    return _answer(answer, 202, {"Location": state})


def _answer(
    content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> JSONResponse:
    plain = to_jsonable_python(content, fallback=str)
    return JSONResponse(plain, status, {"Cache-Control": "no-store"} | (headers or {}))
