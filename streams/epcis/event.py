"""The five events of EPCIS 2.0, and a vendor's own. Fields keep the standard's own spelling."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from streams.epcis.sensor import SensorElement
from streams.epcis.shape import Extensible, Further, Loose, Shape
from streams.epcis.values import (
    BizStep,
    Disposition,
    Dispositions,
    DistinctUris,
    ErrorReason,
    Number,
    Offset,
    PartyType,
    Time,
    TransactionType,
    Uom,
    Uri,
    Uris,
)


class ErrorDeclaration(Extensible):
    """This event, or the earlier one with its id, was wrong."""

    declarationTime: Time
    reason: ErrorReason | None = None
    correctiveEventIDs: Uris = ()


class QuantityElement(Shape):
    """So many of a class of objects, or so much in a unit (UN/CEFACT Recommendation 20)."""

    epcClass: Uri
    quantity: Number | None = None
    uom: Uom | None = None


class PersistentDisposition(Shape):
    """Dispositions that hold until they are unset."""

    set: Dispositions | None = None
    unset: Dispositions | None = None


class Location(Loose):
    """A place: `readPoint` and `bizLocation`."""

    id: Uri


class BizTransaction(Shape):
    """A business document that the event belongs to."""

    type: TransactionType | None = None
    bizTransaction: Uri


class Source(Shape):
    """Where, or with whom, a transfer starts."""

    type: PartyType
    source: Uri


class Destination(Shape):
    """Where, or with whom, a transfer ends."""

    type: PartyType
    destination: Uri


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise PydanticCustomError("wrong_type", "must be an object")
    return value


Action = Literal["ADD", "OBSERVE", "DELETE"]
Ilmd = Annotated[Any, AfterValidator(_object)]
Quantities = Annotated[tuple[QuantityElement, ...], Field(strict=False)]


class Event(Extensible):
    """What every event has."""

    context: Any = Field(default=None, alias="@context")
    type: str
    eventTime: Time
    eventTimeZoneOffset: Offset
    recordTime: Time | None = None
    eventID: Uri | None = None
    certificationInfo: Annotated[Uris, BeforeValidator(_listed)] = ()
    errorDeclaration: ErrorDeclaration | None = None


class StandardEvent(Event):
    """What the five events of the standard have besides."""

    bizStep: BizStep | None = None
    disposition: Disposition | None = None
    readPoint: Location | None = None
    bizLocation: Location | None = None
    bizTransactionList: Annotated[tuple[BizTransaction, ...], Field(strict=False)] = ()
    sourceList: Annotated[tuple[Source, ...], Field(strict=False)] = ()
    destinationList: Annotated[tuple[Destination, ...], Field(strict=False)] = ()
    sensorElementList: Annotated[tuple[SensorElement, ...], Field(strict=False)] = ()


class ObjectEvent(StandardEvent):
    """Something happened to objects."""

    action: Action
    epcList: DistinctUris | None = None
    quantityList: Quantities = ()
    persistentDisposition: PersistentDisposition | None = None
    ilmd: Ilmd = None


class AggregationEvent(StandardEvent):
    """Objects were put into a parent, seen in it, or taken out."""

    action: Action
    parentID: Uri | None = None
    childEPCs: DistinctUris = ()
    childQuantityList: Quantities = ()


class AssociationEvent(StandardEvent):
    """As an aggregation, but for good: a sensor on a container, equipment in a place."""

    action: Action
    parentID: Uri
    childEPCs: DistinctUris = ()
    childQuantityList: Quantities = ()


class TransactionEvent(StandardEvent):
    """Objects belong, or no longer belong, to business documents."""

    action: Action
    bizTransactionList: Annotated[tuple[BizTransaction, ...], Field(strict=False, min_length=1)]
    parentID: Uri | None = None
    epcList: DistinctUris | None = None
    quantityList: Quantities = ()


class TransformationEvent(StandardEvent):
    """Objects were used up and others made of them."""

    inputEPCList: DistinctUris = ()
    inputQuantityList: Quantities = ()
    outputEPCList: DistinctUris = ()
    outputQuantityList: Quantities = ()
    transformationID: Uri | None = None
    persistentDisposition: PersistentDisposition | None = None
    ilmd: Ilmd = None


class VendorEvent(Event):
    """An event of a vendor's own type: the standard says nothing about its further fields."""

    further: ClassVar[Further] = "any"


EVENTS: Final[dict[str, type[StandardEvent]]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "AssociationEvent": AssociationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
}
