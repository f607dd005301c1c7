"""Style, script and mark of the pages, and the description of all routes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from xiantong.web.pages import ASSETS, asset
from xiantong.web.security import KnownSenderRoute

router = APIRouter(route_class=KnownSenderRoute)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A file of the pages' own; nothing is loaded from elsewhere."""
    try:
        content = asset(name)
    except KeyError:
        raise HTTPException(404, "没有这个文件") from None
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=ASSETS[name], headers=headers)


@router.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """The routes as OpenAPI, for whoever is logged in."""
    described: dict[str, Any] = dict(request.app.openapi())
    described["servers"] = [{"url": request.scope.get("root_path", "")}]
    return JSONResponse(described)
