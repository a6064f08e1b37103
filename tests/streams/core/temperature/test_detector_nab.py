"""The scoring rules by hand-made cases, and what the early warning earns on the published series."""

from __future__ import annotations

from math import exp

import pytest

from tests.benchmarks.detectors_nab import (
    LOW_FP,
    STANDARD,
    Profile,
    best_score,
    probation,
    raw_score,
    spans,
)

ROWS = 1000
WINDOW = (500, 599)


def flagged(*rows: int) -> list[bool]:
    return [row in rows for row in range(ROWS)]


def test_the_first_rows_dont_count() -> None:
    assert (probation(1000), probation(5000), probation(22_695), probation(3)) == (150, 750, 750, 0)
    assert raw_score(flagged(*range(150)), []) == 0.0
    assert raw_score(flagged(150), []) == pytest.approx(-0.11)


def test_a_window_earns_by_its_first_flag_only() -> None:
    assert raw_score(flagged(500), [WINDOW]) == pytest.approx(1.0)
    assert raw_score(flagged(500, 550, 599), [WINDOW]) == pytest.approx(1.0)
    middle = (2 / (1 + exp(-2.5)) - 1) / (2 / (1 + exp(-5)) - 1)
    assert raw_score(flagged(550), [WINDOW]) == pytest.approx(middle)
    assert 0 < raw_score(flagged(599), [WINDOW]) < 0.05


def test_a_missed_window_costs_one() -> None:
    assert raw_score(flagged(), [WINDOW, (800, 850)]) == -2.0
    assert raw_score(flagged(800), [WINDOW, (800, 850)]) == pytest.approx(0.0)


def test_a_flag_soon_after_a_window_costs_less_than_one_far_from_any() -> None:
    just_after, later, far = (raw_score(flagged(500, row), [WINDOW]) - 1.0 for row in (600, 640, 999))
    assert 0 > just_after > later > far == pytest.approx(-0.11)
    assert raw_score(flagged(200, 500), [WINDOW]) - 1.0 == pytest.approx(-0.11)


def test_profiles_differ_in_what_a_false_flag_costs() -> None:
    assert STANDARD.fp == 0.11
    assert raw_score(flagged(200, 500), [WINDOW], LOW_FP) == pytest.approx(0.78)


def test_the_benchmarks_own_example() -> None:
    """numenta/NAB, tests/integration/scorer_test.py, testScoringAllMetrics: -0.9540 with all weights 1.

    Of two windows of five rows one is flagged in its first two rows, and three rows behind its last.
    """
    windows = [(410, 414), (450, 454)]
    assert raw_score(flagged(410, 411, 417), windows, Profile(fp=1.0)) == pytest.approx(-0.9540, abs=5e-5)


def test_the_best_threshold_lets_through_what_pays() -> None:
    scores = [0.0] * ROWS
    scores[520], scores[300], scores[900] = 0.9, 0.95, 0.5
    best, threshold = best_score(scores, [WINDOW])
    assert threshold == 0.9
    assert best == pytest.approx(raw_score(flagged(300, 520), [WINDOW]))
    assert best_score([0.0] * ROWS, [WINDOW]) == (-1.0, 1.1)


def test_windows_are_found_by_their_times() -> None:
    times = [0, 10, 20, 30, 40, 50]
    assert spans(times, [(35, 50), (10, 25), (60, 70)]) == [(1, 2), (4, 5)]
