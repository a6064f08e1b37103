"""What a lockdown district asks for and stores: for each item who wants it, how it keeps, how scarce it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from schemas.errors import USAGE, BaogongError
from schemas.household import Group, InstitutionKind, Members
from schemas.item import Catalogue, Item
from schemas.stock import TemperatureClass

Heads = Callable[[Members], int]
"""How many people of a household need an item."""


def everybody(members: Members) -> int:
    """All people of a household."""
    return members.total


def infants(members: Members) -> int:
    """Those under three."""
    return members.infants


def patient(members: Members) -> int:
    """The one person who is ill."""
    return min(1, members.total)


@dataclass(frozen=True, slots=True)
class Good:
    """One item in the simulation.

    `chance`: how likely one request of somebody who may want it names it; `group`, `institutions`: who may want it
    (neither: every household); `cover`: opening stock as a share of the day's expected demand; `keeps`: the least and
    most days until expiry (None: does not expire); `profile`: comes in cold-chain consignments kept in this temperature
    profile, `imported` ones among them; `on_the_way`: none lies in store when the day begins (coldchain.py brings it).
    """

    code: str
    chance: float
    cover: float
    keeps: tuple[int, int] | None = None
    temperature: TemperatureClass = TemperatureClass.AMBIENT
    group: Group | None = None
    institutions: tuple[InstitutionKind, ...] = ()
    heads: Heads = everybody
    profile: str = ""
    imported: bool = False
    on_the_way: bool = False
    critical: bool = False
    """A reserve floor is set for it."""


_CHILLED, _FROZEN = TemperatureClass.CHILLED, TemperatureClass.FROZEN
_CARE = (InstitutionKind.HOSPITAL, InstitutionKind.ISOLATION_HOTEL)
_FIELD = (InstitutionKind.TEST_POINT, InstitutionKind.CHECKPOINT, InstitutionKind.SCHOOL, *_CARE)

GOODS: Final = (
    Good("rice", 0.28, 1.6, (120, 400), critical=True),
    Good("noodles", 0.16, 1.4, (60, 240)),
    Good("cooking_oil", 0.12, 1.4, (90, 500)),
    Good("vegetables", 0.45, 0.95, (0, 4), _CHILLED),
    Good("fruit", 0.18, 0.9, (1, 8), _CHILLED),
    Good("eggs", 0.25, 0.04, (5, 25), _CHILLED),
    Good("milk", 0.22, 1.05, (0, 12), _CHILLED, profile="chilled"),
    Good("pork", 0.2, 1.0, (1, 6), _CHILLED),
    Good("frozen_fish", 0.16, 1.5, (60, 300), _FROZEN, profile="frozen", imported=True),
    Good("frozen_beef", 0.14, 1.6, (90, 360), _FROZEN, profile="frozen", imported=True),
    Good("frozen_shrimp", 0.15, 0.0, (120, 400), _FROZEN, profile="frozen", imported=True, on_the_way=True),
    Good("drinking_water", 0.1, 1.5, (90, 360), critical=True),
    Good("infant_formula", 0.7, 0.45, (60, 300), group=Group.INFANT, heads=infants, critical=True),
    Good("diapers", 0.5, 1.2, group=Group.INFANT, heads=infants),
    Good("insulin", 0.4, 1.1, (20, 200), _CHILLED, group=Group.CHRONIC_MEDICATION, heads=patient, critical=True),
    Good("blood_pressure_tablets", 0.6, 1.4, (90, 400), group=Group.CHRONIC_MEDICATION, heads=patient),
    Good("dialysis_kit", 0.8, 1.3, (60, 200), group=Group.DIALYSIS, heads=patient, critical=True),
    Good("fever_medicine", 0.08, 0.7, (60, 400), heads=patient),
    Good("sanitary_pads", 0.1, 1.3),
    Good("n95_masks", 0.8, 1.3, institutions=_FIELD),
    Good("protective_suits", 0.6, 0.8, institutions=_CARE),
    Good(
        "flu_vaccine",
        0.9,
        0.0,
        (60, 200),
        _CHILLED,
        institutions=(InstitutionKind.HOSPITAL,),
        profile="vaccine",
        imported=True,
        on_the_way=True,
    ),
    Good("antigen_tests", 0.7, 1.2, (90, 300), institutions=_FIELD),
)

SCARCE: Final = "infant_formula"
"""The item that there is not enough of all day (the demo's hard case)."""
RATIONED: Final = "eggs"
"""The item that is nearly gone in the morning and comes on two trucks, far less than is asked: it has to be shared."""


def quantity(item: Item, heads: int, days: int) -> int:
    """What so many people need of an item for some days, in whole units, at least one."""
    return max(1, int((item.norm * Decimal(heads * days)).to_integral_value(ROUND_CEILING)))


def goods_of(catalogue: Catalogue) -> tuple[Good, ...]:
    """The goods that a catalogue has; raises BaogongError where it has none of them."""
    known = tuple(good for good in GOODS if good.code in catalogue)
    if not known:
        codes = ", ".join(good.code for good in GOODS)
        raise BaogongError(
            f"The item catalogue has none of the items that the simulated district uses: {codes}.", USAGE
        )
    return known
