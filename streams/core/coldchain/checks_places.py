"""Places: a lot is in one of them at a time, unless part of it was counted in each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from schemas.coldchain import Rule
from schemas.consignment import Step
from streams.core.coldchain.checks import Check, broken, scope_of
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.story import Lots, Story
from streams.core.instants import to_us

AT_REST: Final = frozenset({Step.WAREHOUSED, Step.RELEASED, Step.STORED, Step.ISSUED})
"""Steps that happen where the goods are. Customs clear on paper, and what is transported is on its way."""


class Seen(NamedTuple):
    """Lots were at a place. `units`: what was counted there, by lot."""

    at: int
    event_id: str
    facility: str
    lots: Lots
    whole: bool
    units: dict[str, int]


def two_places(story: Story, rules: Rules) -> Iterator[Check]:
    """One after the other at two places, with less time between than the way takes."""
    sightings = sorted(_sightings(story), key=lambda seen: (seen.at, seen.event_id))
    pairs: dict[tuple[str, str], tuple[Seen, Seen, list[str]]] = {}
    for lot_id in sorted(story.lots):
        at_places = [seen for seen in sightings if lot_id in seen.lots and story.is_there(lot_id, seen.at)]
        for one, other in pairwise(at_places):
            if _clash(story, rules, lot_id, one, other):
                pairs.setdefault((one.event_id, other.event_id), (one, other, []))[2].append(lot_id)
    for (first, second), (one, other, lots) in sorted(pairs.items()):
        scope = scope_of(story, lots, other.at, whole=one.whole and other.whole)
        words = {"one": one.facility, "other": other.facility}
        yield broken(Rule.TWO_PLACES, f"{first} {second}", scope, other.at, **words)


def _clash(story: Story, rules: Rules, lot_id: str, one: Seen, other: Seen) -> bool:
    if one.facility == other.facility or other.at - one.at >= rules.travel_time(one.facility, other.facility):
        return False
    parts = one.units.get(lot_id), other.units.get(lot_id)
    return parts[0] is None or parts[1] is None or parts[0] + parts[1] > story.units[lot_id]


def _sightings(story: Story) -> Iterator[Seen]:
    for step in story.steps:
        if step.step in AT_REST:
            yield _seen(story, step, {line.lot_id: line.quantity for line in step.quantities})
    for report in (*story.observed, *story.disinfected):
        yield _seen(story, report, {})


def _seen(story: Story, report: Any, units: dict[str, int]) -> Seen:
    lots = story.concerned((*report.lot_ids, *units))
    whole = not report.lot_ids and not units
    return Seen(to_us(report.occurred_at), report.event_id, report.facility, lots, whole, units)
