"""Gaps: more than three intervals without a reading are unknown; known by time alone, moved and filled by late ones."""

from __future__ import annotations

from streams.core.temperature import next_silence
from tests.streams.core.temperature.logger import Logger, us


def test_exactly_three_intervals_are_none() -> None:
    assert Logger(declared=10).take(0, 5.0).take(30, 5.0).gaps() == []


def test_more_than_three_are_one() -> None:
    gap = Logger(declared=10).take(0, 5.0).take(30.02, 5.0)
    assert gap.said() == ["gap_found"]
    assert gap.gaps() == [(0, 30.02)]


def test_no_gap_while_the_interval_is_unknown() -> None:
    alone = Logger().take(0, 5.0)
    assert next_silence(alone.series) is None
    assert alone.quiet(10000).gaps() == []


def test_a_late_reading_fills_a_gap() -> None:
    assert Logger(declared=10).take(0, 5.0).take(50, 5.0).take(25, 5.0).said() == ["gap_withdrawn"]


def test_a_late_reading_shortens_a_gap_at_either_end() -> None:
    start = Logger(declared=10).take(0, 5.0).take(100, 5.0).take(20, 5.0)
    assert start.said() == ["gap_withdrawn", "gap_found"]
    assert start.gaps() == [(20, 100)]
    end = start.take(90, 5.0)
    assert end.said() == ["gap_found"]
    assert end.gaps() == [(20, 90)]


def test_a_late_reading_parts_a_gap_in_two() -> None:
    assert Logger(declared=10).take(0, 5.0).take(100, 5.0).take(50, 5.0).gaps() == [(0, 50), (50, 100)]


def test_a_reading_before_all_others_may_add_one() -> None:
    assert Logger(declared=10).take(100, 5.0).take(0, 5.0).gaps() == [(0, 100)]


def test_silence_by_time_alone() -> None:
    silent = Logger(declared=10).every(10, [5.0, 5.0])
    assert next_silence(silent.series) == us(40) + 1
    assert silent.quiet(40).gaps() == []
    assert silent.quiet(41).said() == ["gap_found"]
    assert silent.gaps() == [(10, None)]
    assert silent.quiet(50).last == [] and next_silence(silent.series) is None


def test_silence_ends_what_went_on() -> None:
    silent = Logger(declared=10).every(10, [9.0] * 8).quiet(101)
    assert silent.said() == ["gap_found", "breach_shortened"]
    assert silent.breaches() == [("hot", 0, 60, 70, 9.0)]
    assert silent.quiet(200).last == []


def test_a_reading_after_silence_closes_the_gap() -> None:
    closed = Logger(declared=10).every(10, [9.0] * 8).quiet(101).take(110, 9.0)
    assert closed.said() == ["gap_found"]
    assert closed.gaps() == [(70, 110)]
    assert next_silence(closed.series) == us(140) + 1


def test_a_reading_that_was_under_way_takes_the_silence_back() -> None:
    back = Logger(declared=10).every(10, [9.0] * 8).quiet(101).take(100, 9.0)
    assert back.said() == ["gap_withdrawn", "breach_extended"]
    assert back.gaps() == [] and back.breaches() == [("hot", 0, 60, None, 9.0)]


def test_readings_late_before_the_silence_leave_it() -> None:
    silent = Logger(declared=10).every(10, [5.0, 5.0]).quiet(60).take(5, 5.0)
    assert silent.gaps() == [(10, None)]


def test_a_longer_interval_takes_gaps_and_silence_back() -> None:
    """With the next tick silence is judged by the new interval."""
    learning = Logger().every(5, [5.0] * 3).quiet(60).take(-60, 5.0).take(-120, 5.0)
    assert learning.gaps() == [(-120, -60), (-60, 0), (10, None)]
    assert learning.take(-180, 5.0).said() == ["interval_known", *["gap_withdrawn"] * 3]
    assert learning.gaps() == []
    assert next_silence(learning.series) == us(190) + 1


def test_a_declared_interval_makes_gaps_of_what_was_none() -> None:
    slow = Logger().every(60, [5.0] * 4)
    assert slow.gaps() == []
    assert slow.take(240, 5.0, 15).said() == ["interval_known", "gap_found", "gap_found", "gap_found", "gap_found"]
    assert slow.gaps() == [(0, 60), (60, 120), (120, 180), (180, 240)]
