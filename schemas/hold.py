"""Holds on lots: stock that must not be given out until a lift. Every area's partition gets every hold."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from schemas.base import Identifier, Model, Reported, Text


class HoldEnd(StrEnum):
    """Why a hold ends, as the ledger says it; in Chinese: `HOLD_ENDS_ZH`."""

    WAIVED = "The check is waived."
    MENDED = "The check does not fail any more."
    REPLACED = "Other lots are concerned now."


HOLD_ENDS_ZH: Final[Mapping[str, str]] = {
    HoldEnd.WAIVED: "该项核查已核准放行",
    HoldEnd.MENDED: "该项核查已合格",
    HoldEnd.REPLACED: "涉及批次已变更",
}


class HoldMessageBase(Model):
    """A hold has no area: it goes to all partitions, and each takes it for the lots that it has."""

    event_id: Identifier
    occurred_at: Reported
    source: Identifier


class HoldPlaced(HoldMessageBase):
    """Lots, or all lots of a consignment, present and to come, must not be given out."""

    kind: Literal["hold_placed"]
    hold_id: Identifier
    lot_ids: Annotated[tuple[Identifier, ...], Field(max_length=1000, strict=False)] = ()
    consignment_id: Identifier | None = None
    reason: Text

    @model_validator(mode="after")
    def _holds_something(self) -> HoldPlaced:
        if not self.lot_ids and self.consignment_id is None:
            raise ValueError("a hold names lot_ids or a consignment_id")
        return self


class HoldLifted(HoldMessageBase):
    """A hold ends; a lot is free again when no other hold is on it."""

    kind: Literal["hold_lifted"]
    hold_id: Identifier
    reason: Text = ""


HoldMessage = Annotated[HoldPlaced | HoldLifted, Field(discriminator="kind")]
