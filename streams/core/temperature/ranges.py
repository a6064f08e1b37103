"""A profile's limits, compiled: which way a value is out of range, and which of two values is the worse."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nextafter
from typing import Final, NamedTuple

from schemas.temperature import BreachKind, Limit, Profile
from streams.core.instants import MINUTE

ACTIVATION_KJ_MOL: Final = 83.144
"""ΔH where no profile says otherwise (USP <1079.2>)."""


class Bound(NamedTuple):
    """One limit. `key` names it inside breach ids; `edge` is the first value out of range, whether inclusive or not."""

    key: str
    kind: BreachKind
    celsius: float
    edge: float
    span: int
    """Microseconds out of range in one event that make a breach."""

    @classmethod
    def of(cls, limit: Limit) -> Bound:
        """Compile a limit of a profile."""
        hot = limit.kind is BreachKind.HOT
        edge = limit.celsius if limit.inclusive else nextafter(limit.celsius, inf if hot else -inf)
        mark = "i" if limit.inclusive else "x"
        key = f"{limit.kind.value}.{limit.celsius!r}{mark}.{limit.minutes}m"
        return cls(key, limit.kind, limit.celsius, edge, limit.minutes * MINUTE)

    def out(self, celsius: float) -> bool:
        """Whether a value is out of range here."""
        return celsius >= self.edge if self.kind is BreachKind.HOT else celsius <= self.edge

    def worse(self, celsius: float, than: float) -> bool:
        """Whether a value lies further out than another."""
        return celsius > than if self.kind is BreachKind.HOT else celsius < than


@dataclass(frozen=True, slots=True)
class Range:
    """All limits of a profile. A value in range lies between `cold_edge` and `hot_edge`, both exclusive."""

    bounds: tuple[Bound, ...] = ()
    hot_edge: float = inf
    cold_edge: float = -inf
    mkt: bool = True
    activation_kj_mol: float = ACTIVATION_KJ_MOL

    @classmethod
    def of(cls, profile: Profile | None) -> Range:
        """Compile a profile; None: no limits. A limit named twice counts once."""
        if profile is None:
            return cls()
        bounds = tuple({bound.key: bound for bound in map(Bound.of, profile.limits)}.values())
        hot = min((bound.edge for bound in bounds if bound.kind is BreachKind.HOT), default=inf)
        cold = max((bound.edge for bound in bounds if bound.kind is BreachKind.COLD), default=-inf)
        return cls(bounds, hot, cold, profile.mkt, profile.activation_kj_mol)

    def out(self, celsius: float) -> BreachKind | None:
        """Which way a value is out of range of any limit, however long that is allowed; None: it is in range."""
        if celsius >= self.hot_edge:
            return BreachKind.HOT
        return BreachKind.COLD if celsius <= self.cold_edge else None

    def worst(self, one: float, other: float) -> float:
        """Of two values for the same moment the one that counts: further beyond a limit; else the higher."""
        return max(one, other, key=self._badness)

    def _badness(self, celsius: float) -> tuple[float, float]:
        hot = (celsius - b.celsius for b in self.bounds if b.out(celsius) and b.kind is BreachKind.HOT)
        cold = (b.celsius - celsius for b in self.bounds if b.out(celsius) and b.kind is BreachKind.COLD)
        return max(*hot, *cold, -1.0, -1.0), celsius
