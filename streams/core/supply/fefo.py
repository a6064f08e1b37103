"""First expired, first out: units of a shelf's usable lots in order, and the barred lots that were passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import islice, takewhile
from typing import Final

from schemas.supply import SkippedLot
from streams.core.supply.call import Call
from streams.core.supply.state import NEVER, Lot, LotKey, Shelf

Gains = dict[str, tuple[Lot, int]]
"""Units that usable lots get in this very call, on top of what the state has of them."""
NOTHING: Final[Mapping[str, tuple[Lot, int]]] = {}
_NO_LOT: Final[LotKey] = (NEVER, 0, "")


def gain(call: Call, gains: Gains, lot: Lot, units: int) -> None:
    """Count units as gained where the lot may be given out today."""
    if units > 0 and lot.usable and (lot.expires is None or lot.expires >= call.today):
        gains[lot.lot_id] = (lot, units + gains.get(lot.lot_id, (lot, 0))[1])


class Fefo:
    """Takes units from the lots of one shelf in one call, and remembers what it has taken."""

    __slots__ = ("_call", "_gains", "_left", "_limit", "_lots", "_order", "_shelf", "key")

    def __init__(self, call: Call, shelf: Shelf, gains: Mapping[str, tuple[Lot, int]] = NOTHING) -> None:
        self._lots, self._shelf, self._gains = call.state.lots, shelf, gains
        self._limit = call.rules.skipped_limit
        self._order: Iterator[LotKey] = _merged(shelf, gains) if gains else iter(shelf.usable)
        self._call = call
        self.key = next(self._order, _NO_LOT)
        self._left = self._units(self.key[2])

    def take(self, most: int) -> int:
        """Up to `most` units of the first lot with any, which `key` then names: a policy never grants too much."""
        while not self._left:
            self.key = next(self._order)
            self._left = self._units(self.key[2])
        units = most if most < self._left else self._left
        self._left -= units
        return units

    def has_expired(self) -> bool:
        """The first lot is one that the next tick clears away: nobody is served before."""
        return self.key[0] < NEVER and self.key[0] < self._call.today

    def _units(self, lot_id: str) -> int:
        lot, gained = self._lots.get(lot_id), self._gains.get(lot_id)
        # A lot that a hold bars still in the state is not on the shelf: when it is freed, all of it is gained.
        shelved = lot.available if lot is not None and lot.usable else 0
        return shelved + (0 if gained is None else gained[1])

    def skipped(self) -> tuple[SkippedLot, ...]:
        """Barred lots that would have come before the one last taken from."""
        if not self._shelf.barred:
            return ()
        before = takewhile(lambda barred: barred < self.key, self._shelf.barred)
        return tuple(self._skip(barred[2]) for barred in islice(before, self._limit))

    def _skip(self, lot_id: str) -> SkippedLot:
        return SkippedLot(lot_id=lot_id, reason="held" if self._lots[lot_id].holds else "expired")


def _merged(shelf: Shelf, gains: Mapping[str, tuple[Lot, int]]) -> Iterator[LotKey]:
    if not shelf.usable:  # nearly always, where somebody waits
        return iter(sorted(lot.fefo for lot, _ in gains.values()))
    extra = sorted(lot.fefo for lot, _ in gains.values() if lot.fefo not in shelf.usable)
    return merge(shelf.usable, extra)
