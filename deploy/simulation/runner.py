"""Plays a lockdown day on a real broker: publishes, follows what is decided, and lets couriers and clerks answer.

The day goes in slices. A slice is published, then every message of it must have its ledger record, then what couriers,
clerks and callers do about it is put into the following slices: so everything comes in the order of the day's own time,
however fast it is played. In each slice the cold chain goes first, until all areas have its holds: so what a hold meets
does not depend on who is faster.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.simulation.asking import ABSURD
from deploy.simulation.callers import Callers
from deploy.simulation.clerks import Clerks
from deploy.simulation.coldchain_stopped import Stopped
from deploy.simulation.couriers import Couriers
from deploy.simulation.day import day, ends
from deploy.simulation.follow import Decided, Follower
from deploy.simulation.guard import Guard
from deploy.simulation.opening import REGISTRATIONS
from deploy.simulation.post import Post, in_order, moment, post
from deploy.simulation.world import District
from schemas.consignment import Step
from schemas.delivery import DeliveryConfirmed
from schemas.supply import AllocationReleased, DispatchClosed, DispatchOrdered, DispatchRecalled
from schemas.topics import COLDCHAIN, DELIVERIES, DRIVERS, HOUSEHOLDS, INSPECTIONS, LEDGERS, REQUESTS, STOCK
from streams.lab.figures import Ledger
from streams.publish.producer import Publisher

SLICE: Final = dt.timedelta(minutes=15)
"""Of the day's time; shorter than any courier's way (couriers.MINUTES)."""
FIRST: Final = frozenset(topic.name for topic in (COLDCHAIN, INSPECTIONS, DRIVERS))
"""Topics that are published, and decided, before the others of a slice."""
_STEPS: Final = {
    "consignment_declared": Step.DECLARED,
    "lab_reported": Step.TESTED,
    "lots_disinfected": Step.DISINFECTED,
}
"""Steps that are reported as something else than a step."""


@dataclass(slots=True)
class Sent:
    """What the district put on Kafka, counted by itself: what the summary's figures are checked against."""

    by_topic: Counter[str] = field(default_factory=Counter)
    """Kafka records: a hold counts once a partition."""
    broken: Counter[str] = field(default_factory=Counter)
    """SHA-256 of the messages that were broken on purpose."""
    request_ids: set[str] = field(default_factory=set)
    """Requests that must be known: all but those that ask for absurd quantities and nothing else."""
    confirmed: dict[str, str] = field(default_factory=dict)
    """Outcome by dispatch."""
    reported: dict[str, dt.datetime] = field(default_factory=dict)
    """When each request was first reported."""
    steps: dict[str, set[Step]] = field(default_factory=dict)
    """Steps that were reported, by consignment."""

    def note(self, sent: Post) -> None:
        """Count one post."""
        self.by_topic[sent.topic.name] += sent.copies
        if not sent.valid:
            self.broken[hashlib.sha256(sent.value).hexdigest()] += 1
        elif sent.topic is REQUESTS:
            self._note_request(json.loads(sent.value))
        elif sent.topic is COLDCHAIN:
            fields = json.loads(sent.value)
            step = fields.get("step") or _STEPS.get(fields["kind"])
            if step is not None:
                self.steps.setdefault(fields["consignment_id"], set()).add(Step(step))

    def _note_request(self, fields: dict[str, Any]) -> None:
        if fields["kind"] != "request_filed":
            return
        at = dt.datetime.fromisoformat(fields.get("reported_at") or fields["occurred_at"])
        self.reported.setdefault(fields["request_id"], at)
        if any(line.get("quantity") != ABSURD for line in fields["lines"]):
            self.request_ids.add(fields["request_id"])

    @property
    def records(self) -> int:
        """All of them."""
        return sum(self.by_topic.values())


@dataclass(slots=True)
class Tally:
    """What the ledgers say was decided, counted record by record as it came."""

    decisions: dict[str, Counter[str]] = field(default_factory=lambda: {stage: Counter() for stage in LEDGERS})
    """By stage and type."""
    outcomes: Counter[str] = field(default_factory=Counter)
    released: Counter[str] = field(default_factory=Counter)
    """Units taken back from needs, by reason."""

    def note(self, decided: Decided) -> None:
        """Count one record."""
        for decision in decided.decisions:
            self.decisions[decided.stage][decision.type] += 1
            match decision:
                case DispatchClosed():
                    self.outcomes[decision.outcome.value] += 1
                case AllocationReleased():
                    self.released[decision.reason] += decision.quantity
                case _:
                    pass


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a day has come; `hours` since the moment before."""

    now: dt.datetime
    hours: float
    sent: Sent
    tally: Tally
    on_the_road: int


Watch = Callable[[Moment], None]


def hours_played(district: District) -> float:
    """How many hours of the district's time a day has."""
    return (ends(district) - moment(district.day, REGISTRATIONS)) / dt.timedelta(hours=1)


