"""A deployment, a mail server and a chat that really listen."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.county import County
from tests.ports import free_port
from xiantong.contracts.catalogue import Catalogue


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def county(request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue) -> County:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return County(tmp_path / "home", catalogue, ledger_url=url)


@dataclass
class Sink:
    """Takes every mail, except for recipients in ``refused``."""

    mails: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    url: str = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}?from=tongji@county.example"
    yield sink
    controller.stop()


@dataclass
class Chat:
    """Takes posts; answers with ``status`` and ``answer``."""

    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    answer: str = '{"errcode": 0}'
    url: str = ""


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            chat.posts.append((self.path, json.loads(body)))
            self.send_response(chat.status)
            self.end_headers()
            self.wfile.write(chat.answer.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chat.url = f"http://127.0.0.1:{server.server_port}"
    yield chat
    server.shutdown()
    server.server_close()
