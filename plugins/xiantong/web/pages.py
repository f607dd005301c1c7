"""Rendering: one place that knows templates, languages and how things are written for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from xiantong import __version__
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Severity
from xiantong.county_time import county_time
from xiantong.findings import outstanding
from xiantong.forms.wording import due_wording
from xiantong.ledger import Status
from xiantong.people import BUREAU, Person
from xiantong.periods import Period, written_period
from xiantong.reporting_calendar import State
from xiantong.web.security import csrf_token, logout_url
from xiantong.web.texts import LANGUAGES, period_en, translate

_ROOM = Path(__file__).parent
LANGUAGE_COOKIE = "xiantong_language"
ASSETS = {"xiantong.css": "text/css", "xiantong.js": "text/javascript", "mark.svg": "image/svg+xml"}

STATE_ZH = {
    State.ACCEPTED: "按时受理", State.LATE: "迟报受理", State.ARRIVED: "审核中", State.RETURNED: "退回",
    State.MISSING: "逾期未报", State.DUE: "待报", State.NOT_DUE: "不需报", State.EXEMPT: "免报",
}  # fmt: skip
STATE_SIGN = {
    State.ACCEPTED: "✓", State.LATE: "◷", State.ARRIVED: "…", State.RETURNED: "↩",
    State.MISSING: "✕", State.DUE: "○", State.NOT_DUE: "·", State.EXEMPT: "–",
}  # fmt: skip
KIND_ZH = {"township": "乡镇人民政府", "school": "学校", "enterprise": "企业"}
STATUS_ZH = {Status.ACCEPTED: "已受理", Status.RETURNED: "退回", Status.DUPLICATE: "重复报送"}
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def language_of(request: Request) -> str:
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def render(
    request: Request,
    template: str,
    status: int = 200,
    /,
    **context: Any,
) -> HTMLResponse:
    """A page with the things that every page has: the person, the language, links."""
    language = language_of(request)
    person: Person | None = getattr(request.state, "person", None)
    root = request.scope.get("root_path", "")
    asked = request.query_params.multi_items()
    page = {
        "person": person,
        "lang": language,
        "t": lambda text: translate(text, language),
        "url": lambda path: f"{root}{path}",
        "csrf": csrf_token(person) if person else "",
        "logout": logout_url(),
        "version": __version__,
        "other_language": _query([*[(k, v) for k, v in asked if k != "lang"], ("lang", _other(language))]),
        "path": request.url.path.removeprefix(root) or "/",
    }  # fmt: skip
    body = _environment().get_template(template).render(**page, **context)
    response = HTMLResponse(body, status, headers=HEADERS)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, language, max_age=365 * 86_400, samesite="lax", httponly=True,
            path=root or "/",
        )  # fmt: skip
    return response


def asset(name: str) -> bytes:
    """Content of a static file; ``KeyError`` for what is none of them."""
    if name not in ASSETS:
        raise KeyError(name)
    return (_ROOM / "static" / name).read_bytes()


def department_names(catalogue: Catalogue) -> dict[str, str]:
    """Department -> name of its bureau in the county that reports here."""
    bureaus = [r for r in catalogue.reporters if r.kind == BUREAU and r.department]
    names = {r.department: r.reporter_name for r in bureaus if r.department}
    own = {
        r.department: r.reporter_name
        for r in bureaus
        if r.area_code[:6] in catalogue.home_counties and r.department
    }
    return _without_bureau(catalogue) | names | own


def _without_bureau(catalogue: Catalogue) -> dict[str, str]:
    """Names of departments in which other kinds of reporters deliver, by kind and form number."""
    return {
        c.id.department: f"{KIND_ZH.get(c.reporter_kind, '其他单位')}（{c.form_no.rstrip('表').rstrip('0123456789')}）"
        for c in catalogue.contracts.values()
    }


def due_in(due: date, day: date, language: str) -> str:
    """How far a due date is, in words."""
    left = (due - day).days
    if language == "en":
        return "today" if left == 0 else f"in {left} d" if left > 0 else f"{-left} d overdue"
    return "今天截止" if left == 0 else f"还有{left}天" if left > 0 else f"已逾期{-left}天"


def short_period(period: Period) -> str:
    """The period as the head of a narrow column: year above, month or quarter below."""
    return period.label.partition("-")[2] or period.label


@pass_context
def _written(context: Context, period: Period | None) -> str:
    """The period in the language of the page."""
    if context.get("lang") == "en":
        return period_en(period) if period else "Unknown period"
    return written_period(period) if period else "报告期未识别"


def _title(contract: Contract, language: str) -> str:
    return contract.title_en if language == "en" else contract.title_zh


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f}%" if value in (0, 100) else f"{value:.1f}%"


def _other(language: str) -> str:
    return next(other for other in LANGUAGES if other != language)


def _query(pairs: Any) -> str:
    from urllib.parse import urlencode

    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return "?" + urlencode([(k, v) for k, v in items if v not in (None, "")])


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_ROOM / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "period": _written,
        "short": short_period,
        "moment": lambda value: f"{county_time(value):%Y-%m-%d %H:%M}",
        "day": lambda value: f"{value:%Y-%m-%d}" if value else "—",
        "percent": _percent,
        "number": lambda value: f"{value:,}",
        "query": _query,
    }
    environment.globals |= {
        "STATE_ZH": STATE_ZH,
        "STATE_SIGN": STATE_SIGN,
        "STATUS_ZH": STATUS_ZH,
        "outstanding": outstanding,
        "State": State,
        "Status": Status,
        "Severity": Severity,
        "title": _title,
        "due_in": due_in,
        "due_text": lambda contract, lang: (
            contract.due_text if lang == "en" else due_wording(contract)
        ),
    }
    return environment
