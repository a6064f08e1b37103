"""Every stage, one line of wiring each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from schemas.alert import AlertDecision
from schemas.coldchain import ColdChainDecision
from schemas.item import Catalogue
from schemas.supply import SupplyDecision
from schemas.temperature import Profiles
from schemas.topics import (
    ALERT_SOURCES,
    ALERTS_LEDGER,
    COLDCHAIN_LEDGER,
    COLDCHAIN_SOURCES,
    SUPPLY_LEDGER,
    SUPPLY_SOURCES,
    TRANSFER_SOURCES,
    TRANSFERS_LEDGER,
)
from schemas.transfers import TransferDecision
from streams.core.alerts import AlertDecider, AlertSettings
from streams.core.coldchain import ColdChainDecider, ColdChainSettings
from streams.core.supply import SupplyDecider, SupplySettings
from streams.core.transfers import TransferDecider, TransferSettings
from streams.ledger.stage import Stage


@dataclass(frozen=True)
class City:
    """What a city sets: its item catalogue, its temperature profiles, and the rules of each stage."""

    catalogue: Catalogue
    profiles: Profiles
    supply: SupplySettings = field(default_factory=SupplySettings)
    coldchain: ColdChainSettings = field(default_factory=ColdChainSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    transfers: TransferSettings = field(default_factory=TransferSettings)


def supply(city: City) -> Stage:
    """Needs, stock, matching, dispatches of an area (design section 9)."""
    decider = SupplyDecider(city.supply, city.catalogue, transfers=city.transfers)
    return Stage("supply", decider, SupplyDecision, SUPPLY_SOURCES, SUPPLY_LEDGER)


def coldchain(city: City) -> Stage:
    """Consignments of cold food from the container to the shop: what fails its checks is held (design section 9)."""
    decider = ColdChainDecider(city.coldchain, city.profiles)
    return Stage("coldchain", decider, ColdChainDecision, COLDCHAIN_SOURCES, COLDCHAIN_LEDGER)


def alerts(city: City) -> Stage:
    """What people must see: raised from the other stages' ledgers, resolved by fact (design section 9)."""
    return Stage("alerts", AlertDecider(city.alerts), AlertDecision, ALERT_SOURCES, ALERTS_LEDGER)


def transfers(city: City) -> Stage:
    """Stock from areas that can spare it to areas that lack it, in rounds over the whole city."""
    decider = TransferDecider(city.transfers)
    return Stage("transfers", decider, TransferDecision, TRANSFER_SOURCES, TRANSFERS_LEDGER)


STAGES: Final[dict[str, Callable[[City], Stage]]] = {
    "supply": supply,
    "coldchain": coldchain,
    "alerts": alerts,
    "transfers": transfers,
}
