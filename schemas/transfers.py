"""Transfers between areas (跨区调拨): what areas lack and can spare, the rounds of the city, and its orders.

An area's standing is a decision of the supply stage that a relay hands to the transfers stage; the orders of the
transfers stage go back the same way, to the area that sends and to the area that gets. A transfer's id is the id of the
lot that it becomes where it arrives. Quantities are units of the item.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Instant, ItemCode, Message, Model, PlaceCode, SomeUnits, Text, Units
from schemas.ledger import RepeatIgnored
from schemas.request import NeedClass

Km = Annotated[int, Field(ge=0, le=5000)]
"""Kilometres by road."""


class Progress(StrEnum):
    """What became of a transfer, or of units of it, where it leaves and where it arrives."""

    RESERVED = "reserved"
    REFUSED = "refused"
    RELEASED = "released"
    """Units set aside that will not leave after all."""
    SHIPPED = "shipped"
    RECEIVED = "received"
    LOST = "lost"
    OVERDUE = "overdue"
    """Not arrived by its deadline; it may still come."""


class Lacking(Model):
    """Units that an area lacks for needs of a class, the oldest of them reported at `since`."""

    need_class: NeedClass
    quantity: SomeUnits
    since: Instant


class SpareUnits(Model):
    """Units of a lot that an area could give away. `moved_from`: the lots of other areas that it was made of."""

    lot_id: Identifier
    quantity: SomeUnits
    expires_on: dt.date | None = None
    consignment_id: Identifier | None = None
    moved_from: tuple[Identifier, ...] = Field(default=(), strict=False)


class TransferNote(Model):
    """What an area says of a transfer since its last standing."""

    transfer_id: Identifier
    progress: Progress
    quantity: Units
    reason: Text = ""


class Standing(Model):
    """How an area stands with an item: what it lacks for needs that waited too long, and what it can spare.

    `spare`: at most so many units of all `lots` together. `warehouse`: where goods for this area go.
    """

    area: PlaceCode
    item: ItemCode
    warehouse: Identifier
    lacking: tuple[Lacking, ...] = Field(default=(), strict=False)
    spare: Units = 0
    lots: tuple[SpareUnits, ...] = Field(default=(), strict=False)
    notes: tuple[TransferNote, ...] = Field(default=(), strict=False)


class StandingTold(Standing):
    """A standing on its way to the transfers stage, with its place in the supply ledger: later ones are greater."""

    kind: Literal["standing_told"]
    event_id: Identifier
    occurred_at: Instant
    source: Identifier
    partition: Annotated[int, Field(ge=0)]
    seq: Annotated[int, Field(ge=0)]
    nth: Annotated[int, Field(ge=0)]


class TransferOutOrdered(Message):
    """To the area that sends: set units of a lot aside and let them leave by `ship_by`."""

    kind: Literal["transfer_out_ordered"]
    transfer_id: Identifier
    item: ItemCode
    lot_id: Identifier
    quantity: SomeUnits
    to_area: PlaceCode
    to_warehouse: Identifier
    km: Km
    ship_by: Instant
    deadline: Instant
    reason: Text


class TransferInOrdered(Message):
    """To the area that gets: units of an item are to arrive by `deadline`, as the lot `transfer_id`."""

    kind: Literal["transfer_in_ordered"]
    transfer_id: Identifier
    item: ItemCode
    quantity: SomeUnits
    from_area: PlaceCode
    km: Km
    deadline: Instant
    consignment_id: Identifier | None = None
    moved_from: Annotated[tuple[Identifier, ...], Field(max_length=64, strict=False)] = ()
    """The lot that it comes out of, and those that one came from: a hold on any of them is on it too."""
    reason: Text


class TransferInReduced(Message):
    """To the area that gets: so many units of a transfer will not come."""

    kind: Literal["transfer_in_reduced"]
    transfer_id: Identifier
    quantity: SomeUnits
    reason: Text


TransferMessage = Annotated[
    TransferOutOrdered | TransferInOrdered | TransferInReduced,
    Field(discriminator="kind"),
]


class StandingTaken(Standing):
    """The city knows how an area stands with an item. The place is the standing's in the supply ledger."""

    type: Literal["standing_taken"] = "standing_taken"
    partition: Annotated[int, Field(ge=0)]
    seq: Annotated[int, Field(ge=0)]
    nth: Annotated[int, Field(ge=0)]


class TransferOrdered(Model):
    """Units of a lot are to go from one area to another; `reason` says why, in English and in Chinese."""

    type: Literal["transfer_ordered"] = "transfer_ordered"
    transfer_id: Identifier
    item: ItemCode
    lot_id: Identifier
    from_area: PlaceCode
    area: PlaceCode
    """Where they go."""
    warehouse: Identifier
    quantity: SomeUnits
    need_class: NeedClass
    """Of the needs that they are for; who gets them is decided where they arrive."""
    km: Km
    ordered_at: Instant
    ship_by: Instant
    deadline: Instant
    expires_on: dt.date | None = None
    consignment_id: Identifier | None = None
    moved_from: tuple[Identifier, ...] = Field(default=(), strict=False)
    reason: Text
    reason_zh: Text


class TransferReduced(Model):
    """Units of an ordered transfer will not come: the area that sends refused or took back so many."""

    type: Literal["transfer_reduced"] = "transfer_reduced"
    transfer_id: Identifier
    item: ItemCode
    from_area: PlaceCode
    area: PlaceCode
    quantity: SomeUnits
    reason: Text


class TransferEnded(Model):
    """Nothing more is expected of a transfer: ordered = received + lost + reduced, unless more came."""

    type: Literal["transfer_ended"] = "transfer_ended"
    transfer_id: Identifier
    item: ItemCode
    from_area: PlaceCode
    area: PlaceCode
    ordered: SomeUnits
    received: Units
    lost: Units
    reduced: Units


class Unfilled(Model):
    """Units that a round could not send to an area, and why.

    `no_spare`: no other area has any. `no_road`: none with a road. `expires`: all would expire on their way. `taken`:
    others are nearer or more pressing.
    """

    area: PlaceCode
    need_class: NeedClass
    quantity: SomeUnits
    why: Literal["no_spare", "no_road", "expires", "taken"]


class RoundDecided(Model):
    """A round (调拨轮次) weighed an item in all areas: its `transfer_ordered` follow."""

    type: Literal["round_decided"] = "round_decided"
    item: ItemCode
    at: Instant
    lacking: SomeUnits
    """Units without stock that are not on their way yet."""
    spare: Units
    moved: Units
    unfilled: tuple[Unfilled, ...] = Field(default=(), strict=False)


TransferDecision = Annotated[
    StandingTaken | TransferOrdered | TransferReduced | TransferEnded | RoundDecided | RepeatIgnored,
    Field(discriminator="type"),
]
