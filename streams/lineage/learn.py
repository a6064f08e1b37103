"""What decisions of either ledger say about where goods came from and what became of them. Their order is no matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from streams.lineage.graph import Decision, How, Kind, Lineage, Node, Portion, lot, request_of


def learn(lineage: Lineage, stage: str, partition: int, offset: int, record: Mapping[str, Any]) -> None:
    """Take an accepted record in, once."""
    for number, decision in enumerate(record["decisions"]):
        taken = _TAKEN.get((stage, decision["type"]))
        if taken is not None:
            taken(lineage, _Place(partition, offset, number, record), decision)


class _Place(NamedTuple):
    partition: int
    offset: int
    number: int
    record: Mapping[str, Any]


def _lot_recorded(lineage: Lineage, place: _Place, decision: Decision) -> None:
    node, units = lot(decision["lot_id"]), decision["quantity"]
    names = ("area", "item", "warehouse", "quantity", "expires_on", "received_at", "temperature", "consignment_id")
    lineage.tell(node, partition=place.partition, **{name: decision.get(name) for name in names})
    if decision.get("consignment_id"):
        lineage.link(Node(Kind.CONSIGNMENT, decision["consignment_id"]), node, How.RECEIVED, units)
    if decision.get("from_lot_id"):
        lineage.link(lot(decision["from_lot_id"]), node, How.SPLIT, units)
    for name in decision.get("moved_from", ()):
        lineage.link(lot(name), node, How.MOVED, units)


def _lot_transferred_out(lineage: Lineage, _: _Place, decision: Decision) -> None:
    lineage.link(lot(decision["lot_id"]), lot(decision["to_lot_id"]), How.MOVED, decision["quantity"])


def _lot_held(lineage: Lineage, _: _Place, decision: Decision) -> None:
    about = lineage.about.setdefault(lot(decision["lot_id"]), {})
    about.setdefault("holds", {})[decision["hold_id"]] = decision["reason"]


def _lot_freed(lineage: Lineage, _: _Place, decision: Decision) -> None:
    about = lineage.about.setdefault(lot(decision["lot_id"]), {})
    about.setdefault("freed", set()).add(decision["hold_id"])


def _dispatch_recalled(lineage: Lineage, _: _Place, decision: Decision) -> None:
    for name in decision["lot_ids"]:
        lineage.about.setdefault(lot(name), {}).setdefault("recalled", set()).add(decision["dispatch_id"])


def _portion(lineage: Lineage, place: _Place, line: Decision) -> Portion:
    given = lineage.link(lot(line["lot_id"]), request_of(line["need_id"], place.partition), How.GIVEN)
    assert given is not None
    name = line["allocation_id"]
    return given.portions.setdefault(name, Portion(name, line["need_id"], line.get("item", "")))


def _allocation_made(lineage: Lineage, place: _Place, decision: Decision) -> None:
    portion = _portion(lineage, place, decision)
    portion.made, portion.item = decision["quantity"], decision["item"]


def _allocation_released(lineage: Lineage, place: _Place, decision: Decision) -> None:
    portion = _portion(lineage, place, decision)
    portion.released += decision["quantity"]
    portion.reasons.add(decision["reason"])


def _dispatch_ordered(lineage: Lineage, place: _Place, decision: Decision) -> None:
    household = Node(Kind.HOUSEHOLD, decision["requester_id"])
    for line in decision["lines"]:
        portion = _portion(lineage, place, line)
        portion.dispatch_id, portion.carried = decision["dispatch_id"], line["quantity"]
        lineage.link(request_of(line["need_id"], place.partition), household, How.ASKED)


def _line_delivered(lineage: Lineage, place: _Place, decision: Decision) -> None:
    portion = _portion(lineage, place, decision)
    portion.ended, portion.item, portion.dispatch_id = True, decision["item"], decision["dispatch_id"]
    portion.delivered, portion.returned = decision["delivered"], decision["returned"]
    portion.damaged, portion.lost = decision["damaged"], decision["lost"]
    if portion.delivered:
        closed = (one for one in place.record["decisions"] if one["type"] == "dispatch_closed")
        said = next((one.get("at") for one in closed if one["dispatch_id"] == decision["dispatch_id"]), None)
        portion.delivered_at = said or place.record["recorded_at"]


def _request_recorded(lineage: Lineage, place: _Place, decision: Decision) -> None:
    node = Node(Kind.REQUEST, decision["request_id"], place.partition)
    lineage.tell(node, area=decision["area"])
    lineage.link(node, Node(Kind.HOUSEHOLD, decision["requester_id"]), How.ASKED)


def _contact(lineage: Lineage, place: _Place, decision: Decision) -> None:
    lineage.duties.setdefault(decision["duty_id"], []).append((place.offset, place.number, decision))


def _fact_withdrawn(lineage: Lineage, _: _Place, decision: Decision) -> None:
    lineage.withdrawn.add((decision["consignment_id"], decision["event_id"]))


def _fact_recorded(lineage: Lineage, _: _Place, decision: Decision) -> None:
    fact = decision["fact"]
    report = (fact["consignment_id"], fact["event_id"])
    lineage.reported.add(fact["consignment_id"])
    match fact["kind"]:
        case "consignment_declared":
            for one in fact["lots"]:
                lineage.tell(lot(one["lot_id"]), item=one["item"])
                consignment = Node(Kind.CONSIGNMENT, fact["consignment_id"])
                lineage.link(consignment, lot(one["lot_id"]), How.DECLARED, one["quantity"], report)
        case "lots_aggregated":  # what is taken out of a package was in it
            lineage.tell(lot(fact["parent_id"]), package=True)
            for name in fact["child_ids"]:
                lineage.link(lot(name), lot(fact["parent_id"]), How.PACKED, report=report)
                lineage.link(lot(fact["parent_id"]), lot(name), How.UNPACKED, report=report)
        case "lots_transformed":
            for one in fact["outputs"]:
                lineage.tell(lot(one["lot_id"]), item=one["item"])
                for used in fact["inputs"]:
                    lineage.link(lot(used["lot_id"]), lot(one["lot_id"]), How.MADE, one["quantity"], report)


_Taker = Callable[[Lineage, _Place, Decision], None]
_TAKEN: Final[dict[tuple[str, str], _Taker]] = {
    ("supply", "lot_recorded"): _lot_recorded,
    ("supply", "lot_transferred_out"): _lot_transferred_out,
    ("supply", "lot_held"): _lot_held,
    ("supply", "lot_freed"): _lot_freed,
    ("supply", "allocation_made"): _allocation_made,
    ("supply", "allocation_released"): _allocation_released,
    ("supply", "dispatch_ordered"): _dispatch_ordered,
    ("supply", "dispatch_recalled"): _dispatch_recalled,
    ("supply", "line_delivered"): _line_delivered,
    ("supply", "request_recorded"): _request_recorded,
    ("supply", "contact_duty_opened"): _contact,
    ("supply", "contact_duty_raised"): _contact,
    ("supply", "contact_overdue"): _contact,
    ("supply", "contact_duty_ended"): _contact,
    ("coldchain", "fact_recorded"): _fact_recorded,
    ("coldchain", "fact_withdrawn"): _fact_withdrawn,
}
