"""What the cold-chain stage knows of one partition: plain values, and the indexes that are derived from them.

Fields above a `derived` line are the state: evolve sets them and dump writes them. Those below follow from the former.
Times are microseconds since 1970.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.coldchain import CheckFailed, StepReached
from schemas.consignment import ConsignmentDeclared, LabResult
from schemas.inspection import FindingReported
from streams.core.coldchain.story import Story, Taken
from streams.core.memory import Memory, name
from streams.core.supply.timers import Timers
from streams.core.temperature import Series

LoggerKey = tuple[str, str]
"""Consignment and logger."""
CLOSED: Final = "closed consignment"
OWN: Final = "own hold"
ENDED: Final = "ended hold"
"""Kinds of names that are remembered for ever."""


@dataclass(slots=True, eq=False)
class Logger:
    """A logger in a consignment. `lots`: what it lies with; None: the whole consignment.

    `ats` and `ids`: time and digest of each reading's event, in order of time, so that a repeat is known as one.
    """

    series: Series
    lots: frozenset[str] | None = None
    heard: int | None = None
    """When its last reading came: one that sends old readings is not silent."""
    ats: array[int] = field(default_factory=lambda: array("q"))
    ids: array[int] = field(default_factory=lambda: array("Q"))

    def knows(self, at: int, event_id: str) -> bool:
        """Whether this reading was taken before."""
        ats = self.ats
        if not ats or at > ats[-1]:
            return False
        first, last = bisect_left(ats, at), bisect_right(ats, at)
        return first < last and name("reading", event_id) in self.ids[first:last]

    def note(self, at: int, event_id: str) -> None:
        """This reading was taken."""
        digest = name("reading", event_id)
        if not self.ats or at >= self.ats[-1]:
            self.ats.append(at)
            self.ids.append(digest)
        else:
            place = bisect_right(self.ats, at)
            self.ats.insert(place, at)
            self.ids.insert(place, digest)


@dataclass(slots=True, eq=False)
class OwnHold:
    """A standing hold of this partition: on these lots, and where `whole` on the consignment, present and to come."""

    hold_id: str
    check_id: str
    whole: bool
    lot_ids: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Docket:
    """Failed checks of a consignment (or of premises) with their holds. `ordered`: holds ever ordered, by check."""

    checks: dict[str, CheckFailed] = field(default_factory=dict)
    holds: dict[str, dict[str, OwnHold]] = field(default_factory=dict)
    """By check id, then hold id."""
    ordered: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Consignment:
    """A consignment. `heard`: when something was last reported of it."""

    consignment_id: str
    declared: ConsignmentDeclared
    heard: int | None = None
    facts: dict[str, Taken] = field(default_factory=dict)
    """By event id, in order of arrival."""
    docket: Docket = field(default_factory=Docket)
    loggers: dict[str, Logger] = field(default_factory=dict)
    reached: StepReached | None = None
    # derived
    gone: bool = False
    """Nothing is left of it: its loggers may fall silent."""
    told: Story | None = None

    def story(self) -> Story:
        """What its facts amount to; made once after each change of them."""
        if self.told is None:
            self.told = Story.of(self.consignment_id, self.facts.values())
        return self.told


@dataclass(slots=True, eq=False)
class Finding:
    """A finding of an inspection. `mended` by this event id."""

    report: FindingReported
    mended: str | None = None
    mended_at: int | None = None


@dataclass(slots=True, eq=False)
class OutsideHold:
    """A standing hold from outside, `taken` when it came."""

    hold_id: str
    consignment_id: str | None
    lot_ids: tuple[str, ...]
    reason: str
    taken: int


DriverTests = dict[str, tuple[int, LabResult]]
"""A driver's tests by event id: when the sample was taken, and its result."""


@dataclass(slots=True, eq=False)
class State:
    """One partition of the cold-chain stage. `now` is the last tick's time."""

    now: int | None = None
    consignments: dict[str, Consignment] = field(default_factory=dict)
    drivers: dict[str, DriverTests] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    premises: Docket = field(default_factory=Docket)
    """Checks of findings."""
    outside: dict[str, OutsideHold] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    """Consignments whose checks must be looked at again, for what happened outside them."""
    memory: Memory = field(default_factory=Memory)
    """For ever: closed consignments, own holds, holds that ended."""
    # derived
    owners: dict[str, str | None] = field(default_factory=dict)
    """By failed check, its consignment; None: premises."""
    own: dict[str, str | None] = field(default_factory=dict)
    """By standing own hold, the consignment that ordered it; None: premises."""
    by_lot: dict[str, set[str]] = field(default_factory=dict)
    """Consignments that name a lot."""
    by_driver: dict[str, set[str]] = field(default_factory=dict)
    """Consignments that a driver carried."""
    lot_holds: dict[str, set[str]] = field(default_factory=dict)
    """Outside holds by lot."""
    consignment_holds: dict[str, set[str]] = field(default_factory=dict)
    # derived: what waits for its time
    silences: Timers[LoggerKey] = field(default_factory=Timers)
    """When a logger will have been silent for too long."""
    unknowns: dict[str, Timers[str]] = field(default_factory=dict)
    """By profile: since when nothing at all is known of a consignment's temperature."""
    deadlines: Timers[str] = field(default_factory=Timers)
    """Findings not mended, whose check does not fail yet."""
    ages: Timers[tuple[str, str]] = field(default_factory=Timers)
    """When drivers' tests and mended findings (of driver '') happened: to be forgotten."""
    quiet: Timers[str] = field(default_factory=Timers)
    """Consignments of which nothing is left: when they were last heard of."""

    def docket(self, consignment_id: str | None) -> Docket:
        """Where checks of a consignment, or of premises, are kept."""
        return self.premises if consignment_id is None else self.consignments[consignment_id].docket

    def unknown_since(self, profile: str) -> Timers[str]:
        """Timers of a profile, made where new: for evolve only."""
        timers = self.unknowns.get(profile)
        if timers is None:
            timers = self.unknowns[profile] = Timers()
        return timers


def plain(model: Any) -> Any:
    """A model as JSON values."""
    return model.model_dump(mode="json")
