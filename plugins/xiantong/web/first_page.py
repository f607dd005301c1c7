"""The address of the pages as people type it: without the slash at its end."""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/xiantong"


class FirstPage:
    """Leads from ``/xiantong`` to ``/xiantong/``: an application that is mounted there hears of what
    lies below it only, and Airflow answers everything else with a page that finds nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and path == PREFIX:
            # Relative, so that it holds behind a proxy that puts something in front.
            await RedirectResponse(f"{PREFIX.removeprefix('/')}/")(scope, receive, send)
            return
        await self._app(scope, receive, send)
