"""Who is asking: users and sessions are Airflow's, what they may see is said in ``people.csv``.

Every route of the application depends on ``current_person``, and asks it before it reads a body
(``KnownSenderRoute``). Requests that change something and rely
on Airflow's cookie also carry a token that only our own pages know, because a browser sends the cookie
with forms of any other site.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import GetUserDep, bearer_scheme, get_user
from airflow.configuration import conf
from fastapi import Depends, Form, HTTPException, Request, Response
from fastapi.routing import APIRoute
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool

from xiantong.contracts.model import Contract
from xiantong.ledger import Submission
from xiantong.people import PeopleError, Person
from xiantong.web.site import Site

CSRF_HOURS = 12


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    site.open()
    return site


SiteDep = Annotated[Site, Depends(site_of)]


def current_person(request: Request, user: GetUserDep, site: SiteDep) -> Person:
    """The person behind Airflow's user. 401 comes from Airflow, 403 where nobody listed the user."""
    name = user.get_name()
    try:
        person = site.people().by_user.get(name)
    except PeopleError as error:
        raise HTTPException(500, f"people.csv 有误：{error}") from error
    if person is None:
        raise HTTPException(403, f"用户「{name}」还没有登记报送单位，请联系县统计数据室")
    request.state.person = person
    return person


PersonDep = Annotated[Person, Depends(current_person)]


class KnownSenderRoute(APIRoute):
    """Asks who is sending before it reads what is sent.

    FastAPI takes in the whole body of a form, files included, before the first dependency is asked;
    anybody could make the server keep tens of megabytes with each request.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_known(request: Request) -> Response:
            if self.body_field is not None:
                user = await get_user(request, None, await bearer_scheme(request))
                site = await run_in_threadpool(site_of, request)
                await run_in_threadpool(current_person, request, user, site)
            return await handle(request)

        return handle_known


def contract_for(person: Person, site: Site, dataset: str) -> Contract:
    """The contract of a dataset that the person reports; 404 and 403 otherwise."""
    try:
        contract = site.deployment.catalogue.contract(dataset)
    except (KeyError, ValueError) as error:
        raise HTTPException(404, "没有这张报表") from error
    if not person.reports(contract):
        raise HTTPException(403, "这张报表不由您的单位报送")
    return contract


def submission_for(person: Person, site: Site, submission_id: str) -> tuple[Submission, Contract]:
    """A submission that the person may see; 404 and 403 otherwise."""
    submission = site.deployment.ledger.submission(submission_id)
    if submission is None or submission.dataset not in site.deployment.catalogue.contracts:
        raise HTTPException(404, "没有这份报送")
    contract = site.deployment.catalogue.contracts[submission.dataset]
    if not person.may_see(contract, submission.reporter_code):
        raise HTTPException(403, "这份报送属于其他单位")
    return submission, contract


def csrf_token(person: Person) -> str:
    return _signer().dumps(person.user)


def require_csrf(
    request: Request, person: PersonDep, csrf: Annotated[str, Form(max_length=500)] = ""
) -> None:
    """403 for a request that changes something and does not come from one of our pages."""
    if _has_token(request):
        return  # no cookie was needed, so no other site can have sent this
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "请求来自其他网站，没有执行")
    try:
        user = _signer().loads(csrf, max_age=CSRF_HOURS * 3600)
    except BadSignature as error:
        raise HTTPException(403, "页面已过期，请返回上一页刷新后再提交") from error
    if user != person.user:
        raise HTTPException(403, "页面属于另一个用户，请刷新后再提交")


CSRF = Depends(require_csrf)


def require_token(request: Request) -> None:
    """403 unless the request carries Airflow's token itself: a browser's cookie is not enough,
    because it goes along with requests of any site."""
    if not _has_token(request):
        raise HTTPException(403, "请用 Authorization: Bearer 令牌发送，令牌由 /auth/token 取得")


def _has_token(request: Request) -> bool:
    return request.headers.get("authorization", "").lower().startswith("bearer ")


def login_url(request: Request) -> str:
    url: str = get_auth_manager().get_url_login(next_url=str(request.url))
    return url


def logout_url() -> str:
    prefix = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    return f"{prefix}/api/v2/auth/logout"


def _signer() -> URLSafeTimedSerializer:
    secret: Any = conf.get("api", "secret_key")
    return URLSafeTimedSerializer(secret, salt="xiantong-form")
