"""What a trace found, as plain values: up, down, temperature, exposure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from deploy.trace.search import Story
from schemas.temperature import Profiles
from streams.lineage.dossier import Dossier, temperatures
from streams.lineage.graph import Kind, Lineage, Link, Node, Portion

Plain = dict[str, Any]
URGENCY = ("overdue", "open", "contacted", "lifted")
"""States of contact duties, the most pressing first."""


def way(story: Story, reached: set[Node]) -> Plain:
    """One direction as nodes and links."""
    lineage = story.hunt.lineage
    within = {*reached, *story.hunt.subjects}
    links = [
        (source, target, link)
        for source, targets in lineage.links.items()
        for target, link in targets.items()
        if source in within and target in within and lineage.stands(source, target)
    ]
    return {
        "nodes": [_node(story, node) for node in sorted(reached)],
        "links": [
            {"from": _name(source), "to": _name(target), **_link(link)}
            for source, target, link in sorted(links, key=lambda one: one[:2])
        ],
    }


def _name(node: Node) -> Plain:
    place = {} if node.partition < 0 else {"partition": node.partition}
    return {"kind": node.kind.value, "id": node.name, **place}


def _node(story: Story, node: Node) -> Plain:
    about = dict(story.hunt.lineage.about.get(node, {}))
    about.pop("freed", None)
    if node.kind is Kind.LOT:
        about["holds"] = holds(story.hunt.lineage, node)
    if node.kind is Kind.CONSIGNMENT and node.name in story.dossiers:
        about.update(summary(story.dossiers[node.name]))
    return {**about, **_name(node)}


def _link(link: Link) -> Plain:
    how = {how.value: units or None for how, units in link.how.items()}
    return {"how": how, "portions": [portion_of(one) for one in link.portions.values()]}


def portion_of(portion: Portion) -> Plain:
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


def summary(dossier: Dossier) -> Plain:
    """What is known of a consignment."""
    declared, step = dossier.declared or {}, dossier.step or {}
    return {
        "profile": dossier.profile,
        "origin": declared.get("origin"),
        "importer": declared.get("importer"),
        "step": step.get("step"),
        "facility": step.get("facility"),
        "certificates": _reports(dossier, "certificate_issued"),
        "custody": _reports(dossier, "custody_handed"),
        "tests": _reports(dossier, "lab_reported"),
        "disinfections": _reports(dossier, "lots_disinfected"),
        "failed": [_without(check, "type") for check in dossier.failed],
        "holds": [_without(hold, "type") for hold in dossier.standing],
    }


def _reports(dossier: Dossier, kind: str) -> list[Plain]:
    return [_without(fact, "kind", "consignment_id") for fact in dossier.reports(kind)]


def _without(said: Mapping[str, Any], *names: str) -> Plain:
    return {name: value for name, value in said.items() if name not in names and value not in (None, [])}


def temperature(story: Story, profiles: Profiles) -> list[Plain]:
    """Each logger of each consignment that the subject is or came from."""
    return [
        told
        for _, dossier in sorted(story.dossiers.items())
        for told in temperatures(dossier, profiles.get(dossier.profile or ""))
    ]


def exposure(story: Story) -> list[Plain]:
    """Who has, or was to get, how much of which lot; held first, then by household."""
    lineage, subjects = story.hunt.lineage, story.hunt.subjects
    down = {*subjects, *lineage.down(subjects)}
    goods = {node for node in down if node.kind is Kind.LOT}
    requests = {node for node in (*down, *lineage.up(subjects)) if node.kind is Kind.REQUEST}
    found: dict[tuple[Node, Node], list[Portion]] = {}
    for request in requests:
        for lot in lineage.before(request):
            if not goods or lot in goods:
                portions = lineage.links[lot][request].portions.values()
                for household in lineage.after(request):
                    found.setdefault((household, lot), []).extend(portions)
    rows = [_exposed(story, household, lot, portions) for (household, lot), portions in found.items()]
    return sorted(rows, key=lambda row: (not row["held"], row["requester_id"], row["lot_id"]))


def _exposed(story: Story, household: Node, lot: Node, portions: list[Portion]) -> Plain:
    lineage = story.hunt.lineage
    came_from = sorted(node.name for node in lineage.up([lot]) if node.kind is Kind.CONSIGNMENT)
    standing = holds(lineage, lot)
    at = max((one.delivered_at for one in portions if one.delivered_at is not None), default=None)
    return {
        "requester_id": household.name,
        "lot_id": lot.name,
        "item": lineage.about.get(lot, {}).get("item"),
        "area": lineage.about.get(lot, {}).get("area"),
        "consignment_ids": came_from,
        "failed": sorted({check["rule"] for name in came_from for check in _failed(story, name)}),
        **{name: sum(getattr(one, name) for one in portions) for name in ("delivered", "in_transit", "reserved")},
        "taken_back": sum(one.released for one in portions),
        "delivered_at": at,
        "dispatch_ids": sorted({one.dispatch_id for one in portions if one.dispatch_id is not None}),
        "held": bool(standing),
        "holds": standing,
        **_contact(lineage, household, lot),
    }


def _failed(story: Story, consignment_id: str) -> Iterable[Mapping[str, Any]]:
    dossier = story.dossiers.get(consignment_id)
    return () if dossier is None else dossier.failed


def _contact(lineage: Lineage, household: Node, lot: Node) -> Plain:
    """The most pressing contact duty about this household and lot."""
    duties: list[tuple[int, str, str | None]] = []
    for decided in lineage.duties.values():
        said = [decision for _, _, decision in sorted(decided, key=lambda one: one[:2])]
        opened = next((one for one in said if one["type"] == "contact_duty_opened"), None)
        if opened is not None and (opened["requester_id"], opened["lot_id"]) == (household.name, lot.name):
            state, due = _state(said)
            duties.append((URGENCY.index(state), state, due))
    _, state, due = min(duties, default=(0, None, None))
    return {"contact": state, "contact_due_at": due}


def _state(said: list[Mapping[str, Any]]) -> tuple[str, str | None]:
    due = next(one["due_at"] for one in reversed(said) if "due_at" in one)
    match said[-1]["type"]:
        case "contact_duty_ended":
            return said[-1]["reason"], None
        case "contact_overdue":
            return "overdue", due
    return "open", due
