"""The findings that a page lists: so many lines, each of which may stand for many rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xiantong.findings import Finding
from xiantong.returns.alike import said_once

LINES = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """The first lines, and for how many findings they stand."""

    findings: tuple[Finding, ...]
    places: int


def listing(findings: Sequence[Finding], row_count: int) -> Listing:
    """``findings`` as lines; ``row_count`` is the number of rows that were delivered."""
    shown = said_once(findings, row_count)[:LINES]
    return Listing(tuple(line.finding for line in shown), sum(line.places for line in shown))
