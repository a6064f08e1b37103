"""Breaches: one event out of range for long enough, told from its first reading, corrected when the past changes."""

from __future__ import annotations

from typing import Any

from tests.streams.core.temperature.logger import Logger, at, limit, profile

HOT, FINE = 9.0, 5.0


def logger(*limits: Any, declared: int | None = 10) -> Logger:
    """With a limit of 60 minutes at or above 8 °C, where no other is named."""
    return Logger(profile(*(limits or (limit("hot", 8.0, 60),))), declared=declared)


def test_exactly_as_long_as_allowed_is_a_breach() -> None:
    breaking = logger().every(10, [FINE] + [HOT] * 6)
    assert breaking.breaches() == []
    breaking.take(70, HOT)
    assert breaking.said() == ["breach_opened"]
    assert breaking.breaches() == [("hot", 10, 70, None, HOT)]


def test_one_minute_short_is_none() -> None:
    assert logger().every(10, [FINE] + [HOT] * 6).take(69, HOT).take(70, FINE).breaches() == []


def test_the_alarm_needs_a_reading_that_is_itself_out() -> None:
    """An event that may have lasted an hour, but of which no reading says so."""
    assert logger().every(10, [FINE] + [HOT] * 6 + [FINE]).breaches() == []


def test_told_from_its_first_reading() -> None:
    opened = logger().every(10, [FINE, HOT, 11.0] + [HOT] * 5).last[1]
    assert (opened.type, opened.start, opened.alarm_at, opened.end) == ("breach_opened", at(10), at(70), None)
    assert (opened.kind, opened.limit_c, opened.peak_c) == ("hot", 8.0, 11.0)


def test_inclusive_or_not() -> None:
    assert len(logger(limit("hot", 8.0, 60)).every(10, [8.0] * 7).breaches()) == 1
    assert logger(limit("hot", 8.0, 60, inclusive=False)).every(10, [8.0] * 7).breaches() == []


def test_cold_is_a_breach_with_its_lowest_value() -> None:
    cold = logger(limit("cold", -0.5, 20)).every(10, [0.0, -0.5, -3.0, -1.0, -0.4])
    assert cold.breaches() == [("cold", 10, 30, 40, -3.0)]


def test_no_minutes_allowed_one_reading_is_a_breach() -> None:
    strict = logger(limit("hot", 8.0, 0)).every(10, [FINE, HOT])
    assert strict.breaches() == [("hot", 10, 10, None, HOT)]
    assert strict.take(20, FINE).breaches() == [("hot", 10, 10, 20, HOT)]
    assert logger(limit("hot", 8.0, 0)).take(0, HOT).breaches() == [("hot", 0, 0, None, HOT)]


def test_worse_extends_and_back_in_range_shortens() -> None:
    breaking = logger().every(10, [HOT] * 7)
    assert breaking.take(70, 8.5).said() == []
    assert breaking.take(80, 12.0).said() == ["breach_extended"]
    assert breaking.take(90, FINE).said() == ["breach_shortened"]
    assert breaking.breaches() == [("hot", 0, 60, 90, 12.0)]
    assert breaking.take(100, HOT).said() == []


def test_several_limits_each_have_their_breach() -> None:
    both = logger(limit("hot", 8.0, 60), limit("hot", 8.0, 30), limit("hot", 20.0, 0)).every(10, [HOT] * 7 + [21.0])
    assert [(kind, start, alarm, peak) for kind, start, alarm, _, peak in both.breaches()] == [
        ("hot", 0, 30, 21.0),
        ("hot", 0, 60, 21.0),
        ("hot", 70, 70, 21.0),
    ]
    assert sorted(breach.limit_c for breach in both.series.standing()) == [8.0, 8.0, 20.0]


def test_a_gap_ends_an_excursion_at_its_last_reading() -> None:
    before = logger().every(10, [HOT] * 7).take(101, HOT)
    assert before.said() == ["gap_found", "breach_shortened"]
    assert before.breaches() == [("hot", 0, 60, 60, HOT)]
    assert before.every(10, [HOT] * 6, first=111).breaches()[1] == ("hot", 101, 161, None, HOT)


def test_exactly_three_intervals_do_not_end_it() -> None:
    assert logger().every(10, [HOT] * 4).take(60, HOT).breaches() == [("hot", 0, 60, None, HOT)]


