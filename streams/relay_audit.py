"""Whether what a ledger orders to be handed on lies where it belongs on the relay's topic. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from streams.ledger.accept import Head
from streams.ledger.findings import Code, Findings, Message
from streams.ledger.keys import partition_of
from streams.relay_messages import NOWHERE, Place, Told, Walk, read_position
from streams.relay_routes import HOLDS, Route


class RelayAudit:
    """What one ledger partition hands on by a route, beside what lies on the target's partitions."""

    def __init__(self, partition: int, targets: Sequence[int], route: Route = HOLDS) -> None:
        self._walk, self._route = Walk(Head(route.stage, partition), route=route), route
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
        return any(
            max(self._due(target), default=NOWHERE) > max(seen, default=NOWHERE) for target, seen in self._seen.items()
        )

    def _due(self, target: int) -> dict[Place, Told]:
        """What belongs on a partition of the target."""
        partitions = self._route.target.partitions
        return {
            place: one
            for place, one in self._told.items()
            if one.key is None or partition_of(one.key.encode(), partitions) == target
        }

    def finish(self, findings: Findings) -> None:
        """Note what does not fit."""
        for target, seen in self._seen.items():
            newest, where = max(seen, default=NOWHERE), f"partition {target} of {self._route.target.name}"
            due = self._due(target)
            for place, one in due.items():
                if place not in seen:
                    code = Code.HOLD_MISSING if place < newest else Code.RELAY_BEHIND
                    why = f"{_name(one.value)}, which it orders, is not on {where}"
                    findings.add(code, f"{why}{' yet' if code.lag else ''}.", place.offset, place.seq)
            for place, why in self._wrong(seen, due):
                findings.add(Code.HOLD_DIFFERS, f"{why} on {where}.", place.offset, place.seq)

    def _wrong(self, seen: dict[Place, bytes], due: dict[Place, Told]) -> list[tuple[Place, str]]:
        """Messages that say what the ledger does not, or come after a later one."""
        wrong, newest = [], NOWHERE
        for place, value in seen.items():
            if place.seq > self._walk.head.seq:
                continue
            if place not in due or self._said(value) != self._said(due[place].value):
                wrong.append((place, "something else than it orders lies"))
            elif place < newest:
                wrong.append((place, f"{_name(value)} comes after a later one"))
            newest = max(newest, place)
        return wrong

    def _said(self, value: bytes) -> Any:
        try:
            message = json.loads(value)
            return [message.get(name) for name in self._route.said]
        except (ValueError, AttributeError):
            return value


def _name(value: bytes) -> str:
    message = json.loads(value)
    match message["kind"]:
        case "hold_placed":
            return f"the hold {message['hold_id']}"
        case "hold_lifted":
            return f"the lift of {message['hold_id']}"
        case "standing_told":
            return f"how {message['area']} stands with {message['item']}"
    return f"the word of transfer {message['transfer_id']} to {message['area']}"
