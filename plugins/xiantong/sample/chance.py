"""Chance that is the same on every machine: every random draw hangs on the seed and a name."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Chance:
    """Source of random generators. Equal seed and names give equal draws, in any order of calls."""

    seed: int

    def of(self, *names: object) -> np.random.Generator:
        text = "|".join(map(str, (self.seed, *names)))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def pick(
    rng: np.random.Generator, options: Sequence[T], weights: Sequence[float] | None = None
) -> T:
    """One of ``options``; ``weights`` need not add up to one."""
    if weights is None:
        return options[int(rng.integers(len(options)))]
    limits = list(accumulate(weights))
    return options[min(bisect_right(limits, rng.random() * limits[-1]), len(options) - 1)]


def between(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return int(rng.integers(low, high + 1))


def money(value: float, places: int = 2) -> Decimal:
    """``value`` with a fixed number of decimal places."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
