"""Looks at every decision of the supply ledger in order: is a unit of a lot given out while a hold is on the lot?"""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.supply import AllocationMade, DispatchOrdered, LotFreed, LotHeld, SupplyDecision


@dataclass(slots=True)
class Guard:
    """Knows only what the ledger says; `given` are allocations and bags of held lots (there must be none)."""

    held: set[tuple[int, str]] = field(default_factory=set)
    """Partition and lot."""
    looked_at: int = 0
    met: set[tuple[int, str]] = field(default_factory=set)
    """Every lot that a hold was on at some time."""
    given: list[str] = field(default_factory=list)

    def see(self, partition: int, decision: SupplyDecision) -> None:
        """The next decision of a partition."""
        match decision:
            case LotHeld():
                self.held.add((partition, decision.lot_id))
                self.met.add((partition, decision.lot_id))
            case LotFreed() if decision.free:
                self.held.discard((partition, decision.lot_id))
            case AllocationMade():
                self._check(partition, decision.lot_id, decision.allocation_id)
            case DispatchOrdered():
                for line in decision.lines:
                    self._check(partition, line.lot_id, line.allocation_id)
            case _:
                pass

    def _check(self, partition: int, lot_id: str, allocation_id: str) -> None:
        self.looked_at += 1
        if (partition, lot_id) in self.held:
            self.given.append(allocation_id)
