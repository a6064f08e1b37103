"""Every stage, one line of wiring each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from schemas.item import Catalogue
from schemas.supply import SupplyDecision
from schemas.topics import SUPPLY_LEDGER, SUPPLY_SOURCES
from streams.core.supply import SupplyDecider, SupplySettings
from streams.ledger.stage import Stage


@dataclass(frozen=True)
class City:
    """What a city sets: its item catalogue, and the rules of each stage."""

    catalogue: Catalogue
    supply: SupplySettings = field(default_factory=SupplySettings)


def supply(city: City) -> Stage:
    """Needs, stock, matching, dispatches of an area (design section 9)."""
    return Stage("supply", SupplyDecider(city.supply, city.catalogue), SupplyDecision, SUPPLY_SOURCES, SUPPLY_LEDGER)


STAGES: Final[dict[str, Callable[[City], Stage]]] = {"supply": supply}
