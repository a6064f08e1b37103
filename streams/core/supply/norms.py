"""Ration norms (定量): what so many people are entitled to of an item, exactly as the catalogue's decimals say."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from schemas.item import Catalogue
from streams.core.instants import DAY

MOST_PEOPLE: Final = 1_000_000


class Norms:
    """Norms of a catalogue. Groups have their own allowances on top, for one household and day."""

    def __init__(self, catalogue: Catalogue, allowances: dict[tuple[str, str], Decimal] | None = None) -> None:
        self._portions = {code: Fraction(item.norm) * item.norm_days for code, item in catalogue.items()}
        self._days = {code: item.norm_days for code, item in catalogue.items()}
        self._allowances = {key: Fraction(units) for key, units in (allowances or {}).items()}
        self.ration = lru_cache(maxsize=4096)(self._ration)
        """Units that people of these groups may draw of an item within its `window`; None for an unknown item."""

    def window(self, item: str) -> int:
        """How long a ration is meant to last, in microseconds."""
        return self._days[item] * DAY

    def people(self, item: str, quantity: int) -> int:
        """For how many people a quantity is the ration: stands for people whom nobody counted."""
        portion = self._portions[item]
        return min(MOST_PEOPLE, max(1, -(-quantity * portion.denominator // portion.numerator)))

    def _ration(self, item: str, people: int, groups: tuple[str, ...] = ()) -> int | None:
        portion = self._portions.get(item)
        if portion is None:
            return None
        extra = sum((self._allowances.get((group, item), Fraction(0)) for group in groups), Fraction(0))
        units = portion * people + extra * self._days[item]
        return -(-units.numerator // units.denominator)
