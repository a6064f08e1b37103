"""One consignment traced to its households and one of them back again, by what `baogong trace` uses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from deploy.trace.search import Search, Story
from sinks.clickhouse.client import connect
from streams.lineage.graph import Kind, Node
from streams.trail import Subject

_BREACH: Final = """
SELECT start, alarm_at, peak_c, limit_c FROM breaches WHERE consignment_id = %(name)s ORDER BY start LIMIT 1"""
_HANDED: Final = """
SELECT lot_id, area, dispatch_id, team, delivered, delivered_at, contact, requester_id FROM exposure
WHERE consignment_id = %(name)s AND delivered > 0 ORDER BY contact != 'contacted', delivered_at, requester_id LIMIT 1"""
_CONTACT: Final = """
SELECT outcome FROM contact_duties WHERE requester_id = %(household)s AND lot_id = %(lot)s AND state = 'contacted'
ORDER BY ended_at LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Breach:
    """When and how far a consignment was out of its range."""

    start: dt.datetime
    alarm_at: dt.datetime
    peak_c: float
    limit_c: float


@dataclass(frozen=True, slots=True)
class Handed:
    """Units of one lot that one household got; `outcome`: what it said when it was told, if it was."""

    lot_id: str
    area: str
    dispatch_id: str
    team: str
    delivered: int
    delivered_at: dt.datetime
    contact: str
    requester_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of a consignment: `households` have units of it; `back`: where the goods of `handed` came from."""

    consignment_id: str
    breach: Breach | None
    lots: tuple[str, ...]
    requests: int
    households: tuple[str, ...]
    handed: Handed | None
    back: tuple[str, ...]


def trace(kafka: str, clickhouse: str, consignment_id: str) -> Traced:
    """Down from the consignment, and up again from the first household that was told; raises BaogongError."""
    story = Search(kafka, clickhouse, Subject.CONSIGNMENT, consignment_id).run()
    lineage, subjects = story.hunt.lineage, story.hunt.subjects
    down = lineage.down(subjects)
    with connect(clickhouse) as client:
        breaches = client.rows(_BREACH, {"name": consignment_id})
        rows = client.rows(_HANDED, {"name": consignment_id})
        handed = None
        if rows:
            said = client.rows(_CONTACT, {"household": rows[0][-1], "lot": rows[0][0]})
            handed = Handed(*(*rows[0], said[0][0] if said else ""))
    return Traced(
        consignment_id,
        Breach(*breaches[0]) if breaches else None,
        tuple(sorted(node.name for node in down if node.kind is Kind.LOT)),
        sum(node.kind is Kind.REQUEST for node in down),
        tuple(sorted({node.name for node in _received(story, down)})),
        handed,
        () if handed is None else _back(kafka, clickhouse, handed),
    )


def _received(story: Story, down: set[Node]) -> set[Node]:
    """Households that were handed something, not only promised it."""
    lineage = story.hunt.lineage
    lots = {node for node in down if node.kind is Kind.LOT}
    return {
        household
        for lot in lots
        for request, link in lineage.links.get(lot, {}).items()
        if request.kind is Kind.REQUEST and any(portion.delivered for portion in link.portions.values())
        for household in lineage.after(request)
    }


def _back(kafka: str, clickhouse: str, handed: Handed) -> tuple[str, ...]:
    """The consignments that everything of a household came from."""
    story = Search(kafka, clickhouse, Subject.HOUSEHOLD, handed.requester_id).run()
    up = story.hunt.lineage.up(story.hunt.subjects)
    return tuple(sorted(node.name for node in up if node.kind is Kind.CONSIGNMENT))
