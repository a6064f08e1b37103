"""Demand made up for the lab: households, requests and stock of a few days, from a seed. Same seed, same messages.

Households have 1 to 6 people (as a rule 2 or 3); a tenth is in a critical group, a half sealed. Requests come by day
between 7 and 22 h with peaks at 9 and 17 h; each asks one item for one to three days by its norm, give or take a half;
one in five hundred is life-threatening. Stock is `1 - scarcity` of the demand of each item (from 1 on a twentieth, and
above 1 none at all for that share of the pools), in lots that come each morning and keep for three to ten days.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.household import Group, HouseholdRegistered, Members, Tier
from schemas.item import Catalogue
from schemas.request import RequestFiled, RequestLine
from schemas.stock import StockReceived

_SIZES = (1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6)
_CRITICAL = (Group.DIALYSIS, Group.CHRONIC_MEDICATION, Group.INFANT, Group.PREGNANT)
_HOURS = (7, 8, 9, 9, 9, 10, 11, 12, 14, 15, 16, 17, 17, 17, 18, 19, 20, 21)


@dataclass(frozen=True, slots=True)
class Shape:
    """What to make. `scarcity`: the part of the demand that stock does not cover, 0.05 to 1.5."""

    seed: int = 1
    requests: int = 3000
    days: int = 7
    areas: int = 4
    scarcity: float = 0.4
    start: dt.datetime = dt.datetime(2022, 4, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def demand(shape: Shape, catalogue: Catalogue, items: Sequence[str] = ()) -> list[Any]:
    """Messages in the order of their times."""
    chance = random.Random(shape.seed)
    households = list(_households(shape, chance))
    codes = list(items) or sorted(catalogue)[:12]
    asked = Counter[tuple[str, str]]()
    requests = []
    for number in range(shape.requests):
        who = chance.choice(households)
        item = catalogue[chance.choice(codes)]
        norm = float(item.norm) * who.members.total * item.norm_days
        units = min(item.request_limit, max(1, round(norm * chance.uniform(0.5, 1.5))))
        asked[who.area, item.code] += units
        requests.append(_request(shape, chance, number, who, item.code, units))
    stock = list(_stock(shape, chance, asked))
    return sorted([*households, *requests, *stock], key=lambda one: (one.occurred_at, one.event_id))


def _common(kind: str, name: str, at: dt.datetime, area: str) -> dict[str, Any]:
    return {"kind": kind, "event_id": f"{kind}-{name}", "occurred_at": at, "source": "lab", "area": area}


def _households(shape: Shape, chance: random.Random) -> Iterator[HouseholdRegistered]:
    for number in range(max(1, shape.requests // 2)):
        area = f"lab/area{number % shape.areas}"
        groups = frozenset({chance.choice(_CRITICAL)}) if chance.random() < 0.1 else frozenset()
        yield HouseholdRegistered(
            **_common("household_registered", str(number), shape.start, area),
            household_id=f"household-{number}",
            grid=f"{area}/g{number % 9}",
            members=Members(adults=chance.choice(_SIZES)),
            groups=groups,
            tier=Tier.SEALED if chance.random() < 0.5 else Tier.CONTROLLED,
        )


def _request(
    shape: Shape, chance: random.Random, number: int, who: HouseholdRegistered, code: str, units: int
) -> RequestFiled:
    moment = dt.timedelta(
        days=chance.randrange(shape.days), hours=chance.choice(_HOURS), seconds=chance.randrange(3600)
    )
    return RequestFiled(
        **_common("request_filed", str(number), shape.start + moment, who.area),
        request_id=f"request-{number}",
        requester_id=who.household_id,
        taken_by="lab",
        lines=(RequestLine(item=code, quantity=units),),
        life_threatening=chance.random() < 0.002,
    )


def _stock(shape: Shape, chance: random.Random, asked: Counter[tuple[str, str]]) -> Iterator[StockReceived]:
    cover = max(0.0, 1 - shape.scarcity)
    for (area, code), units in sorted(asked.items()):
        there = 0 if shape.scarcity > 1 and chance.random() < shape.scarcity - 1 else round(units * (cover or 0.05))
        for day in range(shape.days):
            quantity = there * (day + 1) // shape.days - there * day // shape.days
            if quantity:
                at = shape.start + dt.timedelta(days=day, hours=6)
                yield StockReceived(
                    **_common("stock_received", f"{area}-{code}-{day}", at, area),
                    lot_id=f"lot-{area}-{code}-{day}",
                    item=code,
                    warehouse="lab",
                    quantity=quantity,
                    expires_on=at.date() + dt.timedelta(days=chance.randrange(3, 11)),
                )
