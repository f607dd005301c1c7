"""The ways a message goes: a mail server, the webhook of a chat."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

_TIMEOUT_SECONDS = 20
_EXPECTED = (
    "XIANTONG_SMTP is not a mail server; expected "
    "smtp://user:password@host:587?from=office@county.example&tls=starttls "
    "(special characters of the password as %2F and so on)"
)
EXPECTED_WEBHOOK = "no http address; expected https://…, dingtalk+https://… or wecom+https://…"


class Robot(StrEnum):
    """Whose chat a robot writes to."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"


class TransportError(Exception):
    """A message was not taken; the message says why, without addresses or secrets."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server: ``smtp://user:password@host:587?from=office@county.example&tls=starttls`` or
    ``smtps://…`` (``tls`` is ``none``, ``starttls`` or ``ssl``)."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: str = "none"

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Raises ``ValueError`` for anything else; the message does not repeat the password."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            # Its message would repeat what stands there: half of a password with a /.
            raise ValueError(_EXPECTED) from None
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        tls = options.get("tls", "ssl" if parts.scheme == "smtps" else "none")
        sender = options.get("from") or (
            unquote(parts.username) if parts.username and "@" in unquote(parts.username) else ""
        )
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not sender:
            raise ValueError(_EXPECTED)
        if tls not in ("none", "starttls", "ssl"):
            raise ValueError(f"tls={tls}: expected none, starttls or ssl")
        return cls(
            parts.hostname,
            port or {"ssl": 465, "starttls": 587}.get(tls, 25),
            sender,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
        )


class Mailer:
    """One connection to a mail server, opened with the first mail."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, to: Sequence[str], subject: str, text: str) -> str | None:
        """Send one mail; raises ``TransportError`` where nobody gets it, and the next one gets a
        connection of its own. Returns what was wrong where only some of ``to`` get it."""
        try:
            mail = _mail(self._server.sender, to, subject, text)
            connection = self._connection = self._connection or self._open()
            refused = connection.send_message(mail)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            self.close()
            raise TransportError(_said(error)) from error
        return f"{len(refused)} of {len(to)} recipients refused" if refused else None

    def _open(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        if server.tls == "ssl":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        if server.tls == "starttls":
            connection.starttls(context=context)
        if server.user and server.password is not None:
            connection.login(server.user, server.password)
        return connection

    def close(self) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()
            self._connection = None


def _mail(sender: str, to: Sequence[str], subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(to), subject
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail.set_content(text)
    return mail


class Webhook:
    """Posts markdown to chat robots, in the form of 企业微信 or of 钉钉. Their own hosts tell which;
    behind a gateway the address says it: ``dingtalk+https://gateway.county.example/robot?…``."""

    def send(self, url: str, title: str, markdown: str) -> None:
        """Post one message; raises ``TransportError``, also where the robot answers with an error
        code although the post itself was taken."""
        robot, address = split_robot(url)
        try:
            answer = httpx.post(
                address, json=_body(robot, title, markdown), timeout=_TIMEOUT_SECONDS
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransportError(type(error).__name__) from error
        if not answer.is_success:
            raise TransportError(f"HTTP {answer.status_code}")
        code = _error_code(answer)
        if code:
            raise TransportError(f"errcode {code}")


def split_robot(url: str) -> tuple[Robot, str]:
    """Whose robot listens at an address, and the address without the word that says so. Raises
    ``TransportError`` for what is no such address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise TransportError(EXPECTED_WEBHOOK) from None
    named, _, scheme = parts.scheme.rpartition("+")
    if scheme not in ("http", "https") or named not in {"", *Robot}:
        raise TransportError(EXPECTED_WEBHOOK)
    if named:
        return Robot(named), url.partition("+")[2]
    host = f".{parts.hostname or ''}"
    return Robot.DINGTALK if host.endswith(".dingtalk.com") else Robot.WECOM, url


def _body(robot: Robot, title: str, markdown: str) -> dict[str, Any]:
    """What the robots of 企业微信 and 钉钉 document as a markdown message. 钉钉 shows the title in
    the list of chats, and breaks a line for certain only where two spaces stand on either side."""
    if robot is Robot.DINGTALK:
        text = markdown.replace("\n", "  \n  ")
        return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    return {"msgtype": "markdown", "markdown": {"content": markdown}}


def _error_code(answer: httpx.Response) -> int:
    try:
        said = answer.json()
    except ValueError:
        return 0
    code = said.get("errcode", 0) if isinstance(said, dict) else 0
    return code if isinstance(code, int) else 0


def _said(error: Exception) -> str:
    """Kind of a failure and the server's code; its text may quote addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"recipients refused ({', '.join(map(str, codes))})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__
