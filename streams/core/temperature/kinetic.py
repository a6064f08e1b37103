"""Mean kinetic temperature (平均动力学温度, MKT): the constant temperature that would have done the same harm."""

from __future__ import annotations

from math import exp, log
from typing import Final

from streams.core.temperature.series import Timeline

GAS_CONSTANT: Final = 8.314462618e-3
"""R in kJ/(mol K) (CODATA 2018)."""
ZERO_CELSIUS: Final = 273.15


def mean_kinetic(line: Timeline, activation_kj_mol: float) -> float | None:
    """MKT in °C of some readings; None where there are none.

    USP <1079.2>: T = (ΔH/R) / -ln( Σ w exp(-ΔH/(R T_i)) / Σ w ), temperatures in kelvin. The weight w of a reading is
    half the time to each of its neighbours (the trapezoid rule), none across a gap: for equal intervals it is the mean
    of all readings but for half of the first and last. Holding each reading until the next one would follow a warming
    with delay: where a device says 10.5 °C itself, that gives 10.3, the trapezoid rule 10.5. Readings none of which has
    a neighbour weigh the same.
    """
    if not line.times:
        return None
    factor = activation_kj_mol / GAS_CONSTANT
    rates = [-factor / (celsius + ZERO_CELSIUS) for celsius in line.values]
    weights = _weights(line)
    if not any(weights):
        weights = [1] * len(rates)
    most = max(rate for rate, weight in zip(rates, weights, strict=True) if weight)  # lest all be too small for a float
    total = sum(weights)
    mean = sum(weight * exp(rate - most) for weight, rate in zip(weights, rates, strict=True) if weight) / total
    return factor / -(log(mean) + most) - ZERO_CELSIUS


def _weights(line: Timeline) -> list[int]:
    """Twice the microseconds that each reading stands for."""
    times = line.times
    weights = [0] * len(times)
    for index in range(len(times) - 1):
        if not line.parted(index):
            time = times[index + 1] - times[index]
            weights[index] += time
            weights[index + 1] += time
    return weights
