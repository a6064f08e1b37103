"""Laboratory results: a positive sample concerns whatever was near it."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.coldchain import Rule
from schemas.consignment import LabResult
from streams.core.coldchain.checks import Check, broken, scope_of
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.story import Story
from streams.core.instants import to_us


def positive(story: Story, _: Rules) -> Iterator[Check]:
    """A positive sample: its lots, what was packed with them, what was disinfected with them, what is made of all."""
    for sample in story.samples:
        if sample.result is LabResult.POSITIVE:
            at, lots = to_us(sample.occurred_at), story.lineage.contacts(story.concerned(sample.lot_ids))
            scope = scope_of(story, lots, at, whole=not sample.lot_ids)
            subject = f"{sample.sample_id} {sample.event_id}"
            yield broken(Rule.TEST_POSITIVE, subject, scope, at, sample=sample.sample_id)
