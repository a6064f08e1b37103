"""Stock events of warehouses: lots received, counted, written off, moved; floors, plans and prices."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, ItemCode, Message, PlaceCode, SomeUnits, Text, Units


class TemperatureClass(StrEnum):
    """How a lot must be kept."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"
    VACCINE = "vaccine"


class StockReceived(Message):
    """A lot came in. A lot id names one lot of one item for ever; receiving it again adds nothing."""

    kind: Literal["stock_received"]
    lot_id: Identifier
    item: ItemCode
    warehouse: Identifier
    quantity: SomeUnits
    expires_on: dt.date | None = None
    """Last day on which it may be given out, in local time; None: does not expire."""
    temperature: TemperatureClass = TemperatureClass.AMBIENT
    origin: Text = ""
    consignment_id: Identifier | None = None
    """Cold-chain consignment (冷链批次) that it came from."""
    moved_from: Annotated[tuple[Identifier, ...], Field(max_length=20, strict=False)] = ()
    """The lot of another area that it was moved out of, and those that one came from, as far as its papers say: a hold
    on any of them is on this lot too."""


class StockCounted(Message):
    """Somebody counted what lies in the warehouse of a lot: available, held and reserved, not what is in transit."""

    kind: Literal["stock_counted"]
    lot_id: Identifier
    quantity: Units


class StockWrittenOff(Message):
    """Units of a lot are gone (damaged, spoilt, stolen)."""

    kind: Literal["stock_written_off"]
    lot_id: Identifier
    quantity: SomeUnits
    reason: Text


class StockTransferred(Message):
    """Available units of a lot go to another warehouse, as a lot with an id of its own.

    With `to_area` they leave this supply area: the area that gets them reports `stock_received` for `to_lot_id`.
    """

    kind: Literal["stock_transferred"]
    lot_id: Identifier
    quantity: SomeUnits
    to_lot_id: Identifier
    to_warehouse: Identifier
    to_area: PlaceCode | None = None


class ReserveFloorSet(Message):
    """The least that must stay in an area's stock of an item; only critical and life-threatening needs may go below."""

    kind: Literal["reserve_floor_set"]
    item: ItemCode
    quantity: Units


class ReservePlanSet(Message):
    """The reserve that an area plans to hold of an item (储备计划)."""

    kind: Literal["reserve_plan_set"]
    item: ItemCode
    quantity: Units


class PriceObserved(Message):
    """A price seen: `fen` (分, 1/100 yuan) for one unit."""

    kind: Literal["price_observed"]
    item: ItemCode
    warehouse: Identifier
    fen: Annotated[int, Field(ge=0, le=10**10)]


StockMessage = Annotated[
    StockReceived
    | StockCounted
    | StockWrittenOff
    | StockTransferred
    | ReserveFloorSet
    | ReservePlanSet
    | PriceObserved,
    Field(discriminator="kind"),
]