@dataclass(slots=True)
class DayRun:
    """One day played on a broker; `play` once, then `read_on` for what came after."""

    district: District
    seed: int
    follower: Follower
    sent: Sent = field(default_factory=Sent)
    tally: Tally = field(default_factory=Tally)
    busy_seconds: float = 0.0
    """From the first message of a slice until its last record, summed up: without the pauses between slices."""
    wall_seconds: float = 0.0
    couriers: Couriers = field(init=False)
    clerks: Clerks = field(init=False)
    callers: Callers = field(init=False)
    guard: Guard = field(default_factory=Guard)
    stopped: Stopped = field(default_factory=Stopped)
    heard: Ledger = field(default_factory=Ledger)
    """What needs asked and got; its times are those of the records."""

    def __post_init__(self) -> None:
        """People go to work."""
        self.couriers = Couriers(self.seed)
        self.clerks = Clerks(self.district.day, self.seed)
        self.callers = Callers(self.seed)

    def play(self, publisher: Publisher, speed: float, watch: Watch = lambda _: None) -> None:
        """Play the whole day, `speed` times as fast as life at most (0: as fast as it goes).

        Raises BaogongError where a message can't be published or the stage stands still.
        """
        waiting = deque(day(self.district, self.seed))
        now, end = moment(self.district.day, REGISTRATIONS), ends(self.district)
        began = time.monotonic()
        while now < end:
            start, until = time.monotonic(), now + SLICE
            planned = list(_before(waiting, until))
            self._publish([each for each in planned if each.topic.name in FIRST], publisher)
            self.read_on(until)
            others = [each for each in planned if each.topic.name not in FIRST]
            self._publish(in_order([*self._answers(now, until), *others]), publisher)
            self.read_on(until)
            busy = time.monotonic() - start
            self.busy_seconds += busy
            if speed > 0:
                time.sleep(max(0.0, SLICE.total_seconds() / speed - busy))
            now = until
            watch(Moment(now, SLICE / dt.timedelta(hours=1), self.sent, self.tally, self.couriers.on_the_road))
        self.wall_seconds = time.monotonic() - began

    def read_on(self, at: dt.datetime) -> None:
        """Let everybody see what was decided since; `at` is when they see it."""
        for decided in self.follower.news():
            self._see(decided, at)

    def read_rest(self) -> None:
        """Everything that lies in the ledger now, ticks after the last message among it."""
        for decided in self.follower.rest():
            self._see(decided, ends(self.district))

    def _answers(self, now: dt.datetime, until: dt.datetime) -> list[Post]:
        """What people do about what they have seen, the holds of this slice among it: nobody hands those lots over."""
        counted = [post(STOCK, message) for message in self.clerks.due(now, until)]
        confirmed = [self._confirmed(message) for message in self.couriers.due(now, until)]
        called = [post(HOUSEHOLDS, message) for message in self.callers.due(now, until)]
        return [*counted, *confirmed, *called]

    def _confirmed(self, message: DeliveryConfirmed) -> Post:
        self.sent.confirmed[message.dispatch_id] = message.outcome.value
        return post(DELIVERIES, message)

    def _publish(self, posts: list[Post], publisher: Publisher) -> None:
        for each in posts:
            publisher.send(each.value, each.topic, key=each.key, timestamp_ms=each.timestamp_ms)
            self.sent.note(each)
        publisher.flush()

    def _see(self, decided: Decided, at: dt.datetime) -> None:
        self.tally.note(decided)
        if decided.stage == "supply":
            self.heard.seen(decided.recorded_at, decided.decisions)
        self.stopped.see(decided.stage, decided.partition, decided.decisions)
        for decision in decided.decisions if decided.stage == "supply" else ():
            self.guard.see(decided.partition, decision)
            self.clerks.see(decision, at)
            self.callers.see(decision)
            match decision:
                case DispatchOrdered():
                    self.couriers.take(decision)
                case DispatchRecalled():
                    self.couriers.recall(decision)
                case _:
                    pass


def _before(waiting: deque[Post], until: dt.datetime) -> Iterator[Post]:
    while waiting and waiting[0].at < until:
        yield waiting.popleft()
