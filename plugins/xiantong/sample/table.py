"""The correct content of one delivery, before it gets its look and its mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from xiantong.periods import Period

if TYPE_CHECKING:
    import pyarrow as pa

    from xiantong.sample.county import County, Unit

Value = str | int | Decimal | date | bool | None
Row = dict[str, Value]


@dataclass(frozen=True)
class Table:
    """Rows by column name of the contract; ``remarks`` explains rows (0-based) that draw a warning."""

    rows: list[Row]
    remarks: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """A planned new version of an accepted delivery, for example a revised account.

    It comes ``days_after`` the due date of its period; ``suffix`` goes into its file name.
    """

    table: Table
    days_after: int
    suffix: str


Maker = Callable[["County", Period], Table]
Reviser = Callable[["County", Period], Revision | None]
Stream = Callable[["County", Period], "Iterator[pa.Table]"]


@dataclass(frozen=True)
class Department:
    """What one department module offers, each by dataset name.

    ``makers`` build a whole delivery, ``streams`` yield a large one in pieces (all columns of the
    contract plus ``remark``, values typed), ``revisers`` say which periods are revised later,
    ``units`` lists the units that have to stand in the register of market entities, ``totals``
    the columns that forms add up in a 合计 row.
    """

    makers: Mapping[str, Maker] = field(default_factory=dict)
    streams: Mapping[str, Stream] = field(default_factory=dict)
    revisers: Mapping[str, Reviser] = field(default_factory=dict)
    units: Callable[[County], list[Unit]] | None = None
    totals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def changed_rows(now: list[Row], before: list[Row], key: str) -> list[Row]:
    """New and changed rows, as a register that delivers only changes sends them."""
    known = {row[key]: row for row in before}
    return [row for row in now if known.get(row[key]) != row]
