"""Cold chain (冷链): consignments with their stage; temperature with limits, breaches, gaps, warnings on it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

from markupsafe import Markup

from sinks.console import curve
from sinks.console.asked import Asked
from sinks.console.desk import Desk, Missing
from sinks.console.telling import about_cold

Row = dict[str, Any]
PAGE: Final = 100
POINTS: Final = 400
ONLY: Final = ("held", "failed", "breach", "moving")


def coldchain(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The list."""
    only, skip = asked.choice("only", ONLY), asked.number("skip", most=10_000_000)
    rows = desk.store.ask("console_consignments", asked, only=only, consignment="", limit=PAGE, skip=skip)
    return desk.render("coldchain.html", asked, bare, rows=rows, chosen=only, only=ONLY, skip=skip, size=PAGE)


def consignment(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """One consignment."""
    name = asked.word("id")
    found = desk.store.ask("console_consignments", asked, only="", consignment=name, limit=1, skip=0)
    if not name or not found:
        raise Missing
    events = desk.store.ask("console_consignment_events", asked, consignment=name)
    readings = desk.store.ask("console_readings", asked, consignment=name, points=POINTS)
    say = desk.speaker(asked).reasons(_reasons(events))
    told = [{**row, "said": about_cold(row, say)} for row in reversed(events)]
    return desk.render(
        "consignment.html",
        asked,
        bare,
        row=found[0],
        events=told,
        curve=_curve(desk, asked, found[0], events, readings),
    )


def _reasons(events: list[Row]) -> dict[str, str]:
    """What the checks among them say in Chinese, by their English: orders of holds repeat the English."""
    failed = [json.loads(row["body"]) for row in events if row["type"] == "check_failed"]
    return {body["reason_en"]: body["reason_zh"] for body in failed}


def _curve(desk: Desk, asked: Asked, row: Row, events: list[Row], readings: list[Row]) -> Markup:
    say, series = desk.speaker(asked), dict[str, list[curve.Point]]()
    for point in readings:
        series.setdefault(point["logger_id"], []).append((point["from_at"], point["low"], point["high"]))
    profile = desk.profiles.get(row["profile"])
    limits = [] if profile is None else [(str(limit.kind.value), limit.celsius) for limit in profile.limits]
    return curve.curve(series, limits, _marks(events, say.code), say("curve"), say.time)


def _marks(events: list[Row], word: Any) -> list[curve.Stretch]:
    """Breaches and gaps as they stand after all corrections, and the warnings."""
    breaches: dict[str, curve.Stretch] = {}
    gaps: dict[tuple[str, dt.datetime], curve.Stretch] = {}
    warnings = []
    for row in events:
        body = json.loads(row["body"]) if row["body"] else {}
        kind, title = row["type"], f"{word(row['type'])} {row['logger_id']}"
        if kind in ("breach_opened", "breach_extended", "breach_shortened"):
            breaches[body["breach_id"]] = curve.Stretch(row["kind"], row["at"], _time(body.get("end")), title)
        elif kind == "breach_withdrawn":
            breaches.pop(body["breach_id"], None)
        elif kind == "gap_found":
            gaps[row["logger_id"], row["at"]] = curve.Stretch("gap", row["at"], _time(body.get("end")), title)
        elif kind == "gap_withdrawn":
            gaps.pop((row["logger_id"], row["at"]), None)
        elif kind == "warning_raised":
            warnings.append(curve.Stretch("warning", row["at"], None, f"{title} {body.get('score', '')}"))
    return [*gaps.values(), *breaches.values(), *warnings]


def _time(text: str | None) -> dt.datetime | None:
    return None if not text else dt.datetime.fromisoformat(text)
