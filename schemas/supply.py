"""Decisions of the supply stage: what one message or tick changed in an area's needs, stock and dispatches.

State is the fold of these alone, so each carries all that its effect needs. Quantities are units of the item. Decisions
about contact duties are in `schemas.exposure`, those about transfers between areas in `schemas.moves`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Instant, ItemCode, Model, PlaceCode, SomeUnits, Text, Units
from schemas.delivery import FailureReason, Outcome
from schemas.exposure import ContactDutyEnded, ContactDutyOpened, ContactDutyRaised, ContactOverdue
from schemas.household import Group, Members, Tier
from schemas.ledger import EventsForgotten, RepeatIgnored
from schemas.moves import (
    NeedEscalated,
    StandingReported,
    TransferArrived,
    TransferCut,
    TransferExpected,
    TransferLost,
    TransferOverdue,
    TransferRefused,
    TransferReleased,
    TransferReserved,
)
from schemas.request import NeedClass
from schemas.stock import TemperatureClass

NeedId = Annotated[str, StringConstraints(min_length=3, max_length=193, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
"""`request_id:item`: an identifier, a colon, an item code."""


People = Annotated[int, Field(ge=1, le=1_000_000)]
Limit = Literal["asked", "stock", "reserve_floor", "norm", "kept_back"]
"""What keeps a need from more: it has all that it asks; no more stock; the floor; the ration norm; demand to come."""


class DeliveryMode(StrEnum):
    """How supplies reach a requester, by tier."""

    DOOR = "door"
    """服务上门, sealed."""
    PICKUP = "pickup"
    """错峰取物, controlled."""
    COLLECT = "collect"
    """Own way to a shop or point, precaution."""


class RequesterRecorded(Model):
    """A household or institution as now known; `registered` False: met only in a request, so in the default class."""

    type: Literal["requester_recorded"] = "requester_recorded"
    requester_id: Identifier
    area: PlaceCode
    grid: PlaceCode
    registered: bool
    institution: bool
    members: Members
    groups: tuple[Group, ...] = Field(default=(), strict=False)
    tier: Tier
    quarantine_until: Instant | None = None
    need_class: NeedClass
    """Class of the needs that it opens from now on, unless they are life-threatening."""
    mode: DeliveryMode

    @property
    def people(self) -> int:
        """All members; 0 where nobody was counted."""
        return self.members.total


class RequesterLeft(Model):
    """A requester is no longer in this area."""

    type: Literal["requester_left"] = "requester_left"
    requester_id: Identifier
    area: PlaceCode


class RequestRecorded(Model):
    """A request was taken; its needs follow as `need_opened`."""

    type: Literal["request_recorded"] = "request_recorded"
    request_id: Identifier
    requester_id: Identifier
    area: PlaceCode
    responsible: Identifier
    reported_at: Instant
    life_threatening: bool


class ResponsibilityHanded(Model):
    """A request has a new responsible person."""

    type: Literal["responsibility_handed"] = "responsibility_handed"
    request_id: Identifier
    responsible: Identifier


class LineRefused(Model):
    """One line of a request can't be taken (unknown item, absurd quantity); its other lines stand."""

    type: Literal["line_refused"] = "line_refused"
    request_id: Identifier
    item: ItemCode
    code: Identifier
    reason: Text


class NeedOpened(Model):
    """A requester needs an item: `need_id` is `request_id:item`. `assumed`: nobody said how much, the norm was used."""

    type: Literal["need_opened"] = "need_opened"
    need_id: NeedId
    request_id: Identifier
    requester_id: Identifier
    area: PlaceCode
    grid: PlaceCode
    item: ItemCode
    quantity: SomeUnits
    assumed: bool
    need_class: NeedClass
    mode: DeliveryMode
    reported_at: Instant
    due_at: Instant
    substitutes: bool = False
    """Another item will do, where this one is not there."""
    people: People = 1
    """Whom its share is reckoned for: those counted, else as many as the quantity is a ration for."""


class DuplicateSuspected(Model):
    """A requester asked for an item that is still open from another request; both stand."""

    type: Literal["duplicate_suspected"] = "duplicate_suspected"
    need_id: NeedId
    other_need_id: NeedId


class NeedReplanned(Model):
    """Tier, group or people of the requester changed: the need has a new class, mode and due time."""

    type: Literal["need_replanned"] = "need_replanned"
    need_id: NeedId
    need_class: NeedClass
    mode: DeliveryMode
    due_at: Instant
    people: People | None = None
    """None: as many as before."""


class NeedAmended(Model):
    """The quantity asked changed."""

    type: Literal["need_amended"] = "need_amended"
    need_id: NeedId
    quantity: SomeUnits
    assumed: bool = False
    people: People | None = None
    """None: as many as before."""


