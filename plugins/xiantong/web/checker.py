"""Checks uploaded files in one process of its own.

The check is CPU work on files from outside, and its libraries take seconds to import: a process that
stays keeps the pages quick, and one that hangs or dies takes nothing with it.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import threading
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from xiantong.delivered import DeliveryFile
from xiantong.deployment import Deployment
from xiantong.findings import CheckedSubmission
from xiantong.settings import Settings
from xiantong.steps import check_alone

log = logging.getLogger(__name__)


class CheckFailedError(Exception):
    """The file could not be checked; the message is for the reporter."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    """One file to check; its typed rows are written below ``work``."""

    source: DeliveryFile
    work: Path


class Checker:
    """One check at a time; the others wait ``queue_seconds`` at most."""

    def __init__(
        self, settings: Settings, seconds: float = 120.0, queue_seconds: float = 60.0
    ) -> None:
        self._settings = settings
        self._seconds = seconds
        self._queue_seconds = queue_seconds
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def warm(self) -> None:
        """Start the process, so that the first reporter does not wait for imports."""
        with self._lock:
            self._start()

    def check(self, job: CheckJob) -> CheckedSubmission:
        """Raises ``CheckFailedError`` where there is no answer."""
        if not self._lock.acquire(timeout=self._queue_seconds):
            raise CheckFailedError("正在审核其他文件，请稍后再试")
        try:
            return self._ask(job)
        finally:
            self._lock.release()

    def stop(self) -> None:
        with self._lock:
            self._end()

    def _ask(self, job: CheckJob) -> CheckedSubmission:
        connection = self._start()
        try:
            connection.send(job)
            if not connection.poll(self._seconds):
                raise TimeoutError
            answer = connection.recv()
        except TimeoutError as error:
            self._end()
            raise CheckFailedError(
                f"审核超过{self._seconds:.0f}秒没有完成，请拆分文件后再试，或直接放入报送目录"
            ) from error
        except (EOFError, OSError) as error:
            self._end()
            raise CheckFailedError("这个文件无法审核，请另存为xlsx格式后再试") from error
        if isinstance(answer, CheckedSubmission):
            return answer
        log.error("%s: %s", job.source.dataset, answer)
        raise CheckFailedError("系统审核这个文件时出错，已记录，请联系县统计数据室")

    def _start(self) -> Connection:
        if self._connection is not None and self._process is not None and self._process.is_alive():
            return self._connection
        self._end()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._settings), daemon=True, name="xiantong-checker"
        )
        self._process.start()
        theirs.close()
        self._connection = ours
        return ours

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._connection = None


def _serve(connection: Connection, settings: Settings) -> None:
    """The life of the process: it ends with whoever holds the other end of the pipe."""
    _import_heavy()
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            job: CheckJob = connection.recv()
            connection.send(_answer(job, _deployment(settings)))


def _answer(job: CheckJob, deployment: Deployment) -> CheckedSubmission | str:
    try:
        contract = deployment.catalogue.contract(job.source.dataset)
        return check_alone(deployment, contract, job.source, job.work)
    except Exception as error:
        # The message is left out: it may quote what was uploaded.
        return type(error).__name__


@cache
def _deployment(settings: Settings) -> Deployment:
    return Deployment(settings)


def _import_heavy() -> None:
    import xiantong.checking.suite
    import xiantong.parsing.delivery
    import xiantong.returns  # noqa: F401
