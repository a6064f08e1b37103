"""How surprising a reading is: several measures of the curve, against what each of them usually does.

Seven measures: the level over a short, a middle and a long time against a slow base; a reading against the level; how
much neighbours differ, over a short and a middle time; how long nothing has changed. Each is taken in
units of its own usual deviation, of which the largest few per cent are followed too: where such a tail starts, and how
long it is. So a door that is opened every day surprises nobody, whatever the unit, the interval and the goods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, log10
from typing import Final, NamedTuple

MEASURES: Final = 7
_LOGARITHMIC: Final = frozenset({3, 5, 6})
_LARGEST: Final = 40.0
_NOVEL: Final = 6.0
_WARM: Final = 20
"""Readings before tails are followed."""


@dataclass(frozen=True, slots=True)
class Horizons:
    """How far back something is remembered: so many hours, or so many readings where that is longer."""

    hours: float
    readings: float

    def over(self, step_hours: float) -> float:
        """In hours, for a logger that logs this often."""
        return max(self.hours, self.readings * step_hours)


@dataclass(frozen=True, slots=True)
class SurpriseSettings:
    """Chosen on made series: see docs/decisions/0010-early-warning.md.

    `tail` is the share of readings that make a tail; `weights` belong to the measures, and `power` says how they are
    put together (1: added, many: the largest counts). `novelty` is the weight of a level never seen before,
    `sustained` that of surprise that goes on. Factors are in terms of the base's horizon.
    """

    fast: Horizons = Horizons(0.1, 1)
    middle: Horizons = Horizons(4, 24)
    slow: Horizons = Horizons(24, 200)
    base: Horizons = Horizons(240, 1200)
    usual_factor: float = 2.0
    tail_factor: float = 4.0
    extremes_factor: float = 2.0
    tail: float = 0.1
    clip: float = 5.0
    tail_clip: float = 2.0
    weights: tuple[float, ...] = (0.7, 1.0, 0.6, 1.0, 0.7, 0.7, 0.5)
    power: float = 2.0
    novelty: float = 1.0
    sustained: float = 0.5


class _Weights(NamedTuple):
    """How much a reading counts against what is remembered, for each horizon."""

    fast: float
    middle: float
    slow: float
    base: float
    usual: float
    tail: float
    extremes: float


@lru_cache(maxsize=256)
def _weights(settings: SurpriseSettings, hours: float, step: float) -> _Weights:
    base = settings.base.over(step)
    horizons = (
        settings.fast.over(step),
        settings.middle.over(step),
        settings.slow.over(step),
        base,
        base * settings.usual_factor,
        base * settings.tail_factor,
        base * settings.extremes_factor,
    )
    return _Weights(*(1 - exp(-hours / horizon) for horizon in horizons))


@dataclass(slots=True)
class Memory:
    """All that is remembered of a logger's readings; of one size for ever. Times in hours but for `at_us`."""

    count: int
    at_us: int
    value: float
    step: float = 0.0
    resolution: float = 0.0
    fast: float = 0.0
    middle: float = 0.0
    slow: float = 0.0
    base: float = 0.0
    change: float = 0.0
    changes: float = 0.0
    still: int = 0
    high: float = 0.0
    low: float = 0.0
    sustained: float = 0.0

    def copy(self) -> Memory:
        """The same, to be changed."""
        return Memory(
            self.count,
            self.at_us,
            self.value,
            self.step,
            self.resolution,
            self.fast,
            self.middle,
            self.slow,
            self.base,
            self.change,
            self.changes,
            self.still,
            self.high,
            self.low,
            self.sustained,
        )


@dataclass(slots=True)
class Tails:
    """For each measure its mean and usual deviation, where its tail starts and how long it is, in usual deviations."""

    mean: list[float]
    usual: list[float]
    start: list[float]
    length: list[float]

    @classmethod
    def new(cls) -> Tails:
        """Before anything was measured."""
        return cls([0.0] * MEASURES, [0.0] * MEASURES, [2.0] * MEASURES, [1.0] * MEASURES)

    def copy(self) -> Tails:
        """The same in lists of its own."""
        return Tails(self.mean[:], self.usual[:], self.start[:], self.length[:])


def first(at_us: int, value: float) -> Memory:
    """What is remembered after one reading."""
    return Memory(
        1, at_us, value, fast=value, middle=value, slow=value, base=value, high=value, low=value
    )  # the rest grows from nothing


