"""Ending a command when the machine or its user asks for it, whatever libraries do with signals.

Airflow takes SIGTERM for each task that it runs, and takes an interrupted task for a failed one. So
signals are read where Python's own C handler reports them, and the main thread is interrupted from
there. One that does not end soon is ended: any step may die at any point and is repeated.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

import psutil  # type: ignore[import-untyped]

PATIENCE = 5.0
_SHOW_CURSOR = b"\x1b[?25h"


class Stop:
    """Whether the command was asked to end, and by which signal."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def is_asked(self) -> bool:
        return self.signal is not None

    def end(self) -> NoReturn:
        """End the process and whatever it started, with the status that a shell gives: 130 after
        Ctrl-C, 143 after SIGTERM. To tidy up first would take Python seconds."""
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        if sys.stderr.isatty():
            os.write(2, _SHOW_CURSOR)
        os._exit(128 + (self.signal or signal.SIGINT))


@contextlib.contextmanager
def listening() -> Iterator[Stop]:
    """Raise ``KeyboardInterrupt`` in the main thread on Ctrl-C and SIGTERM; end the process, and
    whatever it started, where that brings no end within ``PATIENCE`` seconds."""
    stop = Stop()
    reports, written = socket.socketpair()
    written.setblocking(False)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)}
    signal.signal(signal.SIGTERM, lambda *_: None)
    # Not SIGINT: jobs in the background of a shell are started with that one ignored.
    signal.signal(signal.SIGUSR1, _interrupt)
    signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reports, stop), daemon=True, name="stop").start()
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(-1)
        written.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(reports: socket.socket, stop: Stop) -> None:
    """Wait for a signal that asks for the end, then see that it comes."""
    with reports:
        while numbers := reports.recv(64):
            asked = {signal.SIGINT, signal.SIGTERM}.intersection(numbers)
            if asked:
                _end_soon(stop, signal.Signals(max(asked)))


def _end_soon(stop: Stop, asked: signal.Signals) -> NoReturn:
    stop.signal = asked
    main = threading.main_thread()
    if asked is signal.SIGTERM and main.ident:
        signal.pthread_kill(main.ident, signal.SIGUSR1)
    time.sleep(PATIENCE)  # seldom over: this thread ends with the process
    stop.end()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
