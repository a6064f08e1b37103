"""Tests as policy: `given(...)` what happened, `when(...)` a message comes, `then(...)` this is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from schemas.delivery import DeliveryConfirmed, DeliveryLine, FailureReason, Outcome
from schemas.hold import HoldLifted, HoldPlaced
from schemas.household import (
    Group,
    HouseholdContacted,
    HouseholdRegistered,
    InstitutionKind,
    InstitutionRegistered,
    Members,
    RequesterRemoved,
    Tier,
    TierChanged,
)
from schemas.item import Item
from schemas.ledger import ClockTicked
from schemas.request import RequestAmended, RequestCancelled, RequestFiled, RequestHandedOver, RequestLine
from schemas.stock import (
    PriceObserved,
    ReserveFloorSet,
    ReservePlanSet,
    StockCounted,
    StockReceived,
    StockTransferred,
    StockWrittenOff,
)
from schemas.supply import AllocationMade, DispatchOrdered
from schemas.transfers import TransferInOrdered, TransferInReduced, TransferOutOrdered
from streams.core.decider import Fact, Rejected
from streams.core.supply import State, SupplyDecider, SupplySettings, conservation

D = TypeVar("D")

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
START = dt.datetime(2022, 4, 1, 9, 0, tzinfo=SHANGHAI)
AREA, ELSEWHERE = "sh/pd/huamu", "sh/pd/beicai"
GRID = f"{AREA}/c1/g1"
TODAY = START.date()


def item(code: str, **more: Any) -> Item:
    return Item(code=code, name_zh="", name_en=code, unit="piece", **more)


CATALOGUE = {
    "rice": item("rice", norm=Decimal("0.4"), norm_days=3, request_limit=1000, lot_limit=100_000),
    "milk": item("milk", norm=Decimal(1), norm_days=2, request_limit=100, lot_limit=100_000),
    "masks": item("masks", request_limit=10**6, lot_limit=10**9),
}


def at(hours: float = 0, *, days: int = 0) -> dt.datetime:
    """So long after the start."""
    return START + dt.timedelta(hours=hours, days=days)


def plain(**more: Any) -> SupplySettings:
    """Strict order without norms: what tests are about that are not about sharing what is scarce."""
    return SupplySettings.model_validate({"policy": "priority", "ration_norms": False} | more)


@dataclass
class Scene:
    """One partition in a test. Messages get an id, a time and an area where they name none."""

    settings: SupplySettings = field(default_factory=plain)
    decided: list[Any] = field(default_factory=list)
    rejected: Rejected | None = None
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.decider = SupplyDecider(self.settings, CATALOGUE)
        self.state: State = self.decider.initial()
        self._count = 0

    def given(self, *messages: Any) -> Scene:
        """These happened, and were taken; work that waits at once is done after each."""
        for message in messages:
            self.take(message)
            self.settle()
        return self

    def when(self, message: Any) -> Scene:
        """This message or tick comes; nothing else is done."""
        self.rejected = None
        try:
            self.take(message)
        except Rejected as rejected:
            self.decided, self.rejected = [], rejected
        return self

    def take(self, message: Any) -> list[Any]:
        """Decide and evolve, and check what must hold of every record."""
        before = self.decider.dump(self.state)
        decisions = list(self.decider.decide(self.state, message))
        assert self.decider.dump(self.state) == before, "decide changed the state"
        said = self.decider.decisions.dump_json(decisions)
        assert self.decider.decisions.validate_json(said) == decisions, "a decision that its own model refuses"
        tick = message.at if isinstance(message, ClockTicked) else None
        fact = Fact(None if tick else message.event_id, tick, decisions)
        self.state = self.decider.evolve(self.state, fact)
        self.facts.append(fact)
        self.decided = decisions
        assert conservation(self.state) == []
        return decisions

    def settle(self) -> list[Any]:
        """Tick as long as work waits at once; everything that it decides."""
        everything: list[Any] = []
        for _ in range(1000):
            due = self.decider.next_due(self.state)
            if self.now is None or due is None or due > self.now:
                return everything
            decided = self.take(ClockTicked(at=self.now))
            assert decided, "work waits, but a tick has nothing to do"
            everything += decided
        raise AssertionError("work that never ends")

    @property
    def now(self) -> dt.datetime | None:
        ticks = [fact.ticked_at for fact in self.facts if fact.ticked_at is not None]
        return ticks[-1] if ticks else None

    def tick(self, when: dt.datetime) -> list[Any]:
        """Time goes on to `when`, with everything that falls due on the way."""
        everything: list[Any] = []
        for _ in range(1000):
            due = self.decider.next_due(self.state)
            if due is None or due > when:
                break
            due = due if self.now is None else max(due, self.now)
            everything += self.take(ClockTicked(at=due))
        everything += self.take(ClockTicked(at=when))
        everything += self.settle()
        self.decided = everything
        return everything

    def all(self, kind: type[D], among: Iterable[Any] | None = None) -> list[D]:
        """Decisions of this kind: of the last step, or among those given."""
        return [one for one in (self.decided if among is None else among) if isinstance(one, kind)]

    def ever(self, kind: type[D]) -> list[D]:
        """Decisions of this kind since the beginning."""
        return self.all(kind, (one for fact in self.facts for one in fact.decisions))

    def the(self, kind: type[D]) -> D:
        """The one decision of this kind in the last step."""
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} of {kind.__name__} in {self.decided}"
        return found[0]

    def then(self, *kinds: type) -> Scene:
        """Exactly decisions of these kinds, in this order."""
        assert [type(one).__name__ for one in self.decided] == [kind.__name__ for kind in kinds]
        assert self.rejected is None
        return self

    def then_nothing(self, kind: type | None = None) -> Scene:
        """No decision (of this kind), and no rejection."""
        assert self.rejected is None
        assert (self.decided if kind is None else self.all(kind)) == []
        return self

    def then_rejected(self, code: str) -> Scene:
        """The message was refused with this code, and in words that are fit to be shown."""
        assert self.rejected is not None, f"not rejected: {self.decided}"
        assert self.rejected.code == code
        assert str(self.rejected).endswith(".")
        assert self.decided == []
        return self

    def then_served(self, **quantities: int) -> Scene:
        """Units by lot (dashes as underscores) that the last step gave out."""
        got: dict[str, int] = {}
        for made in self.all(AllocationMade):
            key = made.lot_id.replace("-", "_")
            got[key] = got.get(key, 0) + made.quantity
        assert got == quantities
        return self

    def bag(self) -> DispatchOrdered:
        """The last dispatch ordered."""
        return self.ever(DispatchOrdered)[-1]


def replay(decider: SupplyDecider, facts: Iterable[Fact]) -> State:
    """Fold facts as another process would: decisions through JSON."""
    state = decider.initial()
    for fact in facts:
        decisions = decider.decisions.validate_json(decider.decisions.dump_json(list(fact.decisions)))
        ticked = (
            None
            if fact.ticked_at is None
            else ClockTicked.model_validate_json(ClockTicked(at=fact.ticked_at).model_dump_json()).at
        )
        state = decider.evolve(state, Fact(fact.event_id, ticked, decisions))
    return state


_ids = iter(range(10**9))


def _common(more: dict[str, Any]) -> dict[str, Any]:
    base = {"event_id": f"e{next(_ids)}", "occurred_at": START, "source": "test", "area": AREA}
    return base | more


def tick(hours: float = 0, *, days: int = 0) -> ClockTicked:
    return ClockTicked(at=at(hours, days=days))


def filed(
    request_id: str, lines: dict[str, int | None] | None = None, requester: str = "hh-1", **more: Any
) -> RequestFiled:
    asked = tuple(RequestLine(item=code, quantity=units) for code, units in (lines or {"rice": 2}).items())
    fields = {"requester_id": requester, "taken_by": "worker-1"} | more
    return RequestFiled(kind="request_filed", request_id=request_id, lines=asked, **_common(fields))


def amended(request_id: str, lines: dict[str, int | None], **more: Any) -> RequestAmended:
    asked = tuple(RequestLine(item=code, quantity=units) for code, units in lines.items())
    return RequestAmended(kind="request_amended", request_id=request_id, lines=asked, **_common(more))


def cancelled(request_id: str, **more: Any) -> RequestCancelled:
    return RequestCancelled(kind="request_cancelled", request_id=request_id, **_common(more))


def handed(request_id: str, to: str, **more: Any) -> RequestHandedOver:
    return RequestHandedOver(kind="request_handed_over", request_id=request_id, to=to, **_common(more))


def household(
    household_id: str = "hh-1", *groups: Group, adults: int = 2, tier: Tier = Tier.SEALED, grid: str = GRID, **more: Any
) -> HouseholdRegistered:
    return HouseholdRegistered(
        kind="household_registered",
        household_id=household_id,
        grid=grid,
        members=Members(adults=adults),
        groups=frozenset(groups),
        tier=tier,
        **_common(more),
    )


def institution(
    institution_id: str, headcount: int, tier: Tier = Tier.PRECAUTION, **more: Any
) -> InstitutionRegistered:
    return InstitutionRegistered(
        kind="institution_registered",
        institution_id=institution_id,
        grid=GRID,
        institution=InstitutionKind.HOSPITAL,
        headcount=headcount,
        tier=tier,
        **_common(more),
    )


def tier_changed(household_id: str, tier: Tier, **more: Any) -> TierChanged:
    return TierChanged(kind="tier_changed", household_id=household_id, tier=tier, **_common(more))


def removed(requester_id: str, **more: Any) -> RequesterRemoved:
    return RequesterRemoved(kind="requester_removed", requester_id=requester_id, **_common(more))


def contacted(
    requester_id: str = "hh-1", hold_id: str | None = None, duty_id: str | None = None, **more: Any
) -> HouseholdContacted:
    fields = {"outcome": "thrown away"} | more
    return HouseholdContacted(
        kind="household_contacted", requester_id=requester_id, hold_id=hold_id, duty_id=duty_id, **_common(fields)
    )


def received(
    lot_id: str, quantity: int, code: str = "rice", expires_in: int | None = None, **more: Any
) -> StockReceived:
    expires_on = None if expires_in is None else TODAY + dt.timedelta(days=expires_in)
    fields = {"warehouse": "wh-1", "expires_on": expires_on} | more
    return StockReceived(kind="stock_received", lot_id=lot_id, item=code, quantity=quantity, **_common(fields))


def counted(lot_id: str, quantity: int, **more: Any) -> StockCounted:
    return StockCounted(kind="stock_counted", lot_id=lot_id, quantity=quantity, **_common(more))


def written_off(lot_id: str, quantity: int, **more: Any) -> StockWrittenOff:
    return StockWrittenOff(kind="stock_written_off", lot_id=lot_id, quantity=quantity, reason="spoilt", **_common(more))


def transferred(lot_id: str, quantity: int, to: str, to_area: str | None = None, **more: Any) -> StockTransferred:
    fields = {"to_lot_id": to, "to_warehouse": "wh-2", "to_area": to_area} | more
    return StockTransferred(kind="stock_transferred", lot_id=lot_id, quantity=quantity, **_common(fields))


def out_ordered(
    transfer_id: str, lot_id: str, quantity: int, to_area: str = ELSEWHERE, code: str = "rice", **more: Any
) -> TransferOutOrdered:
    fields = {"to_warehouse": "wh-9", "km": 9, "ship_by": at(4), "deadline": at(8), "reason": "short there"} | more
    return TransferOutOrdered(
        kind="transfer_out_ordered",
        transfer_id=transfer_id,
        lot_id=lot_id,
        item=code,
        quantity=quantity,
        to_area=to_area,
        **_common(fields),
    )


def in_ordered(transfer_id: str, quantity: int, code: str = "rice", **more: Any) -> TransferInOrdered:
    fields = {"from_area": ELSEWHERE, "km": 9, "deadline": at(8), "reason": "short here"} | more
    return TransferInOrdered(
        kind="transfer_in_ordered", transfer_id=transfer_id, item=code, quantity=quantity, **_common(fields)
    )


def in_reduced(transfer_id: str, quantity: int, **more: Any) -> TransferInReduced:
    fields = {"reason": "not_spare"} | more
    return TransferInReduced(kind="transfer_in_reduced", transfer_id=transfer_id, quantity=quantity, **_common(fields))


def floor(code: str, quantity: int, **more: Any) -> ReserveFloorSet:
    return ReserveFloorSet(kind="reserve_floor_set", item=code, quantity=quantity, **_common(more))


def plan(code: str, quantity: int, **more: Any) -> ReservePlanSet:
    return ReservePlanSet(kind="reserve_plan_set", item=code, quantity=quantity, **_common(more))


def price(code: str, fen: int, **more: Any) -> PriceObserved:
    return PriceObserved(kind="price_observed", item=code, warehouse="wh-1", fen=fen, **_common(more))


def _no_area(more: dict[str, Any]) -> dict[str, Any]:
    fields = _common(more)
    del fields["area"]
    return fields


def hold(hold_id: str, *lot_ids: str, consignment_id: str | None = None, **more: Any) -> HoldPlaced:
    fields = _no_area({"reason": "positive test"} | more)
    return HoldPlaced(kind="hold_placed", hold_id=hold_id, lot_ids=lot_ids, consignment_id=consignment_id, **fields)


def lift(hold_id: str, **more: Any) -> HoldLifted:
    return HoldLifted(kind="hold_lifted", hold_id=hold_id, **_no_area(more))


def confirmed(
    bag: DispatchOrdered | str,
    outcome: Outcome = Outcome.DELIVERED,
    lines: Iterable[DeliveryLine] = (),
    failure: FailureReason | None = None,
    **more: Any,
) -> DeliveryConfirmed:
    dispatch_id = bag if isinstance(bag, str) else bag.dispatch_id
    fields = _common(more)
    return DeliveryConfirmed(
        kind="delivery_confirmed",
        dispatch_id=dispatch_id,
        outcome=outcome,
        lines=tuple(lines),
        failure=failure,
        **fields,
    )
