"""The state of a logger as plain lists: whole, the same for equal states, strict about what is not one."""

from __future__ import annotations

import json

import pytest

from streams.core.temperature import Series, decide_reading
from tests.streams.core.temperature.logger import Logger, read


def eventful() -> Logger:
    """A logger with something of everything."""
    logger = Logger().every(10, [5.0, 9.0, 9.5, *[9.1] * 8, 5.0]).take(300, 5.0).take(310, 60.0).take(320, 5.0)
    return logger.take(10, 9.0).take(20, 7.0).take(55, 9.3).quiet(500)


def test_round_trip_is_exact() -> None:
    plain = eventful().series.plain()
    again = Series.from_plain(json.loads(json.dumps(plain)))
    assert again.plain() == plain
    assert (again.flat, again.longest, again.silent) == (eventful().series.flat, eventful().series.longest, True)


def test_what_was_read_back_decides_the_same() -> None:
    one = eventful()
    other = Series.from_plain(json.loads(json.dumps(one.series.plain())))
    for minutes, celsius in ((330, 9.0), (510, 9.0), (315, 9.0), (10, 9.0), (600, 5.0)):
        reading = read(minutes, celsius)
        decided = decide_reading(other, one.bounds, reading)
        assert one.take(minutes, celsius).last == decided
        again = Logger()
        again.series, again.last = other, decided
        again.fold()
    assert other.plain() == one.series.plain()


def test_the_first_reading_needs_no_series() -> None:
    decisions = decide_reading(None, Logger().bounds, read(0, 5.0))
    assert [(d.type, d.consignment_id, d.logger_id) for d in decisions] == [("reading_recorded", "c-1", "l-1")]


@pytest.mark.parametrize("place", range(11))
def test_what_is_not_a_series_is_refused(place: int) -> None:
    plain = eventful().series.plain()
    with pytest.raises((ValueError, TypeError)):
        Series.from_plain(plain[:place])
