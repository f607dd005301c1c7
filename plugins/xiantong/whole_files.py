"""Files that appear complete or not at all, so that a process may die at any time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to, which takes its name when the block ends.

    Where the block fails, or leaves nothing there, ``path`` stays what it was. Its folder exists.
    """
    # Not made of the name, which may be as long as names can be.
    part = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        yield part
        if part.exists():
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
