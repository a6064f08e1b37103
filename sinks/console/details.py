"""The detail of an alert as people read it: in its sentence, and below it as labels and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from schemas.alert import AlertKind
from sinks.alerts.words import sentence
from sinks.console.words import Speaker

Detail = Mapping[str, Any]
_TIMES: Final = frozenset({"due_at", "deadline", "heard_at", "from", "until"})
_CODES: Final = frozenset({"need_class", "kind", "rule", "stage"})
_UNITS: Final = frozenset({"quantity", "usable", "target"})
"""Units of the item in the same detail."""
_MONEY: Final = frozenset({"fen", "usual_fen"})
_ELSEWHERE: Final = frozenset({"requester_id", "reason_zh", "reason_en"})
"""Told by the page in another place: the household as a link, the reason as the sentence."""


def about(kind: AlertKind, detail: Detail, say: Speaker) -> str:
    """What an alert says, in one sentence of the reader's language."""
    spoken = {name: value if value is None else _spoken(name, value, detail, say) for name, value in detail.items()}
    return say.pick(*sentence(kind, spoken))


def facts(detail: Detail, say: Speaker) -> list[tuple[str, str]]:
    """Labels and values of what the page does not say elsewhere; what has no value is left out."""
    told = [(name, value) for name, value in detail.items() if name not in _ELSEWHERE and value not in (None, "")]
    return [(say.detail(name), _value(name, value, detail, say)) for name, value in told]


def _spoken(name: str, value: Any, detail: Detail, say: Speaker) -> str:
    """Within a sentence, which has the units of time and money itself."""
    if name in _TIMES:
        return say.time(_time(value))
    if name in _MONEY or name in ("days", "hours"):
        return say.number(value)
    return _value(name, value, detail, say)


def _value(name: str, value: Any, detail: Detail, say: Speaker) -> str:
    if name == "item":
        return say.item(str(value))
    if name in _TIMES:
        return say.time(_time(value), seconds=True)
    if name in _CODES:
        return say.code(value)
    if name in _UNITS:
        return say.amount(value, str(detail.get("item") or ""))
    if name in _MONEY:
        return f"¥{value / 100:,.2f}"
    if name in ("days", "hours"):
        return f"{say.number(value)} {say(name)}"
    return f"{value:g}" if name == "score" else say.number(value)


def _time(text: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(str(text))
