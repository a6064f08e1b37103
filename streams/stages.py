"""Every stage, one line of wiring each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schemas.item import Catalogue
from schemas.supply import SupplyDecision
from schemas.topics import SUPPLY_LEDGER, SUPPLY_SOURCES
from streams.core.supply import SupplyDecider, SupplySettings
from streams.ledger.stage import Stage


def supply(catalogue: Catalogue) -> Stage:
    """Needs, stock, matching, dispatches of an area (design section 9)."""
    return Stage("supply", SupplyDecider(SupplySettings(), catalogue), SupplyDecision, SUPPLY_SOURCES, SUPPLY_LEDGER)


STAGES: Final[dict[str, Callable[[Catalogue], Stage]]] = {"supply": supply}
