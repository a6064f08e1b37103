"""What the early warning earns on made series, and what one changed setting makes of it: how its settings were chosen.

    PYTHONPATH=. .venv/bin/python -m tests.benchmarks.detectors_choose [--series 100] [--first 0]

A setting that earns more here by more than the error named beside it is a better one. No published series is looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import sqrt
from multiprocessing import Pool
from typing import Any

from streams.core.temperature.detector import DEFAULTS, Detector, DetectorSettings
from streams.core.temperature.surprise import Horizons
from tests.benchmarks.detectors_nab import raw_score, spans
from tests.benchmarks.detectors_synthetic import series


def earned(settings: DetectorSettings, seed: int) -> float:
    """The raw score of the warnings on the series of a seed."""
    one, detector, flags = series(seed), Detector(settings), list[bool]()
    for at, value in zip(one.times, one.values, strict=True):
        flags.append(detector.step(at, value)[1])
        detector.take(at, value)
    return raw_score(flags, spans(one.times, one.windows))


def changed() -> Iterator[tuple[str, DetectorSettings]]:
    """The settings with one of them changed."""
    for digits in (3.0, 3.5, 4.5, 5.0):
        yield f"digits {digits}", replace(DEFAULTS, digits=digits)
    for readings in (100, 400):
        yield f"quiet {readings} readings", replace(DEFAULTS, quiet=Horizons(6, readings))
    inner = DEFAULTS.surprise
    for name in ("fast", "middle", "slow", "base"):
        horizon = getattr(inner, name)
        for factor in (0.5, 2.0):
            other: dict[str, Any] = {name: Horizons(horizon.hours * factor, horizon.readings * factor)}
            yield f"{name} x {factor}", replace(DEFAULTS, surprise=replace(inner, **other))
    for name in ("tail", "clip", "tail_clip", "novelty", "sustained", "usual_factor", "tail_factor", "power"):
        for factor in (0.5, 2.0):
            varied = replace(inner, **{name: getattr(inner, name) * factor})
            yield f"{name} x {factor}", replace(DEFAULTS, surprise=varied)
    for place in range(len(inner.weights)):
        weights = tuple(0.0 if n == place else weight for n, weight in enumerate(inner.weights))
        yield f"without measure {place}", replace(DEFAULTS, surprise=replace(inner, weights=weights))


def main() -> None:
    """Print a line a change: what it earns a series, against the settings as they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    said = parser.parse_args()
    seeds = range(said.first, said.first + said.series)
    with Pool() as pool:
        now = pool.map(partial(earned, DEFAULTS), seeds, chunksize=1)
        print(f"as they are: {sum(now) / len(now):.3f} a series")
        for name, settings in changed():
            then = pool.map(partial(earned, settings), seeds, chunksize=1)
            gains = [b - a for a, b in zip(now, then, strict=True)]
            mean = sum(gains) / len(gains)
            error = sqrt(sum((gain - mean) ** 2 for gain in gains)) / len(gains)
            print(f"{name:28} {mean:+.3f} +- {error:.3f}", flush=True)


if __name__ == "__main__":
    main()
