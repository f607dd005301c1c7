"""The local copies of a remote store: no more of them than asked for, the longest unused go first.

Whoever gets the path of a copy opens it later, and not only once. So every process keeps a lease, a
locked file that frees itself when the process dies, and copies that were used since the oldest lease
began stay, however many they are. A lease is renewed after a while (``HELD``), or a server that
runs for months would keep everything: what was asked for longer ago is in nobody's hands any more.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HELD = 12 * 3600.0  # seconds; longer than any round of work
_PART = 0.1  # of the limit; so much comes between two looks at the whole folder


@dataclass(frozen=True, slots=True)
class _Copy:
    used: float
    size: int
    path: Path


class Cache:
    """Copies below ``folder``, of ``limit`` bytes together unless more of them are in use."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._leases = folder / ".leases"
        self._lease: BinaryIO | None = None
        self._owner = 0
        self._since_trim = limit  # what others left behind is looked at soon

    def path(self, key: str) -> Path:
        return self._folder / key

    def use(self, key: str) -> Path | None:
        """The copy of a key, in use from now on; None where there is none."""
        path = self.path(key)
        with self._locked(fcntl.LOCK_SH):
            self._keep_lease()
            try:
                _touch(path)
            except FileNotFoundError:
                return None
        return path

    def add(self, written: Path, key: str) -> Path:
        """Move a file here as the copy of a key, in use from now on."""
        path = self.path(key)
        size = written.stat().st_size
        with self._locked(fcntl.LOCK_SH):
            self._keep_lease()
            path.parent.mkdir(parents=True, exist_ok=True)
            _touch(written)
            written.replace(path)
        self._since_trim += size
        if self._since_trim > _PART * self._limit:
            self.trim()
        return path

    def trim(self) -> None:
        """Remove what was not used for longest until the rest is small enough."""
        self._since_trim = 0
        if not self._folder.is_dir():
            return
        with self._locked(fcntl.LOCK_EX):
            in_use = self._oldest_lease()
            copies = sorted(self._copies(), key=lambda copy: copy.used)
            total = sum(copy.size for copy in copies)
            for copy in copies:
                if total <= self._limit or copy.used >= in_use:
                    break
                copy.path.unlink(missing_ok=True)
                total -= copy.size

    def _copies(self) -> Iterator[_Copy]:
        for folder, _, names in os.walk(self._folder):
            if Path(folder).name.startswith("."):
                continue
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    stat = path.stat()
                    if not name.startswith("."):
                        yield _Copy(stat.st_mtime, stat.st_size, path)

    # --- leases ---------------------------------------------------------------------------------

    def _keep_lease(self) -> None:
        """Have a lease of this process. One that a parent took before it forked ends with the parent."""
        if self._lease is not None and self._owner == os.getpid():
            return
        self._leases.mkdir(parents=True, exist_ok=True)
        path = self._leases / f"{os.getpid()}-{secrets.token_hex(4)}"
        lease = path.open("w+b")
        fcntl.flock(lease, fcntl.LOCK_EX)
        _touch(path)
        self._lease, self._owner = lease, os.getpid()

    def _oldest_lease(self) -> float:
        """Since when copies may be in use; a moment to come where nobody has a lease."""
        now = time.time()
        begun = [now + 1]
        for path in self._leases.iterdir() if self._leases.is_dir() else ():
            with suppress(FileNotFoundError), path.open("rb") as lease:
                if not _is_free(lease):
                    begun.append(max(path.stat().st_mtime, now - HELD))
                else:
                    path.unlink()
        return min(begun)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Against a copy that goes between the look at it and its use."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("a+b") as lock:
            fcntl.flock(lock, how)
            yield


def _touch(path: Path) -> None:
    """Note the time of use by the clock; the file system's own goes by steps of milliseconds."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _is_free(lease: BinaryIO) -> bool:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
