"""What the transfers stage knows: how areas stand, and transfers under way. Times are microseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.transfers import Progress, Standing, TransferNote


@dataclass(slots=True, eq=False)
class Order:
    """A transfer under way. `answered`: the area that sends has said what it set aside, and its standing shows it."""

    transfer_id: str
    item: str
    lot_id: str
    source: str
    destination: str
    quantity: int
    answered: bool = False
    overdue: bool = False
    arrived: bool = False
    received: int = 0
    lost: int = 0
    reduced: int = 0

    @property
    def awaited(self) -> int:
        """Units that are still to be counted on where it goes."""
        return 0 if self.overdue else self.left

    @property
    def left(self) -> int:
        """Units of which nobody has said yet what became of them."""
        return 0 if self.arrived else max(0, self.quantity - self.lost - self.reduced)

    def take(self, note: TransferNote) -> None:
        """What an area says of it."""
        match note.progress:
            case Progress.RESERVED:
                self.answered = True
            case Progress.REFUSED:
                self.answered = True
                self.reduced += note.quantity
            case Progress.RELEASED:
                self.reduced += note.quantity
            case Progress.RECEIVED:
                self.arrived = True
                self.received += note.quantity
            case Progress.LOST:
                self.lost += note.quantity
            case Progress.OVERDUE:
                self.overdue = True
            case Progress.SHIPPED:
                pass


@dataclass(slots=True, eq=False)
class State:
    """The city. `ordered` counts orders; `told`: the last place of each supply partition that is known here.

    `due`: items of which something is lacking and something changed since they were weighed; `due_since`: the first.
    """

    now: int | None = None
    ordered: int = 0
    due_since: int = 0
    due: set[str] = field(default_factory=set)
    told: dict[int, tuple[int, int]] = field(default_factory=dict)
    standings: dict[str, dict[str, Standing]] = field(default_factory=dict)
    """By item and area; areas that neither lack nor spare anything are left out."""
    orders: dict[str, Order] = field(default_factory=dict)
    # derived
    by_item: dict[str, set[str]] = field(default_factory=dict)
    """Ids of transfers under way, by item."""

    def under_way(self, item: str) -> Iterator[Order]:
        """Transfers of an item, in order of their ids."""
        return (self.orders[transfer_id] for transfer_id in sorted(self.by_item.get(item, ())))

    def enter(self, order: Order) -> None:
        """Make a transfer known."""
        self.orders[order.transfer_id] = order
        self.by_item.setdefault(order.item, set()).add(order.transfer_id)

    def end(self, transfer_id: str) -> None:
        """It is over."""
        order = self.orders.pop(transfer_id)
        self.by_item[order.item].discard(transfer_id)
        if not self.by_item[order.item]:
            del self.by_item[order.item]
