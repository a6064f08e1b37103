"""Transfers between areas as one partition knows them: goods to send, goods to expect, and what is to be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.request import NeedClass
from streams.core.supply.timers import Timers

Place = tuple[str, str]
Note = tuple[str, str, int, str]
"""Transfer, progress, units, reason."""
RANK: dict[NeedClass, int] = {need_class: rank for rank, need_class in enumerate(NeedClass)}


@dataclass(slots=True, eq=False)
class Outgoing:
    """Units of a lot that are set aside for another area."""

    transfer_id: str
    area: str
    item: str
    lot_id: str
    to_area: str
    quantity: int
    ship_by: int


@dataclass(slots=True, eq=False)
class Incoming:
    """Units that are to come from another area. `moved_from`: the lots that they were part of."""

    transfer_id: str
    area: str
    item: str
    quantity: int
    deadline: int
    consignment_id: str | None
    moved_from: tuple[str, ...]
    overdue: bool = False


@dataclass(slots=True, eq=False)
class Transit:
    """`swept`: when the areas last said how they stand."""

    swept: int = 0
    outgoing: dict[str, Outgoing] = field(default_factory=dict)
    incoming: dict[str, Incoming] = field(default_factory=dict)
    # derived
    of_lot: dict[str, set[str]] = field(default_factory=dict)
    """Outgoing transfers by lot."""
    leaving: Timers[str] = field(default_factory=Timers)
    """Outgoing, by when they must have left."""
    arriving: Timers[str] = field(default_factory=Timers)
    """Incoming that are not overdue, by their deadline."""
    barred: set[str] = field(default_factory=set)
    """Outgoing whose lot must not be given out any more."""
    waiting: tuple[Timers[str], ...] = field(default_factory=lambda: tuple(Timers[str]() for _ in NeedClass))
    """By rank of the class: needs without stock that were not escalated, by their first report."""
    untold: set[Place] = field(default_factory=set)
    """Shelves that stand in another way than was told, or with something to note."""
    warehouses: dict[str, set[str]] = field(default_factory=dict)
    """By area, those that ever got a lot."""

    def enter_outgoing(self, one: Outgoing) -> None:
        """Units are set aside."""
        self.outgoing[one.transfer_id] = one
        self.of_lot.setdefault(one.lot_id, set()).add(one.transfer_id)
        self.leaving.set(one.transfer_id, one.ship_by)

    def drop_outgoing(self, one: Outgoing) -> None:
        """None of them is set aside any more."""
        del self.outgoing[one.transfer_id]
        self.of_lot[one.lot_id].discard(one.transfer_id)
        if not self.of_lot[one.lot_id]:
            del self.of_lot[one.lot_id]
        self.leaving.set(one.transfer_id, None)
        self.barred.discard(one.transfer_id)

    def bar(self, lot_id: str, barred: bool) -> None:
        """A lot may, or may not, be given out."""
        for transfer_id in self.of_lot.get(lot_id, ()):
            (self.barred.add if barred else self.barred.discard)(transfer_id)

    def enter_incoming(self, one: Incoming) -> None:
        """Units are to come."""
        self.incoming[one.transfer_id] = one
        self.arriving.set(one.transfer_id, None if one.overdue else one.deadline)

    def drop_incoming(self, one: Incoming) -> None:
        """No more is to come."""
        del self.incoming[one.transfer_id]
        self.arriving.set(one.transfer_id, None)
