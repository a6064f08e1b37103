"""Clocks: real, scaled, replayed; anything else is refused with a sentence."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import BaogongError
from streams.ledger.clock import RealClock, ReplayedClock, ScaledClock, parse_clock


def test_replayed_time_follows_the_newest_event_and_never_goes_back() -> None:
    clock, noon = ReplayedClock(), datetime(2020, 4, 1, 12, tzinfo=UTC)
    clock.observe(noon)
    clock.observe(noon - timedelta(days=1))
    assert clock.now() == noon
    assert clock.seconds_until(noon) == 0.0
    assert clock.seconds_until(noon + timedelta(seconds=1)) is None


def test_scaled_time_runs_faster() -> None:
    start = datetime(2021, 6, 1, tzinfo=UTC)
    clock = ScaledClock(start, 1000.0)
    waited = clock.seconds_until(start + timedelta(seconds=1000))
    assert waited is not None and 0.9 < waited <= 1.0
    assert clock.now() >= start


def test_settings_name_a_clock() -> None:
    assert isinstance(parse_clock("real"), RealClock)
    assert isinstance(parse_clock("replayed"), ReplayedClock)
    assert parse_clock("scaled:2021-06-01T06:00:00+08:00:60").now().date().isoformat() == "2021-05-31"
    assert isinstance(parse_clock("scaled:now:10"), ScaledClock)


@pytest.mark.parametrize(
    "text", ["", "fast", "scaled", "scaled:now:0", "scaled:now:-1", "scaled:2021-06-01:60", "scaled::"]
)
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(BaogongError, match="is not a clock") as refused:
        parse_clock(text)
    assert refused.value.code == 2
