"""The store: what was delivered, and what was accepted of it. Nothing in it is ever changed."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

import fsspec
from fsspec.implementations.local import LocalFileSystem

from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.settings import Settings
from xiantong.store.files import Files, LocalFiles, RemoteFiles

_BLOCK = 1 << 20
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_SUBMISSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STALE_SECONDS = 24 * 3600


class StoreError(Exception):
    """A file of the store is missing or cannot be named."""


@dataclass(frozen=True, slots=True)
class Original:
    """A delivered file in the store. ``size`` in bytes."""

    sha256: str
    size: int


class Store:
    """Originals and accepted Parquet below one fsspec URL.

    ``originals/ab/cdef….xlsx``: delivered files under their SHA-256.
    ``covers/<submission_id>.json``: what a sender said beside the file.
    ``lake/<department>/<dataset>/<period>/<submission_id>.parquet``: accepted rows.
    ``differences/…`` with the same path: what a revision changed.

    Files are written under another name and renamed, so that a reader never sees half a file.
    DuckDB reads local paths; a store that is not local keeps copies of what was read lately in
    ``cache``, of ``cache_bytes`` together.
    """

    def __init__(self, url: str, cache: Path | None = None, cache_bytes: int = 20 * 10**9) -> None:
        filesystem, root = fsspec.core.url_to_fs(url)
        self._files: Files
        if isinstance(filesystem, LocalFileSystem):
            self._files = LocalFiles(Path(root))
        else:
            name = hashlib.sha256(url.encode()).hexdigest()[:16]
            base = cache or Path(tempfile.gettempdir()) / "xiantong-store"
            self._files = RemoteFiles(filesystem, root, base / name, cache_bytes)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The store of a deployment, with its cache below the home folder."""
        limit = round(settings.cache_gigabytes * 1e9)
        return cls(settings.store_url, settings.root / "cache", limit)

    def put_original(self, source: Path | BinaryIO, name: str) -> Original:
        """Keep a delivered file; the same content is kept once. ``name`` gives the suffix."""
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.put_original(stream, name)
        digest = hashlib.sha256()
        written = self._write(source, digest.update)
        original = Original(digest.hexdigest(), written.stat().st_size)
        key = original_key(original.sha256, name)
        # A file of another size is what a power failure left behind.
        if self._files.size(key) == original.size:
            written.unlink()
            self._files.reuse(key)
        else:
            self._files.keep(written, key)
        return original

    def original_path(self, sha256: str, name: str) -> Path:
        """Local path of a delivered file; ``StoreError`` where it is not there."""
        return self._existing(original_key(sha256, name))

    def put_cover(self, content: bytes, submission_id: str) -> None:
        """Keep the cover note of a delivery."""
        self._files.keep(self._write(io.BytesIO(content)), cover_key(submission_id))

    def cover(self, submission_id: str) -> bytes | None:
        """The cover note of a delivery; None where it came without one."""
        key = cover_key(submission_id)
        return None if self._files.size(key) is None else self._files.local(key).read_bytes()

    def put_accepted(
        self, candidate: Path, dataset: DatasetId, period: Period, submission_id: str
    ) -> str:
        """Copy checked rows into the lake and return their key.

        Only settling calls this, before the ledger names the file; a file that an interrupted
        attempt left under the same name is replaced.
        """
        return self._put(candidate, accepted_key(dataset, period, submission_id))

    def put_difference(
        self, rows: Path, dataset: DatasetId, period: Period, submission_id: str
    ) -> str:
        """Copy the rows of a difference (no clear personal values) and return their key."""
        return self._put(rows, _key("differences", dataset, period, submission_id))

    def _put(self, source: Path, key: str) -> str:
        with source.open("rb") as stream:
            self._files.keep(self._write(stream), key)
        return key

    def local_path(self, key: str) -> Path:
        """Local path of an accepted file. A missing local file shows when it is opened."""
        return self._files.local(key)

    def flush(self) -> None:
        """Return when everything put so far would survive a power failure. Whoever is about to
        name files in the ledger calls this first; many files cost little more than one."""
        self._files.flush()

    def sweep(self) -> None:
        """Remove what processes that died more than a day ago had begun to write, and copies that
        nobody needs."""
        self._files.trim()
        if not self._files.incoming.is_dir():
            return
        for path in self._files.incoming.iterdir():
            with suppress(FileNotFoundError):  # it got its key meanwhile
                if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                    path.unlink()

    def _existing(self, key: str) -> Path:
        if self._files.size(key) is None:
            raise StoreError(f"the store has no file {key}")
        return self._files.local(key)

    def _write(self, stream: BinaryIO, look: Callable[[bytes], object] | None = None) -> Path:
        self._files.incoming.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._files.incoming)
        written = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                while block := stream.read(_BLOCK):
                    if look is not None:
                        look(block)
                    target.write(block)
                os.fchmod(target.fileno(), 0o440)
        except BaseException:
            written.unlink()  # a disk that is full needs the room now, not after a day
            raise
        return written


def original_key(sha256: str, name: str) -> str:
    """``originals/ab/cdef….xlsx``; a strange suffix becomes ``.bin``."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise StoreError(f"{sha256!r} is not a SHA-256")
    suffix = PurePosixPath(name).suffix.lower()
    return f"originals/{sha256[:2]}/{sha256[2:]}{suffix if _SUFFIX.fullmatch(suffix) else '.bin'}"


def cover_key(submission_id: str) -> str:
    """``covers/<submission_id>.json``."""
    if not _SUBMISSION_ID.fullmatch(submission_id):
        raise StoreError(f"{submission_id!r} is not a submission id")
    return f"covers/{submission_id}.json"


def accepted_key(dataset: DatasetId, period: Period, submission_id: str) -> str:
    """``lake/<department>/<dataset>/<period>/<submission_id>.parquet``."""
    return _key("lake", dataset, period, submission_id)


def _key(place: str, dataset: DatasetId, period: Period, submission_id: str) -> str:
    if not _SUBMISSION_ID.fullmatch(submission_id):
        raise StoreError(f"{submission_id!r} is not a submission id")
    return f"{place}/{dataset.folder.as_posix()}/{period}/{submission_id}.parquet"
