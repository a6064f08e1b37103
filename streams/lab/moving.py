"""Transfers between areas (跨区调拨) in the lab: the planner of the transfers stage, once a round.

As the stage does it: what an area could not fill in its time is a shortage; what it has above floor, open needs and
usual demand is a surplus. Here orders leave at once, and all of it arrives in the time that the road takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from schemas.stock import StockReceived, StockTransferred, TemperatureClass
from schemas.transfers import TransferInOrdered, TransferInReduced, TransferOutOrdered
from streams.core.instants import from_us
from streams.core.supply.shelf import Shelf
from streams.core.supply.state import Place, State
from streams.core.supply.transit import RANK
from streams.core.transfers.plan import Move, Shortage, Spare, SpareLot, plan
from streams.core.transfers.settings import Roads


class Sent(NamedTuple):
    """A transfer: what its source says now, and what its destination will say when it arrives."""

    leaves: StockTransferred
    arrives_at: datetime
    arrives: StockReceived


@dataclass
class Moving:
    """Rounds of one run. `moved`: units; `unit_km`: units times kilometres."""

    roads: Roads
    transfers: int = 0
    moved: int = 0
    unit_km: int = 0
    _coming: dict[Place, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def round(self, state: State, now: int) -> list[Move]:
        """What is to be ordered at a time; `send` orders it."""
        by_item = defaultdict[str, list[Shelf]](list)
        for shelf in state.shelves.values():
            by_item[shelf.item].append(shelf)
        return [one for _, shelves in sorted(by_item.items()) for one in self._item(state, shelves, now)]

    def _item(self, state: State, shelves: list[Shelf], now: int) -> Iterable[Move]:
        above = [shelf for shelf in shelves if shelf.available > shelf.floor + shelf.wanted]
        if not above:
            return ()
        shortages = [one for shelf in shelves if shelf.wanted for one in self._shortages(state, shelf, now)]
        spares = (
            [spare for shelf in above if (spare := self._spare(state, shelf, now)) is not None] if shortages else ()
        )
        return plan(shortages, spares, self.roads.km, self.roads.arrives(now)) if spares else ()

    def _spare(self, state: State, shelf: Shelf, now: int) -> Spare | None:
        """As `standing.spare_of`."""
        spare = shelf.available - shelf.floor - shelf.wanted - shelf.demand.expected(now, now + self.roads.keep)
        if spare <= 0:
            return None
        lots = (state.lots[lot_id] for _, _, lot_id in shelf.usable)
        return Spare(shelf.area, spare, tuple(SpareLot(lot.lot_id, lot.available, lot.expires) for lot in lots))

    def _shortages(self, state: State, shelf: Shelf, now: int) -> Iterator[Shortage]:
        """What needs lack that waited too long, but for what is there (norms keep it) or on its way to them."""
        coming = self._coming[shelf.area, shelf.item]
        coming[:] = [one for one in coming if one[0] > now]
        left = max(0, shelf.available - shelf.floor) + sum(units for _, units in coming)
        if shelf.wanted <= left:
            return
        lacking = [0] * len(RANK)
        for key in (*shelf.urgent, *shelf.ordinary):
            need = state.needs[key[2]]
            if need.reported_at <= now - self.roads.escalate[need.need_class]:
                lacking[RANK[need.need_class]] += need.wanted
        for rank, units in enumerate(lacking):
            if units > left:
                yield Shortage(shelf.area, rank, units - left)
            left = max(0, left - units)

    def send(self, state: State, move: Move, now: int) -> Sent:
        """Order one."""
        lot, arrives = state.lots[move.lot_id], self.roads.deadline(now, move.km)
        self.transfers += 1
        self.moved += move.quantity
        self.unit_km += move.quantity * move.km
        self._coming[move.destination, lot.item].append((arrives, move.quantity))
        name, warehouse = f"lab-moved-{self.transfers}", self.roads.warehouses.get(move.destination, "lab")
        leaves = StockTransferred(
            kind="stock_transferred",
            event_id=f"{name}-out",
            occurred_at=from_us(now),
            source="lab",
            area=move.source,
            lot_id=lot.lot_id,
            quantity=move.quantity,
            to_lot_id=name,
            to_warehouse=warehouse,
            to_area=move.destination,
        )
        received = StockReceived(
            kind="stock_received",
            event_id=f"{name}-in",
            occurred_at=from_us(arrives),
            source="lab",
            area=move.destination,
            lot_id=name,
            item=lot.item,
            warehouse=warehouse,
            quantity=move.quantity,
            expires_on=None if lot.expires is None else date.fromordinal(lot.expires),
            temperature=TemperatureClass(lot.temperature),
            origin=lot.origin,
            consignment_id=lot.consignment_id,
            moved_from=(lot.lot_id, *lot.wholes)[:64],
        )
        return Sent(leaves, from_us(arrives), received)


def without_transfers(messages: Iterable[Any]) -> list[Any]:
    """Messages but for the city's orders and what carried them out: the lab's own rounds stand in their place."""
    said = list(messages)
    ordered = (TransferOutOrdered, TransferInOrdered, TransferInReduced)
    ids = {one.transfer_id for one in said if isinstance(one, ordered)}
    return [
        one
        for one in said
        if not (
            isinstance(one, ordered)
            or (isinstance(one, StockTransferred) and one.to_lot_id in ids)
            or (isinstance(one, StockReceived) and one.lot_id in ids)
        )
    ]
