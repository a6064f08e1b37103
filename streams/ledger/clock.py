"""Clocks (R4): the runtime's time is an object: real, scaled from a start, or following the newest event (replay)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from schemas.errors import USAGE, BaogongError


class Clock(Protocol):
    """What time it is for a stage."""

    follows_events: bool
    """True: time moves only with `observe`, so a partition must be brought up to each event before deciding it."""

    def now(self) -> datetime:
        """The present, in UTC."""
        ...

    def observe(self, at: datetime) -> None:
        """An event of this time was met."""
        ...

    def seconds_until(self, at: datetime) -> float | None:
        """Real seconds until that time; 0 if past; None where only events can bring it about."""
        ...


class RealClock:
    """The machine's clock."""

    follows_events = False

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  the one place that asks the machine

    def observe(self, at: datetime) -> None:
        """Events do not move this clock."""

    def seconds_until(self, at: datetime) -> float | None:
        """Real seconds until that time."""
        return max(0.0, (at - self.now()).total_seconds())


class ScaledClock:
    """Time that began at `start` and runs `factor` times as fast as the machine's."""

    follows_events = False

    def __init__(self, start: datetime, factor: float) -> None:
        self._start, self._factor, self._origin = start, factor, time.monotonic()

    def now(self) -> datetime:
        """The scaled present."""
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self._factor)

    def observe(self, at: datetime) -> None:
        """Events do not move this clock."""

    def seconds_until(self, at: datetime) -> float | None:
        """Real seconds until that scaled time."""
        return max(0.0, (at - self.now()).total_seconds() / self._factor)


class ReplayedClock:
    """Time follows the newest event: old data is decided as if the worker had been there."""

    follows_events = True

    def __init__(self) -> None:
        self._now = datetime(1970, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The newest event's time."""
        return self._now

    def observe(self, at: datetime) -> None:
        """Move on to an event's time; never back."""
        self._now = max(self._now, at)

    def seconds_until(self, at: datetime) -> float | None:
        """0 if past, else None: waiting does not help."""
        return 0.0 if at <= self._now else None


def parse_clock(text: str) -> Clock:
    """A clock from its setting: `real`, `replayed`, or `scaled:START:FACTOR` (START: ISO time with offset, `now`)."""
    kind, _, rest = text.partition(":")
    if text == "real":
        return RealClock()
    if text == "replayed":
        return ReplayedClock()
    if kind == "scaled":
        start, _, factor = rest.rpartition(":")
        try:
            begin = RealClock().now() if start == "now" else datetime.fromisoformat(start)
            speed = float(factor)
        except ValueError:
            begin, speed = None, 0.0
        if begin is not None and begin.tzinfo is not None and 0 < speed < 1e6:
            return ScaledClock(begin.astimezone(UTC), speed)
    raise BaogongError(
        f"'{text}' is not a clock: say real, replayed, or scaled:START:FACTOR, "
        "such as scaled:2021-06-01T06:00:00+08:00:60.",
        USAGE,
    )
