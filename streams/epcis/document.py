"""The envelopes of EPCIS 2.0: a document of events, and the answer to a query. Events are looked at one by one."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from streams.epcis.shape import Extensible, Loose, Shape
from streams.epcis.values import Time, Uri, Uris, Words


def _version(value: Any) -> str:
    """2.0 or a later 2.x."""
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "must be text")
    head, _, rest = value.partition(".")
    if head != "2" or not all(part.isascii() and part.isdigit() for part in rest.split(".")):
        raise PydanticCustomError("schema_version", 'must be "2.0": other versions of EPCIS are not taken')
    return value


def _events(value: Any) -> Any:
    if not isinstance(value, list):
        raise PydanticCustomError("wrong_type", "must be a list of events")
    return value


def _attribute(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str | dict):
        raise PydanticCustomError("wrong_type", "must be a number, text or an object")
    return value


Version = Annotated[str, PlainValidator(_version)]
Events = Annotated[list[Any], PlainValidator(_events)]


class Attribute(Loose):
    """One attribute of master data."""

    id: Uri
    attribute: Annotated[Any, PlainValidator(_attribute)] = None


class VocabularyElement(Loose):
    """Master data of one thing."""

    id: Uri
    attributes: Annotated[tuple[Attribute, ...], Field(strict=False)] = ()
    children: Uris = ()


class VocabularyList(Loose):
    """Master data of one kind of thing."""

    type: Uri
    vocabularyElementList: Annotated[tuple[VocabularyElement, ...], Field(strict=False)] = ()


class MasterData(Loose):
    """Master data that travels with the events."""

    vocabularyList: Annotated[tuple[VocabularyList, ...], Field(strict=False)] = ()


class Header(Extensible):
    """What stands before the events."""

    epcisMasterData: MasterData | None = None


class Body(Loose):
    """The events of a document."""

    eventList: Events


class Document(Extensible):
    """EPCISDocument."""

    context: Any = Field(default=None, alias="@context")
    type: Literal["EPCISDocument"]
    id: Uri | None = None
    schemaVersion: Version
    creationDate: Time
    instanceIdentifier: Words | None = None
    sender: Words | None = None
    receiver: Words | None = None
    epcisHeader: Header | None = None
    epcisBody: Body


class Results(Extensible):
    """What a query found."""

    eventList: Events
    vocabularyList: Annotated[tuple[VocabularyList, ...], Field(strict=False)] = ()


class QueryResults(Extensible):
    """A query and what it found."""

    queryName: Words
    subscriptionID: Words | None = None
    resultsBody: Results


class QueryBody(Extensible):
    """The answer of a query."""

    queryResults: QueryResults


class QueryDocument(Extensible):
    """EPCISQueryDocument."""

    context: Any = Field(default=None, alias="@context")
    type: Literal["EPCISQueryDocument"]
    id: Uri | None = None
    schemaVersion: Version | None = None
    creationDate: Time | None = None
    epcisBody: QueryBody


EVENT_LIST: Final = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
"""Where the events of each envelope lie."""
ENVELOPES: Final[dict[str, type[Shape]]] = {"EPCISDocument": Document, "EPCISQueryDocument": QueryDocument}
