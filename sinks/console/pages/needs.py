"""Needs (需求): which are open, why, and the household's timeline. Whoever sees a household is recorded first."""

from __future__ import annotations

import json
from typing import Any, Final

from sinks.console.asked import Asked
from sinks.console.desk import Desk, Missing
from sinks.console.telling import about_supply
from sinks.console.words import Speaker
from sinks.report.needs import REASONS, reason

Row = dict[str, Any]
PAGE: Final = 50
SORTS: Final = ("due", "-due", "age", "-age", "missing", "-missing", "quantity", "-quantity", "item", "area")
ONLY: Final = ("overdue", "not_in_full", "on_the_way")
CLASSES: Final = ("life_threatening", "critical", "sealed", "other")
TIERS: Final = ("sealed", "controlled", "precaution")
GROUPS: Final = (
    "elderly_alone", "disabled", "infant", "pregnant", "chronic_medication", "dialysis", "hardship", "medical_trip",
)  # fmt: skip
LONGEST_STORY: Final = 300
NOBODY: Final = "-"
"""Stands for needs without anybody on duty where an owner is chosen."""


def needs(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The list. It names no household: a need leads to it."""
    chosen = {
        "item": asked.word("item"),
        "class": asked.choice("class", CLASSES),
        "group": asked.choice("group", GROUPS),
        "tier": asked.choice("tier", TIERS),
        "only": asked.choice("only", ONLY),
        "owner": asked.word("owner"),
    }
    sort, skip = asked.choice("sort", SORTS, "due"), asked.number("skip", most=10_000_000)
    beside = desk.store.begin(asked, ("console_owners", {}), ("console_needs_count", chosen))
    rows = desk.store.ask("console_needs", asked, **chosen, sort=sort, limit=PAGE, skip=skip)
    reasons = whys(desk, asked, rows)
    owners, (counted, *_) = beside()
    return desk.render(
        "needs.html",
        asked,
        bare,
        rows=[{**row, "why": why} for row, why in zip(rows, reasons, strict=True)],
        count=counted["needs"],
        items=sorted(desk.catalogue) or counted["items"],
        owners=owners,
        nobody=NOBODY,
        chosen=chosen,
        sort=sort,
        skip=skip,
        size=PAGE,
        choices={"class": CLASSES, "group": GROUPS, "tier": TIERS, "only": ONLY},
    )


def whys(desk: Desk, asked: Asked, rows: list[Row]) -> list[list[str]]:
    """Why each of some open needs is open, in words; what is missing waits for the reason that the report tells."""
    say, waits = desk.speaker(asked), _waits(desk, asked, [row for row in rows if row["missing"] > 0])
    return [_why(row, waits.get((row["area"], row["item"]), REASONS[-1]), asked, say) for row in rows]


def _waits(desk: Desk, asked: Asked, rows: list[Row]) -> dict[tuple[str, str], str]:
    """Why needs wait, by area and item: stock is asked of those of these needs alone, and not where none waits."""
    if not rows:
        return {}
    places, items = (sorted({row[name] for row in rows}) for name in ("area", "item"))
    shelves = desk.store.ask("console_shelves", asked, places=places, items=items)
    return {
        (row["area"], row["item"]): REASONS[reason(row["available"], row["reserve_floor"], row["held"], row["expired"])]
        for row in shelves
    }


def _why(row: Row, wait: str, asked: Asked, say: Speaker) -> list[str]:
    told = []
    over = (asked.as_of - row["due_at"]).total_seconds() / 3600
    if over > 0:
        told.append(say("why.overdue", time=say.hours(over)))
    for name, key in (("missing", f"why.{wait}"), ("in_transit", "why.transit"), ("reserved", "why.reserved")):
        if row[name] > 0:
            values = {"missing": row[name], "units": row[name]}
            told.append(say(key, **values))
    reasons = {"short": "why.short", "failed": "why.failed", "hold": "why.hold", "count_shortage": "why.count"}
    if row["last_reason"] in reasons:
        told.append(say(reasons[row["last_reason"]]))
    return told


def need(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """One need: how it stands, why, and everything that was decided about it, wherever its household is by now."""
    row = _need(desk, asked, asked.word("id"))
    desk.looked(asked, "need", [(row["requester_id"], row["area"])])
    return desk.render(
        "need.html",
        asked,
        bare,
        need=row,
        why=whys(desk, asked, [row])[0] if row["state"] == "open" else [],
        owner=owner(desk, asked, row["grid"] or row["area"]),
        story=story(desk, asked, "need", row["need_id"], row["partition"]),
    )


def household(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The timeline of a household, by its pseudonym or by one of its needs."""
    name = asked.word("id")
    if not name:
        name = _need(desk, asked, asked.word("need"))["requester_id"]
    known = _household(desk, asked, name)
    desk.looked(asked, "household", [(name, known["area"])])
    return desk.render(
        "household.html",
        asked,
        bare,
        id=name,
        household=known,
        owner=owner(desk, asked, known["grid"] or known["area"]),
        story=story(desk, asked, "requester", name, known["partition"]),
    )


def owner(desk: Desk, asked: Asked, spot: str) -> str:
    """Who is on duty for a grid; empty: nobody."""
    found = desk.store.ask("console_owner", asked, spot=spot)
    return str(found[0]["owner"]) if found else ""


def _need(desk: Desk, asked: Asked, need_id: str) -> Row:
    found = desk.store.ask("console_need", asked, need=need_id)
    if not found:
        raise Missing
    return found[0]


def _household(desk: Desk, asked: Asked, requester: str) -> Row:
    found = desk.store.ask("console_household", asked, requester=requester)
    if not found:
        raise Missing
    return found[0]


def story(desk: Desk, asked: Asked, subject: str, name: str, partition: int) -> list[Row]:
    """What was decided about it, newest first, each with what it says beside its columns."""
    rows = desk.store.ask("console_story", asked, subject=subject, id=name, partition=partition, limit=LONGEST_STORY)
    say = desk.speaker(asked)
    if say.lang == "zh" and (told := _hold_reasons(rows)):
        known = desk.store.ask("console_hold_reasons", asked, reasons=told)
        say = say.reasons({row["reason_en"]: row["reason_zh"] for row in known})
    return [{**row, "said": about_supply(row, say)} for row in rows]


def _hold_reasons(rows: list[Row]) -> list[str]:
    """Reasons of holds among decisions, which come from the cold chain in English."""
    bodies = (json.loads(row["body"]) for row in rows if row["type"] in ("lot_held", "dispatch_recalled"))
    return sorted({body["reason"] for body in bodies})
