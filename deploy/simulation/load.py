"""Load for benchmarks: many messages fast, with open needs and lots held at a chosen level. Not a picture of a day.

Half of what is asked is in good supply (reserved at once, from many lots), half is short (joins a backlog). Every such
request is cancelled when as many later ones have come as keep the level. Now and then a life depends on what is short:
the next receipt of it is dispatched past the backlog, and its delivery confirmed. Every other receipt in good supply is
found empty by the next count. So one message costs a stage about the same at any level, as long as there are at least
as many households as open needs (else more of them are suspected duplicates).
"""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple, cast

from deploy.simulation.post import moment
from schemas.household import Tier
from schemas.topics import DELIVERIES, HOUSEHOLDS, PARTITIONS, REQUESTS, STOCK
from streams.core.supply.call import Asking, allocation_id, dispatch_id
from streams.ledger.keys import partition_of

Sent = tuple[str, bytes, bytes, int]
"""Topic, key, value, timestamp in ms."""

PLENTY: Final = ("rice", "noodles", "cooking_oil", "eggs")
SHORT: Final = ("vegetables", "milk", "pork", "fruit")
LINES_PER_REQUEST: Final = 1.5
_MIX: Final = ("ask", "cancel", "urgent", "ask", "cancel", "receive", "ask", "cancel", "confirm", "stock")
"""Of ten messages: four requests, three cancellations, a delivery, a receipt of what is short, a receipt or count."""
_LAG: Final = 16
"""Rounds of the mix between an urgent request, the receipt for it, and the confirmation of its delivery."""
_SMALL, _LARGE = 9, 100_000
START: Final = moment(dt.date(2022, 4, 14), 8)
_LOTS_EXPIRE_IN, _NEW_LOTS_EXPIRE_IN = 300, 400


def opening(
    households: int, lots: int, open_needs: int, seed: int, areas: int = 16, start: dt.datetime = START
) -> Iterator[Sent]:
    """What must lie on the topics before `mixed`: households, lots in good supply, and the backlog.

    Every message happens at `start`; their timestamps count up from it, a millisecond each.
    """
    yield from _Load(households, open_needs, seed, _areas(areas), start).opening(lots)


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
    deque(load.opening(lots), maxlen=0)  # made again to know its names, and not sent
    return (load.one(number) for number in range(n))


class _Asked(NamedTuple):
    """A request by its number; an urgent one with what it asks for."""

    area: str
    number: int
    item: str = ""

    @property
    def need_id(self) -> str:
        """The need of an urgent request."""
        return f"{_request(self.number)}:{self.item}"


