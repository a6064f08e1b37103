"""Whether every hold that the cold chain's ledger orders lies on every partition of the relay's topic. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from schemas.topics import COLDCHAIN_HOLDS
from streams.ledger.accept import Head
from streams.ledger.findings import Code, Findings, Message
from streams.relay_messages import NOWHERE, SOURCE, Place, Told, Walk, read_position

_SAID: Final = ("kind", "event_id", "hold_id", "lot_ids", "consignment_id")
"""What makes a hold: a later version may word the rest in another way."""


class HoldsAudit:
    """Holds of one ledger partition, beside what lies on the target's partitions."""

    def __init__(self, partition: int, targets: Sequence[int]) -> None:
        self._walk = Walk(Head(SOURCE, partition))
        self._told: dict[Place, Told] = {}
        self._seen: dict[int, dict[Place, bytes]] = {target: {} for target in targets}

    def take(self, message: Message) -> None:
        """The next record of the ledger."""
        self._told.update((one.place, one) for one in self._walk.take(message.offset, message.value or b""))

    def take_target(self, target: int, message: Message) -> None:
        """The next message of a target partition; what was told again counts where it was told first."""
        found = read_position(dict(message.headers))
        if found is not None and found[0] == self._walk.head.partition:
            self._seen[target].setdefault(found[1], message.value or b"")

    def behind(self) -> bool:
        """Whether the newest hold is not everywhere yet."""
        newest = max(self._told, default=NOWHERE)
        return any(newest > max(seen, default=NOWHERE) for seen in self._seen.values())

    def finish(self, findings: Findings) -> None:
        """Note what does not fit."""
        for target, seen in self._seen.items():
            newest, where = max(seen, default=NOWHERE), f"partition {target} of {COLDCHAIN_HOLDS.name}"
            for place, one in self._told.items():
                if place not in seen:
                    code = Code.HOLD_MISSING if place < newest else Code.RELAY_BEHIND
                    why = f"{_name(one.value)}, which it orders, is not on {where}"
                    findings.add(code, f"{why}{' yet' if code.lag else ''}.", place.offset, place.seq)
            for place, why in self._wrong(seen):
                findings.add(Code.HOLD_DIFFERS, f"{why} on {where}.", place.offset, place.seq)

    def _wrong(self, seen: dict[Place, bytes]) -> list[tuple[Place, str]]:
        """Messages that say what the ledger does not, or come after a later one."""
        wrong, newest = [], NOWHERE
        for place, value in seen.items():
            if place.seq > self._walk.head.seq:
                continue
            if place not in self._told or _said(value) != _said(self._told[place].value):
                wrong.append((place, "something else than it orders lies"))
            elif place < newest:
                wrong.append((place, f"{_name(value)} comes after a later one"))
            newest = max(newest, place)
        return wrong


def _said(value: bytes) -> Any:
    try:
        message = json.loads(value)
        return [message.get(name) for name in _SAID]
    except (ValueError, AttributeError):
        return value


def _name(value: bytes) -> str:
    message = json.loads(value)
    return f"the {'hold' if message['kind'] == 'hold_placed' else 'lift of'} {message['hold_id']}"
