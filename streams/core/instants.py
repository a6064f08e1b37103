"""Times as integers: microseconds since 1970 (UTC) in the state, aware datetimes in messages and decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
FAR_DAY: Final = date(2190, 1, 1).toordinal()
"""Nothing waits for days from here on, and no message may speak of them: times in decisions end with the year 2199."""
FAR: Final = (FAR_DAY - EPOCH.toordinal()) * DAY


def to_us(at: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (at - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The time in UTC."""
    return EPOCH + us * _MICROSECOND  # half the price of a timedelta made of so many microseconds


@lru_cache(maxsize=64)
def span(us: int) -> timedelta:
    """A duration."""
    return timedelta(microseconds=us)


@lru_cache(maxsize=256)
def local_day(us: int, zone: ZoneInfo) -> int:
    """Ordinal of the local day in which a time falls."""
    return from_us(us).astimezone(zone).toordinal()


@lru_cache(maxsize=1024)
def day_start(ordinal: int, zone: ZoneInfo) -> int:
    """When a local day begins."""
    return to_us(datetime.combine(date.fromordinal(ordinal), time(), zone))