class _Load:
    """Numbers what it makes, and remembers what is to be ended."""

    def __init__(self, households: int, open_needs: int, seed: int, areas: tuple[str, ...], start: dt.datetime) -> None:
        self._level = max(1, round(open_needs / LINES_PER_REQUEST))
        self._households, self._areas = households, areas
        self._keys = {area: area.encode() for area in areas}
        self._chance = random.Random(f"{seed}/load")
        self._at, self._day = start.isoformat(), start.date()
        self._ids, self._time = count(), count(round(start.timestamp() * 1000))
        self._asked: deque[_Asked] = deque()
        self._urgent: deque[_Asked] = deque()
        self._served: deque[_Asked] = deque()
        self._newest = ("", 0)

    def opening(self, lots: int) -> Iterator[Sent]:
        """Everything that lies there at first, so that each message of the mix has something to go on from."""
        yield from self.registrations()
        for number in range(lots):
            area, item = _dealt(number, self._areas, PLENTY)
            yield self._received(area, item, _LARGE, int(self._chance.random() * _LOTS_EXPIRE_IN))
        yield from (self.ask() for _ in range(self._level))
        yield from (self.urgent() for _ in range(2 * _LAG))
        yield from (self.receive() for _ in range(_LAG))

    def one(self, number: int) -> Sent:
        """The message with that number in the mix."""
        match _MIX[number % len(_MIX)]:
            case "ask":
                return self.ask()
            case "cancel":
                return self.cancel()
            case "urgent":
                return self.urgent()
            case "receive":
                return self.receive()
            case "confirm":
                return self.confirm()
            case _:
                return self.empty() if number // len(_MIX) % 2 else self.plenty()

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

    def ask(self) -> Sent:
        """A request of a household: one line, or two."""
        chance, number = self._chance, next(self._ids)
        household = int(chance.random() * self._households)
        asked = _Asked(self._areas[household % len(self._areas)], number)
        self._asked.append(asked)
        lines = _line(PLENTY if number % 2 else SHORT, chance)
        if number % 4 < 2:
            lines += "," + _line(SHORT if number % 2 else PLENTY, chance)
        return self._filed(asked, household, lines)

    def cancel(self) -> Sent:
        """The oldest request ends."""
        asked = self._asked.popleft()
        return self._sent(
            REQUESTS.name,
            asked.area,
            f'{{"kind":"request_cancelled","event_id":"lc-{asked.number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{asked.area}","request_id":"{_request(asked.number)}"}}',
        )

    def urgent(self) -> Sent:
        """Somebody's life depends on something that is short."""
        chance, number = self._chance, next(self._ids)
        household = int(chance.random() * self._households)
        asked = _Asked(self._areas[household % len(self._areas)], number, SHORT[int(chance.random() * len(SHORT))])
        self._urgent.append(asked)
        line = f'{{"item":"{asked.item}","quantity":{_SMALL}}}'
        return self._filed(asked, household, line, ',"life_threatening":true')

    def receive(self) -> Sent:
        """What the oldest urgent request asked for comes in."""
        asked = self._urgent.popleft()
        self._served.append(asked)
        return self._received(asked.area, asked.item, _SMALL, _LOTS_EXPIRE_IN)

    def confirm(self) -> Sent:
        """It was delivered: in one lot, so in one allocation, in a bag of its own."""
        asked = self._served.popleft()
        dispatch = dispatch_id(allocation_id(cast(Asking, asked), 1))  # its name depends on area and need alone
        return self._sent(
            DELIVERIES.name,
            asked.area,
            f'{{"kind":"delivery_confirmed","event_id":"ld-{asked.number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{asked.area}","dispatch_id":"{dispatch}","outcome":"delivered"}}',
        )

    def plenty(self) -> Sent:
        """One more large lot, which keeps longer than all others and so is given out last."""
        draw = int(self._chance.random() * len(self._areas) * len(PLENTY))
        area, item = _dealt(draw, self._areas, PLENTY)
        self._newest = (area, next(self._ids))
        return self._received(area, item, _LARGE, _NEW_LOTS_EXPIRE_IN, self._newest[1])

    def empty(self) -> Sent:
        """The newest large lot is found empty."""
        area, number = self._newest
        return self._sent(
            STOCK.name,
            area,
            f'{{"kind":"stock_counted","event_id":"lz-{number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{area}","lot_id":"ll-{number}","quantity":0}}',
        )

    def _received(self, area: str, item: str, quantity: int, days: int, number: int | None = None) -> Sent:
        number = next(self._ids) if number is None else number
        return self._sent(
            STOCK.name,
            area,
            f'{{"kind":"stock_received","event_id":"lg-{number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{area}","lot_id":"ll-{number}","item":"{item}","warehouse":"lw-{number % 40}",'
            f'"quantity":{quantity},"expires_on":"{self._day + dt.timedelta(days=1 + days)}"}}',
        )

    def _filed(self, asked: _Asked, household: int, lines: str, urgent: str = "") -> Sent:
        return self._sent(
            REQUESTS.name,
            asked.area,
            f'{{"kind":"request_filed","event_id":"le-{asked.number}","occurred_at":"{self._at}","source":"load",'
            f'"area":"{asked.area}","request_id":"{_request(asked.number)}","requester_id":"lh-{household}",'
            f'"lines":[{lines}],"taken_by":"load"{urgent}}}',
        )

    def _sent(self, topic: str, area: str, value: str) -> Sent:
        return topic, self._keys[area], value.encode(), next(self._time)


def _request(number: int) -> str:
    return f"lq-{number:09d}"  # of equally urgent needs the one with the smaller name comes first


def _line(items: tuple[str, ...], chance: random.Random) -> str:
    draw = chance.random()
    return f'{{"item":"{items[int(draw * len(items))]}","quantity":{1 + int(draw * 997) % 5}}}'


def _dealt(number: int, areas: tuple[str, ...], items: tuple[str, ...]) -> tuple[str, str]:
    """Area and item of a number, in turn: with as many numbers as pairs each pair has one."""
    return areas[number % len(areas)], items[number // len(areas) % len(items)]


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
