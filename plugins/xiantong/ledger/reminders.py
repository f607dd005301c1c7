"""What was sent to whom: a history to which rows are only added."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, insert, select

from xiantong.ledger.ledger import Ledger
from xiantong.ledger.schema import ReminderRow


class SendState(StrEnum):
    """Steps of one message. ``begun`` alone means that the process died while it was sending:
    nobody knows whether the message arrived, so that it counts as sent."""

    BEGUN = "begun"
    SENT = "sent"
    FAILED = "failed"


class ReminderLog:
    """The table ``reminder`` of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(
        self,
        reporter_code: str,
        channel: str,
        day: date,
        state: SendState,
        at: datetime,
        item_cnt: int,
        fault: str | None = None,
    ) -> None:
        """Record one step; ``at`` in UTC without a zone, ``day`` in the county."""
        values = {
            "reporter_code": reporter_code, "channel": channel, "day": day, "state": state.value,
            "at": at, "item_cnt": item_cnt, "fault": fault,
        }  # fmt: skip
        with self._ledger.writing() as session:
            session.execute(insert(ReminderRow).values(values))

    def last_days(self) -> dict[tuple[str, str], date]:
        """Per reporter and channel the last day on which a message went out, or may have."""
        newest = (
            select(func.max(ReminderRow.seq))
            .group_by(ReminderRow.reporter_code, ReminderRow.channel, ReminderRow.day)
            .scalar_subquery()
        )
        statement = select(ReminderRow.reporter_code, ReminderRow.channel, ReminderRow.day).where(
            ReminderRow.seq.in_(newest), ReminderRow.state != SendState.FAILED.value
        )
        found: dict[tuple[str, str], date] = {}
        with self._ledger.reading() as session:
            for reporter, channel, day in session.execute(statement):
                found[reporter, channel] = max(day, found.get((reporter, channel), day))
        return found
