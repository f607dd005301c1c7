"""Keeps the processes of a local Airflow running, and leaves none behind.

``airflow standalone`` goes on after its API server died and opens log servers on every address;
this supervisor restarts what fails, listens on 127.0.0.1 only and stops everything with itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]

from xiantong.embedded import EmbeddedAirflow

COMPONENTS = {
    "api-server": ("api-server", "--host", "127.0.0.1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
LONGEST_PAUSE = 60.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

Tell = Callable[[str], None]


def is_free(port: int) -> bool:
    """True where nothing listens on the port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(first: int) -> int:
    """The first free port from ``first`` on."""
    return next(port for port in range(first, 65_536) if is_free(port))


@dataclass(slots=True)
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 1.0
    start_at: float = 0.0


class Supervisor:
    """The components of one local Airflow. ``tell`` gets one line per event."""

    def __init__(self, embedded: EmbeddedAirflow, port: int, tell: Tell) -> None:
        self._environment = os.environ | embedded.environment(port)
        self._logs: Path = embedded.logs
        self._port = port
        self._tell = tell
        self._serves = False
        self._children = [
            _Child(name, [sys.executable, "-m", "airflow", *arguments])
            for name, arguments in COMPONENTS.items()
        ]
        self._children[0].command += ["--port", str(port)]

    def prepare(self) -> None:
        """Make or update the metadata database; raises ``CalledProcessError``."""
        self._logs.mkdir(parents=True, exist_ok=True)
        _adopt_orphans()
        with self._log_file("database") as log:
            subprocess.run(
                [sys.executable, "-m", "xiantong.dags.database"],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=True,
            )

    def look(self) -> None:
        """Start what should run and does not; call it again and again.

        The API server comes first, since tasks talk to it from their first moment.
        """
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._plan_restart(child, now)
            wanted = child is self._children[0] or self._serves
            if child.process is None and wanted and now >= child.start_at:
                self._start(child, now)
        self._serves = self._serves or not is_free(self._port)

    def health(self) -> dict[str, str]:
        """Status of every component as Airflow itself reports it; empty while it does not answer."""
        url = f"http://127.0.0.1:{self._port}/api/v2/monitor/health"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=5) as response:
                report = json.load(response)
        except (urllib.error.URLError, OSError, ValueError):
            return {}
        return {name: str(part.get("status")) for name, part in report.items() if part}

    def stop(self) -> None:
        """Ask every component to end, then make sure of it."""
        running = [c.process for c in self._children if c.process and c.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        # Tasks have their own sessions; whoever lost its parent has become our child.
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for child in self._children:
            if child.process:
                child.process.wait()
                child.process = None

    def _start(self, child: _Child, now: float) -> None:
        with self._log_file(child.name) as log:
            child.process = subprocess.Popen(
                child.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        child.started = now

    def _plan_restart(self, child: _Child, now: float) -> None:
        assert child.process
        if now - child.started > STEADY_SECONDS:
            child.pause = 1.0
        self._tell(
            f"{child.name} ended with status {child.process.returncode}; again in {child.pause:.0f} s"
            f" (see {self._logs / child.name}.log)"
        )
        # Its helpers go too; tasks have their own sessions and may finish.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process = None
        child.start_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    @contextlib.contextmanager
    def _log_file(self, name: str) -> Iterator[IO[bytes]]:
        with (self._logs / f"{name}.log").open("ab") as file:
            yield file


def _adopt_orphans() -> None:
    """Let processes that lose their parent below us become our children, so that ``stop`` finds them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _end_with_parent() -> None:
    """In the child: ask Linux to end it when the supervisor dies without a chance to stop it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
