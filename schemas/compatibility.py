"""Backward compatibility of a contract: everything that was valid before must be valid now, and mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

_WORDS: Final = frozenset({"title", "description", "examples", "$comment", "$schema", "$id", "$defs", "$ref"})
"""Keywords that change nothing in what is valid."""
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
"""Limits from below: a new or higher one refuses what was valid."""
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT: Final = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding")
"""May be dropped, not added or changed: whether another pattern takes all that this one took can't be told."""
_STRUCTURE: Final = frozenset(
    {"type", "const", "enum", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items", "default"}
)
_KNOWN: Final = _WORDS | _STRUCTURE | {*_LOWER, *_UPPER, *_EXACT}


def breaks(old: Json, new: Json) -> list[str]:
    """Why `new` does not take over from `old`, one sentence a place; empty where every old message stays valid.

    Errs on the safe side: what can't be shown to be compatible is reported.
    """
    return list(dict.fromkeys(_Comparison(old, new).schemas(old, new, "message")))


class _Comparison:
    """Two documents with their own `$defs`."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old_root, self._new_root = old, new
        self._under_way: set[tuple[str, str]] = set()

    def schemas(self, old: Json, new: Json, place: str) -> Iterator[str]:
        """Breaks between two schemas that stand at the same place."""
        pair = (str(old.get("$ref")), str(new.get("$ref")))
        if "$ref" in old and "$ref" in new:
            if pair in self._under_way:
                return
            self._under_way.add(pair)
        before, after = _resolve(old, self._old_root), _resolve(new, self._new_root)
        yield from self._compare(before, after, place)
        self._under_way.discard(pair)

    def _compare(self, old: Json, new: Json, place: str) -> Iterator[str]:
        for keyword in sorted(new.keys() - _KNOWN):
            if old.get(keyword) != new[keyword]:
                yield f"{place}: '{keyword}' is a keyword that this check does not know"
        yield from _default(old, new, place)
        if "anyOf" in old or "oneOf" in old or "anyOf" in new or "oneOf" in new:
            yield from self._unions(old, new, place)
            return
        if narrowed := _narrowed_values(old, new):
            yield f"{place}: {narrowed}"
            return
        yield from _limits(old, new, place)
        yield from self._objects(old, new, place)
        if isinstance(new.get("items"), dict):
            yield from self.schemas(old.get("items") or {}, new["items"], f"{place}[]")

    def _unions(self, old: Json, new: Json, place: str) -> Iterator[str]:
        choices = [_resolve(choice, self._new_root) for choice in _branches(new)]
        for branch in _branches(old):
            before = _resolve(branch, self._old_root)
            tag = _tag(before)
            fitting = [choice for choice in choices if _tag(choice) == tag] if tag else choices
            found = [list(self.schemas(before, choice, _tagged(place, tag))) for choice in fitting]
            if not found:
                yield f"{place}: {tag} was removed"
            elif all(found):
                yield from min(found, key=len)

    def _objects(self, old: Json, new: Json, place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.schemas(before[name], after[name], f"{place}.{name}")
            elif new.get("additionalProperties", True) is False:
                yield f"{place}.{name}: the field was removed"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield (
                f"{place}.{name}: the field is required now"
                if name in before
                else f"{place}.{name}: a new field is required"
            )
        yield from self._others(old.get("additionalProperties", True), new.get("additionalProperties", True), place)

    def _others(self, old: bool | Json, new: bool | Json, place: str) -> Iterator[str]:
        if new is True or old is False:
            return
        if new is False:
            yield f"{place}: fields of any name were allowed and are not now"
        elif isinstance(new, dict):
            yield from self.schemas(old if isinstance(old, dict) else {}, new, f"{place}.*")


def _resolve(schema: Json, root: Json) -> Json:
    """The schema with its reference into `$defs` followed; words and default beside the reference stay."""
    while "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        schema = {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _branches(schema: Json) -> list[Json]:
    found: list[Json] = schema.get("oneOf") or schema.get("anyOf") or [schema]
    return found


def _tag(schema: Json) -> str:
    """The constant of `kind` or `type` that tells a branch of a union from its siblings; empty where it has none."""
    for field in ("kind", "type"):
        if "const" in (tag := schema.get("properties", {}).get(field, {})):
            return f"{field} '{tag['const']}'"
    return ""


def _tagged(place: str, tag: str) -> str:
    return f"{place}({tag})" if tag else place


def _default(old: Json, new: Json, place: str) -> Iterator[str]:
    if "default" in old and old["default"] != new.get("default", old["default"]):
        yield f"{place}: the default changed, so old messages without the field mean something else"


def _narrowed_values(old: Json, new: Json) -> str:
    """Why the values or types that were possible are not now, or nothing."""
    allowed, before = _values(new), _values(old)
    if allowed is not None:
        gone = [value for value in before or () if value not in allowed]
        if before is None or gone:
            return f"only {allowed} are allowed now" if before is None else f"{gone} are no longer allowed"
    types = _types(new)
    if types is not None and (lost := (_types(old) or {"any type"}) - types):
        return f"the type {' or '.join(sorted(lost))} is no longer allowed"
    return ""


def _values(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _types(schema: Json) -> set[str] | None:
    if "type" not in schema:
        return None
    named = schema["type"]
    types = {named} if isinstance(named, str) else set(named)
    return types | {"integer"} if "number" in types else types


def _limits(old: Json, new: Json, place: str) -> Iterator[str]:
    if _values(old) is not None:
        return  # the values are listed, so limits on them can't refuse what the list allows
    for keywords, sign in ((_LOWER, 1), (_UPPER, -1)):
        for keyword in keywords:
            if keyword in new and (keyword not in old or sign * (new[keyword] - old[keyword]) > 0):
                yield f"{place}: {keyword} is tightened from {old.get(keyword, 'none')} to {new[keyword]}"
    for keyword in _EXACT:
        if new.get(keyword) and new[keyword] != old.get(keyword):
            yield f"{place}: {keyword} changed from {old.get(keyword, 'none')} to {new[keyword]}"
