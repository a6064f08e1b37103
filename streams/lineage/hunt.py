"""Which records tell where a thing came from and what became of it: asked for step by step, as names become known.

Pure: it says what to ask for, whoever has records looks, and gives back what was found. A record may be given that was
not asked for; one that was asked for must be. So neither ledger has to be read whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from streams.lineage.graph import Kind, Lineage, Node
from streams.lineage.learn import learn


class Ask(NamedTuple):
    """Records of a stage with a decision of one of these types (none: any) that names this.

    `prefix`: names that begin with it and a colon, as those of a request's needs do. `own`: all decisions of the
    consignment of this name (`types` is empty).
    """

    stage: str
    types: tuple[str, ...]
    name: str
    prefix: bool = False
    own: bool = False

    @property
    def needle(self) -> bytes:
        """Bytes that a record asked for has."""
        escaped = json.dumps(self.name, ensure_ascii=False).encode()
        return escaped[:-1] + b":" if self.prefix else escaped


_LOT: Final = ("lot_recorded", "lot_transferred_out", "lot_held", "lot_freed", "dispatch_recalled")
_GIVEN: Final = ("allocation_made", "allocation_released", "dispatch_ordered", "line_delivered")
_LISTED: Final = ("contact_duty_opened", "contact_duty_raised")
_ENDED: Final = ("contact_overdue", "contact_duty_ended")


class Hunt:
    """One subject, both ways."""

    def __init__(self, kind: Kind, name: str) -> None:
        self.kind, self.name = kind, name
        self.lineage = Lineage()
        self._holds: set[str] = set()

    def take(self, stage: str, partition: int, offset: int, record: dict[str, Any]) -> None:
        """An accepted record, once."""
        learn(self.lineage, stage, partition, offset, record)
        if stage == "coldchain":
            self._holds.update(one["hold_id"] for one in record["decisions"] if one["type"] == "hold_ordered")

    @property
    def subjects(self) -> list[Node]:
        """The nodes that are asked about."""
        return self.lineage.named(self.kind, self.name)

    def asks(self) -> Iterator[Ask]:
        """What is to be looked for, as far as is known; no more than before: everything is found."""
        subjects = self.subjects
        for node in (*subjects, *self.lineage.up(subjects)):
            yield from _about(node)
            yield from _upward(node)
        for node in (*subjects, *self.lineage.down(subjects)):
            yield from _about(node)
            yield from _downward(node)
        for name in sorted(self.lineage.reported):
            yield Ask("coldchain", ("fact_withdrawn",), name)
        for name in sorted(self._holds):
            yield Ask("coldchain", ("hold_withdrawn",), name)
        for name in sorted(self.lineage.duties):
            yield Ask("supply", _ENDED, name)


def _about(node: Node) -> Iterable[Ask]:
    match node.kind:
        case Kind.LOT:
            return (Ask("supply", _LOT, node.name), Ask("coldchain", ("fact_recorded",), node.name))
        case Kind.REQUEST:
            return (Ask("supply", ("request_recorded",), node.name),)
        case _:
            return ()


def _upward(node: Node) -> Iterable[Ask]:
    match node.kind:
        case Kind.CONSIGNMENT:
            return (Ask("coldchain", (), node.name, own=True),)
        case Kind.REQUEST:
            return (Ask("supply", _GIVEN, node.name, prefix=True),)
        case Kind.HOUSEHOLD:
            return (Ask("supply", ("request_recorded", "dispatch_ordered", *_LISTED), node.name),)
        case _:
            return ()


def _downward(node: Node) -> Iterable[Ask]:
    match node.kind:
        case Kind.CONSIGNMENT:
            return (Ask("supply", ("lot_recorded",), node.name),)
        case Kind.LOT:
            return (Ask("supply", (*_GIVEN, *_LISTED), node.name),)
        case _:
            return ()
