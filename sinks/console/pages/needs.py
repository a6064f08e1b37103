"""Needs (需求): which are open, why, and the household's timeline. Whoever sees a household is recorded first."""

from __future__ import annotations

import json
from typing import Any, Final

from sinks.console.asked import Asked
from sinks.console.desk import Desk, Missing
from sinks.console.telling import about_supply
from sinks.console.words import Speaker

Row = dict[str, Any]
PAGE: Final = 50
SORTS: Final = ("due", "-due", "age", "-age", "missing", "-missing", "quantity", "-quantity", "item", "area")
ONLY: Final = ("overdue", "no_stock", "on_the_way")
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
    rows, (counted, *_), owners = desk.store.ask_all(
        asked,
        ("console_needs", {**chosen, "sort": sort, "limit": PAGE, "skip": skip}),
        ("console_needs_count", chosen),
        ("console_owners", {}),
    )
    say = desk.speaker(asked)
    return desk.render(
        "needs.html",
        asked,
        bare,
        rows=[{**row, "why": why(row, asked, say)} for row in rows],
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


def why(row: Row, asked: Asked, say: Speaker) -> list[str]:
    """Why a need is open, in words."""
    told = []
    over = (asked.as_of - row["due_at"]).total_seconds() / 3600
    if over > 0:
        told.append(say("why.overdue", time=say.hours(over)))
    for name, key in (("missing", "why.no_stock"), ("in_transit", "why.transit"), ("reserved", "why.reserved")):
        if row[name] > 0:
            values = {"missing": row[name], "units": row[name]}
            told.append(say(key, **values))
    reasons = {"short": "why.short", "failed": "why.failed", "hold": "why.hold", "count_shortage": "why.count"}
    if row["last_reason"] in reasons:
        told.append(say(reasons[row["last_reason"]]))
    return told


def need(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """One need: how it stands, why, and everything that was decided about it."""
    row = _need(desk, asked, asked.word("id"))
    desk.looked(asked, "need", [(row["requester_id"], row["area"])])
    household = _household(desk, asked, row["requester_id"])
    return desk.render(
        "need.html",
        asked,
        bare,
        need=row,
        why=why(row, asked, desk.speaker(asked)) if row["state"] == "open" else [],
        owner=owner(desk, asked, row["grid"] or row["area"]),
        household=household,
        story=story(desk, asked, "need", row["need_id"], household["partition"]),
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
