"""Files that appear complete or not at all, so that a process may die at any time."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to, which takes its name when the block ends.

    Where the block fails, or leaves nothing there, ``path`` stays what it was. Its folder exists.
    """
    part = _beside(path)
    try:
        yield part
        if part.exists():
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def kept_private(path: Path, make: Callable[[], bytes]) -> bytes:
    """What ``path`` holds; on first use what ``make`` returns, kept with mode 600.

    Processes that ask at the same moment all get the same content: whoever comes second reads what
    the first one kept, never the empty file of somebody who has not written it yet.
    """
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _beside(path)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken, unlike a rename.
        with suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path.read_bytes()


def _beside(path: Path) -> Path:
    """A name that nobody else uses; not made of the file's own, which may be as long as names can be."""
    return path.with_name(f".{secrets.token_hex(6)}.part")
