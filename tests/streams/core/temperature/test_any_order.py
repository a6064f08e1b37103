"""Property: readings in any order, with repeats, contradictions and silences, end in the same verdicts."""

from __future__ import annotations

import json
import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.temperature import Profile
from streams.core.temperature import AssessedBreach, Series, assess, next_silence
from streams.core.temperature.kinetic import mean_kinetic
from tests.streams.core.temperature import plainly
from tests.streams.core.temperature.logger import START, Logger, at, limit, profile, us

PROFILES = (
    profile(),
    profile(limit("hot", 8.0, 0), limit("hot", 8.0, 20, inclusive=False), limit("cold", 2.0, 10)),
    profile(limit("hot", 6.0, 15, inclusive=False), limit("hot", 9.0, 5), limit("cold", 1.0, 0, inclusive=False)),
)
TIMES = st.one_of(st.integers(0, 24).map(lambda step: 5 * step), st.integers(0, 150))
READINGS = st.lists(st.tuples(TIMES, st.sampled_from([-1.0, 0.0, 1.0, 5.0, 8.0, 9.0, 12.0])), min_size=1, max_size=22)
END = 220
MANY = READINGS | st.lists(st.tuples(st.integers(0, 150), st.sampled_from([5.0, 8.0, -1.0])), min_size=20, max_size=70)


def facts(logger: Logger) -> list[tuple[str, float, float, float, float | None, float]]:
    """What stands, as the oracle says it."""
    found = zip(logger.breaches(), logger.series.standing(), strict=True)
    return sorted(((b[0], standing.limit_c, *b[1:]) for b, standing in found), key=str)


def assessed(breach: AssessedBreach) -> tuple[str, float, float, float, float | None, float]:
    """The same of an assessment."""
    start, alarm, end = (
        None if when is None else (when - START) / timedelta(minutes=1)
        for when in (breach.start, breach.alarm_at, breach.end)
    )
    assert start is not None and alarm is not None
    return breach.kind.value, breach.limit_c, start, alarm, end, breach.peak_c


def restored(logger: Logger) -> None:
    """Write the state down and read it back."""
    plain = json.loads(json.dumps(logger.series.plain()))
    logger.series = Series.from_plain(plain)
    assert logger.series.plain() == plain


@settings(max_examples=200, deadline=None)
@given(READINGS, st.sampled_from(PROFILES), st.sampled_from([None, 5, 10]), st.data())
def test_fold_of_the_corrections_is_the_plain_truth(
    readings: list[tuple[int, float]], of: Profile, declared: int | None, data: st.DataObject
) -> None:
    counting = plainly.counting(readings, of)
    logger, newest = Logger(of, declared=declared), 0
    arriving = data.draw(st.permutations(readings + data.draw(st.lists(st.sampled_from(readings), max_size=5))))
    for minutes, celsius in arriving:
        logger.take(minutes, celsius)
        assert len({breach.breach_id for breach in logger.series.standing()}) == len(logger.series.standing())
        newest = max(newest, minutes)
        if data.draw(st.booleans()):
            logger.quiet(data.draw(st.integers(newest, END)))
        if data.draw(st.booleans()):
            restored(logger)
    logger.quiet(END)
    minutes = declared or plainly.interval(counting)
    unknown = plainly.gaps(counting, minutes, END)
    assert logger.series.interval_minutes == minutes
    assert list(logger.series.values) == [celsius for _, celsius in counting]
    assert list(logger.series.times) == [us(when) for when, _ in counting]
    assert logger.gaps() == unknown
    assert facts(logger) == plainly.breaches(counting, of, unknown)


@settings(max_examples=100, deadline=None)
@given(MANY, st.sampled_from(PROFILES), st.sampled_from([None, 5]), st.randoms(use_true_random=False))
def test_stage_and_assessment_agree(
    readings: list[tuple[int, float]], of: Profile, declared: int | None, chance: random.Random
) -> None:
    """Without silence: a file ends with its last reading."""
    logger = Logger(of, declared=declared)
    shuffled = readings * 2
    chance.shuffle(shuffled)
    for minutes, celsius in shuffled:
        logger.take(minutes, celsius)
    whole = assess(((at(minutes), celsius) for minutes, celsius in readings), of, interval_minutes=declared)
    assert logger.series.interval_minutes == whole.interval_minutes
    assert [(at(start), at(end or 0)) for start, end in logger.gaps()] == list(whole.gaps)
    assert facts(logger) == sorted(map(assessed, whole.breaches), key=str)
    assert mean_kinetic(logger.series.timeline, of.activation_kj_mol) == whole.mkt_c
    assert whole.readings == len(logger.series.times)


@settings(max_examples=60, deadline=None)
@given(READINGS, st.sampled_from(PROFILES))
def test_every_reading_again_decides_nothing_new(readings: list[tuple[int, float]], of: Profile) -> None:
    logger = Logger(of)
    for _ in range(2):
        for minutes, celsius in readings:
            logger.take(minutes, celsius)
    for minutes, celsius in readings:
        before = logger.series.plain()
        assert {decision.type for decision in logger.take(minutes, celsius).last} <= {"sensor_flagged"}
        after = logger.series.plain()
        assert [part for place, part in enumerate(before) if place != 8] == [
            part for place, part in enumerate(after) if place != 8
        ]


def test_silence_is_due_just_after_three_intervals() -> None:
    logger = Logger(declared=5).take(0, 4.0)
    assert next_silence(logger.series) == us(15) + 1
    assert next_silence(logger.quiet(15).series) == us(15) + 1
    assert next_silence(logger.quiet(15.1).series) is None
