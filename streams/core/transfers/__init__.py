"""Transfers between areas (跨区调拨): surplus to shortage in rounds of minimum cost, as one pure decider."""

from streams.core.transfers.decider import TransferDecider
from streams.core.transfers.settings import TransferSettings
from streams.core.transfers.state import State

__all__ = ["State", "TransferDecider", "TransferSettings"]
