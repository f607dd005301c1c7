"""What the module of one department offers: the tables that it hands in, and how they go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xiantong.contracts.model import Reporter
from xiantong.periods import Period
from xiantong.sample.county import County, Unit
from xiantong.sample.rule_breaks import RuleBreak
from xiantong.sample.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Revision:
    """A planned new version of an accepted delivery, for example a revised account.

    It comes ``days_after`` the due date of its period; ``suffix`` goes into its file name.
    """

    table: Table
    days_after: int
    suffix: str


def _nobody(county: County, period: Period) -> list[Reporter]:
    return []


@dataclass(frozen=True)
class ByReporter:
    """A dataset that several units hand in, each its own rows: townships, or the bureaus of the
    sibling counties. ``reporters`` lists those that deliver in a period, the county's own bureau (if
    it is one) first; ``nil`` those to whom nothing occurred and who say so."""

    reporters: Callable[[County, Period], list[Reporter]]
    maker: Callable[[County, Period, Reporter], Table]
    nil: Callable[[County, Period], list[Reporter]] = _nobody


Maker = Callable[[County, Period], Table]
Reviser = Callable[[County, Period], Revision | None]
Stream = Callable[[County, Period], "Iterator[pa.Table]"]


@dataclass(frozen=True)
class Department:
    """What one department module offers, each by dataset name.

    ``makers`` build a whole delivery, ``streams`` yield a large one in pieces (all columns of the
    contract plus ``remark``, values typed), ``revisers`` say which periods are revised later,
    ``by_reporter`` has the datasets that several units hand in,
    ``units`` lists the units that have to stand in the register of market entities, ``totals``
    the columns that forms add up in a 合计 row. ``breaks`` says what breaks a rule that only a sum, a
    chain or another table shows; ``wrong_units`` the column that is sometimes filled in in ten
    thousands of its unit.
    """

    makers: Mapping[str, Maker] = field(default_factory=dict)
    by_reporter: Mapping[str, ByReporter] = field(default_factory=dict)
    streams: Mapping[str, Stream] = field(default_factory=dict)
    revisers: Mapping[str, Reviser] = field(default_factory=dict)
    units: Callable[[County], list[Unit]] | None = None
    totals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    breaks: Mapping[str, RuleBreak] = field(default_factory=dict)
    wrong_units: Mapping[str, str] = field(default_factory=dict)

    @property
    def datasets(self) -> set[str]:
        return {*self.makers, *self.by_reporter, *self.streams}
