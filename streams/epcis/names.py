"""Our ids and URIs: GS1 keys keep their canonical path, other ids of ours get a URI of our own, foreign URIs stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from streams.epcis.context import Scope, is_uri
from streams.epcis.identifier import RESOLVER, read_key

NAMESPACE: Final = "urn:baogong:epcis:"
"""Of our own fields in a document."""
PREFIX: Final = "baogong"
_OWN: Final = "urn:baogong:"
CONSIGNMENT, LOT, EVENT, PLACE, PARTY, DEVICE, SAMPLE = (
    "consignment",
    "lot",
    "event",
    "place",
    "party",
    "device",
    "sample",
)


def uri_of(name: str, kind: str) -> str:
    """The URI that stands for an id of ours; `name_of` gives the id back."""
    link = RESOLVER + name
    if is_uri(link) and _safe_name(link) == name:
        return link
    if "://" in name and is_uri(name) and _safe_name(name) == name:
        return name
    return own_uri(name, kind)


def own_uri(name: str, kind: str) -> str:
    """A URI of our own, whatever the id looks like."""
    return f"{_OWN}{kind}:{quote(name, safe='')}"


def name_of(uri: str) -> str:
    """Our id for what a URI names: the canonical path of a GS1 key, what our own URI holds, else the URI itself."""
    if uri.startswith(_OWN):
        kind, colon, rest = uri.removeprefix(_OWN).partition(":")
        return unquote(rest) if colon and kind else uri
    key = read_key(uri)
    return key.canonical if key else uri


def kind_of(uri: str) -> str | None:
    """What our own URI names: consignment, lot, ..."""
    return uri.removeprefix(_OWN).partition(":")[0] if uri.startswith(_OWN) else None


def _safe_name(uri: str) -> str | None:
    try:
        return name_of(uri)
    except ValueError:
        return None


def own_fields(extra: Mapping[str, Any] | None, scope: Scope) -> dict[str, Any]:
    """Our own fields among those that the standard does not know, by their bare names."""
    full = {scope.expand(name): value for name, value in (extra or {}).items()}
    return {name.removeprefix(NAMESPACE): value for name, value in full.items() if name.startswith(NAMESPACE)}
