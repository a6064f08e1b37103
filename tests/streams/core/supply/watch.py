"""What must hold of the supply stage's decisions, kept count of from the decisions alone."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from schemas.exposure import ContactDutyOpened, ContactDutyRaised
from schemas.supply import (
    AllocationMade,
    DispatchClosed,
    DispatchOrdered,
    HoldEnded,
    HoldRecorded,
    LineDelivered,
    LotExpired,
    LotFreed,
    LotHeld,
    LotRecorded,
    NeedClosed,
    NeedOpened,
    RequestRecorded,
)
from streams.core.supply.exposure import Exposed
from tests.streams.core.supply.spec import SHANGHAI, START, Scene


class Watch:
    """Watches a scene."""

    scene: Scene

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self.held: dict[str, set[str]] = {}
        self.lots: dict[str, LotRecorded] = {}
        self.expired: set[str] = set()
        self.opened: dict[str, NeedOpened] = {}
        self.closed: set[str] = set()
        self.requests: set[str] = set()
        self.standing: dict[str, HoldRecorded] = {}
        self.road: dict[str, tuple[DispatchOrdered, Counter[str]]] = {}
        self.handed = Counter[tuple[str, str]]()
        """Units delivered by lot and requester."""
        self.duties: dict[str, ContactDutyOpened] = {}
        self.told = Counter[tuple[str, str, str]]()
        """Units that duties tell of by hold, lot and requester."""

    @property
    def time(self) -> dt.datetime:
        return self.scene.now or START

    def watch(self, decisions: list[Any]) -> None:
        """The rules of giving out."""
        for one in decisions:
            detail = getattr(one, "reason", None) or getattr(one, "rule", None) or ""
            self.counts[f"{one.type} {detail}{' missing' if getattr(one, 'missing', 0) else ''}".strip()] += 1
            self.watch_need(one)
            self.watch_lot(one)
            self.watch_bag(one)
            if isinstance(one, ContactDutyOpened | ContactDutyRaised):
                self.watch_duty(one)

    def watch_need(self, one: Any) -> None:
        match one:
            case RequestRecorded():
                assert one.request_id not in self.requests
                self.requests.add(one.request_id)
            case NeedOpened():
                assert one.need_id not in self.opened
                self.opened[one.need_id] = one
            case NeedClosed():
                assert one.need_id in self.opened and one.need_id not in self.closed
                self.closed.add(one.need_id)
            case AllocationMade():
                self.watch_allocation(one)

    def watch_lot(self, one: Any) -> None:
        match one:
            case LotRecorded():
                assert one.lot_id not in self.lots
                self.lots[one.lot_id] = one
            case LotHeld():
                assert one.hold_id not in self.held.get(one.lot_id, ())
                self.held.setdefault(one.lot_id, set()).add(one.hold_id)
            case LotFreed():
                self.held[one.lot_id].remove(one.hold_id)
                assert one.free == (not self.held[one.lot_id])
            case LotExpired():
                self.expired.add(one.lot_id)
            case HoldRecorded():
                self.standing[one.hold_id] = one
            case HoldEnded():
                del self.standing[one.hold_id]

    def watch_allocation(self, made: AllocationMade) -> None:
        lot, need = self.lots[made.lot_id], self.opened[made.need_id]
        assert not self.held.get(made.lot_id), "from a held lot"
        assert not self.covered(made.lot_id, set()), "from a lot that a hold means"
        assert made.lot_id not in self.expired, "from an expired lot"
        if lot.expires_on is not None and self.scene.now is not None:
            assert lot.expires_on >= self.time.astimezone(SHANGHAI).date(), "past its last day"
        assert (lot.area, lot.item) == (need.area, need.item), "from a foreign lot"
        assert made.need_id not in self.closed, "for a closed need"

    def covered(self, lot_id: str, met: set[str]) -> bool:
        """Whether a standing hold means a lot, by its name, its consignment, or what it was split or moved from."""
        if lot_id in met:
            return False
        met.add(lot_id)
        lot = self.lots.get(lot_id)
        batch = None if lot is None else lot.consignment_id
        if any(lot_id in hold.lot_ids or batch == hold.consignment_id is not None for hold in self.standing.values()):
            return True
        parents = () if lot is None else (*lot.moved_from, *filter(None, [lot.from_lot_id]))
        return any(self.covered(parent, met) for parent in parents)

    def watch_bag(self, one: Any) -> None:
        match one:
            case DispatchOrdered():
                self.road[one.dispatch_id] = (one, Counter())
            case LineDelivered():
                self.road[one.dispatch_id][1][one.lot_id] += one.delivered
            case DispatchClosed():
                ordered, delivered = self.road.pop(one.dispatch_id)
                self.handed.update({(lot_id, ordered.requester_id): units for lot_id, units in delivered.items()})

    def watch_duty(self, one: ContactDutyOpened | ContactDutyRaised) -> None:
        """Listed once for each hold and lot; later deliveries raise it."""
        if isinstance(one, ContactDutyOpened):
            assert one.duty_id not in self.duties
            self.duties[one.duty_id] = one
        first = self.duties[one.duty_id]
        exposed = (first.hold_id, first.lot_id, first.requester_id)
        self.told[exposed] += one.more if isinstance(one, ContactDutyRaised) else one.quantity
        assert one.quantity == self.told[exposed]
        assert exposed not in {(d.hold_id, d.lot_id, d.requester_id) for d in self.duties.values() if d is not first}

    def check_exposure(self) -> None:
        """Who received units of held lots has a duty that tells of all of them, or is to be listed at once."""
        exposure = self.scene.state.exposure
        for (lot_id, requester_id), units in self.handed.items():
            for hold_id in self.held.get(lot_id, ()):
                exposed = Exposed(hold_id, lot_id, requester_id)
                owed = exposure.owed[exposed].units if exposed in exposure.owed else 0
                assert self.told[exposed] + owed == units
