"""Quantities: what is counted on the way is what was declared or made, less what left."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.coldchain import Rule
from schemas.consignment import CustodyHanded, Step, StepReported
from streams.core.coldchain.checks import Check, broken, scope_of
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.story import Story
from streams.core.instants import to_us

Counted = StepReported | CustodyHanded


def quantities(story: Story, _: Rules) -> Iterator[Check]:
    """A count on the way that is not what must be left, by itself or with the parts counted elsewhere at that step."""
    yield from _more_left(story)
    counted = sorted(_counted(story), key=lambda report: (to_us(report.occurred_at), report.event_id))
    for report in counted:
        at = to_us(report.occurred_at)
        for line in report.quantities:
            lot_id = line.lot_id
            if lot_id in story.units and story.is_there(lot_id, at):
                expected = _left(story, lot_id, at)
                if expected not in (line.quantity, _in_parts(counted, report, lot_id)):
                    yield _mismatch(story, f"{lot_id} {report.event_id}", lot_id, at, expected, line.quantity)


def _counted(story: Story) -> Iterator[Counted]:
    """Issues are departures, not counts."""
    yield from (step for step in story.steps if step.quantities and step.step is not Step.ISSUED)
    yield from (handover for handover in story.handovers if handover.quantities)


def _left(story: Story, lot_id: str, at: int) -> int:
    """What must be there: departures at that very moment are of later."""
    left = story.units[lot_id]
    for departure in story.departures(lot_id):
        if departure.at < at:
            left = 0 if departure.units is None else left - departure.units
    return max(left, 0)


def _in_parts(counted: list[Counted], report: Counted, lot_id: str) -> int:
    """The last counts of a lot at every place of the same step, together."""
    last: dict[str | None, int] = {}
    for other in counted:
        if _stage(other) == _stage(report):
            for line in other.quantities:
                if line.lot_id == lot_id:
                    last[other.facility] = line.quantity
    return sum(last.values())


def _stage(report: Counted) -> str:
    return report.step.value if isinstance(report, StepReported) else "handover"


def _more_left(story: Story) -> Iterator[Check]:
    """More left than there was."""
    for lot_id, units in sorted(story.units.items()):
        total = 0
        for departure in story.departures(lot_id):
            total += departure.units or 0
            if total > units:
                yield _mismatch(story, lot_id, lot_id, departure.at, units, total)
                break


def _mismatch(story: Story, subject: str, lot_id: str, at: int, expected: int, counted: int) -> Check:
    scope = scope_of(story, (lot_id,), at, whole=False)
    words = {"lot": lot_id, "expected": expected, "counted": counted}
    return broken(Rule.QUANTITY_MISMATCH, subject, scope, at, **words)
