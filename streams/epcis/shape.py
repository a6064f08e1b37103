"""Objects of the standard: which further fields they may have, and what their raw form says that a model can't see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from streams.epcis.context import Scope, is_uri, read_context
from streams.epcis.problem import Place, Problem, shown
from streams.epcis.vocabulary import EPCIS

Further = Literal["none", "prefixed", "any"]


class Shape(BaseModel):
    """An object of the standard. `further`: which fields beyond its own it may have."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", protected_namespaces=())
    further: ClassVar[Further] = "none"


class Extensible(Shape):
    """An object that takes fields of vendors, named by a URI or a declared prefix."""

    further: ClassVar[Further] = "prefixed"


class Loose(Shape):
    """An object whose further fields the standard leaves open."""

    further: ClassVar[Further] = "any"


@cache
def fields_of(shape: type[Shape]) -> dict[str, type[Shape] | None]:
    """The fields of a shape as they are spelt, each with the shape of the objects in it."""
    return {info.alias or name: _inner(info.annotation) for name, info in shape.model_fields.items()}


def _inner(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    if get_origin(annotation) in (Annotated, tuple, Union, UnionType):
        return next((found for arg in get_args(annotation) if (found := _inner(arg))), None)
    return None


def spelt(raw: Any, shape: type[Shape], scope: Scope, place: Place = ()) -> Iterator[Problem]:
    """How the fields of an object, and of what lies in it, are named: unknown, doubled, empty, undeclared."""
    if isinstance(raw, list):
        for position, item in enumerate(raw):
            yield from spelt(item, shape, scope, (*place, position))
        return
    if not isinstance(raw, dict):
        return
    own = fields_of(shape)
    for name, value in raw.items():
        here = (*place, name)
        inner = own.get(name)
        if name in own:
            if value is None:
                yield Problem(here, "null_value", "is null: leave the field out instead")
            elif inner is not None:
                yield from spelt(value, inner, scope, here)
        elif shape.further != "any":
            yield from _further(name, value, shape, scope, raw, here)


def _further(
    name: str, value: Any, shape: type[Shape], scope: Scope, beside: Mapping[str, Any], place: Place
) -> Iterator[Problem]:
    own, full = fields_of(shape), scope.expand(name)
    short = full.removeprefix(EPCIS)
    if short != full and short in own:
        if short in beside:
            yield Problem(place, "doubled_field", f"says '{short}' a second time, in its long form")
        else:
            yield Problem(place, "standard_field_prefixed", f"is the standard's own field: write it as '{short}'")
    elif shape.further == "none" or ":" not in name or not is_uri(name):
        yield Problem(place, "unknown_field", "is not a field of the standard here; a field of your own needs a prefix")
    elif prefix := scope.undeclared(name):
        yield Problem(place, "prefix_undeclared", f"the prefix '{prefix}' is not declared in @context")
    else:
        yield from extension(value, scope, place)


def extension(value: Any, scope: Scope, place: Place) -> Iterator[Problem]:
    """Names inside a vendor's field: prefixes must be declared, there or above."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from extension(item, scope, (*place, position))
    elif isinstance(value, dict):
        if "@context" in value:
            scope, problems = read_context(value["@context"], scope, (*place, "@context"))
            yield from problems
        for name, inner in value.items():
            here = (*place, name)
            if prefix := scope.undeclared(name) if is_uri(name) else None:
                yield Problem(here, "prefix_undeclared", f"the prefix '{prefix}' is not declared in @context")
            elif name != "@context":
                yield from extension(inner, scope, here)


def named(raw: Any, scope: Scope, place: Place) -> Iterator[Problem]:
    """Names of instance/lot master data (ilmd), all of which are a vendor's or another standard's."""
    for name, value in raw.items() if isinstance(raw, dict) else ():
        here = (*place, name)
        if not is_uri(name):
            yield Problem(here, "unknown_field", f"{shown(name)} needs a prefix that @context declares")
        elif prefix := scope.undeclared(name):
            yield Problem(here, "prefix_undeclared", f"the prefix '{prefix}' is not declared in @context")
        else:
            yield from extension(value, scope, here)
