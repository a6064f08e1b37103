"""Load for benchmarks: many messages fast, with open needs and lots held at a chosen level. Not a picture of a day.

Half of what is asked is in good supply (served at once, from many lots), half is short (joins a backlog that each small
receipt serves a little). Every request is cancelled when as many later ones have come as keep the level; every other
receipt in good supply is found empty by the next count. So one message costs a stage about the same at any level.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from deploy.simulation.post import moment
from schemas.household import Tier
from schemas.topics import HOUSEHOLDS, PARTITIONS, REQUESTS, STOCK
from streams.ledger.keys import partition_of

Sent = tuple[str, bytes, bytes, int]
"""Topic, key, value, timestamp in ms."""

PLENTY: Final = ("rice", "noodles", "cooking_oil", "eggs")
SHORT: Final = ("vegetables", "milk", "pork", "fruit")
LINES_PER_REQUEST: Final = 1.5
_MIX: Final = ("ask", "cancel", "ask", "cancel", "ask", "cancel", "ask", "cancel", "short", "plenty")
"""Of ten messages: four requests, four cancellations, a receipt of what is short, a receipt or count of the rest."""
_SMALL, _LARGE = 9, 100_000
START: Final = moment(dt.date(2022, 4, 14), 8)
_LOTS_EXPIRE_IN, _NEW_LOTS_EXPIRE_IN = 300, 400


def opening(
    households: int, lots: int, open_needs: int, seed: int, areas: int = 16, start: dt.datetime = START
) -> Iterator[Sent]:
    """What must lie on the topics before `mixed`: households, lots in good supply, and the backlog.

    Every message happens at `start`; their timestamps count up from it, a millisecond each.
    """
    load = _Load(households, open_needs, seed, _areas(areas), start)
    yield from load.registrations()
    yield from load.stock(lots)
    yield from load.backlog()


def mixed(
    n: int,
    households: int,
    lots: int,
    seed: int,
    open_needs: int = 1000,
    areas: int = 16,
    start: dt.datetime = START,
) -> Iterator[Sent]:
    """`n` messages that go on from `opening` with the same arguments; the level of needs and lots stays as it was."""
    load = _Load(households, open_needs, seed, _areas(areas), start)
    for made in (load.registrations(), load.stock(lots), load.backlog()):
        deque(made, maxlen=0)  # made again to know their names, and not sent
    for number in range(n):
        match _MIX[number % len(_MIX)]:
            case "ask":
                yield load.ask()
            case "cancel":
                yield load.cancel()
            case "short":
                yield load.short()
            case _:
                yield load.plenty() if number % (2 * len(_MIX)) < len(_MIX) else load.empty()


@dataclass(slots=True)
class _Asked:
    area: str
    number: int


class _Load:
    """Numbers what it makes, and remembers what is to be ended."""

    def __init__(self, households: int, open_needs: int, seed: int, areas: tuple[str, ...], start: dt.datetime) -> None:
        self.level = max(1, round(open_needs / LINES_PER_REQUEST))
        self._households, self._areas = households, areas
        self._keys = {area: area.encode() for area in areas}
        self._chance = random.Random(f"{seed}/load")
        self._at, self._day = start.isoformat(), start.date()
        self._ids, self._time = count(), count(round(start.timestamp() * 1000))
        self._asked: deque[_Asked] = deque()
        self._newest = ("", 0)

    def registrations(self) -> Iterator[Sent]:
        """One for each household, of one to five people."""
        for number in range(self._households):
            area, tier = self._areas[number % len(self._areas)], tuple(Tier)[number % len(Tier)]
            yield self._sent(
                HOUSEHOLDS.name,
                area,
                f'{{"kind":"household_registered","event_id":"lr-{number}","occurred_at":"{self._at}","source":"load",'
                f'"area":"{area}","household_id":"lh-{number}","grid":"{area}/g{number % 7}",'
                f'"members":{{"adults":{number % 5 + 1}}},"tier":"{tier}"}}',
            )

    def stock(self, lots: int) -> Iterator[Sent]:
        """Large lots, spread over areas and items in good supply."""
        for _ in range(lots):
            yield self._received(PLENTY, _LARGE, int(self._chance.random() * _LOTS_EXPIRE_IN))

    def backlog(self) -> Iterator[Sent]:
        """As many requests as hold the level of open needs."""
        for _ in range(self.level):
            yield self.ask()

    def ask(self) -> Sent:
        """A request of a household: one line, or two."""
        chance, number = self._chance, next(self._ids)
        household = int(chance.random() * self._households)
        area = self._areas[household % len(self._areas)]
        self._asked.append(_Asked(area, number))
        lines = _line(PLENTY if number % 2 else SHORT, chance)
        if number % 4 < 2:
            lines += "," + _line(SHORT if number % 2 else PLENTY, chance)
        return self._sent(
            REQUESTS.name,
            area,
            f'{{"kind":"request_filed","event_id":"le-{number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{area}","request_id":"lq-{number}","requester_id":"lh-{household}",'
            f'"lines":[{lines}],"taken_by":"load"}}',
        )

    def cancel(self) -> Sent:
        """The oldest request ends."""
        asked = self._asked.popleft()
        return self._sent(
            REQUESTS.name,
            asked.area,
            f'{{"kind":"request_cancelled","event_id":"lc-{asked.number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{asked.area}","request_id":"lq-{asked.number}"}}',
        )

    def short(self) -> Sent:
        """A few units of an item with a backlog."""
        return self._received(SHORT, _SMALL, _LOTS_EXPIRE_IN)

    def plenty(self) -> Sent:
        """One more large lot, which keeps longer than all others and so is given out last."""
        return self._received(PLENTY, _LARGE, _NEW_LOTS_EXPIRE_IN)

    def empty(self) -> Sent:
        """The newest large lot is found empty."""
        area, number = self._newest
        return self._sent(
            STOCK.name,
            area,
            f'{{"kind":"stock_counted","event_id":"lz-{number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{area}","lot_id":"ll-{number}","quantity":0}}',
        )

    def _received(self, items: tuple[str, ...], quantity: int, days: int) -> Sent:
        chance, number = self._chance, next(self._ids)
        area = self._areas[int(chance.random() * len(self._areas))]
        item = items[int(chance.random() * len(items))]
        if quantity == _LARGE:
            self._newest = (area, number)
        value = (
            f'{{"kind":"stock_received","event_id":"lg-{number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{area}","lot_id":"ll-{number}","item":"{item}","warehouse":"lw-{number % 40}",'
            f'"quantity":{quantity},"expires_on":"{self._day + dt.timedelta(days=1 + days)}"}}'
        )
        return self._sent(STOCK.name, area, value)

    def _sent(self, topic: str, area: str, value: str) -> Sent:
        return topic, self._keys[area], value.encode(), next(self._time)


def _line(items: tuple[str, ...], chance: random.Random) -> str:
    draw = chance.random()
    return f'{{"item":"{items[int(draw * len(items))]}","quantity":{1 + int(draw * 997) % 5}}}'


def _areas(wanted: int) -> tuple[str, ...]:
    """As many areas on each partition as on every other: area n lies on partition n modulo their number."""
    found: list[str] = []
    for number in count():
        if len(found) == wanted:
            return tuple(found)
        area = f"load/a{number}"
        if partition_of(area.encode(), PARTITIONS) == len(found) % PARTITIONS:
            found.append(area)
    raise AssertionError("count() does not end")