class NeedOverdue(Model):
    """The clock of an open need ran out."""

    type: Literal["need_overdue"] = "need_overdue"
    need_id: NeedId
    due_at: Instant


class NeedReopened(Model):
    """`quantity` of a need is without stock again; its clock goes on from the first report."""

    type: Literal["need_reopened"] = "need_reopened"
    need_id: NeedId
    quantity: SomeUnits
    reason: Identifier


class NeedSubstituted(Model):
    """Another item stands in for `units` of a need (替代发放): `quantity` of it, asked for by a need of its own.

    The request allows it; the exchange rate is the catalogue's. What follows says what is left of the need.
    """

    type: Literal["need_substituted"] = "need_substituted"
    need_id: NeedId
    units: SomeUnits
    by_need_id: NeedId
    by_item: ItemCode
    quantity: SomeUnits


class NeedClosed(Model):
    """A need ended: `delivered` (confirmed in full), `cancelled` or `amended` (by its requester or a substitute)."""

    type: Literal["need_closed"] = "need_closed"
    need_id: NeedId
    reason: Literal["delivered", "cancelled", "amended"]


class LotRecorded(Model):
    """A lot came into this area's stock; `quantity` units are available."""

    type: Literal["lot_recorded"] = "lot_recorded"
    lot_id: Identifier
    area: PlaceCode
    item: ItemCode
    warehouse: Identifier
    quantity: SomeUnits
    expires_on: dt.date | None = None
    temperature: TemperatureClass
    origin: Text = ""
    consignment_id: Identifier | None = None
    received_at: Instant
    from_lot_id: Identifier | None = None
    """The lot that it was split from by a transfer inside the area, whose available units fell by as much."""
    moved_from: tuple[Identifier, ...] = Field(default=(), strict=False)
    """Lots of other areas that it was moved out of, one after another: a hold on any of them is on this lot too."""


class LotCounted(Model):
    """A count changed what is available of a lot by `delta` (counted minus known).

    `missing`: units not there that are still reserved; ticks at once release them and count them out in further ones.
    """

    type: Literal["lot_counted"] = "lot_counted"
    lot_id: Identifier
    delta: int
    missing: Units = 0


class LotWrittenOff(Model):
    """Available (or held) units of a lot are gone. `missing`: so many more, but still reserved (as in LotCounted)."""

    type: Literal["lot_written_off"] = "lot_written_off"
    lot_id: Identifier
    quantity: SomeUnits
    reason: Text
    missing: Units = 0


class LotTransferredOut(Model):
    """Available units of a lot left for another area."""

    type: Literal["lot_transferred_out"] = "lot_transferred_out"
    lot_id: Identifier
    quantity: SomeUnits
    to_area: PlaceCode
    to_lot_id: Identifier


class LotExpired(Model):
    """A lot is past its last day: `quantity` units may not be given out; they stay on hand until written off."""

    type: Literal["lot_expired"] = "lot_expired"
    lot_id: Identifier
    quantity: Units


class LotHeld(Model):
    """A hold is on a lot from now on."""

    type: Literal["lot_held"] = "lot_held"
    lot_id: Identifier
    hold_id: Identifier
    reason: Text


class LotFreed(Model):
    """A hold on a lot ended; `free` says whether it was the last."""

    type: Literal["lot_freed"] = "lot_freed"
    lot_id: Identifier
    hold_id: Identifier
    free: bool


class HoldRecorded(Model):
    """A hold stands (also for lots still to come)."""

    type: Literal["hold_recorded"] = "hold_recorded"
    hold_id: Identifier
    lot_ids: tuple[Identifier, ...] = Field(default=(), strict=False)
    consignment_id: Identifier | None = None
    reason: Text


class HoldEnded(Model):
    """A hold was lifted."""

    type: Literal["hold_ended"] = "hold_ended"
    hold_id: Identifier


class FloorSet(Model):
    """The reserve floor of an item in an area."""

    type: Literal["floor_set"] = "floor_set"
    area: PlaceCode
    item: ItemCode
    quantity: Units


class PlanSet(Model):
    """The planned reserve of an item in an area."""

    type: Literal["plan_set"] = "plan_set"
    area: PlaceCode
    item: ItemCode
    quantity: Units


class PriceRecorded(Model):
    """A price in fen for one unit."""

    type: Literal["price_recorded"] = "price_recorded"
    area: PlaceCode
    item: ItemCode
    warehouse: Identifier
    fen: Units


class SkippedLot(Model):
    """A lot passed over though it came earlier in FEFO order, and why."""

    lot_id: Identifier
    reason: Literal["held", "expired", "reserve_floor"]


