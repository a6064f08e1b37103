"""Requests through the day as people make them: two peaks, first reports of the day before, changes, repeats."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from deploy.simulation.goods import Good, quantity
from deploy.simulation.opening import OPEN
from deploy.simulation.post import Post, moment, post
from deploy.simulation.world import District, Requester, short, wants, weighted
from schemas.base import Message
from schemas.request import (
    RequestAmended,
    RequestCancelled,
    RequestFiled,
    RequestHandedOver,
    RequestLine,
)
from schemas.topics import REQUESTS

CLOSES: Final = 23.8
"""Hours: nobody asks after this."""
_BY_HOUR: Final = tuple(enumerate((4, 9, 14, 13, 10, 7, 5, 5, 5, 5, 6, 8, 11, 10, 7, 4, 2, 1), start=6))
"""Weight of each hour: after breakfast and before supper the telephones ring."""
_HOW_OFTEN: Final = ((0, 20), (1, 35), (2, 30), (3, 15))
"""Requests of one requester: 1.4 on average (world.REQUESTS_PER_HOUSEHOLD)."""
_CHANNELS: Final = (("hotline-12345", 30), ("grid-worker", 45), ("app", 25))
_URGENT: Final = {"dialysis_kit": 0.6, "insulin": 0.25, "fever_medicine": 0.03}
"""How likely a request with the item is a matter of life."""
MOST_LINES: Final = 6
SHARES: Final = {"unknown_household": 0.01, "unknown_quantity": 0.04, "yesterday": 0.05, "absurd": 0.0008}
FOLLOW_UPS: Final = (
    ("amended", 3),
    ("cancelled", 3),
    ("handed_over", 5),
    ("repeated", 3),
    ("redelivered", 1),
    ("", 85),
)
"""What becomes of a request later, in percent."""
ABSURD: Final = 9_000_000_000


@dataclass(frozen=True, slots=True)
class _Asker:
    """Makes the requests of one district."""

    district: District
    chance: random.Random

    def filed(self, requester: Requester, number: int) -> RequestFiled | None:
        """A request, or None for somebody who wants nothing that there is."""
        lines = self.lines(requester)
        if not lines:
            return None
        hour = weighted(_BY_HOUR, self.chance)
        at = moment(self.district.day, max(OPEN, hour + self.chance.random()))
        unknown = self.draw("unknown_household")
        channel = weighted(_CHANNELS, self.chance)
        return RequestFiled(
            kind="request_filed",
            event_id=f"ask-{requester.id}-{number}",
            occurred_at=at,
            source=channel,
            area=requester.area,
            request_id=f"rq-{requester.id}-{number}",
            requester_id=f"guest-{requester.id}" if unknown else requester.id,
            lines=lines,
            taken_by=f"{channel}-{short(requester.area)}-{self.chance.randrange(1, 9)}",
            reported_at=at - dt.timedelta(hours=self.chance.uniform(2, 20)) if self.draw("yesterday") else None,
            life_threatening=any(self.chance.random() < _URGENT.get(line.item, 0.0) for line in lines),
        )

    def lines(self, requester: Requester) -> tuple[RequestLine, ...]:
        """What is asked for: each good by its chance, at least one."""
        wanted = [good for good in self.district.goods if wants(good, requester)]
        named = [good for good in wanted if self.chance.random() < good.chance]
        if wanted and not named:
            named = [self.chance.choice(wanted)]
        return tuple(self.line(good, requester) for good in named[-MOST_LINES:])

    def line(self, good: Good, requester: Requester) -> RequestLine:
        """Enough for two to four days; now and then nobody says how much, or far too much."""
        if self.draw("unknown_quantity"):
            return RequestLine(item=good.code)
        if self.draw("absurd"):
            return RequestLine(item=good.code, quantity=ABSURD)
        days = self.chance.randrange(2, 5)
        return RequestLine(
            item=good.code, quantity=quantity(self.district.catalogue[good.code], wants(good, requester), days)
        )

    def draw(self, what: str) -> bool:
        """Whether something that happens in a share of cases happens now."""
        return self.chance.random() < SHARES[what]


def requests(district: District, chance: random.Random) -> Iterator[Post]:
    """Every request of the day with what follows on it, not in order."""
    asker = _Asker(district, chance)
    for requester in district.requesters:
        for number in range(weighted(_HOW_OFTEN, chance)):
            filed = asker.filed(requester, number + 1)
            if filed is not None:
                first = post(REQUESTS, filed)
                yield first
                yield from _follow_up(filed, first, moment(district.day, CLOSES), chance)


def _follow_up(filed: RequestFiled, first: Post, closes: dt.datetime, chance: random.Random) -> Iterator[Post]:
    what = weighted(FOLLOW_UPS, chance)
    later = filed.occurred_at + dt.timedelta(seconds=chance.randrange(5 * 60, 90 * 60))
    if not what or later > closes:
        return
    if what == "redelivered":
        yield replace(first, at=filed.occurred_at + dt.timedelta(seconds=chance.randrange(1, 30)))
    else:
        yield post(REQUESTS, _change(what, filed, later, chance))


def _change(what: str, filed: RequestFiled, at: dt.datetime, chance: random.Random) -> Message:
    event_id, area, source, request_id = f"{what}-{filed.request_id}", filed.area, filed.source, filed.request_id
    match what:
        case "repeated":
            return filed.model_copy(update={"event_id": event_id, "occurred_at": at, "reported_at": None})
        case "cancelled":
            return RequestCancelled(
                kind="request_cancelled",
                event_id=event_id,
                occurred_at=at,
                source=source,
                area=area,
                request_id=request_id,
                reason="a neighbour helped out",
            )
        case "handed_over":
            return RequestHandedOver(
                kind="request_handed_over",
                event_id=event_id,
                occurred_at=at,
                source=source,
                area=area,
                request_id=request_id,
                to=f"shift-leader-{short(area)}-{chance.randrange(1, 4)}",
            )
        case _:
            line = chance.choice(filed.lines)
            return RequestAmended(
                kind="request_amended",
                event_id=event_id,
                occurred_at=at,
                source=source,
                area=area,
                request_id=request_id,
                lines=(RequestLine(item=line.item, quantity=max(1, (line.quantity or 2) * 3 // 2)),),
            )
