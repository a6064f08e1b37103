"""Dashboards against Grafana's own schema, as Grafana's generated models (grafana-foundation-sdk, 11.6) have it.

A dashboard is read into the models and written again: what they do not know is lost on the way, and what is in them
must be of the types that they declare. The queries of a panel are the plugin's: Grafana's schema has no word on them.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana import generate

plugins.register_default_plugins()
FILES = sorted(generate.FOLDER.glob("*.json"))


def faults(board: dict[str, Any]) -> list[str]:
    """Places of a dashboard that Grafana's schema does not have, or has otherwise."""
    try:
        read = Dashboard.from_json(board)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return [f"unreadable: {error!r}"]
    written = json.loads(json.dumps(read, cls=JSONEncoder))
    return [*_lost(board, written, ""), *_wrong(read, Dashboard, "")]


def _lost(told: Any, kept: Any, place: str) -> Iterator[str]:
    if isinstance(told, dict) and isinstance(kept, dict):
        for name, value in told.items():
            if name in kept:
                yield from _lost(value, kept[name], f"{place}/{name}")
            else:
                yield f"{place}/{name}: not in the schema"
    elif isinstance(told, list) and isinstance(kept, list) and len(told) == len(kept):
        for number, (one, other) in enumerate(zip(told, kept, strict=True)):
            yield from _lost(one, other, f"{place}/{number}")
    elif told != kept:
        yield f"{place}: read as another value"


def _wrong(value: Any, kind: Any, place: str) -> Iterator[str]:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in (object, Any):  # options: of the panel's own model, where it has one
        if hasattr(value, "to_json"):
            yield from _wrong_plain(value, type(value), place)
    elif origin in (typing.Union, types.UnionType):
        found = [list(_wrong(value, one, place)) for one in inner]
        if all(found):
            yield from min(found, key=len)
    elif origin is typing.Literal:
        if value not in inner:
            yield f"{place}: {value!r} is none of {inner}"
    elif origin is list:
        for number, one in enumerate(value if isinstance(value, list) else ()):
            yield from _wrong(one, inner[0], f"{place}/{number}")
        if not isinstance(value, list):
            yield f"{place}: no list"
    elif origin is not None:
        if not isinstance(value, origin):
            yield f"{place}: no {origin.__name__}"
    else:
        yield from _wrong_plain(value, kind, place)


def _wrong_plain(value: Any, kind: Any, place: str) -> Iterator[str]:
    if issubclass(kind, Enum):
        if value not in {one.value for one in kind} and value not in list(kind):
            yield f"{place}: {value!r} is no {kind.__name__}"
    elif kind in (str, int, float, bool, type(None)):
        fits = isinstance(value, (int, float)) if kind is float else isinstance(value, kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            yield f"{place}: {value!r} is no {kind.__name__}"
    elif not isinstance(value, kind):
        yield f"{place}: {type(value).__name__} is no {kind.__name__}"
    else:
        for name, hint in typing.get_type_hints(type(value)).items():
            if hasattr(value, name):
                yield from _wrong(getattr(value, name), hint, f"{place}/{name}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_every_dashboard_is_one_by_grafanas_own_schema(path: Path) -> None:
    board = json.loads(path.read_text(encoding="utf-8"))
    assert faults(board) == []
    read = Dashboard.from_json(board)
    kinds = {type(panel.options).__module__.rpartition(".")[2] for panel in read.panels or []}  # type: ignore[union-attr]
    assert kinds and kinds <= {"stat", "table", "timeseries"}, "options were read by the model of their panel"


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(board: dict[str, Any]) -> None:
        *outer, last, value = path
        place: Any = board
        for step in outer:
            place = place[step]
        place[last] = value

    return change


@pytest.mark.parametrize(
    "spoil",
    [
        _set("panels", 0, "gridPos", "width", 3),
        _set("panels", 0, "gridPos", "w", "12"),
        _set("panels", 0, "titel", "x"),
        _set("panels", 0, "options", "legend", "placement", "left"),
        _set("graphTooltip", 7),
        _set("refresh", 60),
        _set("editable", "no"),
        _set("schemaVersion", "39"),
        _set("templating", "list", 1, "hide", 9),
        _set("templating", "list", 1, "query_text", "SELECT 1"),
        _set("links", 0, "asDropdown", 1),
        _set("panels", 0, "fieldConfig", "overrides", [{"matcher": {"id": 3}, "properties": []}]),
        _set("panels", "none"),
    ],
)
def test_what_the_schema_does_not_have_is_found(spoil: Callable[[dict[str, Any]], None]) -> None:
    board = json.loads((generate.FOLDER / "baogong-needs.json").read_text(encoding="utf-8"))
    spoil(board)
    assert faults(board) != []
