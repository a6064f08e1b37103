"""Mean kinetic temperature: known values, weights by time, nothing across a gap."""

from __future__ import annotations

from array import array
from math import exp, log

import pytest

from streams.core.instants import MINUTE
from streams.core.temperature.kinetic import GAS_CONSTANT, mean_kinetic
from streams.core.temperature.series import Timeline
from tests.streams.core.temperature.qtag import CELSIUS


def line(values: list[float], step: int = 10, longest: int | None = None) -> Timeline:
    """Readings at equal steps."""
    times = array("q", (number * step * MINUTE for number in range(len(values))))
    return Timeline(times, array("d", values), longest, False)


@pytest.mark.parametrize("celsius", [-80.0, -18.0, 0.0, 5.0, 25.0, -200.0, 200.0])
def test_of_a_constant_temperature_is_that_temperature(celsius: float) -> None:
    assert mean_kinetic(line([celsius] * 7), 83.144) == pytest.approx(celsius, abs=1e-9)


def test_of_one_reading_is_that_reading() -> None:
    assert mean_kinetic(line([5.5]), 83.144) == pytest.approx(5.5)
    assert mean_kinetic(line([]), 83.144) is None


def test_two_temperatures_by_hand() -> None:
    """Half of the time at 20 °C, half at 30 °C (a step between): 10,000 K is ΔH/R for the ΔH of the pharmacopoeia."""
    ratio = 83.144 / GAS_CONSTANT
    assert ratio == pytest.approx(10000, rel=1e-4)
    by_hand = ratio / -log((exp(-ratio / 293.15) + exp(-ratio / 303.15)) / 2) - 273.15
    assert mean_kinetic(line([20.0, 30.0]), 83.144) == pytest.approx(by_hand, abs=1e-9)
    assert 25.0 < by_hand < 27.0, "above the mean, below the highest"


def test_above_the_mean_and_the_more_so_with_more_activation() -> None:
    values = [2.0, 8.0, 2.0, 8.0, 2.0]
    low, usual, high = (mean_kinetic(line(values), activation) or 0 for activation in (20.0, 83.144, 1000.0))
    assert 5.0 < low < usual < high < 8.0


def test_weighted_by_time() -> None:
    hour = Timeline(array("q", [0, 60 * MINUTE, 61 * MINUTE]), array("d", [5.0, 5.0, 25.0]), None, False)
    even = line([5.0, 5.0, 25.0])
    assert (mean_kinetic(hour, 83.144) or 0) < 6.0 < 10.0 < (mean_kinetic(even, 83.144) or 0)


def test_unknown_time_has_no_weight() -> None:
    times = array("q", (minutes * MINUTE for minutes in (0, 10, 1000, 1010)))
    parted = Timeline(times, array("d", [5.0, 5.0, 9.0, 9.0]), 30 * MINUTE, False)
    assert mean_kinetic(parted, 83.144) == pytest.approx(mean_kinetic(line([5.0, 9.0]), 83.144))


def test_readings_none_of_which_has_a_neighbour_weigh_the_same() -> None:
    lonely = Timeline(array("q", [0, 10**12]), array("d", [5.0, 9.0]), MINUTE, False)
    assert mean_kinetic(lonely, 83.144) == pytest.approx(mean_kinetic(line([5.0, 9.0]), 83.144))


def test_the_hottest_without_weight_among_extremes() -> None:
    """Rates too small for a float, beside one that counts for nothing."""
    times = array("q", (minutes * MINUTE for minutes in (0, 1, 1000)))
    extreme = Timeline(times, array("d", [-199.0, -199.0, 200.0]), 3 * MINUTE, False)
    assert mean_kinetic(extreme, 1000.0) == pytest.approx(-199.0)


def test_as_a_real_device_says() -> None:
    """A Q-tag CLm doc LR's own export: 'MKT Energy: 83.0', 'MKT: 10.5'; 124 readings at 10 minutes."""
    assert len(CELSIUS) == 124
    assert mean_kinetic(line(CELSIUS), 83.0) == pytest.approx(10.5, abs=0.05)
