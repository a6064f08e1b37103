"""Where a consignment is: the last step that it came to, and the last place where any of it was."""

from __future__ import annotations

from schemas.coldchain import StepReached
from schemas.consignment import Step
from streams.core.coldchain.steps import TREATMENTS, rank
from streams.core.coldchain.story import Story
from streams.core.instants import from_us, to_us


def position(story: Story) -> StepReached:
    """A treatment is a step only as long as the consignment was not released: a later test does not bring it back."""
    step, at, facility = Step.DECLARED, to_us(story.declared.occurred_at), None
    for visit in story.visits:
        if visit.step not in TREATMENTS or rank(step) < rank(Step.RELEASED):
            step, at = visit.step, visit.at
        facility = visit.facility or facility
    seen = [(to_us(report.occurred_at), report.facility) for report in story.observed]
    if seen and max(seen)[0] > max((visit.at for visit in story.visits if visit.facility), default=-1):
        facility = max(seen)[1]
    return StepReached(consignment_id=story.consignment_id, step=step, facility=facility, at=from_us(at))
