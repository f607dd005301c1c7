"""The county's clock. The ledger keeps UTC without a zone; people read and owe by Beijing time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

# China has kept one zone without summer time since 1991.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def utc_now() -> datetime:
    """Now in UTC without a zone, as everywhere in the ledger."""
    return datetime.now(UTC).replace(tzinfo=None)


def county_time(moment: datetime) -> datetime:
    """Beijing time of a moment; one without a zone is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(BEIJING)


def county_day(moment: datetime) -> date:
    """The day on which a moment lies in the county."""
    return county_time(moment).date()


def county_today() -> date:
    """The day that it is in the county."""
    return county_day(utc_now())


def start_of_county_day(day: date) -> datetime:
    """The first moment of a day in the county, in UTC without a zone."""
    start = datetime.combine(day, time.min, BEIJING)
    return start.astimezone(UTC).replace(tzinfo=None)


def end_of_county_day(day: date) -> datetime:
    """The last moment of a day in the county, in UTC without a zone."""
    end = datetime.combine(day, time.max, BEIJING)
    return end.astimezone(UTC).replace(tzinfo=None)


def day_zh(day: date) -> str:
    """``2023年11月6日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_zh(moment: datetime) -> str:
    """``2023年11月6日 17:05``, Beijing time."""
    local = county_time(moment)
    return f"{day_zh(local.date())} {local:%H:%M}"
