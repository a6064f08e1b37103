"""Contracts as JSON Schema: what may be on each topic, for programs that do not have the models."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, Field, TypeAdapter, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from schemas.alert import AlertDecision
from schemas.coldchain import ColdChainDecision
from schemas.ledger import ClockTicked, LedgerRecord
from schemas.supply import SupplyDecision
from schemas.topics import (
    ALERT_SOURCES,
    ALERTS_LEDGER,
    COLDCHAIN_LEDGER,
    COLDCHAIN_SOURCES,
    DECLARED,
    SUPPLY_LEDGER,
    SUPPLY_SOURCES,
    TRANSFER_SOURCES,
    TRANSFERS_LEDGER,
    Topic,
)
from schemas.transfers import TransferDecision

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
STAGES: Final[dict[str, tuple[tuple[Topic, ...], Any]]] = {
    SUPPLY_LEDGER.name: (SUPPLY_SOURCES, SupplyDecision),
    COLDCHAIN_LEDGER.name: (COLDCHAIN_SOURCES, ColdChainDecision),
    ALERTS_LEDGER.name: (ALERT_SOURCES, AlertDecision),
    TRANSFERS_LEDGER.name: (TRANSFER_SOURCES, TransferDecision),
}
"""By ledger topic: the topics that its stage reads, and the union of its decisions."""

Json = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """JSON Schema proper: no titles made up from field names, and none of OpenAPI's `discriminator`."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made


def members(union: Any) -> tuple[type[BaseModel], ...]:
    """The models of a union such as `RequestMessage`, in the order of its declaration; of a single model, itself."""
    if isinstance(union, type):
        return (union,)
    inner = get_args(union)[0]
    return (inner,) if isinstance(inner, type) else get_args(inner)


def models(topic: Topic) -> tuple[type[BaseModel], ...]:
    """The models of what may be on a topic; a ledger's has its stage's events and decisions. None where bytes are."""
    if topic.model is None:
        return ()
    return (_record(topic),) if topic.name in STAGES else members(topic.model)


def name_of(model: type[BaseModel]) -> str:
    """The word that tells a message or decision from its siblings: the constant of its `kind` or `type`."""
    tags = (get_args(model.model_fields[field].annotation) for field in ("kind", "type") if field in model.model_fields)
    ((name,),) = (tag for tag in tags if len(tag) == 1)
    return str(name)


def decisions(topic: Topic) -> tuple[type[BaseModel], ...]:
    """The decisions that a record of this ledger may carry."""
    return members(STAGES[topic.name][1])


@cache
def _record(topic: Topic) -> type[BaseModel]:
    """`LedgerRecord` with the very events and decisions of one stage; a source that is a ledger has whole records."""
    sources, decision = STAGES[topic.name]
    plain = [source for source in sources if source.name not in STAGES]
    kinds = [*(model for source in plain for model in members(source.model)), ClockTicked]
    event: Any = Annotated[reduce(or_, kinds), Field(discriminator="kind")]
    if len(plain) < len(sources):
        event = event | LedgerRecord
    made: Any = tuple.__class_getitem__((decision, ...))
    return create_model(
        f"{topic.writer.capitalize()}LedgerRecord",
        __base__=LedgerRecord,
        __doc__=f"A record of {topic.name}: what the stage made of one source message (or tick).",
        event=(event | None, ...),
        decisions=(made, Field(strict=False)),
    )


@cache
def adapter(topic: Topic) -> TypeAdapter[Any]:
    """What reads a message value of a topic that has models, a ledger's with the events and decisions of its stage."""
    union: Any = reduce(or_, models(topic))
    tagged: Any = Annotated[union, Field(discriminator="kind")] if len(models(topic)) > 1 else union
    return TypeAdapter(tagged)


def topic_schema(topic: Topic) -> Json:
    """The JSON Schema of a message value on a topic that has models."""
    schema: Json = adapter(topic).json_schema(schema_generator=_Generator)
    return {"$schema": DIALECT, "$id": f"urn:baogong:{topic.name}", **schema, "title": topic.title}


def component_schemas(ref_template: str, topics: Iterable[Topic] = DECLARED) -> dict[str, Json]:
    """The schemas of all models of the topics by name, each referring to others by `ref_template`."""
    wanted = [(model, "validation") for topic in topics for model in models(topic)]
    _, made = models_json_schema(wanted, ref_template=ref_template, schema_generator=_Generator)  # type: ignore[arg-type]
    return dict(sorted(made["$defs"].items()))
