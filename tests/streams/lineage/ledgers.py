"""Small ledgers as records that name what a lineage is made of, and a store that gives only what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from streams.lineage.graph import Kind, Lineage
from streams.lineage.hunt import Ask, Hunt
from streams.lineage.learn import learn

Json = dict[str, Any]
Place = tuple[str, int, int]


@dataclass
class Ledgers:
    """Accepted records by stage, partition and offset."""

    records: dict[Place, Json] = field(default_factory=dict)

    def add(self, stage: str, *decisions: Json, partition: int = 0) -> None:
        offset = sum(place[:2] == (stage, partition) for place in self.records)
        record = {"recorded_at": "2022-04-01T08:00:00Z", "decisions": list(decisions)}
        self.records[stage, partition, offset] = record

    def fact(self, consignment: str, event: str, kind: str, **fields: Any) -> None:
        told = {"kind": kind, "event_id": event, "consignment_id": consignment, **fields}
        self.add("coldchain", {"type": "fact_recorded", "fact": told})

    def declared(self, consignment: str, lots: Iterable[str], event: str = "declared") -> None:
        made = [{"lot_id": name, "item": "fish", "quantity": 10} for name in lots]
        self.fact(consignment, event, "consignment_declared", lots=made)

    def packed(
        self, parent: str, *children: str, consignment: str = "C0", event: str = "p", action: str = "add"
    ) -> None:
        fields: Json = {"parent_id": parent, "child_ids": list(children), "action": action}
        self.fact(consignment, event, "lots_aggregated", **fields)

    def made(self, inputs: Iterable[str], outputs: Iterable[str], consignment: str = "C0", event: str = "m") -> None:
        used = [{"lot_id": name, "quantity": 4} for name in inputs]
        new = [{"lot_id": name, "item": "packs", "quantity": 8} for name in outputs]
        self.fact(consignment, event, "lots_transformed", inputs=used, outputs=new)

    def withdrawn(self, consignment: str, event: str) -> None:
        self.add("coldchain", {"type": "fact_withdrawn", "consignment_id": consignment, "event_id": event})

    def received(self, lot: str, partition: int = 0, **more: Any) -> None:
        base = {"consignment_id": None, "from_lot_id": None, "moved_from": [], "quantity": 6, "item": "fish"}
        self.add("supply", {"type": "lot_recorded", "lot_id": lot, **base, **more}, partition=partition)

    def moved(self, lot: str, to: str, partition: int = 0) -> None:
        out = {"type": "lot_transferred_out", "lot_id": lot, "to_lot_id": to, "quantity": 5}
        self.add("supply", out, partition=partition)

    def asked(self, request: str, household: str, partition: int = 0) -> None:
        recorded = {"type": "request_recorded", "request_id": request, "requester_id": household, "area": "a1"}
        self.add("supply", recorded, partition=partition)

    def line(self, request: str, lot: str, quantity: int = 3) -> Json:
        name = f"{request}:fish"
        return {"allocation_id": f"{name}/{lot}", "need_id": name, "lot_id": lot, "item": "fish", "quantity": quantity}

    def given(self, request: str, lot: str, partition: int = 0) -> None:
        made = {"type": "allocation_made", **self.line(request, lot)}
        self.add("supply", made, partition=partition)

    def whole(self) -> Lineage:
        """The lineage of all records."""
        lineage = Lineage()
        for (stage, partition, offset), record in self.records.items():
            learn(lineage, stage, partition, offset, record)
        return lineage

    def hunt(self, kind: Kind, name: str) -> Hunt:
        """What is found by asking alone."""
        hunt, asked, taken = Hunt(kind, name), set[Ask](), set[Place]()
        while new := set(hunt.asks()) - asked:
            asked |= new
            for place, record in self.find(new):
                if place not in taken:
                    taken.add(place)
                    hunt.take(*place, record)
        return hunt

    def find(self, asks: Iterable[Ask]) -> Iterator[tuple[Place, Json]]:
        """Records that are asked for, and no other."""
        wanted = list(asks)
        for place, record in self.records.items():
            if any(ask.stage == place[0] and _is_asked(ask, one) for ask in wanted for one in record["decisions"]):
                yield place, record


def _is_asked(ask: Ask, decision: Json) -> bool:
    if ask.own:
        return (decision.get("fact") or decision).get("consignment_id") == ask.name
    typed = not ask.types or decision["type"] in ask.types
    return typed and ask.needle in json.dumps(decision, ensure_ascii=False).encode()
