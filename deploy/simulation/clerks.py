"""Warehouse clerks: they know what lies on their shelves, count some of it, and clear what has expired."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Final

from deploy.simulation.post import moment
from schemas.base import Message
from schemas.stock import StockCounted, StockWrittenOff
from schemas.supply import (
    DispatchOrdered,
    LineDelivered,
    LotCounted,
    LotExpired,
    LotRecorded,
    LotTransferredOut,
    LotWrittenOff,
    SupplyDecision,
)

COUNT_HOURS: Final = (8.9, 10.15, 12.15, 14.15, 16.15, 18.65, 20.15, 22.15)
COUNTED: Final = 0.05
"""Share of lots counted each time."""
SHORTAGES: Final = ((0, 70), (2, 15), (10, 10), (40, 5))
"""Percent missing at a count, and how often."""
CLEARED: Final = 0.5
"""Share of expired lots that are written off; the rest lies where it lies."""


@dataclass(slots=True)
class Clerks:
    """What lies on the shelves of all warehouses, by what was decided: all but what is in transit."""

    day: dt.date
    seed: int
    shelves: dict[str, int] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    warehouses: dict[str, str] = field(default_factory=dict)
    _to_clear: list[tuple[dt.datetime, str]] = field(default_factory=list)
    _counts_done: int = 0

    def see(self, decision: SupplyDecision, at: dt.datetime) -> None:
        """Goods come in, go out and come back; `at` is when that was decided."""
        match decision:
            case LotRecorded():
                self.shelves[decision.lot_id] = decision.quantity
                self.areas[decision.lot_id] = decision.area
                self.warehouses[decision.lot_id] = decision.warehouse
                if decision.from_lot_id is not None:
                    self.shelves[decision.from_lot_id] -= decision.quantity
            case LotCounted():
                self.shelves[decision.lot_id] += decision.delta
            case LotWrittenOff() | LotTransferredOut():
                self.shelves[decision.lot_id] -= decision.quantity
            case DispatchOrdered():
                for line in decision.lines:
                    self.shelves[line.lot_id] -= line.quantity
            case LineDelivered():
                self.shelves[decision.lot_id] += decision.returned
            case LotExpired():
                self._clear(decision, at)
            case _:
                pass

    def due(self, now: dt.datetime, until: dt.datetime) -> list[Message]:
        """What clerks report before `until`."""
        said: list[Message] = [
            self._written_off(lot, max(now, at)) for at, lot in self._to_clear if at < until and self.shelves[lot] > 0
        ]
        self._to_clear = [(at, lot) for at, lot in self._to_clear if at >= until]
        while self._counts_done < len(COUNT_HOURS) and moment(self.day, COUNT_HOURS[self._counts_done]) < until:
            at = max(now, moment(self.day, COUNT_HOURS[self._counts_done]))
            said.extend(self.counts(self._counts_done, at))
            self._counts_done += 1
        return said

    def counts(self, number: int, at: dt.datetime) -> list[StockCounted]:
        """The counts of one hour: mostly what the books say, sometimes less."""
        chance = random.Random(f"{self.seed}/count/{number}")
        lots = sorted(lot for lot, units in self.shelves.items() if units > 0)
        chosen = sorted(chance.sample(lots, round(len(lots) * COUNTED)))
        return [self._count(lot, number, at, chance) for lot in chosen]

    def _count(self, lot: str, number: int, at: dt.datetime, chance: random.Random) -> StockCounted:
        missing = chance.choices([percent for percent, _ in SHORTAGES], [weight for _, weight in SHORTAGES])[0]
        return StockCounted(
            kind="stock_counted",
            event_id=f"count-{lot}-{number}",
            occurred_at=at,
            source=self.warehouses[lot],
            area=self.areas[lot],
            lot_id=lot,
            quantity=self.shelves[lot] - -(-self.shelves[lot] * missing // 100),
        )

    def _clear(self, expired: LotExpired, at: dt.datetime) -> None:
        chance = random.Random(f"{self.seed}/clear/{expired.lot_id}")
        if expired.quantity and chance.random() < CLEARED:
            self._to_clear.append((at + dt.timedelta(seconds=chance.randrange(20 * 60, 60 * 60)), expired.lot_id))

    def _written_off(self, lot: str, at: dt.datetime) -> StockWrittenOff:
        return StockWrittenOff(
            kind="stock_written_off",
            event_id=f"clear-{lot}",
            occurred_at=at,
            source=self.warehouses[lot],
            area=self.areas[lot],
            lot_id=lot,
            quantity=self.shelves[lot],
            reason="past its last day",
        )
