"""A file of readings assessed: days in local time, minutes, gaps, the flags of a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.coldchain import SensorFlag
from schemas.temperature import BreachKind
from streams.core.temperature import assess
from tests.streams.core.temperature.logger import START, at, limit, profile
from tests.streams.core.temperature.qtag import CELSIUS

SHANGHAI = ZoneInfo("Asia/Shanghai")
READER = profile(limit("hot", 8.0, 30), limit("cold", 2.0, 60, inclusive=False), activation=83.0)


def every(step: int, values: list[float], first: datetime = START) -> list[tuple[datetime, float]]:
    """Readings so many minutes apart."""
    return [(first + timedelta(minutes=number * step), celsius) for number, celsius in enumerate(values)]


def test_nothing() -> None:
    nothing = assess([], READER)
    assert (nothing.readings, nothing.interval_minutes, nothing.mkt_c) == (0, None, None)
    assert (nothing.gaps, nothing.breaches, nothing.out_of_range_minutes, nothing.scores) == ((), (), {}, ())


def test_a_real_device() -> None:
    """Its own alarms (limits of 30 minutes): 21:50 hot until the end, and three cold ones from its finer samples."""
    first = datetime(2022, 11, 8, 4, 49, tzinfo=UTC)
    device = assess(every(10, CELSIUS, first), READER)
    assert (device.readings, device.interval_minutes, device.gaps, device.unknown_minutes) == (124, 10, (), 0.0)
    assert device.mkt_c == pytest.approx(10.5, abs=0.05)
    *cold, hot = device.breaches
    assert (hot.kind, hot.start, hot.end, hot.peak_c) == (
        BreachKind.HOT,
        datetime(2022, 11, 8, 21, 59, tzinfo=UTC),
        None,
        24.3,
    )
    assert hot.alarm_at == datetime(2022, 11, 8, 22, 29, tzinfo=UTC)
    assert hot.minutes == 200
    assert [(breach.kind, f"{breach.start:%H:%M}", breach.minutes, breach.peak_c) for breach in cold] == [
        (BreachKind.COLD, "12:19", 150, 0.9)
    ]
    assert sum(device.out_of_range_minutes.values()) == 10 * sum(not 2.0 <= value < 8.0 for value in CELSIUS[:-1])
    assert device.flags == ()


def test_days_are_local_and_split_at_midnight() -> None:
    late = datetime(2022, 4, 1, 15, 30, tzinfo=UTC)  # half an hour before midnight in Shanghai
    hot = assess(every(60, [9.0, 9.0, 5.0], late), profile(), zone=SHANGHAI)
    assert hot.out_of_range_minutes == {date(2022, 4, 1): 30.0, date(2022, 4, 2): 90.0}
    assert hot.scores[0][0].utcoffset() == timedelta(hours=8)
    assert assess(every(60, [9.0, 9.0, 5.0], late), profile()).out_of_range_minutes == {date(2022, 4, 1): 120.0}


def test_days_of_23_and_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for first, hours in ((datetime(2022, 3, 27, tzinfo=berlin), 23), (datetime(2022, 10, 30, tzinfo=berlin), 25)):
        whole = assess(every(60, [9.0] * 60, first.astimezone(UTC)), profile(), zone=berlin)
        assert whole.out_of_range_minutes[first.date()] == 60 * hours


def test_a_day_in_range_counts_none() -> None:
    days = assess(every(720, [5.0, 5.0, 5.0, 9.0, 5.0]), profile()).out_of_range_minutes
    assert list(days.values()) == [0.0, 240.0, 480.0]


def test_a_gap_is_unknown() -> None:
    gap = assess([*every(10, [9.0] * 4), *every(10, [9.0] * 4, at(90))], profile())
    assert gap.gaps == ((at(30), at(90)),)
    assert gap.unknown_minutes == 60 and gap.breaches == ()
    assert gap.out_of_range_minutes == {START.date(): 60.0}


def test_the_declared_interval_counts() -> None:
    assert assess(every(60, [5.0, 5.0]), profile(), interval_minutes=10).unknown_minutes == 60


def test_no_profile_no_limits() -> None:
    free = assess(every(10, [90.0] * 9), None)
    assert free.breaches == () and set(free.out_of_range_minutes.values()) == {0.0}
    assert free.mkt_c == pytest.approx(90.0)


def test_a_profile_without_mean_kinetic_temperature() -> None:
    assert assess(every(10, [5.0] * 3), profile(mkt=False)).mkt_c is None


def test_newest_first_is_no_other_file() -> None:
    rows = every(10, [5.0, 9.0, 9.5, 9.0, 5.0] * 10)
    assert assess(rows[::-1], READER) == assess(rows, READER)


def test_what_a_file_says_of_its_logger() -> None:
    rows = every(10, [5.0, 5.1, 5.2, 5.3] * 3)
    assert assess([*rows, rows[2]], READER).flags == ((SensorFlag.DUPLICATE, at(20)),)
    back = assess([*rows, (at(65), 5.0)], READER)
    assert back.flags == ((SensorFlag.CLOCK_BACK, at(65)),) and back.readings == 13
    other = assess([*rows, (at(20), 9.0)], READER)
    assert {flag for flag, _ in other.flags} == {SensorFlag.CONFLICT, SensorFlag.CLOCK_BACK}
    assert other.readings == 12


def test_scores_and_warnings_of_every_reading_in_order() -> None:
    scored = assess(every(5, [4.0, 4.1, 4.2, 4.1] * 100 + [30.0] * 20), None)
    assert [when for when, _ in scored.scores] == [START + timedelta(minutes=5 * number) for number in range(420)]
    assert all(0 <= score <= 1 for _, score in scored.scores)
    assert set(scored.warnings) <= set(scored.scores)
