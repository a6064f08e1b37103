"""A district before its lockdown day: places, households, institutions, warehouses and what lies in them.

Pure: the same size, seed, day and catalogue give the same district, in any process.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from deploy.simulation.goods import Good, goods_of, quantity
from schemas.errors import USAGE, BaogongError
from schemas.household import Group, InstitutionKind, Members, Tier
from schemas.item import Catalogue

T = TypeVar("T")

DISTRICT: Final = "jiangcheng/beihu"
"""An invented city and district (江城北湖区)."""
SUBDISTRICTS: Final = (
    ("liulin", "柳林街道"),
    ("dongmen", "东门街道"),
    ("nanqiao", "南桥街道"),
    ("xishan", "西山街道"),
    ("gulou", "鼓楼街道"),
    ("hexi", "河西街道"),
    ("shiqiao", "石桥街道"),
    ("yongan", "永安街道"),
    ("qinghe", "清河街道"),
    ("taoyuan", "桃园街道"),
    ("majie", "马街街道"),
    ("baita", "白塔街道"),
)
HOUSEHOLDS_PER_AREA, HOUSEHOLDS_PER_COMMUNITY, HOUSEHOLDS_PER_GRID = 250, 90, 30
HOUSEHOLDS_PER_INSTITUTION: Final = 50
REQUESTS_PER_HOUSEHOLD: Final = 1.4
"""Over the whole day, on average; also what stock is sized by."""
_TIERS: Final = ((Tier.SEALED, 35), (Tier.CONTROLLED, 40), (Tier.PRECAUTION, 25))
_GROUPS: Final = (
    (Group.ELDERLY_ALONE, 0.07),
    (Group.DISABLED, 0.03),
    (Group.PREGNANT, 0.02),
    (Group.CHRONIC_MEDICATION, 0.12),
    (Group.DIALYSIS, 0.008),
    (Group.HARDSHIP, 0.04),
    (Group.MEDICAL_TRIP, 0.01),
)
_INSTITUTIONS: Final = (
    (InstitutionKind.TEST_POINT, 30),
    (InstitutionKind.CHECKPOINT, 25),
    (InstitutionKind.ISOLATION_HOTEL, 18),
    (InstitutionKind.SCHOOL, 15),
    (InstitutionKind.HOSPITAL, 12),
)


@dataclass(frozen=True, slots=True)
class Household:
    """A household (住户) by its pseudonym."""

    id: str
    area: str
    grid: str
    members: Members
    groups: frozenset[Group]
    tier: Tier


@dataclass(frozen=True, slots=True)
class Institution:
    """A hospital, hotel, test point and the like, with the number of people it serves."""

    id: str
    area: str
    grid: str
    kind: InstitutionKind
    headcount: int


Requester = Household | Institution


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of one item in one warehouse; `expires_on`: the last day on which they may be given out."""

    id: str
    area: str
    warehouse: str
    good: Good
    quantity: int
    expires_on: dt.date | None
    consignment: str | None


@dataclass(frozen=True, slots=True)
class District:
    """Everything that exists when the day starts."""

    day: dt.date
    catalogue: Catalogue
    goods: tuple[Good, ...]
    areas: tuple[str, ...]
    households: tuple[Household, ...]
    institutions: tuple[Institution, ...]
    warehouses: dict[str, tuple[str, ...]]
    """By area."""
    demand: dict[tuple[str, str], int]
    """Expected over the day in units, by area and item; what stock, floors and plans are sized by."""
    lots: tuple[Lot, ...]

    @property
    def requesters(self) -> tuple[Requester, ...]:
        """Everybody who may ask."""
        return (*self.households, *self.institutions)


