"""Supply requests (物资需求): filed, amended, cancelled, handed over."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.base import Identifier, ItemCode, Message, Model, Reported, SomeUnits, Text


class NeedClass(StrEnum):
    """Class of a need: it sets its clock and its place in the order."""

    LIFE_THREATENING = "life_threatening"
    CRITICAL = "critical"
    SEALED = "sealed"
    OTHER = "other"


class RequestLine(Model):
    """One item asked for; `quantity` None means that nobody said how much.

    `substitutes`: another item will do that the catalogue names as a substitute (可替代), where this one is not there.
    """

    item: ItemCode
    quantity: SomeUnits | None = None
    substitutes: bool = False


RequestLines = Annotated[tuple[RequestLine, ...], Field(min_length=1, max_length=50, strict=False)]


def _distinct(lines: tuple[RequestLine, ...]) -> None:
    if len(lines) > 1 and len({line.item for line in lines}) != len(lines):
        raise ValueError("an item stands in more than one line of the request; add the quantities into one line")


class RequestFiled(Message):
    """A requester asks for supplies, whether or not there is stock.

    `reported_at` is the first report, from which the clock runs (default: `occurred_at`); `taken_by` took it first and
    is responsible until it is handed over (首接负责).
    """

    kind: Literal["request_filed"]
    request_id: Identifier
    requester_id: Identifier
    lines: RequestLines
    taken_by: Identifier
    reported_at: Reported | None = None
    life_threatening: bool = False
    note: Text = ""

    @model_validator(mode="after")
    def _items_distinct(self) -> RequestFiled:
        _distinct(self.lines)
        return self


class RequestAmended(Message):
    """The requester changed what is asked: the lines named replace the open quantity of their items."""

    kind: Literal["request_amended"]
    request_id: Identifier
    lines: RequestLines

    @model_validator(mode="after")
    def _items_distinct(self) -> RequestAmended:
        _distinct(self.lines)
        return self


class RequestCancelled(Message):
    """The requester no longer needs it; what is not yet delivered is released."""

    kind: Literal["request_cancelled"]
    request_id: Identifier
    reason: Text = ""


class RequestHandedOver(Message):
    """Responsibility for a request goes to somebody else."""

    kind: Literal["request_handed_over"]
    request_id: Identifier
    to: Identifier


RequestMessage = Annotated[
    RequestFiled | RequestAmended | RequestCancelled | RequestHandedOver, Field(discriminator="kind")
]