def test_a_late_reading_in_range_withdraws() -> None:
    late = logger().every(10, [HOT] * 7).take(35, FINE)
    assert late.last[0].late
    assert late.said() == ["breach_withdrawn"]
    assert late.breaches() == []


def test_a_late_reading_in_range_splits() -> None:
    whole = logger().every(10, [HOT] * 16)
    name = whole.series.standing()[0].breach_id
    assert whole.take(75, FINE).said() == ["breach_shortened", "breach_opened"]
    assert whole.breaches() == [("hot", 0, 60, 75, HOT), ("hot", 80, 140, None, HOT)]
    assert whole.series.standing()[1].breach_id == name, "the one that goes on has more of it"


def test_a_late_reading_out_of_range_merges() -> None:
    """Unknown between two events, until a late reading says that it was one."""
    two = logger().every(10, [HOT] * 7).every(10, [HOT] * 8, first=110).take(190, FINE)
    assert two.breaches() == [("hot", 0, 60, 60, HOT), ("hot", 110, 170, 190, HOT)]
    assert two.take(85, 10.0).said() == ["gap_withdrawn", "breach_withdrawn", "breach_extended"]
    assert two.breaches() == [("hot", 0, 60, 190, 10.0)]


def test_a_late_reading_dates_it_back() -> None:
    """With the reading out of range that came late, the event began earlier, and the alarm was due earlier."""
    told = logger().take(0, FINE).every(10, [HOT] * 8, first=30)
    assert told.breaches() == [("hot", 30, 90, None, HOT)]
    assert told.take(20, HOT).said() == ["breach_extended"]
    assert told.breaches() == [("hot", 20, 80, None, HOT)]
    assert told.take(25, FINE).said() == ["breach_shortened"]
    assert told.breaches() == [("hot", 30, 90, None, HOT)]


def test_a_late_reading_that_makes_a_breach() -> None:
    late = logger().every(10, [HOT] * 3).every(10, [HOT] * 3, first=70)
    assert late.breaches() == []
    assert late.take(40, HOT).said() == ["gap_withdrawn", "breach_opened"]
    assert late.breaches() == [("hot", 0, 70, None, HOT)]


def test_late_and_less_bad_is_no_change() -> None:
    assert logger().every(10, [HOT] * 9).take(25, 8.5).said() == []


def test_ids_stay_while_a_breach_changes_and_are_never_shared() -> None:
    changing = logger().every(10, [HOT] * 16)
    name = changing.series.standing()[0].breach_id
    changing.take(75, FINE).take(75, HOT)  # split, then two values for one moment: the worse one mends it
    assert changing.breaches() == [("hot", 0, 60, None, HOT)]
    assert [breach.breach_id for breach in changing.series.standing()] == [name]
    ids = {*(b.breach_id for b in logger().every(10, [HOT] * 7).series.standing()), name}
    assert ids == {name}, "the same breach has the same id in any process"


def test_an_id_given_away_is_not_given_again() -> None:
    """A breach opened at 80 is dated back to 0, and split at 75: the one that starts at 80 now is another one."""
    series = logger().take(75, FINE).every(10, [HOT] * 8, first=80).take(160, FINE)
    first = series.series.standing()[0].breach_id
    series = series.every(10, [HOT] * 8)
    assert series.breaches() == [("hot", 0, 60, 75, HOT), ("hot", 80, 140, 160, HOT)]
    assert series.series.standing()[1].breach_id == first
    assert len({breach.breach_id for breach in series.series.standing()}) == 2


def test_a_long_excursion_before_its_alarm() -> None:
    """More readings than are looked at in one step, with a gap and readings in range before them."""
    long = logger(limit("hot", 8.0, 300), declared=1).every(1, [HOT] * 50).every(1, [FINE] * 3, first=60)
    long.every(1, [HOT] * 300, first=63)
    assert long.breaches() == []
    assert long.take(363, HOT).breaches() == [("hot", 63, 363, None, HOT)]
    parted = logger(limit("hot", 8.0, 300), declared=1).every(1, [HOT] * 250).every(1, [HOT] * 300, first=260)
    assert parted.breaches() == []
    assert parted.take(560, HOT).breaches() == [("hot", 260, 560, None, HOT)]
