"""Early warning: a streaming detector that says how surprising a temperature is, before any limit is crossed (预警)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Any, Final

_HOUR: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Horizons in hours, the warning threshold, and how long one anomaly stays one warning."""

    threshold: float = 0.5
    fast_hours: float = 1.0
    slow_hours: float = 72.0
    probation: int = 150
    quiet_hours: float = 12.0


DEFAULTS: Final = DetectorSettings()


class Detector:
    """One logger's readings in order, one pass, bounded memory; the same readings give the same scores.

    `step` and `score` look, `take` moves on. A score at or above `settings.threshold` is a warning; after one scores
    stay below it for a while, so one anomaly is one warning. A reading not newer than the last one taken scores 0
    and changes nothing.
    """

    __slots__ = ("_last", "_state", "settings")

    def __init__(self, settings: DetectorSettings = DEFAULTS) -> None:
        self.settings = settings
        self._state: list[Any] = [0, 0, 0.0, 0.0, 0.0, 0]
        self._last: tuple[int, float, list[Any], float] | None = None

    def step(self, at_us: int, celsius: float) -> tuple[float, bool]:
        """The score of this reading in 0..1, and whether it warns; changes nothing."""
        score = self._peek(at_us, celsius)[3]
        return score, score >= self.settings.threshold

    def score(self, at_us: int, celsius: float) -> float:
        """The score of this reading in 0..1; changes nothing."""
        return self._peek(at_us, celsius)[3]

    def take(self, at_us: int, celsius: float) -> None:
        """Moves on past this reading."""
        self._state = self._peek(at_us, celsius)[2]
        self._last = None

    def plain(self) -> list[Any]:
        """The state as plain numbers, the same length for ever; JSON keeps it bit for bit."""
        return list(self._state)

    @classmethod
    def from_plain(cls, plain: list[Any], settings: DetectorSettings = DEFAULTS) -> Detector:
        """A detector that goes on where the other one stood."""
        made = cls(settings)
        made._state = list(plain)
        return made

    def _peek(self, at_us: int, celsius: float) -> tuple[int, float, list[Any], float]:
        last = self._last
        if last is None or last[0] != at_us or last[1] != celsius:
            last = self._last = (at_us, celsius, *_advance(self.settings, self._state, at_us, celsius))
        return last


def _advance(settings: DetectorSettings, state: list[Any], at_us: int, celsius: float) -> tuple[list[Any], float]:
    """The state after a reading, and the reading's score."""
    count, last_us, fast, slow, spread, quiet_until = state
    if count == 0:
        return [1, at_us, celsius, celsius, 0.0, 0], 0.0
    hours = (at_us - last_us) / _HOUR
    if hours <= 0:
        return state, 0.0
    fast += (celsius - fast) * (1 - exp(-hours / settings.fast_hours))
    residual = fast - slow
    excess = abs(residual) / (6 * spread + 0.3)
    score = excess / (1 + excess) if count >= settings.probation else 0.0
    if at_us < quiet_until:
        score *= settings.threshold
    elif score >= settings.threshold:
        quiet_until = at_us + round(settings.quiet_hours * _HOUR)
    weight = max(1 - exp(-hours / settings.slow_hours), 1 / (count + 1))
    spread += (abs(residual) - spread) * weight
    slow += (celsius - slow) * weight
    return [count + 1, at_us, fast, slow, spread, quiet_until], score
