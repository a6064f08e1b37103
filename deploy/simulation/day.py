"""One lockdown day of a district as messages in order of time; a known share of them is broken on purpose.

Pure: the same district and seed give the same bytes, in any process. What people do in answer to decisions (couriers,
clerks) is not here but in couriers.py and clerks.py.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from deploy.simulation.asking import requests
from deploy.simulation.coldchain import consignments
from deploy.simulation.duty import roster
from deploy.simulation.loggers import readings
from deploy.simulation.opening import moves, registrations, stocktake
from deploy.simulation.post import Post, in_order, moment
from deploy.simulation.trade import LAST_PRICE, holds, prices, tiers, trucks
from deploy.simulation.world import District

BROKEN_SHARE: Final = 0.004
"""So many of the messages come a second time, broken."""
LAST_HOUR: Final = LAST_PRICE + 0.1


def day(district: District, seed: int) -> list[Post]:
    """All messages of the day, those broken on purpose among them."""
    chance = random.Random(f"{seed}/day")
    good = in_order(
        (
            *registrations(district),
            *stocktake(district),
            *moves(district, chance),
            *requests(district, chance),
            *trucks(district, chance),
            *prices(district, chance),
            *holds(district),
            *tiers(district, chance),
            *consignments(district),
            *readings(district, random.Random(f"{seed}/readings")),
        )
    )
    return in_order((*roster(district), *good, *broken(good, random.Random(f"{seed}/broken"))))


def ends(district: District) -> dt.datetime:
    """After this nothing is published any more."""
    return moment(district.day, LAST_HOUR)


def broken(good: list[Post], chance: random.Random) -> list[Post]:
    """Damaged copies of messages, each way of damage in turn; every one of them must be refused."""
    whole = [post for post in good if post.key is not None]
    chosen = chance.sample(whole, min(len(whole), max(len(_DAMAGES), round(len(good) * BROKEN_SHARE))))
    return [replace(post, value=_DAMAGES[n % len(_DAMAGES)](post.value), valid=False) for n, post in enumerate(chosen)]


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def damage(value: bytes) -> bytes:
        fields = json.loads(value)
        change(fields)
        return json.dumps(fields).encode()

    return damage


_DAMAGES: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda value: value[: len(value) // 2],
    lambda value: b"",
    lambda value: b"\xff\xfe" + value,
    lambda value: b"[" + value + b"]",
    _changed(lambda fields: fields.pop("source")),
    _changed(lambda fields: fields.update(kind="stock_beamed_up")),
    _changed(lambda fields: fields.update(occurred_at="2022-04-14 08:00")),
    _changed(lambda fields: fields.update(telephone="139")),
    _changed(lambda fields: fields.update(event_id="two words")),
    _changed(lambda fields: fields.update(area="")),
    _changed(lambda fields: fields.update(celsius=400)),
)
"""Ways in which real input comes broken: cut off, empty, other encoding, wrong shape, missing or unknown fields, or a
temperature that no logger measures."""
