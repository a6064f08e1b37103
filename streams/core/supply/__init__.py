"""The supply stage: needs, stock, allocations and dispatches of supply areas, as one pure decider."""

from streams.core.supply.conservation import conservation
from streams.core.supply.decider import SupplyDecider
from streams.core.supply.settings import SupplySettings
from streams.core.supply.state import State

__all__ = ["State", "SupplyDecider", "SupplySettings", "conservation"]
