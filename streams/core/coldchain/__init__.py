"""The cold-chain stage: consignments from the container to the plate, their checks and holds, as one pure decider."""

from streams.core.coldchain.decider import ColdChainDecider
from streams.core.coldchain.settings import ColdChainSettings
from streams.core.coldchain.state import State

__all__ = ["ColdChainDecider", "ColdChainSettings", "State"]
