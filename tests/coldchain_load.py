"""Cold-chain traffic for fault tests and benchmarks: many consignments, readings, breaches, and stock made of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from schemas.coldchain import Rule
from schemas.topics import COLDCHAIN, PARTITIONS, STOCK
from streams.core.coldchain.checks import check_id
from streams.ledger.keys import partition_of
from tests.wire import Sent

INTERVAL: Final = dt.timedelta(minutes=5)
COLD, WARM = -20.0, -9.5
"""Degrees Celsius: within the profile `frozen`, and far out of it."""
BREACH: Final = 13
"""Readings in a row that are out of range until the first of them was 60 minutes ago."""


@dataclass(frozen=True)
class Shape:
    """`consignments` numbered from `first`, with `readings` each, the last one at `start`.

    Every `spoilt`-th of them breaches, and of those every second is waived.
    """

    consignments: int
    readings: int
    start: dt.datetime
    areas: tuple[str, ...]
    spoilt: int = 4
    first: int = 0

    def numbers(self) -> range:
        """Numbers of the consignments."""
        return range(self.first, self.first + self.consignments)

    def breaches(self, number: int) -> bool:
        """Whether a consignment's logger breaches."""
        return number % self.spoilt == 0

    def waived(self, number: int) -> bool:
        """Whether its breach is waived in the end."""
        return self.breaches(number) and number // self.spoilt % 2 == 1


def areas(wanted: int) -> tuple[str, ...]:
    """The areas of `deploy.simulation.load`, in its order."""
    found: list[str] = []
    for number in count():
        if len(found) == wanted:
            break
        area = f"load/a{number}"
        if partition_of(area.encode(), PARTITIONS) == len(found) % PARTITIONS:
            found.append(area)
    return tuple(found)


def consignment(number: int) -> str:
    """Its name."""
    return f"C-{number}"


def lot(number: int, nth: int) -> str:
    """Name of a lot of it."""
    return f"CL-{number}-{nth}"


def declared(shape: Shape, lots: int = 4) -> Iterator[Sent]:
    """The consignments, and their lots as they come into the warehouses of areas on all partitions."""
    at = shape.start - INTERVAL * (shape.readings + 12)
    for number in shape.numbers():
        of = [{"lot_id": lot(number, nth), "item": "pork", "quantity": 40} for nth in range(lots)]
        yield _report(
            shape, number, f"cd-{number}", at, "consignment_declared", profile="frozen", imported=False, lots=of
        )
        for nth in range(lots):
            area = shape.areas[(number + nth) % len(shape.areas)]
            fields = {"lot_id": lot(number, nth), "item": "pork", "warehouse": f"w{nth}", "quantity": 40}
            fields |= {"temperature": "frozen", "consignment_id": consignment(number), "area": area}
            yield _sent(STOCK.name, area, shape.start, f"cs-{number}-{nth}", shape.start, "stock_received", fields)


def readings(shape: Shape) -> Iterator[Sent]:
    """Round by round one reading of every consignment: those that breach are warm in their last readings."""
    for nth in range(shape.readings):
        at = shape.start - INTERVAL * (shape.readings - 1 - nth)
        for number in shape.numbers():
            warm = shape.breaches(number) and nth >= shape.readings - BREACH
            yield reading(shape, number, nth, at, WARM if warm else COLD)


def reading(
    shape: Shape, number: int, nth: int, at: dt.datetime, celsius: float, interval: dt.timedelta = INTERVAL
) -> Sent:
    """One reading of a consignment's logger."""
    fields = {"logger_id": f"T-{number}", "celsius": celsius, "interval_minutes": interval.seconds // 60}
    return _report(shape, number, f"ct-{number}-{nth}", at, "temperature_read", **fields)


def waivers(shape: Shape) -> Iterator[Sent]:
    """Half of the breaches are let pass by somebody: their holds are lifted."""
    for number in filter(shape.waived, shape.numbers()):
        check = check_id(consignment(number), Rule.TEMPERATURE_BREACH, f"T-{number} hot")
        yield _report(shape, number, f"cw-{number}", shape.start, "check_waived", check_id=check, reason="抽检合格")


def traffic(shape: Shape) -> list[Sent]:
    """All of it, in order."""
    return [*declared(shape), *readings(shape), *waivers(shape)]


def mingled(one: list[Sent], other: list[Sent]) -> list[Sent]:
    """Both, evenly: each keeps its order. Timestamps of what supply reads count up over both, a millisecond each."""
    keyed = [(n / len(one), sent) for n, sent in enumerate(one)]
    keyed += [(n / len(other), sent) for n, sent in enumerate(other)]
    both = [sent for _, sent in sorted(keyed, key=lambda pair: pair[0])]
    first = one[0][3]
    return [
        (topic, key, value, stamp if topic == COLDCHAIN.name else first + n)
        for n, (topic, key, value, stamp) in enumerate(both)
    ]


def _report(shape: Shape, number: int, event_id: str, at: dt.datetime, kind: str, **fields: Any) -> Sent:
    name = consignment(number)
    return _sent(COLDCHAIN.name, name, at, event_id, at, kind, {"consignment_id": name, **fields})


def _sent(
    topic: str, key: str, stamp: dt.datetime, event_id: str, at: dt.datetime, kind: str, fields: dict[str, Any]
) -> Sent:
    body = {"kind": kind, "event_id": event_id, "occurred_at": at.isoformat(), "source": "load", **fields}
    return topic, key.encode(), json.dumps(body).encode(), round(stamp.timestamp() * 1000)
