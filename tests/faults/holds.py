"""Holds from the cold chain's ledger to the supply ledger, checked from the bytes alone, message by message.

Every hold that an accepted record orders lies on every partition, in the ledger's order, before its lift; the supply
stage took each of them; and at no prefix of a supply ledger is a held lot given out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]
Hold = tuple[str, str]
"""Kind of message and hold id."""
_KINDS = {"hold_ordered": "hold_placed", "hold_withdrawn": "hold_lifted"}


def ordered(records: Iterable[Record]) -> list[Hold]:
    """What a partition of the cold chain's ledger orders, in order."""
    decisions = (decision for record in records for decision in record["decisions"])
    return [(_KINDS[one["type"]], one["hold_id"]) for one in decisions if one["type"] in _KINDS]


def relayed_wrong(ledger: Mapping[int, Sequence[Record]], targets: Mapping[int, Sequence[bytes]]) -> Iterator[str]:
    """What is missing, made up or out of order on the partitions that the relay writes."""
    wanted = {number: ordered(records) for number, records in ledger.items()}
    for target, values in targets.items():
        messages = [json.loads(value) for value in values]
        told = list(dict.fromkeys((one["kind"], one["hold_id"]) for one in messages))
        for number, holds in wanted.items():
            among = set(holds)
            if (found := [one for one in told if one in among]) != holds:
                yield f"target {target}, ledger partition {number}: {len(found)} of {len(holds)}, or another order"
        if extra := set(told).difference(*wanted.values()):
            yield f"target {target}: nobody ordered {sorted(extra)[:3]}"
        if len({one["event_id"] for one in messages}) != len(told):
            yield f"target {target}: a hold has two event ids, or two holds have one"


@dataclass
class _Shelf:
    """Which lots a supply partition has, what they were made of, and which holds stand, by its events alone."""

    standing: dict[str, Record] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    lots: dict[str, Record] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)

    def hear(self, event: Record) -> None:
        """A message that was taken. A hold id has one life."""
        match event["kind"]:
            case "hold_placed" if event["hold_id"] not in self.ended:
                self.standing.setdefault(event["hold_id"], event)
            case "hold_lifted" if event["hold_id"] in self.standing:
                del self.standing[event["hold_id"]]
                self.ended.add(event["hold_id"])

    def held_by(self, lot_id: str) -> str | None:
        """A hold that is on a lot or on what it was split from."""
        lot = self.lots.get(lot_id, {})
        for hold_id, hold in self.standing.items():
            named = lot_id in (hold.get("lot_ids") or ())
            if named or (hold.get("consignment_id") and hold["consignment_id"] == lot.get("consignment_id")):
                return hold_id
        return self.held_by(lot["from_lot_id"]) if lot.get("from_lot_id") else None


def given_out_though_held(records: Iterable[Record]) -> Iterator[str]:
    """Walks a supply ledger prefix by prefix: allocations made from a held lot, bags packed with one."""
    shelf = _Shelf()
    for record in records:
        if record["kind"] == "decided":
            shelf.hear(record["event"])
        for decision in record["decisions"]:
            match decision["type"]:
                case "lot_recorded":
                    shelf.lots[decision["lot_id"]] = decision
                case "allocation_made" if hold := shelf.held_by(decision["lot_id"]):
                    yield f"seq {record['seq']}: lot {decision['lot_id']} is allocated, though {hold} holds it"
                case "dispatch_ordered":
                    for line in decision["lines"]:
                        if hold := shelf.held_by(line["lot_id"]):
                            yield f"seq {record['seq']}: lot {line['lot_id']} goes out, though {hold} holds it"


def not_taken(ledger: Mapping[int, Sequence[Record]], supply: Mapping[int, Sequence[Record]]) -> Iterator[str]:
    """Holds and lifts of the cold chain that a supply partition does not know."""
    wanted = {hold for records in ledger.values() for hold in ordered(records)}
    words = {"hold_recorded": "hold_placed", "hold_ended": "hold_lifted"}
    for number, records in supply.items():
        decisions = (decision for record in records for decision in record["decisions"])
        taken = {(words[one["type"]], one["hold_id"]) for one in decisions if one["type"] in words}
        if missing := wanted - taken:
            yield f"supply partition {number} did not take {len(missing)} of {len(wanted)}: {sorted(missing)[:3]}"
