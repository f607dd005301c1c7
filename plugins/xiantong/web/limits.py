"""How much a request may send."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import HTTPException

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEADROOM = 1_000_000  # bytes that a form has beside its file


class BodyLimit:
    """Refuses bodies of more than ``megabytes`` with status 413: at once where the length is
    announced, else while they come in."""

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], megabytes: int
    ) -> None:
        self._app = app
        self._megabytes = megabytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        came = int(announced) if announced.isdigit() else 0
        limit = self._megabytes * 1_000_000 + HEADROOM
        counted = 0

        async def limited() -> Message:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if max(came, counted) > limit:
                raise HTTPException(413, f"文件超过{self._megabytes}MB，请拆分后分次报送")
            return message

        await self._app(scope, limited, send)
