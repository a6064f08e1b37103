"""What an area decides about transfers (调拨): needs that it can't fill, its standing, goods to send and to expect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Instant, ItemCode, Model, PlaceCode, SomeUnits, Text, Units
from schemas.transfers import Km, Standing


class NeedEscalated(Model):
    """The area could not fill a need within the time set: what it lacks is for the city to find (转区级统筹)."""

    type: Literal["need_escalated"] = "need_escalated"
    need_id: Annotated[str, StringConstraints(min_length=3, max_length=193, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
    area: PlaceCode
    item: ItemCode
    quantity: SomeUnits


class StandingReported(Standing):
    """How the area stands with an item, where that changed. `more`: of the same time, further ones follow."""

    type: Literal["standing_reported"] = "standing_reported"
    at: Instant
    more: bool = False


class TransferReserved(Model):
    """Units of a lot are set aside for another area: they are to be on their way by `ship_by` (待发调拨)."""

    type: Literal["transfer_reserved"] = "transfer_reserved"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    lot_id: Identifier
    warehouse: Identifier
    quantity: SomeUnits
    to_area: PlaceCode
    to_warehouse: Identifier
    km: Km
    ship_by: Instant
    deadline: Instant
    reason: Text


class TransferRefused(Model):
    """Units that the city ordered out are not there to be sent."""

    type: Literal["transfer_refused"] = "transfer_refused"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    lot_id: Identifier
    quantity: SomeUnits
    reason: Literal["unknown_lot", "held", "expired", "not_available", "not_spare"]


class TransferReleased(Model):
    """Units set aside for another area are on the shelf again; `shipped` of them leave now (`lot_transferred_out`)."""

    type: Literal["transfer_released"] = "transfer_released"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    lot_id: Identifier
    quantity: SomeUnits
    shipped: Units = 0
    reason: Literal["shipped", "not_shipped", "hold", "expired", "count_shortage", "written_off"]


class TransferExpected(Model):
    """Units are to come from another area by `deadline`, as the lot `transfer_id` (在途调拨)."""

    type: Literal["transfer_expected"] = "transfer_expected"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    quantity: SomeUnits
    from_area: PlaceCode
    km: Km
    deadline: Instant
    consignment_id: Identifier | None = None
    moved_from: tuple[Identifier, ...] = Field(default=(), strict=False)
    reason: Text


class TransferCut(Model):
    """So many units of a transfer are no longer to be expected: they were not sent."""

    type: Literal["transfer_cut"] = "transfer_cut"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    quantity: SomeUnits
    reason: Text


class TransferArrived(Model):
    """A transfer came in; `missing` units of those expected did not."""

    type: Literal["transfer_arrived"] = "transfer_arrived"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    quantity: SomeUnits
    missing: Units = 0


class TransferLost(Model):
    """Units of a transfer were lost on their way."""

    type: Literal["transfer_lost"] = "transfer_lost"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    quantity: SomeUnits
    reason: Text


class TransferOverdue(Model):
    """A transfer did not arrive by its deadline: what it was for is lacking again."""

    type: Literal["transfer_overdue"] = "transfer_overdue"
    transfer_id: Identifier
    area: PlaceCode
    item: ItemCode
    quantity: SomeUnits
    deadline: Instant
