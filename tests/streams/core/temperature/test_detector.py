"""The early warning's properties: causal, of one size, the same after a restart, in 0..1, whatever the unit."""

from __future__ import annotations

import json
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.instants import HOUR, MINUTE
from streams.core.temperature.detector import DEFAULTS, Detector
from tests.benchmarks.detectors_compare import published
from tests.benchmarks.detectors_nab import best_score, raw_score, spans
from tests.benchmarks.detectors_synthetic import FAMILIES, series

VALUES = st.floats(-200, 200, allow_nan=False).map(lambda value: value + 0.0)
STEPS = st.one_of(st.just(5 * MINUTE), st.integers(1, 48 * HOUR))
READINGS = st.lists(st.tuples(STEPS, VALUES), min_size=1, max_size=60)
HELD_OUT = range(30_000, 30_015)


def run(readings: list[tuple[int, float]], detector: Detector | None = None) -> list[tuple[float, bool]]:
    """Score and warning of each reading."""
    detector, found = detector or Detector(), []
    for at, celsius in readings:
        found.append(detector.step(at, celsius))
        detector.take(at, celsius)
    return found


def at_times(steps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    at, found = 0, []
    for step, celsius in steps:
        at += step
        found.append((at, celsius))
    return found


def life(rows: int, seed: int = 1) -> list[tuple[int, float]]:
    """An ordinary refrigerator, every five minutes."""
    rng = Random(seed)
    return [(row * 5 * MINUTE, round(5 + 0.6 * ((row % 9) / 9) + rng.gauss(0, 0.1), 1)) for row in range(rows)]


@settings(max_examples=150, deadline=None)
@given(READINGS, st.data())
def test_scores_do_not_know_the_future(steps: list[tuple[int, float]], data: st.DataObject) -> None:
    readings = life(160) + [(160 * 5 * MINUTE + at, celsius) for at, celsius in at_times(steps)]
    cut = data.draw(st.integers(0, len(readings)))
    assert run(readings)[:cut] == run(readings[:cut])


@settings(max_examples=150, deadline=None)
@given(READINGS, st.integers(0, 60))
def test_restarts_change_nothing(steps: list[tuple[int, float]], stop: int) -> None:
    readings = at_times(steps)
    detector = Detector()
    before = run(readings[:stop], detector)
    again = Detector.from_plain(json.loads(json.dumps(detector.plain())))
    assert again.plain() == detector.plain()
    assert before + run(readings[stop:], again) == run(readings)


@settings(max_examples=200, deadline=None)
@given(READINGS)
def test_scores_lie_in_0_to_1_and_warn_from_a_half_on(steps: list[tuple[int, float]]) -> None:
    for score, warns in run(life(200) + [(1000 * MINUTE + at, celsius) for at, celsius in at_times(steps)]):
        assert 0 <= score <= 1
        assert warns is (score >= 0.5)


def test_looking_changes_nothing_and_old_readings_score_nothing() -> None:
    detector = Detector()
    run(life(200), detector)
    before = detector.plain()
    assert detector.score(200 * 5 * MINUTE, 30.0) > 0
    assert detector.plain() == before
    detector.take(0, 30.0)
    assert (detector.score(0, 30.0), detector.plain()) == (0.0, before)


def test_memory_is_of_one_size() -> None:
    detector = Detector()
    run(life(1), detector)
    size = len(detector.plain())
    run([(at + HOUR, celsius) for at, celsius in life(3000)], detector)
    assert len(detector.plain()) == size
    assert len(json.dumps(detector.plain())) < 2500


def test_a_state_of_another_detector_is_refused() -> None:
    with pytest.raises(ValueError, match="not the state"):
        Detector.from_plain([1, 2, 3])


def test_ordinary_life_is_quiet_and_a_failing_compressor_is_seen_before_the_limit() -> None:
    readings = life(4000)
    assert sum(warns for _, warns in run(readings)) <= 2
    failing = [
        (at, celsius + max(0, row - 3000) * 0.02) for row, (at, celsius) in enumerate(readings) if row < 3000 + 150
    ]
    warned = [celsius for (_, celsius), (_, warns) in zip(failing, run(failing), strict=True) if warns]
    assert warned, "not seen at all"
    assert warned[-1] < 8.0, "seen only when the limit was crossed"


def test_unit_and_level_do_not_matter() -> None:
    readings = [(at, celsius + (3.0 if 2000 <= row < 2100 else 0.0)) for row, (at, celsius) in enumerate(life(2500))]
    fahrenheit = [(at, celsius * 1.8 + 32) for at, celsius in readings]
    where = [row for row, (_, warns) in enumerate(run(readings)) if warns]
    assert any(2000 <= row < 2100 for row in where)
    assert [row for row, (_, warns) in enumerate(run(fahrenheit)) if warns] == where


def test_an_anomaly_is_a_few_warnings() -> None:
    readings = [(at, celsius + (6.0 if row >= 2000 else 0.0)) for row, (at, celsius) in enumerate(life(2400))]
    at = [at for (at, _), (_, warns) in zip(readings, run(readings), strict=True) if warns and at >= 2000 * 5 * MINUTE]
    assert 1 <= len(at) <= 6
    pause = DEFAULTS.quiet.over(5 / 60) * DEFAULTS.pause * HOUR
    assert all(later - earlier > pause for earlier, later in pairwise(at))


def test_it_earns_on_made_series_that_its_settings_were_not_chosen_on() -> None:
    """Doing nothing earns minus one a window; all windows found at once and nothing else, one."""
    earned = windows = 0.0
    for seed in HELD_OUT:
        one = series(seed, anomalies=2)
        found = spans(one.times, one.windows)
        flags = [warns for _, warns in run(list(zip(one.times, one.values, strict=True)))]
        earned += raw_score(flags, found)
        windows += len(found)
    assert len({seed % len(FAMILIES) for seed in HELD_OUT}) == len(FAMILIES)
    assert earned / windows > 0.15


def test_the_published_series() -> None:
    one = published()
    if one is None:
        pytest.skip("NAB's series is not at hand in ../shared/data/nab")
    found = run(list(zip(one.times, one.values, strict=True)))
    windows = spans(one.times, one.windows)
    assert raw_score([warns for _, warns in found], windows) >= 1.58
    assert best_score([score for score, _ in found], windows)[0] >= 1.58
