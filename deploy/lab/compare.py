"""Several policies on the same messages, with their figures and the bound of what could have been done."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.errors import FAILURE, BaogongError
from schemas.item import Catalogue
from streams.core.supply import SupplyDecider, SupplySettings
from streams.core.supply.policy import Policy
from streams.core.supply.policy_fair import POLICIES
from streams.core.transfers.settings import NO_ROADS, Roads
from streams.lab.bound import Bound, bound
from streams.lab.figures import Figures, Ledger, figures
from streams.lab.first_come import FirstCome
from streams.lab.moving import Moving, without_transfers
from streams.lab.replay import Pace, Replay

LAB: Final[dict[str, Policy]] = {"first_come": FirstCome(), **POLICIES}
"""What can be compared."""
_MICROSECOND: Final = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Comparison:
    """`bound` None: too large to be solved. `rejected`: by policy, messages that the decider refused, by reason."""

    figures: list[Figures]
    bound: Bound | None
    rejected: dict[str, dict[str, int]]


def compare(
    messages: Sequence[Any],
    names: Sequence[str],
    settings: SupplySettings,
    catalogue: Catalogue,
    pace: Pace,
    roads: Roads = NO_ROADS,
) -> Comparison:
    """One run a policy, with transfers where there are roads; raises BaogongError where there is nothing to run."""
    if not messages:
        raise BaogongError("There is nothing to simulate: no message in these files.", FAILURE)
    settings = settings.model_copy(update={"event_memory_days": 3650})
    found: list[Figures] = []
    rejected: dict[str, dict[str, int]] = {}
    if not roads.off:
        messages = without_transfers(messages)
        roads = replace(roads, round=max(roads.round, pace.round_ // _MICROSECOND))
    ledger = Ledger()
    for name in names:
        ledger, began = Ledger(), time.process_time()
        moving = None if roads.off else Moving(roads)
        run = Replay(SupplyDecider(settings, catalogue, LAB[name]), pace, ledger.seen, moving).run(messages)
        found.append(figures(name, ledger, run.now, time.process_time() - began, moving))
        rejected[name] = run.rejected
    needs, zone = [need for need in ledger.needs.values() if not need.gone], ZoneInfo(settings.timezone)
    return Comparison(found, bound(needs, ledger.lots.values(), zone, moving=not roads.off), rejected)


def hours(value: float) -> dt.timedelta:
    """A duration."""
    return dt.timedelta(hours=value)
