"""The logging interval: declared (the shortest counts), or the median of the earliest steps, whatever their order."""

from __future__ import annotations

import random
from array import array

import pytest

from streams.core.instants import MINUTE
from streams.core.temperature.interval import counted, learned
from tests.streams.core.temperature.logger import Logger


@pytest.mark.parametrize(
    ("minutes", "interval"),
    [
        ([], None),
        ([0], None),
        ([0, 10], 10),
        ([0, 10, 20, 500], 10),
        ([0, 300, 305, 310], 5),
        ([0, 0.5, 1.0], 1),  # never less than a minute
        ([0, 9.8, 20.1, 30.0], 10),  # to the minute
        ([0, 5, 15], 5),  # of two the shorter: the careful side
        ([0, 60 * 24 * 30], 60 * 24 * 7),  # never more than a week
    ],
)
def test_median_of_the_steps(minutes: list[float], interval: int | None) -> None:
    assert learned(array("q", (round(minute * MINUTE) for minute in minutes))) == interval


def test_learned_from_the_earliest_so_many() -> None:
    assert [counted(n) for n in (0, 1, 8, 9, 15, 16, 100, 1024, 5000)] == [0, 1, 8, 8, 8, 16, 64, 1024, 1024]


def test_said_when_it_becomes_known_and_when_it_changes() -> None:
    learning = Logger().take(0, 5.0)
    assert learning.said() == []
    assert learning.take(30, 5.0).last[1].minutes == 30 and not learning.last[1].declared
    assert learning.take(40, 5.0).last[1].minutes == 10
    assert learning.take(50, 5.0).said() == []


def test_declared_counts_before_learned() -> None:
    declared = Logger().every(10, [5.0] * 3).take(30, 5.0, 15)
    assert declared.last[1].minutes == 15 and declared.last[1].declared
    assert declared.take(31, 5.0).take(32, 5.0).take(33, 5.0).series.interval_minutes == 15


def test_of_several_declared_the_shortest_counts() -> None:
    several = Logger().take(0, 5.0, 15).take(15, 5.0, 5)
    assert several.series.interval_minutes == 5
    assert several.take(35, 5.0, 30).series.interval_minutes == 5


def test_a_repeat_may_declare_too() -> None:
    repeat = Logger().every(20, [5.0] * 3)
    assert repeat.take(20, 5.0, 5).said() == ["interval_known", "gap_found", "gap_found"]
    assert repeat.take(20, 5.0, 5).last == []


def test_the_same_in_any_order() -> None:
    chance = random.Random(4)
    minutes = [0]
    for _ in range(299):
        minutes.append(minutes[-1] + chance.choice([5, 5, 5, 6, 10, 30]))
    known = {Logger().every(0, []).series.interval_minutes}
    for _ in range(5):
        chance.shuffle(minutes)
        logger = Logger()
        for minute in minutes:
            logger.take(minute, 5.0)
        known.add(logger.series.interval_minutes)
    assert known == {None, 5}


def test_while_readings_come_in_order_it_changes_seldom() -> None:
    """Steps that alternate would move the median of all of them with every reading."""
    logger, changes, minute = Logger(), 0, 0
    for number in range(500):
        logger.take(minute, 5.0)
        changes += number > 8 and "interval_known" in logger.said()
        minute += 10 if number % 2 == 0 else 5
    assert changes <= 6
