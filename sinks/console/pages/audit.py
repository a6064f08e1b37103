"""Audit (审计): chains by partition, the last verification, any record by its coordinates, refused messages, looks."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final, TypeGuard

from pydantic import TypeAdapter, ValidationError

from schemas.alert import AlertKind
from schemas.base import Identifier, PlaceCode
from sinks.console.asked import Asked
from sinks.console.desk import Desk, Missing

Row = dict[str, Any]
REFUSED: Final = 20
LOOKS: Final = 50
NOWHERE: Final = "unknown"
"""Stands for the area of a household where a record names none."""
_PLACE: Final = TypeAdapter[str](PlaceCode)
_ID: Final = TypeAdapter[str](Identifier)
STAGES: Final = ("supply", "coldchain", "alerts", "transfers")


def audit(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The page."""
    chains, looks, rejected, records = desk.store.ask_all(
        asked,
        ("console_chain", {}),
        ("console_looks", {"limit": LOOKS}),
        ("console_rejected", {}),
        ("console_rejected_records", {"limit": REFUSED}),
    )
    return desk.render(
        "audit.html",
        asked,
        bare,
        chains=[{**row, "head": {name: row[name] for name in ("seq", "hash", "offset")}} for row in chains],
        rejected=rejected,
        records=records,
        looks=looks,
        verified=_verified(desk, asked),
        stages=STAGES,
    )


def record(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """One record in its own bytes, its hash computed again; the households in it count as looked at."""
    place = {
        "stage": asked.choice("stage", STAGES, "supply"),
        "partition": asked.number("partition", most=2**32 - 1),
        "offset": asked.number("offset", most=2**63),
    }
    found = desk.store.ask("console_record", asked, **place)
    if not found:
        raise Missing
    row = found[0]
    value: str | bytes = row["value"]
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    desk.looked(asked, "record", sorted(households(raw)))
    return desk.render(
        "record.html",
        asked,
        bare,
        row=row,
        matches=hashlib.sha256(raw).hexdigest() == row["hash"],
        text=_pretty(raw),
    )


def households(raw: bytes) -> set[tuple[str, str]]:
    """Households named anywhere in a record, each with the area that stands beside it, or that of the event."""
    try:
        record = json.loads(raw)
    except ValueError:
        return set()
    event = record.get("event") if isinstance(record, dict) else None
    own = event.get("area") if isinstance(event, dict) else None
    found = {(name, area) for name, area in _named(record, "") if _is(name, _ID)}
    placed = {name for name, area in found if area}
    left = own if _is(own, _PLACE) else NOWHERE
    return {(name, area or left) for name, area in found if area or name not in placed}


def _named(value: Any, area: str) -> Iterator[tuple[str, str]]:
    """Ids with the area that is nearest to them; '': none is."""
    if isinstance(value, dict):
        inner, name = _subject(value)
        here = next((place for place in (value.get("area"), inner, value.get("place")) if _is(place, _PLACE)), area)
        if name and _about_a_household(value):
            yield name, here
        for key in ("requester_id", "household_id"):
            if isinstance(value.get(key), str):
                yield value[key], here
        for each in value.values():
            yield from _named(each, here)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, area)


def _is(value: Any, kind: TypeAdapter[str]) -> TypeGuard[str]:
    """What anybody may have written into a ledger, and was fenced, is shown too: it may be anything."""
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


def _subject(value: Row) -> tuple[str, str]:
    """Area and id of what an alert or a silence is about, where that is what its area names."""
    subject = value.get("subject")
    ours = value.get("type") in ("alert_raised", "alert_silenced") or value.get("kind") == "alert_silence"
    if not ours or not isinstance(subject, str) or ":" not in subject:
        return "", ""
    area, _, name = subject.partition(":")
    return area, name


def _about_a_household(value: Row) -> bool:
    """A silence of a subject, whatever the kind, may be about a household: it is taken for one."""
    kind = value.get("kind") if value.get("type") == "alert_raised" else value.get("alert_kind")
    return kind in (None, AlertKind.SILENT_HOUSEHOLD)


def _pretty(raw: bytes) -> str:
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=1)
    except ValueError:
        return raw.decode("utf-8", "backslashreplace")


def _verified(desk: Desk, asked: Asked) -> Row | None:
    """What the last `baogong verify` left behind, if anything; `later`: a time is asked about that was before it."""
    if desk.verified is None or not desk.verified.exists():
        return None
    try:
        found = json.loads(desk.verified.read_text(encoding="utf-8"))
        at = dt.datetime.fromisoformat(str(found["at"])) if found.get("at") else None
        later = asked.past and (at is None or at.tzinfo is None or at > asked.as_of)
        return {"holds": bool(found["holds"]), "first": found.get("first"), "at": at, "later": later}
    except (OSError, ValueError, KeyError, TypeError):
        return None
