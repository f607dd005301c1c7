"""Where the files of the store lie: a local folder, or any other place that fsspec can reach."""

from __future__ import annotations

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from xiantong.store.cache import Cache

_FLUSHED_AT_ONCE = 16


class Files(Protocol):
    """A place for whole files under relative keys such as ``originals/ab/cdef.xlsx``.

    ``incoming`` is a local folder in which files are written before they get their key.
    """

    incoming: Path

    def size(self, key: str) -> int | None:
        """Size in bytes; None where there is no such file."""

    def keep(self, written: Path, key: str) -> None:
        """Move a local file from ``incoming`` to its key; readers see all of it or nothing."""

    def reuse(self, key: str) -> None:
        """Count a file that is there already among those that ``flush`` waits for: whoever wrote it
        may have died before it got so far."""

    def local(self, key: str) -> Path:
        """A local path with the content of the key."""

    def flush(self) -> None:
        """Return when everything that was kept would survive a power failure."""

    def trim(self) -> None:
        """Give back the room of what can be had again."""


class LocalFiles:
    """Files in a folder of this machine or of a mounted share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / ".incoming"
        self._unflushed: list[Path] = []

    def size(self, key: str) -> int | None:
        try:
            return (self.root / key).stat().st_size
        except FileNotFoundError:
            return None

    def keep(self, written: Path, key: str) -> None:
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        written.replace(target)
        self._unflushed.append(target)

    def reuse(self, key: str) -> None:
        self._unflushed.append(self.root / key)

    def local(self, key: str) -> Path:
        return self.root / key

    def flush(self) -> None:
        paths, self._unflushed = self._unflushed, []
        # A name is on the disk when its folder is, and a new folder when the one above it is.
        folders = {f for p in paths for f in p.parents if f.is_relative_to(self.root)}
        # Side by side, because the file system then writes its journal once for many.
        with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as pool:
            for some in (paths, folders):
                for _ in pool.map(_flush, some):
                    pass

    def trim(self) -> None:
        """Nothing can be had again: these are the files themselves."""


class RemoteFiles:
    """Files behind fsspec (S3, SFTP, …), with copies of what was used lately in a local cache."""

    def __init__(self, filesystem: Any, root: str, cache: Path, cache_bytes: int) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._cache = Cache(cache, cache_bytes)
        self.incoming = cache / ".incoming"

    def size(self, key: str) -> int | None:
        try:
            return int(self._filesystem.info(self._path(key))["size"])
        except FileNotFoundError:
            return None

    def keep(self, written: Path, key: str) -> None:
        target = self._path(key)
        unfinished = f"{self._root}/.incoming/{written.name}"
        for path in (unfinished, target):
            self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._filesystem.put_file(str(written), unfinished)
        self._filesystem.mv(unfinished, target)
        self._cache.add(written, key)

    def reuse(self, key: str) -> None:
        """Nothing is left to do, as for ``flush``."""

    def local(self, key: str) -> Path:
        cached = self._cache.use(key)
        if cached is not None:
            return cached
        self.incoming.mkdir(parents=True, exist_ok=True)
        unfinished = self.incoming / secrets.token_hex(12)
        try:
            self._filesystem.get_file(self._path(key), str(unfinished))
            return self._cache.add(unfinished, key)
        finally:
            unfinished.unlink(missing_ok=True)

    def flush(self) -> None:
        """Nothing is left to do: a transfer that ended well has arrived."""

    def trim(self) -> None:
        """Remove copies that nobody has used for longest, where there are too many."""
        self._cache.trim()

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
