"""What the holds of the cold chain did, folded from the two ledgers as they come; what SQL says is compared with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.coldchain import CheckFailed, HoldOrdered, HoldWithdrawn
from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    DispatchRecalled,
    LineDelivered,
    LotHeld,
    NeedReopened,
    SupplyDecision,
)

Key = tuple[int, str]
"""Ledger partition and id of a need."""


@dataclass(slots=True)
class Stopped:
    """Which holds are the cold chain's may come to be known after what they did: so all holds are followed."""

    holds: set[str] = field(default_factory=set)
    """Ordered by the cold chain."""
    withdrawn: set[str] = field(default_factory=set)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Checks, by rule and consignment or premises; each counted once, however often it fails."""
    _checks: set[str] = field(default_factory=set)
    _held: dict[str, set[str]] = field(default_factory=dict)
    """Holds by lot."""
    _unreserved: Counter[str] = field(default_factory=Counter)
    """Units by lot."""
    _recalled: dict[str, frozenset[str]] = field(default_factory=dict)
    """Lots by dispatch."""
    _reopened: dict[Key, set[str]] = field(default_factory=dict)
    """Needs that a hold left without stock, and the lots that were taken from them."""
    _given: dict[Key, set[str]] = field(default_factory=dict)
    """What such a need was given afterwards."""

    def see(self, stage: str, partition: int, decisions: Sequence[Any]) -> None:
        """The decisions of the next record."""
        if stage == "coldchain":
            for decision in decisions:
                self._see_verdict(decision)
            return
        lost: dict[Key, set[str]] = {}
        for decision in decisions:
            self._see(partition, decision, lost)

    def _see_verdict(self, decision: Any) -> None:
        match decision:
            case CheckFailed() if decision.check_id not in self._checks:
                self._checks.add(decision.check_id)
                self.failed[decision.rule.value, decision.consignment_id or decision.premises_id or ""] += 1
            case HoldOrdered():
                self.holds.add(decision.hold_id)
            case HoldWithdrawn():
                self.withdrawn.add(decision.hold_id)
            case _:
                pass

    def _see(self, partition: int, decision: SupplyDecision, lost: dict[Key, set[str]]) -> None:
        """`lost`: lots that needs lost in this record."""
        match decision:
            case LotHeld():
                self._held.setdefault(decision.lot_id, set()).add(decision.hold_id)
            case AllocationReleased() if decision.reason == "hold":
                self._unreserved[decision.lot_id] += decision.quantity
                lost.setdefault((partition, decision.need_id), set()).add(decision.lot_id)
            case DispatchRecalled():
                known = self._recalled.get(decision.dispatch_id, frozenset())
                self._recalled[decision.dispatch_id] = known.union(decision.lot_ids)
            case LineDelivered() if decision.returned and decision.lot_id in self._recalled.get(
                decision.dispatch_id, ()
            ):
                lost.setdefault((partition, decision.need_id), set()).add(decision.lot_id)
            case NeedReopened() if lots := lost.get((partition, decision.need_id)):
                self._reopened.setdefault((partition, decision.need_id), set()).update(lots)
            case AllocationMade() if (partition, decision.need_id) in self._reopened:
                self._given.setdefault((partition, decision.need_id), set()).add(decision.lot_id)
            case _:
                pass

    @property
    def lots(self) -> set[str]:
        """Lots of areas that the cold chain held at some time."""
        return {lot_id for lot_id, holds in self._held.items() if holds & self.holds}

    @property
    def unreserved(self) -> int:
        """Units of them that were set aside for somebody and taken back."""
        mine = self.lots
        return sum(units for lot_id, units in self._unreserved.items() if lot_id in mine)

    @property
    def recalled(self) -> set[str]:
        """Dispatches called back because of them."""
        mine = self.lots
        return {dispatch_id for dispatch_id, lots in self._recalled.items() if lots & mine}

    @property
    def reopened(self) -> set[Key]:
        """Needs that lost units of them."""
        mine = self.lots
        return {need for need, lots in self._reopened.items() if lots & mine}

    @property
    def replanned(self) -> set[Key]:
        """Those of these that were given other lots since."""
        mine = self.lots
        return {need for need in self.reopened if self._given.get(need, set()) - mine}
