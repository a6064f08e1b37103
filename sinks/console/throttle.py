"""How often somebody may try to log in: by name and by address, counted over a sliding time."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

TRIES: Final = 5
WINDOW: Final = 300.0
"""Seconds."""
REMEMBERED: Final = 10_000
"""Names and addresses; the oldest are forgotten, so that memory is bounded."""


class Throttle:
    """Counts failures."""

    def __init__(self, tries: int = TRIES, window: float = WINDOW) -> None:
        self._tries, self._window = tries, window
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, *keys: str) -> float:
        """Seconds until the next try is allowed; 0: now."""
        now = time.monotonic()
        return max((self._wait(key, now) for key in keys), default=0.0)

    def _wait(self, key: str, now: float) -> float:
        recent = [at for at in self._failures.get(key, []) if at > now - self._window]
        return recent[-self._tries] + self._window - now if len(recent) >= self._tries else 0.0

    def failed(self, *keys: str) -> None:
        """Somebody tried and was wrong."""
        now = time.monotonic()
        for key in keys:
            recent = [at for at in self._failures.pop(key, []) if at > now - self._window]
            self._failures[key] = [*recent, now][-self._tries :]
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def passed(self, name: str, address: str) -> None:
        """Somebody was right after all: no failures of the name count any more, and of the address one less."""
        self._failures.pop(name, None)
        if tries := self._failures.get(address):
            tries.pop()
