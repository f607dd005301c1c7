"""Files of which nobody can tell the sender: they belong to no report and stand on no board."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from xiantong.county_time import end_of_county_day
from xiantong.ledger.model import Submission

if TYPE_CHECKING:
    from xiantong.ledger import Ledger

REMEMBERED = timedelta(days=31)


def unnamed_files(ledger: Ledger, day: date) -> list[Submission]:
    """Those returned within a month before the end of ``day``, the latest first: somebody has to
    find out who sent them, because no reporter hears of them."""
    end = end_of_county_day(day)
    return ledger.unnamed(end - REMEMBERED, end)
