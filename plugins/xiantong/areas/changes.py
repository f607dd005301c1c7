"""The crosswalk between vintages of area codes.

``expectations/area_changes.csv`` says what happened to a code: it was merged into another, split,
renamed or recoded, on a day, and with which share of its people. The crosswalk follows such steps to
the end: A became B in 2021 and B became C in 2024, so figures of A stand for C as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xiantong.contracts.model import AreaChange

_ALL = Decimal(1)
_TOLERANCE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Successor:
    """From ``changed_on`` on, ``share`` (0 to 1) of ``area_code`` belongs to ``successor_code``."""

    area_code: str
    successor_code: str
    changed_on: date
    share: Decimal


Crosswalk = tuple[Successor, ...]


def crosswalk(changes: Iterable[AreaChange]) -> Crosswalk:
    """Every code with each of its successors, direct or over several steps, in the order of codes.

    Raises ``ValueError`` where the shares of one code do not add up to 1 or codes follow in a circle.
    """
    steps: defaultdict[str, list[AreaChange]] = defaultdict(list)
    for change in changes:
        steps[change.area_code].append(change)
    for code, own in steps.items():
        total = sum((change.share for change in own), Decimal(0))
        if abs(total - _ALL) > _TOLERANCE:
            raise ValueError(f"area_changes.csv: the shares of {code} add up to {total}, not to 1")
    return tuple(
        sorted(
            (successor for code in steps for successor in _follow(code, steps)),
            key=lambda s: (s.area_code, s.changed_on, s.successor_code),
        )
    )


def _follow(code: str, steps: dict[str, list[AreaChange]]) -> Iterator[Successor]:
    """Depth first; parts that come together again are added up."""
    found: defaultdict[tuple[str, date], Decimal] = defaultdict(Decimal)

    def walk(at: str, share: Decimal, path: tuple[str, ...]) -> None:
        for change in steps.get(at, ()):
            if change.successor_code in path:
                raise ValueError(f"area_changes.csv: {change.successor_code} follows itself")
            found[change.successor_code, change.changed_on] += share * change.share
            walk(change.successor_code, share * change.share, (*path, change.successor_code))

    walk(code, _ALL, (code,))
    for (successor, changed_on), share in found.items():
        yield Successor(code, successor, changed_on, share)
