"""Messages through the supply decider alone, on a clock that follows them: what would have been decided, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from schemas.base import Message
from schemas.delivery import DeliveryConfirmed, Outcome
from schemas.ledger import ClockTicked
from schemas.request import RequestAmended, RequestCancelled, RequestFiled
from schemas.stock import StockReceived
from schemas.supply import DispatchOrdered
from streams.core.decider import Fact, Rejected
from streams.core.instants import EPOCH, from_us, to_us
from streams.core.supply import State, SupplyDecider
from streams.lab.moving import Moving

_DAY = dt.timedelta(days=1)
Seen = Callable[[dt.datetime, Sequence[Any]], None]
"""Told of each record's decisions and of the stage's time then."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How time goes: `round_` gathers messages and gives them to the decider at its end (0: as they come).

    Each dispatch that no message confirms is delivered in full `delivery` after it was ordered.
    """

    round_: dt.timedelta = dt.timedelta()
    delivery: dt.timedelta = dt.timedelta(hours=12)
    after: dt.timedelta = dt.timedelta(days=1)
    """How long time goes on after the last message."""


@dataclass
class Replay:
    """One run. `rejected`: reasons by code."""

    decider: SupplyDecider
    pace: Pace
    seen: Seen
    moving: Moving | None = None
    """None: nothing is moved between areas but what messages say."""
    state: State = field(init=False)
    now: dt.datetime = EPOCH
    rejected: dict[str, int] = field(default_factory=dict)
    records: int = 0
    _road: list[tuple[dt.datetime, int, DispatchOrdered | StockReceived]] = field(default_factory=list)
    _round_at: dt.datetime | None = None
    _number: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.state = self.decider.initial()

    def run(self, messages: Iterable[Any]) -> Replay:
        """All messages, in the order of their times; then time goes on until `after`."""
        last = None
        for at, message in in_rounds(messages, self.pace.round_):
            if last is None:
                self._tick(at)
                self._plan_round()
            self._until(at)
            self._take(message)
            last = at
        if last is not None:
            self._until(last + self.pace.after)
        return self

    def _until(self, until: dt.datetime) -> None:
        """Everything that falls due up to a time, deliveries among it, and at least a tick a day."""
        while True:
            due = self.decider.next_due(self.state)
            road = self._road[0][0] if self._road else None
            if self._comes_first(self._round_at, until, road, due):
                self._transfer()
            elif road is not None and road <= until and (due is None or road <= due):
                self._arrive(*heappop(self._road))
            elif due is not None and due <= until:
                self._tick(max(due, self.now))
            elif self.now + _DAY <= until:
                self._tick(self.now + _DAY)
            else:
                break
        if until > self.now:
            self._tick(until)

    def _tick(self, at: dt.datetime) -> None:
        self.now = max(at, self.now)
        self._apply(None, self.now, self.decider.decide(self.state, ClockTicked(at=self.now)))

    def _take(self, message: Any) -> None:
        try:
            decisions = self.decider.decide(self.state, message)
        except Rejected as why:
            self.rejected[why.code] = self.rejected.get(why.code, 0) + 1
            return
        self._apply(message.event_id, None, decisions)

    def _plan_round(self) -> None:
        if self.moving is not None:
            self._round_at = from_us(self.moving.roads.next_round(to_us(max(self.now, self._round_at or self.now))))

    @staticmethod
    def _comes_first(
        round_at: dt.datetime | None, until: dt.datetime, road: dt.datetime | None, due: dt.datetime | None
    ) -> bool:
        """Whether a round is next: what arrives at its time is there already, what falls due then is not done yet."""
        if round_at is None or (road is not None and road <= round_at):
            return False
        return round_at <= min(until, until if due is None else due)

    def _transfer(self) -> None:
        """A round of transfers; time is told only where it orders any."""
        assert self.moving is not None and self._round_at is not None
        at = self._round_at
        moves = self.moving.round(self.state, to_us(at))
        if moves and at > self.now:
            self._tick(at)
            moves = self.moving.round(self.state, to_us(at))  # what the tick gave out is no longer spare
        for move in moves:
            sent = self.moving.send(self.state, move, to_us(at))
            self._take(sent.leaves)
            heappush(self._road, (sent.arrives_at, next(self._number), sent.arrives))
        self._plan_round()

    def _arrive(self, at: dt.datetime, _: int, what: DispatchOrdered | StockReceived) -> None:
        """A bag at its door, or a transfer in its area."""
        if isinstance(what, DispatchOrdered):
            self._confirm(what, at)
        else:
            if at > self.now:
                self._tick(at)
            self._take(what)

    def _confirm(self, bag: DispatchOrdered, at: dt.datetime) -> None:
        """As the team would, unless a message did."""
        if bag.dispatch_id in self.state.dispatches:
            if at > self.now:
                self._tick(at)
            self._take(
                DeliveryConfirmed(
                    kind="delivery_confirmed",
                    event_id=f"lab-{bag.dispatch_id}",
                    occurred_at=self.now,
                    source="lab",
                    area=bag.area,
                    dispatch_id=bag.dispatch_id,
                    outcome=Outcome.DELIVERED,
                )
            )

    def _apply(self, event_id: str | None, ticked: dt.datetime | None, decisions: Sequence[Any]) -> None:
        self.state = self.decider.evolve(self.state, Fact(event_id, ticked, list(decisions)))
        self.records += 1
        self.seen(self.now, decisions)
        for one in decisions:
            if isinstance(one, DispatchOrdered):
                heappush(self._road, (self.now + self.pace.delivery, next(self._number), one))


def in_rounds(messages: Iterable[Any], round_: dt.timedelta) -> list[tuple[dt.datetime, Any]]:
    """Messages with the time at which they are decided; of one round, what is asked comes before what came in."""
    timed = [(_ends(message.occurred_at, round_), message) for message in messages]
    return sorted(timed, key=lambda one: (one[0], _turn(one[1]) if round_ else 0, one[1].occurred_at, one[1].event_id))


def _ends(at: dt.datetime, round_: dt.timedelta) -> dt.datetime:
    return at if not round_ else EPOCH + -((EPOCH - at) // round_) * round_


def _turn(message: Message) -> int:
    return 0 if isinstance(message, RequestFiled | RequestAmended | RequestCancelled) else 1
