"""Inspections (督查) of premises (markets, restaurants, cold stores): their findings and deadlines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Model, Reported, Text


class InspectionMessageBase(Model):
    """A report about premises; `premises_id` keys the topic."""

    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    premises_id: Identifier


class FindingReported(InspectionMessageBase):
    """A finding of an inspection that has to be mended by `deadline` (限期整改).

    `lot_ids`: lots that must not be given out while it is not mended past its deadline.
    """

    kind: Literal["finding_reported"]
    finding_id: Identifier
    text: Text
    deadline: Reported
    lot_ids: Annotated[tuple[Identifier, ...], Field(max_length=200, strict=False)] = ()


class FindingMended(InspectionMessageBase):
    """A finding is mended, as seen by `source`."""

    kind: Literal["finding_mended"]
    finding_id: Identifier


InspectionMessage = Annotated[FindingReported | FindingMended, Field(discriminator="kind")]
