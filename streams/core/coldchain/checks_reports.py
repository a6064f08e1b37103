"""Reports themselves: how late they came (迟报), and holds from outside on what lots were made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.coldchain import Rule
from streams.core.coldchain.checks import Check, Scope, broken
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.state import OutsideHold
from streams.core.coldchain.story import Story
from streams.core.instants import HOUR, to_us


def report_late(story: Story, rules: Rules) -> Iterator[Check]:
    """A report that came later after what it tells than its kind may."""
    for taken in story.taken:
        duty, happened = rules.report.get(taken.fact.kind), to_us(taken.fact.occurred_at)
        if duty is not None and taken.at is not None and taken.at - happened > duty:
            words = {"kind": taken.fact.kind, "hours": duty // HOUR}
            scope = Scope(story.concerned(getattr(taken.fact, "lot_ids", ())))
            yield broken(Rule.REPORT_LATE, taken.fact.event_id, scope, happened + duty, **words)


def held_elsewhere(story: Story, holds: Iterable[OutsideHold]) -> Iterator[Check]:
    """What was made of lots (or lies in packages) that a hold from outside is on, as far as it is not named itself.

    So two partitions never order holds because of each other's in turn: each goes further down than the one before.
    """
    for hold in holds:
        held = set(hold.lot_ids)
        if hold.consignment_id == story.consignment_id:
            held.update(lot.lot_id for lot in story.declared.lots)
        more = frozenset(story.lineage.descendants(story.lineage.unpacked(held)) - held)
        if more:
            yield broken(Rule.HELD_ELSEWHERE, hold.hold_id, Scope(more), hold.taken, hold=hold.hold_id)
