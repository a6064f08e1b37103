"""Who received units of which lot, and the contact duties that holds on those lots make.

Every lot is kept, since people may hold any: 12 bytes a delivered line, and a requester's name once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern
from types import MappingProxyType
from typing import Final, NamedTuple

from streams.core.instants import MINUTE
from streams.core.supply.ordered import Ordered, ordered
from streams.core.supply.timers import Timers

_MOST: Final = 2**32 - 1
"""What an entry's number can say; more units take several entries."""
Place = tuple[str, str]


class Exposed(NamedTuple):
    """A requester that received units of a lot which is under a hold."""

    hold_id: str
    lot_id: str
    requester_id: str


class Received(NamedTuple):
    """Units, and when the last of them came (to the minute)."""

    units: int
    last: int


NOTHING: Final = Received(0, 0)


class Recipients:
    """By lot: requester (a number), units, minute since 1970, one after another, in the order of the ledger."""

    __slots__ = ("_numbers", "lots", "names")

    def __init__(self, names: Iterable[str] = (), lots: Iterable[tuple[str, array[int]]] = ()) -> None:
        self.names = [intern(name) for name in names]
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self.lots = dict(lots)

    def note(self, lot_id: str, requester_id: str, units: int, at: int) -> None:
        """These units were handed over."""
        number = self._numbers.get(requester_id)
        if number is None:
            number = self._numbers[requester_id] = len(self.names)
            self.names.append(requester_id)
        log = self.lots.get(lot_id)
        if log is None:
            log = self.lots[lot_id] = array("I")
        minute = min(at // MINUTE, _MOST)
        while units > _MOST:
            log.extend((number, _MOST, minute))
            units -= _MOST
        log.extend((number, units, minute))

    def of(self, lot_id: str) -> dict[str, Received]:
        """What each requester received of a lot, in all."""
        received: dict[int, Received] = {}
        entries = iter(self.lots.get(lot_id, ()))
        for number, units, minute in zip(entries, entries, entries, strict=True):
            known = received.get(number, NOTHING)
            received[number] = Received(known.units + units, max(known.last, minute * MINUTE))
        return {self.names[number]: one for number, one in received.items()}


@dataclass(slots=True, eq=False)
class Duty:
    """A contact duty; it lasts as long as its hold. `quantity`: all that was told of; `open`: contact is still due.

    `last`: when the last of it was delivered.
    """

    duty_id: str
    hold_id: str
    lot_id: str
    requester_id: str
    area: str
    quantity: int
    last: int
    due_at: int
    open: bool = True
    overdue: bool = False


@dataclass(slots=True, eq=False)
class Exposure:
    """Recipients and duties of one partition."""

    recipients: Recipients = field(default_factory=Recipients)
    duties: dict[str, Duty] = field(default_factory=dict)
    # derived
    owed: dict[Exposed, Received] = field(default_factory=dict)
    """What was received of held lots and no duty tells of yet."""
    unlisted: Ordered[Exposed] = field(default_factory=ordered)
    """The keys of `owed`."""
    by_hold: dict[str, set[str]] = field(default_factory=dict)
    contacts: dict[Place, set[str]] = field(default_factory=dict)
    """Open duties by area and requester."""
    lapsed: Ordered[str] = field(default_factory=ordered)
    """Open duties of holds that were lifted."""
    clocks: Timers[str] = field(default_factory=Timers)

    def owe(self, exposed: Exposed, units: int, last: int) -> None:
        """More was received of a held lot than is told of; `last` as an entry says it, to the minute."""
        known = self.owed.get(exposed)
        if known is None:
            self.unlisted.add(exposed)
            known = NOTHING
        self.owed[exposed] = Received(known.units + units, max(known.last, last // MINUTE * MINUTE))

    def told(self, exposed: Exposed) -> None:
        """It is told of now, or the lot is not held any more."""
        if self.owed.pop(exposed, None) is not None:
            self.unlisted.remove(exposed)

    def owe_all(self, hold_id: str, lot_id: str, told: Mapping[Exposed, int] = MappingProxyType({})) -> None:
        """A lot is under a hold: what is not told of is owed. Takes time by the lot's recipients, once a hold."""
        if lot_id not in self.recipients.lots:
            return
        fresh = []
        for requester_id, received in self.recipients.of(lot_id).items():
            exposed = Exposed(hold_id, lot_id, requester_id)
            units = received.units - told.get(exposed, 0)
            if units > 0:
                self.owed[exposed] = Received(units, received.last)
                fresh.append(exposed)
        self.unlisted.update(fresh)

    def owe_nothing(self, hold_id: str, lot_id: str) -> None:
        """A hold on a lot ended."""
        if self.owed:
            for requester_id in self.recipients.of(lot_id):
                self.told(Exposed(hold_id, lot_id, requester_id))

    def enter(self, duty: Duty) -> None:
        """Make a duty known."""
        self.duties[duty.duty_id] = duty
        self.by_hold.setdefault(duty.hold_id, set()).add(duty.duty_id)

    def place(self, duty: Duty, standing: bool) -> None:
        """Put a duty where it belongs, as `index` does with other things. `standing`: its hold was not lifted."""
        whose = (duty.area, duty.requester_id)
        if duty.open:
            self.contacts.setdefault(whose, set()).add(duty.duty_id)
        elif whose in self.contacts:
            self.contacts[whose].discard(duty.duty_id)
            if not self.contacts[whose]:
                del self.contacts[whose]
        lapsed = duty.open and not standing
        if lapsed is not (duty.duty_id in self.lapsed):
            (self.lapsed.add if lapsed else self.lapsed.remove)(duty.duty_id)
        self.clocks.set(duty.duty_id, duty.due_at if duty.open and standing and not duty.overdue else None)
        if not duty.open and not standing:
            self._drop(duty)

    def _drop(self, duty: Duty) -> None:
        del self.duties[duty.duty_id]
        self.by_hold[duty.hold_id].discard(duty.duty_id)
        if not self.by_hold[duty.hold_id]:
            del self.by_hold[duty.hold_id]
