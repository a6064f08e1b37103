"""Up to when the console's figures are known, and whether they stand still."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from streams.ledger.clock import Clock, RealClock

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PATIENCE: Final = dt.timedelta(minutes=2)
"""A ledger partition at work writes at least once a minute; what is older than this stands still."""


@dataclass(frozen=True, slots=True)
class Known:
    """`at`: the newest known time of any ledger; EPOCH: nothing is known.

    `stage`: the ledger with the partition that is known least far of those that ever worked, and `until` when; '' and
    EPOCH: none ever did. A partition without a message so far does not work, and is not waited for.
    """

    at: dt.datetime = EPOCH
    stage: str = ""
    until: dt.datetime = EPOCH


class Watch:
    """Tells figures that stand still from figures of a time that has its own pace.

    By the machine's clock what is known is never older than PATIENCE. A scaled clock was started by each process for
    itself, so what it says here is no measure; but where it moves, what is known moves too, at least that often.
    Where only events move time nothing is wrong when nothing comes.
    """

    def __init__(self, clock: Clock, steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._seen = (EPOCH, steady())

    def stands_still(self, known: Known) -> bool:
        """Whether something that should have been heard of by now is missing; to be asked at each look."""
        if self._seen[0] != known.until:
            self._seen = known.until, self._steady()
        if not known.stage or self._clock.follows_events:
            return False
        if isinstance(self._clock, RealClock):
            return self._clock.now() - known.until > PATIENCE
        return self._steady() - self._seen[1] > PATIENCE.total_seconds()