def surprise(settings: SurpriseSettings, memory: Memory, tails: Tails, at_us: int, value: float) -> float:
    """How surprising a reading newer than all others is: 0 or, about, how many digits its improbability has.

    `memory` and `tails` take it in.
    """
    hours = _took_step(memory, at_us)
    weights = _weights(settings, hours, memory.step)
    least = 1 / (memory.count + 1)
    base, sudden = memory.base, value - memory.fast
    _took_value(memory, weights, least, value)
    measures = (
        memory.fast - base,
        memory.middle - base,
        sudden,
        log(memory.changes + 0.3 * memory.resolution + 1e-9),
        memory.slow - base,
        log(1 + memory.still),
        log(memory.change + 0.3 * memory.resolution + 1e-9),
    )
    total = _unusual(settings, tails, measures, weights, memory, least)
    novel = _novelty(settings, memory, weights)
    if memory.count > _WARM:
        total += novel**settings.power
    now = float(total ** (1 / settings.power))
    found = now + settings.sustained * memory.sustained
    memory.sustained += (min(now, 6.0) - memory.sustained) * weights.middle
    memory.count += 1
    memory.at_us, memory.value = at_us, value
    return found


def _took_step(memory: Memory, at_us: int) -> float:
    """Learns how often the logger logs; the hours since its last reading, three steps at most."""
    hours = (at_us - memory.at_us) / 3.6e9
    if memory.step == 0.0:
        memory.step = hours
    else:
        pace = 0.1 if memory.count < 50 else 0.02
        if hours > memory.step * 1.0001:
            memory.step *= 1 + pace
        elif hours < memory.step * 0.9999:
            memory.step *= 1 - pace
    return min(hours, 3 * memory.step)


def _took_value(memory: Memory, weights: _Weights, least: float, value: float) -> None:
    """Moves the levels and the sizes of changes on."""
    change = abs(value - memory.value)
    if change > 0:
        memory.resolution = min(memory.resolution * 1.001, change) if memory.resolution else change
    fast, middle = max(weights.fast, least), max(weights.middle, least)
    memory.fast += (value - memory.fast) * fast
    memory.middle += (value - memory.middle) * middle
    memory.slow += (value - memory.slow) * max(weights.slow, least)
    memory.base += (value - memory.base) * max(weights.base, least)
    memory.change += (change - memory.change) * fast
    memory.changes += (change - memory.changes) * middle
    memory.still = 0 if change else memory.still + 1


def _novelty(settings: SurpriseSettings, memory: Memory, weights: _Weights) -> float:
    """How far the level lies beyond the highest and lowest that are remembered, which then move there."""
    high, low, level, base = memory.high, memory.low, memory.fast, memory.base
    beyond = max(level - high, low - level, 0.0)
    memory.high = max(level, high - (high - base) * weights.extremes)
    memory.low = min(level, low + (base - low) * weights.extremes)
    return settings.novelty * min(20 * beyond / (max(high - low, 4 * memory.resolution) + 1e-9), _NOVEL)


def _unusual(
    settings: SurpriseSettings,
    tails: Tails,
    measures: tuple[float, ...],
    weights: _Weights,
    memory: Memory,
    least: float,
) -> float:
    """All measures' surprise put together; the tails take them in."""
    total, floor = 0.0, 0.5 * memory.resolution
    pace = max(weights.tail, 0.5 * least) if memory.count > _WARM else 0.0
    usual_pace = max(weights.usual, least)
    known = -log10(settings.tail)
    means, usuals, starts, lengths = tails.mean, tails.usual, tails.start, tails.length
    for place, measure in enumerate(measures):
        deviation, start, length = measure - means[place], starts[place], lengths[place]
        least_scale = 0.1 if place in _LOGARITHMIC else floor
        scale = usuals[place]
        if scale < least_scale:
            scale = least_scale
        size = (deviation if deviation > 0 else -deviation) / (scale + 1e-9)
        if size > start:
            digits = (size - start) / length / 2.302585 + known
            total += (settings.weights[place] * min(digits, _LARGEST)) ** settings.power
        longest = start + settings.clip * length
        taken = (size if size < longest else longest) * scale
        means[place] += (taken if deviation > 0 else -taken) * usual_pace
        usuals[place] += (taken - usuals[place]) * usual_pace
        if pace:
            if size > start:
                _follow(settings, tails, place, size, pace)
            else:
                start -= 0.5 * pace * length
                starts[place] = start if start > 1.0 else 1.0
    return total


def _follow(settings: SurpriseSettings, tails: Tails, place: int, size: float, pace: float) -> None:
    """Moves a tail's start out so that the wanted share stays beyond it, and its length to the mean of what does."""
    start, length = tails.start[place], tails.length[place]
    length += (min(size - start, settings.tail_clip * length) - length) * min(0.5, pace / settings.tail)
    start += 0.5 * pace * (1 - settings.tail) / settings.tail * length
    tails.start[place] = start = max(start, 1.0)
    tails.length[place] = max(length, 0.15 * start)
