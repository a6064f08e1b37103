"""What a trace found, as plain values: up, down, temperature, consignments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.trace.search import Story
from schemas.temperature import Profiles
from streams.lineage.dossier import Dossier, temperatures
from streams.lineage.graph import How, Kind, Lineage, Node, Portion
from streams.trail import Subject

Plain = dict[str, Any]
_REPORTS = {
    "certificates": "certificate_issued",
    "custody": "custody_handed",
    "tests": "lab_reported",
    "disinfections": "lots_disinfected",
    "packages": "lots_aggregated",
    "transformations": "lots_transformed",
    "returned": "lots_returned",
    "destroyed": "lots_destroyed",
}


def subjects(story: Story) -> list[Plain]:
    """What is known of the subject itself: a request's name may stand for several, of several areas."""
    return [_node(story, node) for node in story.hunt.subjects]


def way(story: Story, *, down: bool) -> Plain:
    """One direction as nodes and links."""
    lineage, starts = story.hunt.lineage, story.hunt.subjects
    ways = lineage.ways(starts, down=down)
    reached = {node for link in ways for node in link} - set(starts)
    return {
        "nodes": [_node(story, node) for node in sorted(reached)],
        "links": [_link(lineage, source, target, said) for (source, target), said in sorted(ways.items())],
    }


def _name(node: Node) -> Plain:
    place = {} if node.partition < 0 else {"partition": node.partition}
    return {"kind": node.kind.value, "id": node.name, **place}


def _node(story: Story, node: Node) -> Plain:
    about = _without(story.hunt.lineage.about.get(node, {}), "freed", "recalled", "holds")
    if node.kind is Kind.LOT:
        about["holds"] = holds(story.hunt.lineage, node)
    if node.kind is Kind.CONSIGNMENT and node.name in story.dossiers:
        about.update(summary(story.dossiers[node.name], story.reasons))
    return {**about, **_name(node)}


def _link(lineage: Lineage, source: Node, target: Node, said: Mapping[How, int]) -> Plain:
    portions = lineage.links[source][target].portions
    return {
        "from": _name(source),
        "to": _name(target),
        "how": {how.value: units or None for how, units in said.items()},
        "portions": [_portion(one) for _, one in sorted(portions.items())],
    }


def _portion(portion: Portion) -> Plain:
    """One allocation and what became of it."""
    names = ("allocation_id", "need_id", "item", "made", "released", "dispatch_id", "reserved", "in_transit")
    ends = ("delivered", "returned", "damaged", "lost", "delivered_at")
    return {
        **{name: getattr(portion, name) for name in (*names, *ends)},
        "released_for": sorted(portion.reasons),
    }


def holds(lineage: Lineage, node: Node) -> dict[str, str]:
    """Holds that stand on a lot, and why."""
    about = lineage.about.get(node, {})
    freed = about.get("freed", ())
    return {name: reason for name, reason in sorted(about.get("holds", {}).items()) if name not in freed}


def summary(dossier: Dossier, reasons: Mapping[str, str]) -> Plain:
    """What is known of a consignment."""
    declared, step = dossier.declared or {}, dossier.step or {}
    return {
        "profile": dossier.profile,
        "origin": declared.get("origin"),
        "importer": declared.get("importer"),
        "step": step.get("step"),
        "facility": step.get("facility"),
        **{name: _reports(dossier, kind) for name, kind in _REPORTS.items()},
        "failed": [_without(check, "type") for check in dossier.failed],
        "holds": [{**_without(hold, "type"), **_chinese(hold, reasons)} for hold in dossier.standing],
    }


def _chinese(hold: Mapping[str, Any], reasons: Mapping[str, str]) -> Plain:
    return {"reason_zh": reasons[hold["reason"]]} if hold["reason"] in reasons else {}


def _reports(dossier: Dossier, kind: str) -> list[Plain]:
    return [_without(fact, "kind", "consignment_id") for fact in dossier.reports(kind)]


def _without(said: Mapping[str, Any], *names: str) -> Plain:
    return {name: value for name, value in said.items() if name not in names and value not in (None, [])}


def temperature(story: Story, profiles: Profiles) -> list[Plain]:
    """Loggers of the consignments that the subject is or came from; of a lot, those that lay with it or all goods."""
    nodes = (*story.hunt.subjects, *story.hunt.lineage.up(story.hunt.subjects))
    lots = {node.name for node in nodes if node.kind is Kind.LOT}
    whole = story.subject is Subject.CONSIGNMENT
    return [
        told
        for _, dossier in sorted(story.dossiers.items())
        for told in temperatures(dossier, profiles.get(dossier.profile or ""))
        if whole or not told["lot_ids"] or not lots.isdisjoint(told["lot_ids"])
    ]
