"""What happens around the warehouses through the day: trucks, prices, holds on cold-chain goods, tiers that change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from deploy.simulation.goods import RATIONED, SCARCE, Good
from deploy.simulation.opening import received
from deploy.simulation.post import Post, moment, post
from deploy.simulation.world import District, Lot, consignment, expiry, short
from schemas.hold import HoldLifted, HoldPlaced
from schemas.household import Tier, TierChanged
from schemas.stock import PriceObserved
from schemas.topics import HOLDS, HOUSEHOLDS, STOCK

TRUCKS: Final = (8.0, 17.0)
"""Hours between which trucks come."""
RATIONED_AT: Final = (12.0, 23.82)
"""Hours from which trucks with what is rationed come: at noon, and after the day's last request (asking.CLOSES)."""
RATIONED_SHARE: Final = 0.3
"""Of the day's expected demand, on each of them."""
MARKET_HOURS: Final = (8.0, 13.0, 18.0)
LAST_PRICE: Final = 24.6
"""Hours: the last thing seen, after midnight, so that the day's clocks and expiries have run out."""
PRICED: Final = ("vegetables", "pork", "eggs", "rice", "milk", "cooking_oil")
CONSIGNMENT_HOLDS: Final = (("frozen_fish", 1, 8.65, 15.5), ("frozen_beef", 2, 18.15, None))
"""Item, number of its consignment, hour of the hold, hour of its end (None: it stays); placed when most ask."""


def trucks(district: District, chance: random.Random) -> Iterator[Post]:
    """What runs short is delivered again once or twice; of the scarce item only a little, and late."""
    for good in (good for good in district.goods if not good.on_the_way):
        for area in district.areas:
            units = district.demand.get((area, good.code), 0)
            for trip in range(_trips(good.code, good.cover, units, chance)):
                yield _truck(district, good, area, trip, units, chance)


def _truck(district: District, good: Good, area: str, trip: int, units: int, chance: random.Random) -> Post:
    scarce, rationed = good.code == SCARCE, good.code == RATIONED
    share = RATIONED_SHARE if rationed else 0.12 if scarce else chance.uniform(0.08, 0.25)
    lot = Lot(
        f"truck-{short(area)}-{good.code}-{trip + 1}",
        area,
        chance.choice(district.warehouses[area]),
        good,
        max(1, round(units * share)),
        expiry(good, district.day, chance, fresh=True),
        consignment(good, trip),
    )
    if rationed:
        hour = RATIONED_AT[trip] + chance.random() / 4
    else:
        hour = chance.uniform(15.0 if scarce else TRUCKS[0], TRUCKS[1])
    return post(STOCK, received(lot, district, hour))


def _trips(code: str, cover: float, units: int, chance: random.Random) -> int:
    if not units:
        return 0
    if code == RATIONED:
        return len(RATIONED_AT)
    return 1 if code == SCARCE or cover > 1.3 else chance.choice((0, 1, 2))


def prices(district: District, chance: random.Random) -> Iterator[Post]:
    """Fen for a unit, as seen three times a day in each area; dearer by the evening; one more after midnight."""
    for item in (item for item in PRICED if item in district.catalogue):
        base = chance.randrange(300, 3000)
        for area in district.areas:
            for n, hour in enumerate((*MARKET_HOURS, LAST_PRICE)):
                yield post(
                    STOCK,
                    PriceObserved(
                        kind="price_observed",
                        event_id=f"price-{short(area)}-{item}-{n}",
                        occurred_at=moment(district.day, hour + chance.random() / 10),
                        source="market-watch",
                        area=area,
                        item=item,
                        warehouse=district.warehouses[area][0],
                        fen=round(base * chance.uniform(0.95, 1.05) * (1 + 0.04 * n)),
                    ),
                )


def holds(district: District) -> Iterator[Post]:
    """Two consignments are held, one of them cleared in the afternoon, and one lot of vegetables."""
    for item, number, placed, lifted in CONSIGNMENT_HOLDS:
        if item in district.catalogue:
            yield from _hold(
                district, f"hold-{item}-{number}", placed, lifted, consignment=f"consignment-{item}-{number}"
            )
    fresh = [lot.id for lot in district.lots if lot.good.code == "vegetables"]
    if fresh:
        yield from _hold(district, "hold-vegetables", 9.15, 12.0, lot_ids=tuple(fresh[:1]))


def _hold(
    district: District,
    hold_id: str,
    placed: float,
    lifted: float | None,
    *,
    lot_ids: tuple[str, ...] = (),
    consignment: str | None = None,
) -> Iterator[Post]:
    yield post(
        HOLDS,
        HoldPlaced(
            kind="hold_placed",
            event_id=f"{hold_id}-placed",
            occurred_at=moment(district.day, placed),
            source="inspection",
            hold_id=hold_id,
            lot_ids=lot_ids,
            consignment_id=consignment,
            reason="a sample from the same batch tested positive" if consignment else "residue test under way",
        ),
    )
    if lifted is not None:
        yield post(
            HOLDS,
            HoldLifted(
                kind="hold_lifted",
                event_id=f"{hold_id}-lifted",
                occurred_at=moment(district.day, lifted),
                source="inspection",
                hold_id=hold_id,
                reason="second test negative",
            ),
        )


def tiers(district: District, chance: random.Random) -> Iterator[Post]:
    """A community is opened in the morning, and one grid in thirty is sealed in the afternoon."""
    grids = sorted({home.grid for home in district.households})
    opened = chance.choice(sorted({grid.rsplit("/", 1)[0] for grid in grids}))
    sealed = set(chance.sample(grids, max(1, len(grids) // 30)))
    for home in district.households:
        if home.grid in sealed and home.tier is not Tier.SEALED:
            tier, hour = Tier.SEALED, 15.0
        elif home.grid.startswith(opened + "/") and home.tier is Tier.SEALED:
            tier, hour = Tier.CONTROLLED, 10.0
        else:
            continue
        yield post(
            HOUSEHOLDS,
            TierChanged(
                kind="tier_changed",
                event_id=f"tier-{home.id}",
                occurred_at=moment(district.day, hour + chance.random() / 4),
                source="district-office",
                area=home.area,
                household_id=home.id,
                tier=tier,
                quarantine_until=moment(district.day, 24 * 14) if tier is Tier.SEALED else None,
            ),
        )
