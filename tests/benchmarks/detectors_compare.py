"""The early warning compared with streaming detectors of river and PySAD, on made series and, where at hand, on NAB's.

    .venv/bin/uv run --no-project --with-requirements requirements/detectors.txt \
        python -m tests.benchmarks.detectors_compare [--series 20]

Every detector sees one reading after the other and has one threshold for all series, the one that earns most on the
first half of them; what it earns on the second half is the figure. A warning silences it for as long as it does ours.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import Pool
from pathlib import Path
from typing import Any, Final

from streams.core.temperature.detector import DEFAULTS, Detector
from tests.benchmarks.detectors_nab import best_score, probation, raw_score, spans
from tests.benchmarks.detectors_synthetic import Series, series

NAB: Final = Path(__file__).parents[3] / "shared" / "data" / "nab"
FIRST_SEED, HELD_OUT = 0, 20_000
Scorer = Callable[[int, float], float]
Pairs = list[tuple[float, Series]]


def ours() -> Scorer:
    """This project's."""
    detector = Detector()

    def score(at: int, value: float) -> float:
        found = detector.score(at, value)
        detector.take(at, value)
        return found

    return score


def _river(make: Callable[[Any, Any], Any]) -> Callable[[], Scorer]:
    def maker() -> Scorer:
        from river import anomaly, preprocessing  # type: ignore[import-not-found]

        model = make(anomaly, preprocessing)

        def score(_: int, value: float) -> float:
            found = float(model.score_one({"t": value}))
            model.learn_one({"t": value})
            return found

        return score

    return maker


def _river_gaussian() -> Scorer:
    from river import anomaly

    model = anomaly.GaussianScorer(window_size=1000, grace_period=100)

    def score(_: int, value: float) -> float:
        found = float(model.score_one(None, value))
        model.learn_one(None, value)
        return found

    return score


def _pysad(name: str, **settings: Any) -> Callable[[], Scorer]:
    def maker() -> Scorer:
        import numpy as np
        from pysad import models  # type: ignore[import-not-found]

        model = getattr(models, name)(**settings)

        def score(_: int, value: float) -> float:
            found = np.ravel(model.fit_score_partial(np.array([value])))
            return float(found[0]) if np.isfinite(found[0]) else 0.0

        return score

    return maker


DETECTORS: Final[dict[str, Callable[[], Scorer]]] = {
    "baogong": ours,
    "river GaussianScorer": _river_gaussian,
    "river HalfSpaceTrees": _river(lambda a, p: p.MinMaxScaler() | a.HalfSpaceTrees(n_trees=10, window_size=250)),
    "PySAD KNNCAD": _pysad("KNNCAD", probationary_period=150),
    "PySAD ExactStorm": _pysad("ExactStorm", window_size=500, max_radius=0.5),
    "PySAD StandardAbsoluteDeviation": _pysad("StandardAbsoluteDeviation"),
    "PySAD RelativeEntropy": _pysad("RelativeEntropy", min_val=-40.0, max_val=120.0),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """What a detector says of one series, and what it took."""

    times: list[int]
    windows: list[tuple[int, int]]
    scores: list[float]
    seconds: float


def scored(job: tuple[str, Series]) -> Scored:
    """One series by one detector."""
    name, one = job
    score = DETECTORS[name]()
    begun = time.process_time()
    scores = [score(at, value) for at, value in zip(one.times, one.values, strict=True)]
    return Scored(one.times, spans(one.times, one.windows), scores, time.process_time() - begun)


def warnings(one: Scored, threshold: float, own: bool) -> list[bool]:
    """The readings that warn; `own`: the detector is quiet after a warning by itself."""
    steps = sorted(b - a for a, b in zip(one.times, one.times[1:], strict=False))
    quiet = 0.0 if own else DEFAULTS.quiet.over(steps[len(steps) // 2] / 3.6e9) * 3.6e9
    until, found = 0.0, [False] * len(one.times)
    for place, (at, score) in enumerate(zip(one.times, one.scores, strict=True)):
        if score >= threshold and at >= until and place >= DEFAULTS.probation:
            found[place], until = True, at + quiet
    return found


def earned(several: list[Scored], threshold: float, own: bool) -> float:
    """Mean raw score a series."""
    return sum(raw_score(warnings(one, threshold, own), one.windows) for one in several) / len(several)


def _threshold(several: list[Scored]) -> float:
    """The one of forty that earns most, from the highest scores down."""
    every = sorted((score for one in several for score in one.scores[probation(len(one.scores)) :]), reverse=True)
    places = sorted({int(len(every) * 10 ** (-4.5 + n / 14)) for n in range(40)})
    return max((every[place] for place in places), key=lambda threshold: earned(several, threshold, False))


def published() -> Series | None:
    """NAB's machine temperature, where it is at hand."""
    if not NAB.is_dir():
        return None

    def us(text: str) -> int:
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)

    with (NAB / "machine_temperature_system_failure.csv").open() as file:
        rows = [(us(at), float(value)) for at, value in list(csv.reader(file))[1:]]
    windows = json.loads((NAB / "machine_temperature_system_failure.windows.json").read_text())
    times, values = [at for at, _ in rows], [value for _, value in rows]
    return Series("NAB", times, values, [(us(start), us(end)) for start, end in windows], [])


def main() -> None:
    """Print the table, a row a detector as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=20, help="series in each half")
    count = parser.parse_args().series
    halves = [[series(first + n) for n in range(count)] for first in (FIRST_SEED, HELD_OUT)]
    extra = published()
    everything = sum(len(one.windows) for one in halves[1]) / count
    print(f"windows a series, the most that can be earned: {everything:.2f}")
    print(
        "| detector | threshold | earned a held-out series | NAB, same threshold | NAB, best threshold, never quiet "
        "| us a reading |"
    )
    print("|---|---|---|---|---|---|")
    with Pool() as pool:
        for name in DETECTORS:
            print(_row(pool, name, halves, extra), flush=True)


def _row(pool: Any, name: str, halves: list[list[Series]], extra: Series | None) -> str:
    own = name == "baogong"
    jobs = [(name, one) for one in [*halves[0], *halves[1], *([extra] if extra else [])]]
    found = pool.map(scored, jobs, chunksize=1)
    count = len(halves[0])
    threshold = 0.5 if own else _threshold(found[:count])
    held = earned(found[count : 2 * count], threshold, own)
    cost = sum(one.seconds for one in found) / sum(len(one.times) for one in found) * 1e6
    same = best = "-"
    if extra:
        same = f"{raw_score(warnings(found[-1], threshold, own), found[-1].windows):.2f}"
        best = f"{best_score(found[-1].scores, found[-1].windows)[0]:.2f}"
    return f"| {name} | {threshold:.4g} | {held:.2f} | {same} | {best} | {cost:.0f} |"


if __name__ == "__main__":
    main()
