"""Decisions and events as sentences, in Chinese and English, for people who ask what became of a request or a lot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from schemas.base import Model
from schemas.consignment import DeclaredLot, LotQuantity
from schemas.supply import DispatchLine, SkippedLot
from schemas.transfers import SpareUnits, TransferNote
from streams.story import coldchain, moves, supply
from streams.story.codes import CODES
from streams.story.events import EVENTS
from streams.story.sentence import Notes, Sentence, Sentences

__all__ = ["CODES", "DECISIONS", "EVENTS", "NOTES", "REPORTS", "Sentence", "describe", "event_name", "join"]

DECISIONS: Final[Sentences] = {**supply.DECISIONS, **moves.DECISIONS, **coldchain.DECISIONS}
"""What each decision of supply, transfers and cold chain says; a decision without a sentence fails a test."""
REPORTS: Final[Sentences] = {**coldchain.REPORTS, **moves.REPORTS}
"""What the reports say that decisions take up."""
NOTES: Final[Notes] = {**supply.NOTES, **moves.NOTES, **coldchain.NOTES}
_TEMPLATES: Final[Sentences] = {**DECISIONS, **REPORTS}


def describe(told: Model, zone: dt.tzinfo) -> Sentence:
    """What a decision or report says; times in `zone`."""
    template = _TEMPLATES[type(told)]
    notes = [note for (kind, field), note in NOTES.items() if kind is type(told) and _is_set(getattr(told, field))]
    zh = "".join(part.zh for part in (template, *notes))
    en = "".join(part.en for part in (template, *notes))
    fields = {name: getattr(told, name) for name in type(told).model_fields}
    return Sentence(
        zh.format_map({name: _zh(value, zone) for name, value in fields.items()}),
        en.format_map({name: _en(value, zone) for name, value in fields.items()}),
    )


def _is_set(value: Any) -> bool:
    """A number that is measured is set even where it is zero; a count of zero says nothing."""
    return bool(value) or isinstance(value, float)


def _zh(value: Any, zone: dt.tzinfo) -> Any:
    if isinstance(value, str):
        return CODES.get(value, str(value))
    if isinstance(value, SkippedLot):
        return f"{value.lot_id}（{_zh(value.reason, zone)}）"
    if type(value) in REPORTS:
        return describe(value, zone).zh
    return "、".join(str(_zh(one, zone)) for one in value) if isinstance(value, tuple) else _common(value, zone)


def _en(value: Any, zone: dt.tzinfo) -> Any:
    if isinstance(value, StrEnum) or (isinstance(value, str) and value in CODES):
        return value.replace("_", " ")
    if isinstance(value, SkippedLot):
        return f"{value.lot_id} ({_en(value.reason, zone)})"
    if type(value) in REPORTS:
        return describe(value, zone).en
    return ", ".join(str(_en(one, zone)) for one in value) if isinstance(value, tuple) else _common(value, zone)


def _common(value: Any, zone: dt.tzinfo) -> Any:
    match value:
        case dt.datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        case DispatchLine():
            return f"{value.quantity} × {value.item}"
        case LotQuantity() | SpareUnits():
            return f"{value.quantity} × {value.lot_id}"
        case TransferNote():
            return f"{value.transfer_id} {value.progress} {value.quantity}"
        case DeclaredLot():
            return f"{value.lot_id} ({value.quantity} × {value.item})"
    return value


def event_name(kind: str | None) -> Sentence:
    """The name of a kind of event; of an unknown one, itself."""
    return EVENTS.get(kind or "", Sentence(kind or "-", (kind or "-").replace("_", " ")))


def join(sentences: Iterable[Sentence]) -> Sentence:
    """Several sentences as one."""
    said = list(sentences)
    return Sentence("；".join(one.zh for one in said), "; ".join(one.en for one in said))
