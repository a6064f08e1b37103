"""Alerts as policy: given what the ledgers said, when time goes on, then these alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from schemas.alert import DETAILS, AlertKind, AlertRaised
from schemas.duty import DutyAssigned, Level
from schemas.ledger import ClockTicked
from streams.core.alerts import AlertDecider, AlertSettings, State
from streams.core.decider import Fact, LedgerRead, Refused
from streams.core.instants import to_us

START = datetime(2022, 4, 1, 8, tzinfo=UTC)
AREA, GRID = "sh/pd/a1", "sh/pd/a1/c1/g1"


def at(**delta: float) -> datetime:
    """A time after the start."""
    return START + timedelta(**delta)


class Scene:
    """Feeds the decider as the runtime does: every tick that is due comes before what comes next."""

    def __init__(self, **settings: Any) -> None:
        self.decider = AlertDecider(AlertSettings(**settings))
        self.state: State = self.decider.initial()
        self.said: list[Any] = []
        self.records = 0
        self._seq = 0
        self.tick(START)

    def tick(self, time: datetime) -> Self:
        """Time goes on to here, through all ticks that are due on the way."""
        for _ in range(100_000):
            due = self.decider.next_due(self.state)
            if due is None or due > time:
                break
            self._tick(due)
        self._tick(time)
        while (due := self.decider.next_due(self.state)) is not None and due <= time:
            self._tick(due)
        return self

    def reads(self, *decisions: dict[str, Any], when: datetime, stage: str = "supply", **more: Any) -> Self:
        """Another ledger says so."""
        self.tick(when)
        self._seq += 1
        event = more.get("event", {"kind": "other", "event_id": f"e{self._seq}", "occurred_at": when.isoformat()})
        read = LedgerRead(
            stage, 0, self._seq, more.get("kind", "decided"), more.get("topic", "t"), to_us(when), event, decisions
        )
        assert self.decider.decide(self.state, read) == ()
        self._apply(Fact(None, None, (), read))
        return self.tick(when)

    def hears(self, message: Any) -> Self:
        """Somebody says something."""
        decisions = self.decider.decide(self.state, message)
        self._says(decisions)
        self._apply(Fact(message.event_id, None, decisions))
        return self.tick(max(message.occurred_at, START))

    def refuses(self, topic: str, when: datetime, stamp: datetime | None = None) -> Self:
        """The stage itself rejects a message, which says that it is of `stamp`."""
        self.tick(when)
        self._apply(Fact(None, None, (), refused=Refused("alerts", topic, 0, to_us(stamp or when))))
        return self.tick(when)

    def told(self, kind: AlertKind | None = None) -> list[tuple[str, str]]:
        """What became of alerts, in order: decision and subject."""
        subjects: dict[str, str] = {}
        found = []
        for one in self.said:
            if hasattr(one, "subject") and hasattr(one, "alert_id"):
                subjects[one.alert_id] = f"{one.kind.value} {one.subject}"
            if hasattr(one, "alert_id"):
                found.append((one.type.removeprefix("alert_"), subjects.get(one.alert_id, "")))
        return [entry for entry in found if kind is None or entry[1].startswith(kind.value)]

    def open(self) -> list[tuple[str, str]]:
        """Kinds and subjects of the open alerts."""
        return sorted(self.state.alerts)

    def uncovered(self) -> list[tuple[str, float]]:
        """Open alerts about hours that nobody covers: the place, and how many hours after the start they begin."""
        found = [subject.split(":", 1) for kind, subject in self.open() if kind == AlertKind.DUTY_UNCOVERED.value]
        return [(place, (datetime.fromisoformat(begins) - START) / timedelta(hours=1)) for place, begins in found]

    def _tick(self, time: datetime) -> None:
        time = max(time, datetime.fromtimestamp((self.state.now or 0) / 1e6, UTC))
        decisions = self.decider.decide(self.state, ClockTicked(at=time))
        self._says(decisions)
        self._apply(Fact(None, time, decisions))

    def _says(self, decisions: Sequence[Any]) -> None:
        for one in decisions:
            if isinstance(one, AlertRaised):
                assert set(one.detail) == DETAILS[one.kind], one
        self.said += decisions

    def _apply(self, fact: Fact) -> None:
        self.records += 1
        self.state = self.decider.evolve(self.state, fact)
        dumped = self.decider.dump(self.state)
        assert self.decider.dump(self.decider.load(dumped)) == dumped


def duty(name: str, place: str, level: Level, starts: datetime, ends: datetime, **more: Any) -> DutyAssigned:
    """A line of the roster."""
    return DutyAssigned(
        kind="duty_assigned",
        event_id=f"d-{name}-{starts.isoformat()}-{'-'.join(map(str, more.values()))}",
        occurred_at=START,
        source="office",
        duty_id=name,
        place=place,
        level=level,
        person=more.pop("person", name),
        starts_at=starts,
        ends_at=ends,
        **more,
    )


def need(name: str, when: datetime, hours: float = 8, requester: str = "h1") -> dict[str, Any]:
    """A need is opened."""
    return {
        "type": "need_opened",
        "need_id": name,
        "request_id": name.split(":")[0],
        "requester_id": requester,
        "area": AREA,
        "grid": GRID,
        "item": "rice",
        "quantity": 2,
        "need_class": "critical",
        "reported_at": when.isoformat(),
        "due_at": (when + timedelta(hours=hours)).isoformat(),
    }


def closed(name: str, reason: str = "delivered") -> dict[str, Any]:
    """A need is closed."""
    return {"type": "need_closed", "need_id": name, "reason": reason}


def household(name: str = "h1", tier: str = "sealed", groups: tuple[str, ...] = ("dialysis",)) -> dict[str, Any]:
    """A household is known."""
    return {
        "type": "requester_recorded",
        "requester_id": name,
        "area": AREA,
        "grid": GRID,
        "institution": False,
        "groups": list(groups),
        "tier": tier,
    }


def lot(name: str, quantity: int, item: str = "rice", expires: str | None = None) -> dict[str, Any]:
    """A lot comes in."""
    return {
        "type": "lot_recorded",
        "lot_id": name,
        "area": AREA,
        "item": item,
        "quantity": quantity,
        "expires_on": expires,
        "from_lot_id": None,
    }
