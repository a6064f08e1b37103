"""The alert stage (预警): raised from other stages' ledgers and time, resolved by fact, as one pure decider."""

from streams.core.alerts.decider import AlertDecider
from streams.core.alerts.settings import AlertSettings
from streams.core.alerts.state import State

__all__ = ["AlertDecider", "AlertSettings", "State"]
