"""Made temperature series with labelled anomalies: what the early warning's settings are chosen on, and compared by.

One seed makes one series. Normal life includes compressor cycles, door openings, defrosts, restocking, daily and weekly
rhythm, slow wander, bursts of load, missing readings, coarse resolution. Anomalies are put into it at known places.
Windows follow the habit of the Numenta Anomaly Benchmark: a tenth of the rows, shared among the anomalies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, pi, sin, sqrt
from random import Random
from typing import Final

from tests.benchmarks.detectors_anomalies import ANOMALIES

MINUTE: Final = 60_000_000
START: Final = 1_704_067_200_000_000  # 2024-01-01, a Monday
FIRST: Final = 0.18
"""No anomaly before this share of the rows."""


@dataclass(frozen=True, slots=True)
class Series:
    """Readings in order, windows (first and last moment) around the anomalies, and what they are."""

    name: str
    times: list[int]
    values: list[float]
    windows: list[tuple[int, int]]
    anomalies: list[tuple[str, int]]


def series(seed: int, family: str | None = None, anomalies: int | None = None) -> Series:
    """The series of a seed; a third of the seeds has no anomaly."""
    rng = Random(f"series {seed}")
    chosen = family or sorted(FAMILIES)[seed % len(FAMILIES)]
    minutes, rows, resolution, kinds, make = FAMILIES[chosen](rng)
    wanted = rng.choice((0, 0, 1, 2, 3, 4)) if anomalies is None else anomalies
    values = make(rows)
    starts = _places(rng, rows, wanted)
    band = _band(values)
    times = [START + round(row * minutes * MINUTE) for row in range(rows)]
    half = max(rows // 20 // max(wanted, 1), 1)
    found: list[tuple[str, int]] = []
    windows: list[tuple[int, int]] = []
    for start in starts:
        kind = rng.choice(kinds)
        seen = start + ANOMALIES[kind](rng, values, start, band, minutes)
        found.append((kind, times[start]))
        windows.append((times[max(seen - half, 0)], times[min(seen + half, rows - 1)]))
    kept = _without_missing(rng, rows)
    step = resolution or 1e-6
    rounded = [round(round(values[row] / step) * step, 6) for row in kept]
    return Series(f"{chosen} {seed}", [times[row] for row in kept], rounded, windows, found)


def _places(rng: Random, rows: int, wanted: int) -> list[int]:
    """Rows at which anomalies start, well apart."""
    if not wanted:
        return []
    slot = (0.95 - FIRST) * rows / wanted
    return [round(FIRST * rows + slot * (at + 0.15 + 0.5 * rng.random())) for at in range(wanted)]


def _band(values: list[float]) -> float:
    """How wide normal life is: from the 2nd to the 98th percentile."""
    ordered = sorted(values)
    return max(ordered[len(ordered) * 98 // 100] - ordered[len(ordered) * 2 // 100], 0.4)


def _without_missing(rng: Random, rows: int) -> list[int]:
    """The rows that were recorded: now and then one is missing, seldom many."""
    kept, skip = [], 0
    for row in range(rows):
        if skip:
            skip -= 1
            continue
        draw = rng.random()
        if draw < 0.0002:
            skip = rng.randrange(5, 60)
        elif draw < 0.003:
            skip = 1
        kept.append(row)
    return kept


# ---- normal life -----------------------------------------------------------------------------------------------------

Maker = Callable[[int], list[float]]
Kind = tuple[float, int, float, tuple[str, ...], Maker]
"""Minutes between readings, rows, resolution, kinds of anomalies, and what makes the values."""


def _wander(rng: Random, rows: int, minutes: float, hours: float, size: float) -> list[float]:
    """A mean-reverting random walk with this memory and standard deviation."""
    keep = exp(-minutes / 60 / hours)
    kick = size * sqrt(1 - keep * keep)
    value, found = rng.gauss(0, size), []
    for _ in range(rows):
        value = value * keep + rng.gauss(0, kick)
        found.append(value)
    return found


@dataclass(slots=True)
class _Chamber:
    """A thermostat with its room, minute by minute."""

    rng: Random
    target: float
    outside: float
    leak_hours: float
    hysteresis: float
    cooling: float
    lag: float
    door_rate: float
    door_rise: float
    defrost_hours: float
    defrost_rise: float
    restock_days: float

    def minutes(self, count: int) -> list[float]:
        """The probe's temperature each minute: the thermostat's cycle, with what people and defrosts add to it."""
        rng, air, probe, cold = self.rng, self.target, self.target, False
        defrost_at, door, defrost, restock = rng.uniform(0, self.defrost_hours * 60), 0.0, 0.0, 0.0
        found = []
        for minute in range(count):
            hour = minute / 60 % 24
            busy = 7 <= hour < 19 and (minute // 1440 % 7 < 6 or rng.random() < 0.2)
            if busy and rng.random() < self.door_rate / 60:
                door += self.door_rise * rng.uniform(0.3, 1.5)
            if busy and rng.random() < 1 / (self.restock_days * 720):
                restock += self.door_rise * rng.uniform(0.5, 1.2)
            if self.defrost_hours and minute >= defrost_at:
                defrost += self.defrost_rise * rng.uniform(0.8, 1.2)
                defrost_at += self.defrost_hours * 60 * rng.uniform(0.98, 1.02)
            cold = air > self.target + self.hysteresis or (cold and air > self.target - self.hysteresis)
            room = self.outside + 2 * sin(2 * pi * (hour - 9) / 24)
            air += (room - air) / (self.leak_hours * 60) - (self.cooling if cold else 0.0)
            probe += (air + door + defrost + restock - probe) / self.lag
            door, defrost, restock = door * 0.9, defrost * 0.96, restock * 0.99
            found.append(probe + rng.gauss(0, 0.03))
        return found


def _sampled(chamber: _Chamber, minutes: float) -> Maker:
    def make(rows: int) -> list[float]:
        fine = chamber.minutes(int(rows * minutes) + 1)
        return [fine[int(row * minutes)] for row in range(rows)]

    return make


def _fridge(rng: Random) -> Kind:
    minutes = rng.choice((2.0, 5.0, 5.0, 10.0, 15.0))
    leak = rng.uniform(4, 12)
    chamber = _Chamber(
        rng=rng,
        target=rng.uniform(3.5, 5.2),
        outside=rng.uniform(18, 26),
        leak_hours=leak,
        hysteresis=rng.uniform(0.2, 0.9),
        cooling=20 / (leak * 60) * rng.uniform(1.6, 3.0),
        lag=rng.choice((1.5, 5.0, 20.0)),
        door_rate=rng.uniform(0.3, 3),
        door_rise=rng.uniform(0.5, 4),
        defrost_hours=rng.choice((0.0, 6.0, 8.0, 12.0)),
        defrost_rise=rng.uniform(0.5, 4),
        restock_days=rng.choice((2.0, 3.5, 7.0)),
    )
    kinds = ("drift", "drift", "shift", "failure", "flat", "variance", "spike")
    return minutes, int(rng.uniform(3000, 7000)), rng.choice((0.1, 0.1, 0.01, 0.5)), kinds, _sampled(chamber, minutes)


def _freezer(rng: Random) -> Kind:
    minutes = rng.choice((5.0, 10.0, 15.0))
    leak = rng.uniform(8, 20)
    chamber = _Chamber(
        rng=rng,
        target=rng.uniform(-25, -19),
        outside=rng.uniform(10, 25),
        leak_hours=leak,
        hysteresis=rng.uniform(0.4, 1.5),
        cooling=40 / (leak * 60) * rng.uniform(1.5, 2.5),
        lag=rng.choice((3.0, 10.0, 30.0)),
        door_rate=rng.uniform(0.1, 1.5),
        door_rise=rng.uniform(1, 6),
        defrost_hours=rng.choice((6.0, 8.0, 12.0, 24.0)),
        defrost_rise=rng.uniform(2, 10),
        restock_days=rng.choice((2.0, 3.5, 7.0)),
    )
    kinds = ("drift", "drift", "shift", "failure", "flat", "variance")
    return minutes, int(rng.uniform(3000, 7000)), rng.choice((0.1, 0.5)), kinds, _sampled(chamber, minutes)


def _machine(rng: Random) -> Kind:
    """A machine under load, now and then paused for a while: a pause is no anomaly, a stop of many hours is."""
    minutes = rng.choice((1.0, 5.0, 5.0, 10.0))
    size, base = rng.uniform(1.5, 6), rng.uniform(40, 100)
    day, noise = rng.uniform(0, 0.8) * size, rng.uniform(0.1, 0.6) * size
    short, long = rng.uniform(0.3, 0.9) * size, rng.uniform(0.4, 1.2) * size
    pauses, depth = rng.choice((0.0, 0.2, 0.5)), size * rng.uniform(1, 6)

    def make(rows: int) -> list[float]:
        quick = _wander(rng, rows, minutes, 1.5, short)
        slow = _wander(rng, rows, minutes, 60, long)
        found, load, paused, until = [], 0.0, 0.0, -1.0
        for row in range(rows):
            hours = row * minutes / 60
            if rng.random() < minutes / 60 / 60:
                load = rng.gauss(0, 0.8 * size)
            if rng.random() < pauses * minutes / 60 / 24:
                until = hours + rng.uniform(0.3, 4)
            paused += ((depth if hours < until else 0.0) - paused) * (1 - exp(-minutes / 60))
            rhythm = day * sin(2 * pi * hours / 24) + (0.5 * day if hours // 24 % 7 >= 5 else 0.0)
            found.append(base + rhythm + quick[row] + slow[row] + load - paused + rng.gauss(0, noise))
            load *= exp(-minutes / 60 / 10)
        return found

    kinds = ("drift", "shift", "stop", "stop", "spike", "variance", "flat")
    return minutes, int(rng.uniform(5000, 20000)), rng.choice((0.0, 0.0, 0.1)), kinds, make


def _room(rng: Random) -> Kind:
    minutes = rng.choice((5.0, 15.0, 30.0, 60.0, 60.0))
    base, day = rng.uniform(15, 75), rng.uniform(0.5, 4)
    setback, season = rng.choice((0.0, 2.0, 4.0)), rng.uniform(0, 6)
    noise, slow_size = rng.uniform(0.05, 0.6), rng.uniform(0.3, 2.5)

    def make(rows: int) -> list[float]:
        slow = _wander(rng, rows, minutes, 50, slow_size)
        quick = _wander(rng, rows, minutes, 3, 0.5 * noise)
        found, level = [], 0.0
        for row in range(rows):
            hours = row * minutes / 60
            work = hours // 24 % 7 < 5 and 7 <= hours % 24 < 18
            level += ((setback if work else 0.0) - level) * (1 - exp(-minutes / 60 / 1.5))
            year = season * sin(2 * pi * hours / 24 / 365)
            rhythm = day * sin(2 * pi * (hours - 9) / 24)
            found.append(base + rhythm + level + year + slow[row] + quick[row] + rng.gauss(0, noise))
        return found

    kinds = ("drift", "shift", "spike", "variance", "flat", "stop")
    return minutes, int(rng.uniform(3000, 8000)), rng.choice((0.0, 0.1, 0.5)), kinds, make


def _computer(rng: Random) -> Kind:
    minutes = rng.choice((1.0, 5.0, 5.0))
    base, jobs, rise = rng.uniform(30, 50), rng.uniform(0.05, 1.0), rng.uniform(2, 12)
    nightly, noise = rng.choice((0.0, 0.0, 8.0, 15.0)), rng.uniform(0.2, 1.0)

    def make(rows: int) -> list[float]:
        slow = _wander(rng, rows, minutes, 24, 0.7)
        found, level, until, power = [], 0.0, -1.0, 0.0
        for row in range(rows):
            hours = row * minutes / 60
            if rng.random() < jobs * minutes / 60:
                until, power = hours + rng.expovariate(1.5), rise * rng.uniform(0.4, 1.3)
            wanted = (power if hours < until else 0.0) + (nightly if 2 <= hours % 24 < 2.7 else 0.0)
            level += (wanted - level) * (1 - exp(-minutes / 8))
            found.append(base + level + slow[row] + rng.gauss(0, noise))
        return found

    kinds = ("shift", "spike", "drift", "variance", "flat", "stop")
    return minutes, int(rng.uniform(4000, 9000)), rng.choice((0.0, 1.0, 0.1)), kinds, make


FAMILIES: Final[dict[str, Callable[[Random], Kind]]] = {
    "computer": _computer,
    "freezer": _freezer,
    "fridge": _fridge,
    "machine": _machine,
    "room": _room,
}
