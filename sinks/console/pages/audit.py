"""Audit (审计): chains by partition, the last verification, any record by its coordinates, refused messages, looks."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from sinks.console.asked import Asked
from sinks.console.desk import Desk, Missing

Row = dict[str, Any]
REFUSED: Final = 20
LOOKS: Final = 50
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
        verified=_verified(desk),
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
    desk.looked(asked, "record", sorted(_households(raw)))
    return desk.render(
        "record.html",
        asked,
        bare,
        row=row,
        matches=hashlib.sha256(raw).hexdigest() == row["hash"],
        text=_pretty(raw),
    )


def _households(raw: bytes) -> set[tuple[str, str]]:
    """Households named anywhere in a record, each with the area that stands beside it."""
    try:
        return set(_named(json.loads(raw), "-"))
    except ValueError:
        return set()


def _named(value: Any, area: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        here = value["area"] if isinstance(value.get("area"), str) else area
        for name in ("requester_id", "household_id"):
            if isinstance(value.get(name), str):
                yield value[name], here
        for each in value.values():
            yield from _named(each, here)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, area)


def _pretty(raw: bytes) -> str:
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=1)
    except ValueError:
        return raw.decode("utf-8", "backslashreplace")


def _verified(desk: Desk) -> Row | None:
    """What the last `baogong verify` left behind, if anything."""
    if desk.verified is None or not desk.verified.exists():
        return None
    try:
        found = json.loads(desk.verified.read_text(encoding="utf-8"))
        at = dt.datetime.fromisoformat(str(found["at"])) if found.get("at") else None
        return {"holds": bool(found["holds"]), "first": found.get("first"), "at": at}
    except (OSError, ValueError, KeyError, TypeError):
        return None
