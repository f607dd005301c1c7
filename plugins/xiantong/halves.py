"""Work that is done for many things at once, although one of them may make the code fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


def by_halves(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Done],
    blame: Callable[[Item, Exception], None],
) -> Iterator[Done]:
    """What ``work`` returns for all items; where it fails, for halves of them, until the culprits
    stand alone.

    ``blame`` is told of each culprit with what it raised, and raises to give up. What is the
    machine's fault (``OSError``, ``MemoryError``) is the same for all of them and comes through.
    """
    if not items:
        return
    try:
        done = work(items)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        if len(items) == 1:
            blame(items[0], error)
            return
    else:
        yield done
        return
    half = len(items) // 2
    yield from by_halves(items[:half], work, blame)
    yield from by_halves(items[half:], work, blame)
