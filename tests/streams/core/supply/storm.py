"""Random messages and ticks over few names, so that they meet; with what must hold after each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from schemas.delivery import DeliveryLine, FailureReason, Outcome
from schemas.household import Group, Tier
from schemas.item import Substitute
from schemas.ledger import ClockTicked, RepeatIgnored
from schemas.request import NeedClass
from streams.core.decider import Rejected
from streams.core.supply import State, SupplyDecider, SupplySettings
from streams.core.transfers import TransferSettings
from tests.streams.core.supply import spec
from tests.streams.core.supply.spec import AREA, ELSEWHERE, START, Scene
from tests.streams.core.supply.watch import Watch

Step = tuple[int, int, int, int]
"""Which operation, and three numbers that it reads its arguments from."""
TIERS, GROUPS, OUTCOMES = list(Tier), list(Group), list(Outcome)
MINUTES = (0, 0, 1, 1, 2, 3, 5, 10, 60, 5 * 60, 26 * 60)


RICE = spec.CATALOGUE["rice"].model_copy(update={"substitutes": (Substitute(item="milk", rate=Decimal("1.5")),)})
WITH_SUBSTITUTE = spec.CATALOGUE | {"rice": RICE}


ROADS = TransferSettings(
    distances={AREA: {ELSEWHERE: 9}},
    escalate_hours=dict.fromkeys(NeedClass, 1),
    keep_hours=0,
    ship_hours=5,
    lots_limit=2,
)


class Storm(Watch):
    """Chunks are tiny, so that work is left over for ticks often."""

    def __init__(self, ticked: bool = True, policy: str = "fair") -> None:
        super().__init__()
        self.scene = Scene(SupplySettings(chunk=2, bag_lines=2, skipped_limit=2, policy=policy))
        self.scene.decider = SupplyDecider(self.scene.settings, WITH_SUBSTITUTE, transfers=ROADS)
        self.number = 0
        if ticked:
            self.scene.take(ClockTicked(at=START))
        self.operations: list[Callable[[int, int, int], None]] = [
            operation for weight, operation in self._weighted() for _ in range(weight)
        ]

    def _weighted(self) -> list[tuple[int, Callable[[int, int, int], None]]]:
        return [
            (24, self.file),
            (6, self.amend),
            (3, self.cancel),
            (4, self.register),
            (2, self.retier),
            (1, self.remove),
            (16, self.receive),
            (5, self.count),
            (4, self.write_off),
            (4, self.transfer),
            (2, self.set_floor),
            (4, self.place_hold),
            (4, self.lift_hold),
            (10, self.confirm),
            (3, self.contact),
            (4, self.order_out),
            (3, self.ship),
            (3, self.order_in),
            (1, self.reduce_in),
            (3, self.arrive),
            (1, self.lose),
            (12, self.time_goes_on),
            (5, self.one_tick),
        ]

    def step(self, step: Step) -> None:
        """One operation, and what must hold after it."""
        which, a, b, c = step
        self.operations[which % len(self.operations)](a, b, c)
        assert set(self.scene.state.needs) == set(self.opened) - self.closed, "a need is forgotten"
        self.check_exposure()

    def check_loading(self) -> None:
        """A dump gives back the same state, indexes and all."""
        scene = self.scene
        data = scene.decider.dump(scene.state)
        loaded = scene.decider.load(data)
        assert scene.decider.dump(loaded) == data
        assert indexes(loaded) == indexes(scene.state)

    def check_replay(self) -> None:
        """Folding the ledger, read back from JSON, gives the same state."""
        scene = self.scene
        replayed = spec.replay(scene.decider, scene.facts)
        assert scene.decider.dump(replayed) == scene.decider.dump(scene.state)
        assert indexes(replayed) == indexes(scene.state)

    def take(self, message: Any) -> None:
        self.number += 1
        message = message.model_copy(update={"occurred_at": self.time, "event_id": f"e{self.number}"})
        try:
            self.watch(self.scene.take(message))
        except Rejected as rejected:
            assert rejected.code and str(rejected).endswith(".")
            self.counts[f"rejected {rejected.code}"] += 1
            return
        again = self.scene.decider.decide(self.scene.state, message)
        assert [type(one) for one in again] == [RepeatIgnored], "a repeat has an effect"

    @staticmethod
    def area(number: int) -> str:
        return ELSEWHERE if number % 7 == 6 else AREA

    @staticmethod
    def item(number: int) -> str:
        return "milk" if number % 4 == 3 else "rice"

    @staticmethod
    def pick(things: dict[str, Any], number: int) -> Any:
        """One of them, if there is any."""
        return things[sorted(things)[number % len(things)]] if things else None

    def lines(self, number: int) -> dict[str, int | None]:
        lines: dict[str, int | None] = {self.item(number): number % 9 or None}
        if number % 5 == 0:
            lines["milk" if "rice" in lines else "rice"] = number % 6 + 1
        if number % 11 == 0:
            lines["caviar"] = 1
        return lines

    def file(self, a: int, b: int, c: int) -> None:
        name = f"r{len(self.requests) if c % 8 else a % 10}"
        message = spec.filed(name, self.lines(b), f"hh-{a % 4}", area=self.area(a // 4), life_threatening=c % 6 == 1)
        lines = tuple(line.model_copy(update={"substitutes": c % 3 == 0}) for line in message.lines)
        self.take(message.model_copy(update={"lines": lines}))

    def amend(self, a: int, b: int, _: int) -> None:
        if request := self.pick(self.scene.state.requests, a):
            self.take(spec.amended(request.request_id, self.lines(b), area=request.area))

    def cancel(self, a: int, _: int, __: int) -> None:
        if request := self.pick(self.scene.state.requests, a):
            self.take(spec.cancelled(request.request_id, area=request.area))

    def register(self, a: int, b: int, c: int) -> None:
        groups = GROUPS[b % 20 : b % 20 + 1]
        self.take(spec.household(f"hh-{a % 4}", *groups, tier=TIERS[c % 3], area=self.area(a // 4)))

    def retier(self, a: int, _: int, c: int) -> None:
        self.take(spec.tier_changed(f"hh-{a % 4}", TIERS[c % 3], area=self.area(a // 4)))

    def remove(self, a: int, _: int, __: int) -> None:
        self.take(spec.removed(f"hh-{a % 4}", area=self.area(a // 4)))

    def receive(self, a: int, b: int, c: int) -> None:
        today = (self.time - START).days
        expires = None if b % 3 == 0 else today + b % 5 - 1
        batch = f"c{a % 2}" if c % 3 == 0 else None
        name = f"lot-{len(self.lots) if c % 8 else a % 10}"
        # Only from lots of smaller number, so that lots are no parts of themselves (which `covered` would not survive).
        moved = (f"lot-{b % (int(name[4:]) or 1)}",) if b % 4 == 1 and name != "lot-0" else ()
        more = {"consignment_id": batch, "moved_from": moved}
        self.take(spec.received(name, a % 37 + 1, self.item(c), expires, area=self.area(b // 5), **more))

    def count(self, a: int, b: int, c: int) -> None:
        if lot := self.pick(self.scene.state.lots, a):
            self.take(spec.counted(lot.lot_id, max(0, lot.on_shelf + b % 21 - 12) if c % 3 else 0, area=lot.area))

    def write_off(self, a: int, b: int, _: int) -> None:
        if lot := self.pick(self.scene.state.lots, a):
            self.take(spec.written_off(lot.lot_id, b % (lot.on_shelf + 2) + 1, area=lot.area))

    def transfer(self, a: int, b: int, c: int) -> None:
        if lot := self.pick(self.scene.state.lots, a):
            to_area = (None, AREA, ELSEWHERE)[c % 3]
            to_lot = f"lot-{len(self.lots) if b % 5 else a % 10}"
            self.take(spec.transferred(lot.lot_id, b % (lot.available + 1) + 1, to_lot, to_area, area=lot.area))

    def order_out(self, a: int, b: int, c: int) -> None:
        if lot := self.pick(self.scene.state.lots, a):
            to = AREA if lot.area == ELSEWHERE else ELSEWHERE
            name, item = f"t{self.number if c % 9 else a % 10}", "rice" if c % 10 == 0 else lot.item
            ship_by = self.time + dt.timedelta(hours=b % 9)
            self.take(spec.out_ordered(name, lot.lot_id, b % 9 + 1, to, item, ship_by=ship_by, area=lot.area))

    def ship(self, a: int, b: int, c: int) -> None:
        if one := self.pick(self.scene.state.transit.outgoing, a):
            units, to = max(1, one.quantity - b % 3 + (c % 10 == 0)), AREA if c % 8 == 0 else one.to_area
            self.take(spec.transferred(one.lot_id, units, one.transfer_id, to, area=one.area))

    def order_in(self, a: int, b: int, c: int) -> None:
        name = f"lot-{a % 10}" if c % 6 == 0 else f"t{self.number}"
        deadline = self.time + dt.timedelta(hours=b % 9)
        more = {"consignment_id": "c1" if c % 4 == 0 else None, "moved_from": ("far-lot",), "area": self.area(b)}
        self.take(spec.in_ordered(name, b % 30 + 1, self.item(c), deadline=deadline, **more))

    def reduce_in(self, a: int, b: int, _: int) -> None:
        if one := self.pick(self.scene.state.transit.incoming, a):
            self.take(spec.in_reduced(one.transfer_id, b % 12 + 1, area=one.area))

    def arrive(self, a: int, b: int, c: int) -> None:
        if one := self.pick(self.scene.state.transit.incoming, a):
            units, item = max(1, one.quantity + c % 5 - 3), "milk" if b % 9 == 0 else one.item
            self.take(spec.received(one.transfer_id, units, item, area=one.area))

    def lose(self, a: int, b: int, _: int) -> None:
        if one := self.pick(self.scene.state.transit.incoming, a):
            self.take(spec.written_off(one.transfer_id, b % (one.quantity + 1) + 1, area=one.area))

    def set_floor(self, a: int, b: int, _: int) -> None:
        self.take(spec.floor(self.item(a), b % 8, area=self.area(b)))

    def place_hold(self, a: int, b: int, c: int) -> None:
        names = {f"lot-{number % (len(self.lots) + 2)}" for number in (a, b)[: 1 + c % 2]}
        batch = f"c{a % 2}" if c % 4 == 0 else None
        self.take(spec.hold(f"h{len(self.scene.facts) // 5}", *sorted(names), consignment_id=batch))

    def lift_hold(self, a: int, _: int, __: int) -> None:
        if placed := self.pick(self.scene.state.holds, a):
            self.take(spec.lift(placed.hold_id))

    def confirm(self, a: int, b: int, c: int) -> None:
        dispatch = self.pick(self.scene.state.dispatches, a)
        if dispatch is None:
            return
        outcome = OUTCOMES[c % 4]
        lines = []
        if outcome in (Outcome.SHORT, Outcome.DAMAGED):
            for number, name in enumerate(dispatch.allocations, b):
                units = self.scene.state.allocations[name].quantity
                delivered = number % (units + 1)
                returned = c % (units - delivered + 1)
                damaged = a % (units - delivered - returned + 1)
                line = DeliveryLine(allocation_id=name, delivered=delivered, returned=returned, damaged=damaged)
                lines.append(line)
        failure = FailureReason.NOT_HOME if outcome is Outcome.FAILED else None
        self.take(spec.confirmed(dispatch.dispatch_id, outcome, lines, failure, area=dispatch.area))

    def contact(self, a: int, b: int, c: int) -> None:
        if duty := self.pick(self.scene.state.exposure.duties, a):
            names = ({"duty_id": duty.duty_id}, {"hold_id": duty.hold_id}, {})[b % 3]
            self.take(spec.contacted(duty.requester_id, **names, area=duty.area if c % 8 else ELSEWHERE))

    def time_goes_on(self, a: int, _: int, __: int) -> None:
        """Time goes on, with everything that falls due on the way."""
        until = self.time + dt.timedelta(minutes=MINUTES[a % len(MINUTES)])
        for _ in range(1000):
            due = self.scene.decider.next_due(self.scene.state)
            if due is None or due > until:
                break
            decided = self.scene.take(ClockTicked(at=max(due, self.time)))
            assert decided, "work is due, but the tick decides nothing"
            self.watch(decided)
        else:
            raise AssertionError("work that never ends")
        self.watch(self.scene.take(ClockTicked(at=until)))

    def one_tick(self, _: int, __: int, ___: int) -> None:
        """Only some of the work that waits."""
        self.watch(self.scene.take(ClockTicked(at=self.time)))


def indexes(state: State) -> dict[str, Any]:
    """The derived part of a state, in a form that can be compared."""
    return {
        "levels": {
            place: ([*shelf.levels], shelf.wanted, shelf.wanted_urgent, set(shelf.recent))
            for place, shelf in state.shelves.items()
            if shelf.levels or shelf.recent
        },
        "shelves": {
            place: (shelf.available, [*shelf.usable], [*shelf.barred], [*shelf.urgent], [*shelf.ordinary])
            for place, shelf in state.shelves.items()
            if shelf.available or shelf.usable or shelf.barred or shelf.urgent or shelf.ordinary
        },
        "asked": state.asked,
        "timers": [
            sorted(state.clocks.until(10**18)),
            sorted(state.deadlines.until(10**18)),
            sorted(state.expiries.until(10**18)),
            sorted(state.waves.until(10**18)),
            sorted(state.weighings.until(10**18)),
        ],
        "bags": state.bags,
        "transit": (
            state.transit.of_lot,
            sorted(state.transit.leaving.entries()),
            sorted(state.transit.arriving.entries()),
            state.transit.barred,
            [sorted(timers.entries()) for timers in state.transit.waiting],
            state.transit.untold,
            state.transit.warehouses,
            {place: shelf.lacking for place, shelf in state.shelves.items() if any(shelf.lacking)},
        ),
        "work": (list(state.releases), state.missing, state.surplus, state.recalls, state.stale, state.pending),
        "holds": (state.lot_holds, state.consignment_holds),
        "consignments": {name: set(lots) for name, lots in state.consignments.items()},
        "allocations": {need.need_id: need.allocations for need in state.needs.values()},
        "lots": {lot.lot_id: (lot.allocations, lot.shelved) for lot in state.lots.values()},
        "parts": {name: set(lots) for name, lots in state.parts.items()},
        "exposure": (
            {exposed: received.units for exposed, received in state.exposure.owed.items()},
            [*state.exposure.unlisted],
            state.exposure.by_hold,
            state.exposure.contacts,
            [*state.exposure.lapsed],
            sorted(state.exposure.clocks.until(10**18)),
        ),
    }
