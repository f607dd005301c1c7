"""The application that the plugin mounts into Airflow's API server."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from xiantong.settings import Settings
from xiantong.web.limits import BodyLimit
from xiantong.web.pages import render
from xiantong.web.routes import (
    assets,
    board,
    deliveries,
    forms,
    home,
    reports,
    submissions,
    uploads,
)
from xiantong.web.security import current_person, login_url
from xiantong.web.site import Site, Wake


def create_app(settings: Settings | None = None, wake: Wake = lambda user: None) -> FastAPI:
    """All pages. Nothing is opened or imported for them before the first request."""
    site = Site(settings or Settings(), wake)
    app = FastAPI(
        title="Xiantong 县统",
        # Airflow's user is asked for by every route; FastAPI's own pages would be open to anyone.
        dependencies=[Depends(current_person)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
    )
    app.state.site = site
    app.add_middleware(BodyLimit, megabytes=site.settings.upload_megabytes)
    for module in (home, board, reports, submissions, uploads, deliveries, forms, assets):
        app.include_router(module.router)
    app.add_exception_handler(StarletteHTTPException, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_values)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    site: Site = app.state.site
    threading.Thread(target=site.warm, daemon=True, name="xiantong-warm").start()
    yield
    site.checker.stop()


def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    if error.status_code == 401 and request.method == "GET" and _wants_page(request):
        return RedirectResponse(login_url(request), 303)
    if not _wants_page(request):
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
    return render(
        request, "error.html", error.status_code, code=error.status_code, detail=_words(error)
    )


def _refuse_values(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    names = sorted({str(problem["loc"][-1]) for problem in error.errors()})
    detail = f"请求中的这些内容不正确：{'、'.join(names)}"
    return _refuse(request, HTTPException(422, detail))


def _words(error: StarletteHTTPException) -> str:
    """Our own messages are Chinese; those of the framework are replaced."""
    detail = str(error.detail)
    known = {401: "请先登录", 404: "没有这个页面", 405: "这个页面不接受这种请求"}
    return detail if not detail.isascii() else known.get(error.status_code, "请求无法处理")


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
