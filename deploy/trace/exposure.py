"""Exposure (暴露): which household has, or was to get, how much of which lot of which consignment; held or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from deploy.trace.search import Story
from deploy.trace.telling import Plain, holds
from streams.lineage.graph import Kind, Lineage, Node, Portion

URGENCY: Final = ("overdue", "open", "contacted", "lifted")
"""States of contact duties, the most pressing first."""
Duties = dict[tuple[str, str], tuple[int, str, str | None]]
"""By household and lot: urgency, state, by when."""


def exposure(story: Story) -> list[Plain]:
    """Held first, then by household; whoever has or had anything of the lots set aside is told."""
    duties = _duties(story.hunt.lineage)
    lots: dict[Node, Plain] = {}
    rows = []
    for (household, lot), portions in _given(story).items():
        if lot not in lots:
            lots[lot] = _of_lot(story, lot)
        rows.append(_row(household, lot, portions, lots[lot], duties, story.hunt.lineage))
    return sorted(rows, key=lambda row: (not row["held"], row["requester_id"], row["lot_id"]))


def _given(story: Story) -> dict[tuple[Node, Node], list[Portion]]:
    """By household and lot: of the subject's lots, or of those that the subject's requests were given."""
    lineage, subjects = story.hunt.lineage, story.hunt.subjects
    down, up = {*subjects, *lineage.down(subjects)}, lineage.up(subjects)
    goods = {node for node in down if node.kind is Kind.LOT}
    found: dict[tuple[Node, Node], list[Portion]] = {}
    for request in sorted(node for node in down | up if node.kind is Kind.REQUEST):
        for lot in lineage.before(request):
            if not goods or lot in goods:
                for household in lineage.after(request):
                    found.setdefault((household, lot), []).extend(lineage.links[lot][request].portions.values())
    return found


def _of_lot(story: Story, lot: Node) -> Plain:
    lineage = story.hunt.lineage
    came_from = sorted(node.name for node in lineage.up([lot]) if node.kind is Kind.CONSIGNMENT)
    files = [story.dossiers[name] for name in came_from if name in story.dossiers]
    standing = holds(lineage, lot)
    return {
        "consignment_ids": came_from,
        "failed": sorted({check["rule"] for file in files for check in file.failed}),
        "held": bool(standing),
        "holds": standing,
    }


def _row(household: Node, lot: Node, portions: list[Portion], of_lot: Plain, duties: Duties, lineage: Lineage) -> Plain:
    about = lineage.about.get(lot, {})
    dispatches = {one.dispatch_id for one in portions if one.dispatch_id is not None}
    _, state, due = duties.get((household.name, lot.name), (0, None, None))
    return {
        "requester_id": household.name,
        "lot_id": lot.name,
        "item": about.get("item"),
        "area": about.get("area"),
        **of_lot,
        **{name: sum(getattr(one, name) for one in portions) for name in ("delivered", "in_transit", "reserved")},
        "taken_back": sum(one.released for one in portions),
        "taken_back_for": sorted({reason for one in portions for reason in one.reasons}),
        "delivered_at": max((one.delivered_at for one in portions if one.delivered_at is not None), default=None),
        "dispatch_ids": sorted(dispatches),
        "recalled": sorted(dispatches & about.get("recalled", set())),
        "contact": state,
        "contact_due_at": due,
    }


def _duties(lineage: Lineage) -> Duties:
    """The most pressing contact duty about each household and lot."""
    found: Duties = {}
    for decided in lineage.duties.values():
        said = [decision for _, _, decision in sorted(decided, key=lambda one: one[:2])]
        opened = next((one for one in said if one["type"] == "contact_duty_opened"), None)
        if opened is not None:
            state, due = _state(said)
            duty, place = (URGENCY.index(state), state, due), (opened["requester_id"], opened["lot_id"])
            found[place] = min(duty, found.get(place, duty), key=lambda one: one[0])
    return found


def _state(said: list[Mapping[str, Any]]) -> tuple[str, str | None]:
    due = next(one["due_at"] for one in reversed(said) if "due_at" in one)
    match said[-1]["type"]:
        case "contact_duty_ended":
            return str(said[-1]["reason"]), None
        case "contact_overdue":
            return "overdue", due
    return "open", due
