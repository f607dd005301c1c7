"""Where the time of a round goes, for whoever wants to know."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_spent: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)


@contextmanager
def recording() -> Iterator[dict[str, float]]:
    """Collect the seconds of every part that runs inside."""
    spent: dict[str, float] = defaultdict(float)
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)


@contextmanager
def part(name: str) -> Iterator[None]:
    """Count the seconds inside towards ``name``, if somebody records."""
    started = time.monotonic()
    try:
        yield
    finally:
        spent = _spent.get()
        if spent is not None:
            spent[name] += time.monotonic() - started
