"""Delivery confirmations: what arrived at the door, and what did not."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Message, Model, Text, Units


class Outcome(StrEnum):
    """How a dispatch ended."""

    DELIVERED = "delivered"
    SHORT = "short"
    DAMAGED = "damaged"
    FAILED = "failed"


class FailureReason(StrEnum):
    """Why nothing could be handed over."""

    NOT_HOME = "not_home"
    BAD_ADDRESS = "bad_address"
    REFUSED = "refused"
    NO_COURIER = "no_courier"
    NO_ACCESS = "no_access"


class DeliveryLine(Model):
    """What became of one allocation: what is in none of the three is lost and written off."""

    allocation_id: Identifier
    delivered: Units
    returned: Units = 0
    """Back to stock, fit for use."""
    damaged: Units = 0
    """Written off."""


class DeliveryConfirmed(Message):
    """A team says how a dispatch ended.

    Lines may be left out where the outcome says it all: delivered (everything arrived), failed (everything came back).
    """

    kind: Literal["delivery_confirmed"]
    dispatch_id: Identifier
    outcome: Outcome
    failure: FailureReason | None = None
    lines: Annotated[tuple[DeliveryLine, ...], Field(max_length=1000, strict=False)] = ()
    note: Text = ""


DeliveryMessage = DeliveryConfirmed
