"""What is wrong with the readings themselves: once an episode, and not what a healthy logger does."""

from __future__ import annotations

import random
from itertools import cycle, islice

import pytest

from schemas.coldchain import SensorFlag
from streams.core.instants import MINUTE
from streams.core.temperature.flags import steps_back
from tests.streams.core.temperature.logger import Logger
from tests.streams.core.temperature.qtag import CELSIUS

VARIED = [4.0, 4.2, 4.1, 4.3]


def all_flags(logger: Logger) -> dict[SensorFlag, int]:
    """How many of each stand."""
    return {flag: len(ats) for flag, ats in logger.series.flags.items()}


def varied(count: int) -> list[float]:
    """A healthy logger's readings."""
    return list(islice(cycle(VARIED), count))


# flat line


def test_flat_for_exactly_six_hours() -> None:
    flat = Logger(declared=10).every(10, [4.1, *[4.0] * 36])
    assert all_flags(flat) == {}
    assert flat.take(370, 4.0).flags() == [("flat_line", 10)]
    assert flat.take(380, 4.0).flags() == []
    assert flat.every(10, [4.1, *[4.0] * 37], first=390).flags() == [("flat_line", 400)]


def test_flat_but_few_readings() -> None:
    assert all_flags(Logger(declared=60).every(60, [4.0] * 23)) == {}
    assert all_flags(Logger(declared=60).every(60, [4.0] * 24)) == {SensorFlag.FLAT_LINE: 1}


def test_another_value_parts_a_flat_line() -> None:
    assert all_flags(Logger(declared=10).every(10, [*[4.0] * 30, 4.1, *[4.0] * 30])) == {}


def test_a_late_reading_completes_a_flat_line() -> None:
    late = Logger(declared=60)
    for hour in [*range(10), *range(11, 24)]:
        late.take(60 * hour, 4.0)
    assert all_flags(late) == {}
    assert late.take(600, 4.0).flags() == [("flat_line", 0)]


# jump


@pytest.mark.parametrize(
    ("values", "jumps"),
    [
        ([4.0, 14.1, 4.0], 1),  # up and back
        ([4.0, 14.0, 4.0], 0),  # exactly as much as is allowed
        ([4.0, -6.5, 4.0], 1),  # down and back
        ([4.0, 15.0, 15.0, 4.0], 0),  # there for longer: goods may have been
        ([4.0, 15.0, 26.0], 0),  # on and on, not back
        ([4.0, 24.5], 1),  # too far for ten minutes
        ([4.0, 24.0], 0),
        ([4.0, 60.0, 4.0, 60.0, 4.0], 1),  # one episode
    ],
)
def test_jump(values: list[float], jumps: int) -> None:
    logger = Logger(declared=10).every(10, varied(20) + values)
    assert all_flags(logger).get(SensorFlag.JUMP, 0) == jumps


def test_a_jump_that_is_only_seen_when_it_is_back() -> None:
    assert Logger(declared=10).every(10, [*varied(10), 15.0, 4.0]).flags() == [("jump", 100)]


def test_slow_loggers_may_step_further() -> None:
    assert all_flags(Logger(declared=60).every(60, [4.0, 4.1, 30.0])) == {}
    assert all_flags(Logger(declared=60).every(60, [4.0, 4.1, 45.0])) == {SensorFlag.JUMP: 1}


def test_from_the_shelf_into_the_freezer_is_no_jump() -> None:
    assert all_flags(Logger(declared=10).every(10, [21.5, -9.6, -18.0])) == {}


def test_across_a_gap_nothing_jumps() -> None:
    assert all_flags(Logger(declared=10).every(10, varied(20)).take(300, 60.0)) == {}


def test_a_late_reading_that_jumps() -> None:
    late = Logger(declared=10).every(10, varied(20)).every(10, varied(20), first=210)
    assert late.take(200, 25.0).flags() == [("jump", 200)]


def test_jumps_hours_apart_are_two_episodes() -> None:
    twice = Logger(declared=10).every(10, [*varied(10), 60.0, *varied(36), 60.0, *varied(3)])
    assert all_flags(twice) == {SensorFlag.JUMP: 2}


# clock set back


def test_a_clock_set_back_tells_of_the_same_time_again() -> None:
    back = Logger(declared=10).every(10, varied(20))
    assert back.take(103, 4.0).flags() == [("clock_back", 103)]
    assert back.take(113, 4.0).flags() == [], "one episode"


def test_readings_from_a_buffer_fill_a_hole() -> None:
    buffered = Logger(declared=10).every(10, varied(10)).every(10, varied(10), first=150)
    assert all_flags(buffered.every(10, varied(5), first=100)) == {}


def test_two_that_changed_places_are_no_clock() -> None:
    assert all_flags(Logger(declared=10).every(10, varied(20)).take(210, 4.0).take(200, 4.1)) == {}
    assert all_flags(Logger(declared=10).every(10, varied(20)).take(185, 4.0)) == {}


@pytest.mark.parametrize("declared", [None, 10])
def test_no_order_at_all_is_no_clock(declared: int | None) -> None:
    for seed in range(20):
        minutes = list(range(0, 2000, 10))
        random.Random(seed).shuffle(minutes)
        logger = Logger(declared=declared)
        for minute in minutes:
            logger.take(minute, VARIED[minute // 10 % 4])
        assert SensorFlag.CLOCK_BACK not in all_flags(logger)


def test_steps_back_in_a_file() -> None:
    def back(*minutes: int) -> list[int]:
        return [at // MINUTE for at in steps_back((minute * MINUTE, float(minute % 7)) for minute in minutes)]

    assert back(0, 10, 20, 30) == []
    assert back(30, 20, 10, 0) == [], "newest first"
    assert back(0, 10, 20, 5, 15, 25) == [5]
    assert back(30, 20, 10, 25, 0) == [25]
    assert back(0, 10, 20, 0, 10, 20) == [], "two exports in one file"
    assert steps_back([(0, 1.0), (10, 1.0), (0, 2.0)]) == [0], "another value is no repeat"
    assert back(40, 0, 30, 10, 50, 20, 70, 60) == [], "no order at all is no clock"


# repeats and contradictions


def test_repeats_once_an_episode() -> None:
    repeated = Logger(declared=10).every(10, varied(50))
    assert repeated.take(100, 4.1).flags() == [("duplicate", 100)]
    assert [d.type for d in repeated.last] == ["sensor_flagged"]
    assert repeated.take(110, 4.3).last == []
    assert repeated.take(100 + 350, 4.2).last == []
    assert repeated.take(100 + 360, 4.1).last != []


def test_minus_zero_is_zero() -> None:
    assert Logger().take(0, 0.0).take(0, -0.0).flags() == [("duplicate", 0)]


def test_of_two_values_the_worse_counts() -> None:
    conflict = Logger(declared=10).every(10, [5.0] * 3)
    assert conflict.take(10, 9.0).flags() == [("conflict", 10)]
    assert conflict.last[0].type == "reading_recorded" and conflict.last[0].late
    assert list(conflict.series.values) == [5.0, 9.0, 5.0]
    assert conflict.take(10, 4.0).last == []
    assert list(conflict.series.values) == [5.0, 9.0, 5.0]
    assert not conflict.take(20, 9.0).last[0].late


# healthy loggers


def test_a_real_logger_does_nothing_of_this() -> None:
    assert all_flags(Logger(declared=10).every(10, CELSIUS)) == {}
