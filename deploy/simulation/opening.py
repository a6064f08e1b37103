"""The morning before anybody asks: registrations, what lies in the warehouses, reserve floors and plans."""

from __future__ import annotations

import random
from collections.abc import Iterator

from deploy.simulation.post import Post, moment, post
from deploy.simulation.world import District, Household, Lot, short
from schemas.household import HouseholdRegistered, InstitutionRegistered, Tier
from schemas.stock import (
    ReserveFloorSet,
    ReservePlanSet,
    StockReceived,
    StockTransferred,
    StockWrittenOff,
)
from schemas.topics import HOUSEHOLDS, STOCK

REGISTRATIONS, STOCKTAKE, MOVES, OPEN = 5.0, 5.5, 5.9, 6.0
"""Hours: registrations begin, opening stock, transfers and write-offs; from OPEN on requests come."""


def registrations(district: District) -> Iterator[Post]:
    """Every household and institution, evenly over the first half hour."""
    for n, requester in enumerate(district.requesters):
        at = moment(district.day, REGISTRATIONS + 0.5 * n / len(district.requesters))
        yield post(
            HOUSEHOLDS,
            HouseholdRegistered(
                kind="household_registered",
                event_id=f"reg-{requester.id}",
                occurred_at=at,
                source=f"community-{short(requester.area)}",
                area=requester.area,
                household_id=requester.id,
                grid=requester.grid,
                members=requester.members,
                groups=requester.groups,
                tier=requester.tier,
                quarantine_until=moment(district.day, 24 * 9) if requester.tier is Tier.SEALED else None,
            )
            if isinstance(requester, Household)
            else InstitutionRegistered(
                kind="institution_registered",
                event_id=f"reg-{requester.id}",
                occurred_at=at,
                source="district-office",
                area=requester.area,
                institution_id=requester.id,
                grid=requester.grid,
                institution=requester.kind,
                headcount=requester.headcount,
            ),
        )


def stocktake(district: District) -> Iterator[Post]:
    """Opening lots, then the floors and plans of each area."""
    for n, lot in enumerate(district.lots):
        yield post(STOCK, received(lot, district, STOCKTAKE + 0.35 * n / len(district.lots)))
    goods = {good.code: good for good in district.goods}
    for n, ((area, item), units) in enumerate(district.demand.items()):
        at = moment(district.day, STOCKTAKE + 0.35 + 0.04 * n / len(district.demand))
        if goods[item].critical:
            floor = units // 10
            yield post(
                STOCK,
                ReserveFloorSet(
                    kind="reserve_floor_set",
                    event_id=f"floor-{short(area)}-{item}",
                    occurred_at=at,
                    source="district-office",
                    area=area,
                    item=item,
                    quantity=floor,
                ),
            )
        yield post(
            STOCK,
            ReservePlanSet(
                kind="reserve_plan_set",
                event_id=f"plan-{short(area)}-{item}",
                occurred_at=at,
                source="district-office",
                area=area,
                item=item,
                quantity=units * 3,
            ),
        )


def received(lot: Lot, district: District, hours: float) -> StockReceived:
    """The receipt of a lot."""
    return StockReceived(
        kind="stock_received",
        event_id=f"rec-{lot.id}",
        occurred_at=moment(district.day, hours),
        source=lot.warehouse,
        area=lot.area,
        lot_id=lot.id,
        item=lot.good.code,
        warehouse=lot.warehouse,
        quantity=lot.quantity,
        expires_on=lot.expires_on,
        temperature=lot.good.temperature,
        origin="imported" if lot.good.imported else "domestic",
        consignment_id=lot.consignment,
    )


def moves(district: District, chance: random.Random) -> Iterator[Post]:
    """Before the doors open: lots partly moved inside an area and to the next one, and a few spoilt crates."""
    for n, lot in enumerate(district.lots):
        at, draw = MOVES + 0.08 * n / len(district.lots), chance.random()
        if lot.quantity < 10 or (lot.expires_on is not None and lot.expires_on < district.day):
            continue
        if draw < 0.03:
            yield from _transferred(lot, district, at, chance, abroad=draw < 0.015)
        elif draw < 0.05:
            yield post(
                STOCK,
                StockWrittenOff(
                    kind="stock_written_off",
                    event_id=f"off-{lot.id}",
                    occurred_at=moment(district.day, at),
                    source=lot.warehouse,
                    area=lot.area,
                    lot_id=lot.id,
                    quantity=max(1, lot.quantity // 20),
                    reason="crushed on arrival",
                ),
            )


def _transferred(lot: Lot, district: District, hours: float, chance: random.Random, *, abroad: bool) -> Iterator[Post]:
    """A quarter of a lot moves; what leaves the area is received there two hours later."""
    home = district.areas.index(lot.area)
    area = district.areas[(home + 1) % len(district.areas)] if abroad else lot.area
    moved = Lot(
        f"{lot.id}-moved",
        area,
        chance.choice(district.warehouses[area]),
        lot.good,
        lot.quantity // 4,
        lot.expires_on,
        lot.consignment,
    )
    leaves = area != lot.area
    yield post(
        STOCK,
        StockTransferred(
            kind="stock_transferred",
            event_id=f"move-{lot.id}",
            occurred_at=moment(district.day, hours),
            source=lot.warehouse,
            area=lot.area,
            lot_id=lot.id,
            quantity=moved.quantity,
            to_lot_id=moved.id,
            to_warehouse=moved.warehouse,
            to_area=area if leaves else None,
        ),
    )
    if leaves:
        yield post(STOCK, received(moved, district, hours + 2))
