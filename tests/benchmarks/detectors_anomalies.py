"""What goes wrong in made temperature series: each kind changes the values from a row on."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from random import Random
from typing import Final

Spoil = Callable[[Random, list[float], int, float, float], int]
"""Changes the values from a row on; knows how wide normal life is, and the minutes between readings.

Says after how many rows a person would call it strange: where the window's middle is."""


def _rows(rng: Random, low_hours: float, high_hours: float, minutes: float, least: int, most: int) -> int:
    return int(min(max(rng.uniform(low_hours, high_hours) * 60 / minutes, least), most))


def _drift(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    rise = _rows(rng, 8, 60, minutes, 40, 500)
    hold = _rows(rng, 2, 30, minutes, 10, 300)
    size = band * rng.uniform(0.5, 1.5) * (1 if rng.random() < 0.75 else -1)
    for row in range(start, min(start + rise + hold, len(values))):
        values[row] += size * min((row - start) / rise, 1.0)
    return rise // 2


def _shift(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    size = band * rng.uniform(0.6, 1.5) * (1 if rng.random() < 0.6 else -1)
    for row in range(start, min(start + _rows(rng, 6, 48, minutes, 40, 500), len(values))):
        values[row] += size
    return 0


def _spike(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    size = band * rng.uniform(1.0, 3.0) * (1 if rng.random() < 0.6 else -1)
    for row in range(start, min(start + rng.randrange(1, 6), len(values))):
        values[row] += size
    return 0


def _variance(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    times = rng.uniform(2.0, 4.0)
    end = min(start + _rows(rng, 6, 48, minutes, 60, 400), len(values))
    level = sum(values[start:end]) / (end - start)
    for row in range(start, end):
        level += (values[row] - level) * 0.05
        values[row] = level + (values[row] - level) * times
    return 0


def _flat(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    end = min(start + _rows(rng, 6, 48, minutes, 60, 400), len(values))
    values[start:end] = [values[start]] * (end - start)
    return 0


def _failure(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    """The compressor stops: warming towards the room, until somebody mends it."""
    hours, rise = rng.uniform(15, 80), rng.uniform(12, 25)
    rows = _rows(rng, 3, 30, minutes, 30, 300)
    begin = sum(values[max(start - 20, 0) : start]) / min(start, 20)
    for row in range(start, min(start + rows, len(values))):
        values[row] = begin + rise * (1 - exp(-(row - start) * minutes / 60 / hours)) + rng.gauss(0, 0.03)
    for row in range(start + rows, min(start + 2 * rows, len(values))):
        values[row] += rise * (1 - exp(-rows * minutes / 60 / hours)) * exp(-(row - start - rows) * minutes / 40)
    return rows // 3


def _stop(rng: Random, values: list[float], start: int, band: float, minutes: float) -> int:
    """Something is switched off: down within hours, back after hours; often with signs of trouble before."""
    size, fall = -band * rng.uniform(0.8, 4.0), rng.uniform(0.2, 8) * 60 / minutes
    rows = _rows(rng, 4, 48, minutes, 20, 600)
    early, signs = rng.choice((0, rows // 2, rows)), rng.uniform(0.1, 0.4) * size
    for row in range(start, min(start + early, len(values))):
        values[row] += signs * rng.random()
    for row in range(start + early, min(start + early + 2 * rows, len(values))):
        since = row - start - early
        depth = 1 - exp(-min(since, rows) / fall)
        values[row] += size * depth * (exp(-(since - rows) / fall) if since > rows else 1.0)
    return early


ANOMALIES: Final[dict[str, Spoil]] = {
    "drift": _drift,
    "failure": _failure,
    "flat": _flat,
    "shift": _shift,
    "spike": _spike,
    "stop": _stop,
    "variance": _variance,
}