class AllocationMade(Model):
    """Units of a lot are reserved for a need. `rule` is what gave it that quantity; `skipped` the lots passed over.

    `limit` is what kept it from more, and `more` how many further units of the item must come, at the least, before one
    of them is this need's (0: no stock would change it, or all that was asked was given).
    """

    type: Literal["allocation_made"] = "allocation_made"
    allocation_id: Identifier
    need_id: NeedId
    lot_id: Identifier
    item: ItemCode
    quantity: SomeUnits
    rule: Identifier
    limit: Limit = "asked"
    more: Units = 0
    skipped: tuple[SkippedLot, ...] = Field(default=(), strict=False)


class AllocationReleased(Model):
    """`quantity` of an allocation goes back to its lot (count_shortage, hold, expired, cancelled, amended)."""

    type: Literal["allocation_released"] = "allocation_released"
    allocation_id: Identifier
    need_id: NeedId
    lot_id: Identifier
    quantity: SomeUnits
    reason: Identifier


class WeighingSet(Model):
    """The backlog of an item is weighed (again) at this time, whatever lies there until then (轮次分配).

    `reason`: `scarce` (requests of the same minute are weighed together) or `kept_back` (units that the ration norms or
    demand still to come leave on the shelf).
    """

    type: Literal["weighing_set"] = "weighing_set"
    area: PlaceCode
    item: ItemCode
    at: Instant
    reason: Literal["scarce", "kept_back"]


class DispatchLine(Model):
    """One allocation in a bag."""

    allocation_id: Identifier
    need_id: NeedId
    lot_id: Identifier
    item: ItemCode
    quantity: SomeUnits


class DispatchOrdered(Model):
    """A team (三人小组) takes a requester's allocations to it by `deadline`; its units are in transit from now on."""

    type: Literal["dispatch_ordered"] = "dispatch_ordered"
    dispatch_id: Identifier
    requester_id: Identifier
    area: PlaceCode
    grid: PlaceCode
    team: Identifier
    mode: DeliveryMode
    ordered_at: Instant
    deadline: Instant
    lines: tuple[DispatchLine, ...] = Field(strict=False)


class DispatchOverdue(Model):
    """No confirmation of a dispatch came by its deadline."""

    type: Literal["dispatch_overdue"] = "dispatch_overdue"
    dispatch_id: Identifier
    deadline: Instant


class DispatchRecalled(Model):
    """A dispatch not yet confirmed carries lots that must not be given out: the team is to bring them back."""

    type: Literal["dispatch_recalled"] = "dispatch_recalled"
    dispatch_id: Identifier
    lot_ids: tuple[Identifier, ...] = Field(strict=False)
    reason: Text


class DispatchClosed(Model):
    """A dispatch was confirmed."""

    type: Literal["dispatch_closed"] = "dispatch_closed"
    dispatch_id: Identifier
    outcome: Outcome
    failure: FailureReason | None = None
    at: Instant | None = None
    """When it ended, as the team says."""


class LineDelivered(Model):
    """What became of one allocation: delivered + returned + damaged + lost are what was in transit of it."""

    type: Literal["line_delivered"] = "line_delivered"
    dispatch_id: Identifier
    allocation_id: Identifier
    need_id: NeedId
    lot_id: Identifier
    item: ItemCode
    delivered: Units
    returned: Units
    damaged: Units
    lost: Units


SupplyDecision = Annotated[
    RequesterRecorded
    | RequesterLeft
    | RequestRecorded
    | ResponsibilityHanded
    | LineRefused
    | NeedOpened
    | DuplicateSuspected
    | NeedReplanned
    | NeedAmended
    | NeedOverdue
    | NeedReopened
    | NeedSubstituted
    | NeedClosed
    | LotRecorded
    | LotCounted
    | LotWrittenOff
    | LotTransferredOut
    | LotExpired
    | LotHeld
    | LotFreed
    | HoldRecorded
    | HoldEnded
    | FloorSet
    | PlanSet
    | PriceRecorded
    | AllocationMade
    | AllocationReleased
    | WeighingSet
    | DispatchOrdered
    | DispatchOverdue
    | DispatchRecalled
    | DispatchClosed
    | LineDelivered
    | ContactDutyOpened
    | ContactDutyRaised
    | ContactOverdue
    | ContactDutyEnded
    | NeedEscalated
    | StandingReported
    | TransferReserved
    | TransferRefused
    | TransferReleased
    | TransferExpected
    | TransferCut
    | TransferArrived
    | TransferLost
    | TransferOverdue
    | RepeatIgnored
    | EventsForgotten,
    Field(discriminator="type"),
]
