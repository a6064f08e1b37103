"""What readings amount to until a time."""

from __future__ import annotations

import pytest

from schemas.coldchain import TemperatureSummed
from streams.core.temperature import Range, sum_up
from tests.streams.core.temperature.logger import Logger, at, limit, profile, us


def summed(logger: Logger, minutes: float) -> TemperatureSummed:
    total = sum_up(logger.series, logger.bounds, us(minutes))
    assert total is not None
    return total


def test_nothing_yet() -> None:
    logger = Logger().take(10, 5.0)
    assert sum_up(logger.series, logger.bounds, us(9)) is None
    assert summed(logger, 10).readings == 1


def test_readings_until_then() -> None:
    total = summed(Logger(declared=10).every(10, [5.0, 9.0, -1.0, 5.0, 30.0]), 35)
    assert (total.readings, total.min_c, total.max_c) == (4, -1.0, 9.0)
    assert (total.consignment_id, total.logger_id, total.until) == ("c-1", "l-1", at(35))


def test_a_reading_holds_until_the_next_one() -> None:
    assert summed(Logger(declared=10).every(10, [9.0, 5.0, -1.0, 5.0]), 100).out_minutes == 20


def test_nothing_is_added_after_the_last_one() -> None:
    assert summed(Logger(declared=10).every(10, [5.0, 9.0]), 100).out_minutes == 0


def test_out_of_two_limits_counts_once() -> None:
    of = profile(limit("hot", 8.0, 60), limit("hot", 8.0, 0), limit("hot", 20.0, 0))
    assert summed(Logger(of, declared=10).every(10, [25.0, 5.0]), 100).out_minutes == 10


def test_unknown_is_neither_in_nor_out() -> None:
    gap = Logger(declared=10).every(10, [5.0, 9.0]).take(110, 9.0).take(120, 5.0)
    assert (summed(gap, 130).out_minutes, summed(gap, 130).unknown_minutes) == (10, 100)
    assert summed(gap, 60).unknown_minutes == 50


def test_silence_counts_until_then() -> None:
    silent = Logger(declared=10).every(10, [5.0, 5.0]).quiet(60)
    assert summed(silent, 70).unknown_minutes == 60
    assert summed(silent, 5).unknown_minutes == 0


def test_mean_kinetic_temperature_where_the_profile_uses_it() -> None:
    logger = Logger(declared=10).every(10, [5.0, 5.0])
    assert summed(logger, 10).mkt_c == pytest.approx(5.0)
    without = sum_up(logger.series, Range.of(profile(mkt=False)), us(10))
    assert without is not None and without.mkt_c is None