def make_district(
    catalogue: Catalogue, households: int, warehouses: int, seed: int, day: dt.date = dt.date(2022, 4, 14)
) -> District:
    """Make up a district; raises BaogongError for a size that makes no district."""
    if households < 1 or warehouses < 1:
        raise BaogongError("A district needs at least one household and one warehouse.", USAGE)
    areas = _areas(min(max(1, households // HOUSEHOLDS_PER_AREA), warehouses))
    homes = tuple(_households(areas, households, random.Random(f"{seed}/households")))
    institutions = tuple(
        _institutions(homes, max(1, households // HOUSEHOLDS_PER_INSTITUTION), random.Random(f"{seed}/institutions"))
    )
    stores = {area: _warehouses(area, len(range(n, warehouses, len(areas)))) for n, area in enumerate(areas)}
    goods = goods_of(catalogue)
    demand = expected_demand(catalogue, goods, (*homes, *institutions))
    lots = tuple(opening_lots(demand, goods, stores, day, random.Random(f"{seed}/lots")))
    return District(day, catalogue, goods, areas, homes, institutions, stores, demand, lots)


def short(area: str) -> str:
    """The last part of a place code."""
    return area.rsplit("/", 1)[-1]


def area_title(area: str) -> str:
    """The Chinese name of a subdistrict (街道), or its code where it has none."""
    return dict(SUBDISTRICTS).get(short(area), short(area))


def _areas(count: int) -> tuple[str, ...]:
    names = [code for code, _ in SUBDISTRICTS]
    rounds = ((names[n % len(names)], n // len(names)) for n in range(count))
    return tuple(f"{DISTRICT}/{name}{turn + 1 if turn else ''}" for name, turn in rounds)


def _warehouses(area: str, count: int) -> tuple[str, ...]:
    return tuple(f"{short(area)}-w{n + 1}" for n in range(count))


def _households(areas: tuple[str, ...], count: int, chance: random.Random) -> Iterator[Household]:
    tiers: dict[str, Tier] = {}
    for n in range(count):
        area, place = areas[n % len(areas)], n // len(areas)
        community = f"{area}/c{place // HOUSEHOLDS_PER_COMMUNITY + 1:02d}"
        grid = f"{community}/g{place % HOUSEHOLDS_PER_COMMUNITY // HOUSEHOLDS_PER_GRID + 1}"
        if community not in tiers:
            tiers[community] = weighted(_TIERS, chance)
        members = _members(chance)
        yield Household(f"hh-{n:06d}", area, grid, members, _groups(members, chance), tiers[community])


def _members(chance: random.Random) -> Members:
    """A household as a census finds them: mostly one to four people, one in twelve with an infant."""
    if chance.random() < 0.14:
        return Members(elderly=chance.choice((1, 1, 2)))
    adults = chance.choice((1, 1, 2, 2, 2, 3))
    return Members(
        infants=int(adults > 1 and chance.random() < 0.14),
        children=chance.choice((0, 0, 0, 1, 1, 2)) if adults > 1 else 0,
        adults=adults,
        elderly=chance.choice((0, 0, 0, 0, 1, 2)),
    )


def _groups(members: Members, chance: random.Random) -> frozenset[Group]:
    found = {group for group, share in _GROUPS if chance.random() < share}
    if members.total != 1 or not members.elderly:
        found.discard(Group.ELDERLY_ALONE)
    elif chance.random() < 0.8:
        found.add(Group.ELDERLY_ALONE)
    if not members.adults:
        found.discard(Group.PREGNANT)
    return frozenset(found | {Group.INFANT}) if members.infants else frozenset(found)


def _institutions(homes: tuple[Household, ...], count: int, chance: random.Random) -> Iterator[Institution]:
    for n in range(count):
        beside = homes[n * len(homes) // count]
        kind = weighted(_INSTITUTIONS, chance)
        yield Institution(f"in-{n:05d}", beside.area, beside.grid, kind, chance.randrange(10, 120))


def wants(good: Good, requester: Requester) -> int:
    """How many people of a requester may need a good; 0: it never asks for it."""
    if isinstance(requester, Institution):
        return requester.headcount if requester.kind in good.institutions else 0
    if good.institutions or (good.group is not None and good.group not in requester.groups):
        return 0
    return good.heads(requester.members)


def expected_demand(
    catalogue: Catalogue, goods: tuple[Good, ...], requesters: tuple[Requester, ...]
) -> dict[tuple[str, str], int]:
    """Units asked for over the day, by area and item: each request is for three days on average."""
    sums: dict[tuple[str, str], float] = {}
    for requester in requesters:
        for good in goods:
            if heads := wants(good, requester):
                asked = quantity(catalogue[good.code], heads, 3) * good.chance * REQUESTS_PER_HOUSEHOLD
                sums[requester.area, good.code] = sums.get((requester.area, good.code), 0.0) + asked
    return {key: max(1, round(units)) for key, units in sorted(sums.items())}


def opening_lots(
    demand: dict[tuple[str, str], int],
    goods: tuple[Good, ...],
    stores: dict[str, tuple[str, ...]],
    day: dt.date,
    chance: random.Random,
) -> Iterator[Lot]:
    """Two to four lots for each item of each area, a few of them past their date already or on their last day."""
    by_code = {good.code: good for good in goods}
    for (area, code), units in demand.items():
        good, pieces = by_code[code], chance.randrange(2, 5)
        for piece in range(0 if good.on_the_way else pieces):
            amount = max(1, round(units * good.cover / pieces * chance.uniform(0.6, 1.4)))
            name = f"lot-{short(area)}-{code}-{piece + 1}"
            yield Lot(
                name,
                area,
                chance.choice(stores[area]),
                good,
                amount,
                expiry(good, day, chance),
                consignment(good, piece),
            )


def expiry(good: Good, day: dt.date, chance: random.Random, fresh: bool = False) -> dt.date | None:
    """A last day of use; unless `fresh`, one lot in thirty of what expires is past it already."""
    if good.keeps is None:
        return None
    if not fresh and chance.random() < 1 / 30:
        return day - dt.timedelta(days=1)
    return day + dt.timedelta(days=chance.randrange(good.keeps[0], good.keeps[1] + 1))


def consignment(good: Good, piece: int) -> str | None:
    """Cold-chain goods in store come in two consignments (冷链批次) an item, each spread over all areas."""
    return f"consignment-{good.code}-{piece % 2 + 1}" if good.profile else None


def weighted(choices: tuple[tuple[T, int], ...], chance: random.Random) -> T:
    """One of the values, by weight."""
    return chance.choices([value for value, _ in choices], [weight for _, weight in choices])[0]
