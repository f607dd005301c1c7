"""Real servers for the tests of fetching: an OpenSSH daemon and a web server with entity tags."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.ports import free_port


@dataclass(frozen=True)
class SshServer:
    port: int
    user: str
    key_file: Path
    known_hosts: Path


@contextmanager
def ssh_server(folder: Path, program: str) -> Iterator[SshServer]:
    """An ``sshd`` on 127.0.0.1 that lets the key in ``folder`` in and offers SFTP only."""
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    port = free_port()
    lines = (
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        f"PidFile {folder / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "PermitRootLogin yes",
        "ForceCommand internal-sftp",
        "Subsystem sftp internal-sftp",
    )
    (folder / "config").write_text("\n".join(lines), encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it insists on being separated to
    process = subprocess.Popen(
        [program, "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        public = (folder / "host.pub").read_text(encoding="utf-8").split()
        known = folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n", encoding="utf-8")
        yield SshServer(port, pwd.getpwuid(os.geteuid()).pw_name, folder / "user", known)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


@dataclass
class WebService:
    """Answers by path; remembers what was asked. ``token``: what the bearer has to show."""

    port: int
    token: str | None = None
    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def web_service() -> Iterator[WebService]:
    service = WebService(free_port())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content, kind = self._answer()
            service.asked.append((self.path, status))
            self.send_response(status)
            if status == 200:
                self.send_header("Content-Type", kind)
                self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if status == 200:
                self.wfile.write(content)

        def _answer(self) -> tuple[int, bytes, str]:
            if service.token and self.headers.get("Authorization") != f"Bearer {service.token}":
                return 401, b"", ""
            if self.path not in service.answers:
                return 404, b"", ""
            kind, content = service.answers[self.path]
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
            if self.headers.get("If-None-Match") == tag:
                return 304, b"", ""
            return 200, content, kind

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", service.port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
