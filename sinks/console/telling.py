"""Decisions in short, as the stories of needs, households, lots and consignments list them: what, how much, why."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Final

from sinks.console.words import Speaker

Row = dict[str, Any]
Body = dict[str, Any]
_AMOUNTS: Final = ("delivered", "returned", "damaged", "lost", "missing", "shipped")
"""Units of which a word says what became of them; `quantity` needs none."""
_NAMES: Final = ("lot_id", "team", "responsible", "transfer_id", "from_area", "to_area", "to_lot_id", "other_need_id")
"""Names that somebody gave: told as they are."""
_CODES: Final = ("outcome", "failure", "rule", "need_class", "tier")
_TIMES: Final = ("due_at", "deadline", "ship_by")
_ENGLISH: Final = frozenset({"line_refused", "transfer_reserved", "transfer_expected"})
"""Decisions whose reason is a sentence in English alone; what it says is in their other members too."""


def about_supply(row: Row, say: Speaker) -> list[str]:
    """The rest of a decision of the supply stage, beside its type and ids."""
    body = json.loads(row["body"])
    told = [say.item(row["item"])] if row["item"] else []
    told += _amounts(body, row["item"] or "", say)
    for line in body.get("lines", ()):
        units = say.amount(line["quantity"], line["item"])
        told.append(say("story.line", item=say.item(line["item"]), units=units, lot=line["lot_id"]))
    told += [str(body[name]) for name in _NAMES if body.get(name)]
    told += [say.code(body[name]) for name in _CODES if body.get(name)]
    told += list(_why(row["type"], body, say))
    told += [say(f"story.{name}", time=say.time(_time(body[name]))) for name in _TIMES if body.get(name)]
    return told


def _amounts(body: Body, item: str, say: Speaker) -> Iterator[str]:
    if "by_item" in body:
        stand_in = say.amount(body["quantity"], body["by_item"])
        yield say("story.substitute", units=say.number(body["units"]), item=say.item(body["by_item"]), by=stand_in)
    elif body.get("quantity"):
        yield say.amount(body["quantity"], item)
    if body.get("delta"):
        yield f"{body['delta']:+,}"
    for name in _AMOUNTS:
        if body.get(name):
            yield say(f"story.{name}", units=say.amount(body[name], item))


def _why(kind: str, body: Body, say: Speaker) -> Iterator[str]:
    if body.get("life_threatening"):
        yield say.code("life_threatening")
    if body.get("limit", "asked") != "asked":
        yield say.code(body["limit"])
    if body.get("code"):
        yield say.refusal(body["code"])
    if body.get("reason") and not (kind in _ENGLISH and say.lang == "zh"):
        yield say.reason(body["reason"])
    for lot in body.get("skipped", ()):
        yield f"{lot['lot_id']}: {say.code(lot['reason'])}"


def about_cold(row: Row, say: Speaker) -> list[str]:
    """The rest of a decision of the cold-chain stage, beside its type."""
    body = json.loads(row["body"]) if row["body"] else {}
    told = [str(body[name])] if body.get(name := say.pick("reason_zh", "reason_en")) else []
    told += [say.code(body[name]) for name in ("rule", "step", "flag", "how") if body.get(name)]
    told += [say.reason(body["reason"])] if body.get("reason") else []
    told += [str(body[name]) for name in ("facility", "by") if body.get(name)]
    for name, unit in (("peak_c", " °C"), ("limit_c", " °C"), ("score", "")):
        if body.get(name) is not None:
            told.append(f"{say(f'story.{name}')} {body[name]:g}{unit}")
    fact = body.get("fact", {})
    told += [say.code(fact[name]) for name in ("kind", "step", "result") if fact.get(name)]
    told += [str(fact[name]) for name in ("facility", "source") if fact.get(name)]
    return [*told, row["logger_id"]] if row["logger_id"] else told


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
