"""Early warning (预警): a streaming detector that says how surprising a temperature is, before any limit is crossed."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from typing import Any, Final, NamedTuple

from streams.core.temperature.surprise import (
    MEASURES,
    Horizons,
    Memory,
    SurpriseSettings,
    Tails,
    first,
    surprise,
)

_HOUR: Final = 3_600_000_000
_WARNING: Final = 0.5
"""The score from which on a reading warns."""
_MEMORY: Final = len(Memory.__slots__)


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """When surprise is a warning, and how long an anomaly stays one warning.

    `digits`: surprise that warns. `probation`: readings before the first warning. Within `quiet` of a warning only a
    surprise `worse` times as large warns again, and not before a share `pause` of it.
    """

    digits: float = 4.0
    probation: int = 150
    quiet: Horizons = field(default_factory=lambda: Horizons(6, 200))
    worse: float = 1.5
    pause: float = 0.15
    surprise: SurpriseSettings = field(default_factory=SurpriseSettings)


DEFAULTS: Final = DetectorSettings()


class _State(NamedTuple):
    """What a detector keeps, and the warning that it gave last: when and how surprising."""

    memory: Memory
    tails: Tails
    warned_us: int = 0
    warned: float = 0.0


class Detector:
    """One logger's readings in order, one pass, memory of one size; the same readings give the same scores.

    `step` and `score` look, `take` moves on. A score of 0.5 or more is a warning; after one, scores stay below that for
    a while unless things get worse, so an anomaly is a few warnings, not one a reading. A reading not newer than the
    last one taken scores 0 and changes nothing.
    """

    __slots__ = ("_last", "_state", "settings")

    def __init__(self, settings: DetectorSettings = DEFAULTS) -> None:
        self.settings = settings
        self._state: _State | None = None
        self._last: tuple[int, float, _State, float] | None = None

    def step(self, at_us: int, celsius: float) -> tuple[float, bool]:
        """The score of this reading in 0..1, and whether it warns; changes nothing."""
        score = self._peek(at_us, celsius)[3]
        return score, score >= _WARNING

    def score(self, at_us: int, celsius: float) -> float:
        """The score of this reading in 0..1; changes nothing."""
        return self._peek(at_us, celsius)[3]

    def take(self, at_us: int, celsius: float) -> None:
        """Moves on past this reading."""
        self._state = self._peek(at_us, celsius)[2]
        self._last = None

    def plain(self) -> list[Any]:
        """The state as plain numbers, the same length for ever; JSON keeps it bit for bit."""
        if self._state is None:
            return []
        memory, tails, *warned = self._state
        return [*astuple(memory), *tails.mean, *tails.usual, *tails.start, *tails.length, *warned]

    @classmethod
    def from_plain(cls, plain: list[Any], settings: DetectorSettings = DEFAULTS) -> Detector:
        """A detector that goes on where the other one stood; raises ValueError where it can't."""
        made = cls(settings)
        if plain:
            if len(plain) != _MEMORY + 4 * MEASURES + 2:
                raise ValueError("not the state of this detector")
            lists = (plain[_MEMORY + MEASURES * n : _MEMORY + MEASURES * (n + 1)] for n in range(4))
            made._state = _State(Memory(*plain[:_MEMORY]), Tails(*lists), *plain[-2:])
        return made

    def _peek(self, at_us: int, celsius: float) -> tuple[int, float, _State, float]:
        last = self._last
        if last is None or last[0] != at_us or last[1] != celsius:
            last = self._last = (at_us, celsius, *_advance(self.settings, self._state, at_us, celsius))
        return last


def _advance(settings: DetectorSettings, state: _State | None, at_us: int, celsius: float) -> tuple[_State, float]:
    """The state after a reading, and the reading's score."""
    if state is None:
        return _State(first(at_us, celsius), Tails.new()), 0.0
    if at_us <= state.memory.at_us:
        return state, 0.0
    memory, tails = state.memory.copy(), state.tails.copy()
    digits = surprise(settings.surprise, memory, tails, at_us, celsius)
    if memory.count <= settings.probation:
        return _State(memory, tails, state.warned_us, state.warned), 0.0
    score = digits / (digits + settings.digits)
    if score < _WARNING:
        return _State(memory, tails, state.warned_us, state.warned), score
    if _is_quiet(settings, state, memory, digits):
        return _State(memory, tails, state.warned_us, state.warned), score * _WARNING
    return _State(memory, tails, at_us, digits), score


def _is_quiet(settings: DetectorSettings, state: _State, memory: Memory, digits: float) -> bool:
    """Whether a warning that was given not long ago says enough."""
    if not state.warned_us:
        return False
    quiet, since = settings.quiet.over(memory.step), (memory.at_us - state.warned_us) / _HOUR
    return since < quiet and not (digits >= state.warned * settings.worse and since > quiet * settings.pause)
