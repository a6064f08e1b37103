"""R9: how long a source is waited for that is known to have messages of which none is here."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 1.0
"""Seconds without anything arriving for the partition."""
LIMIT: Final = 10.0
"""Seconds in all: what else arrives must not put it off for ever (a source may end with what is never delivered)."""


class Patience:
    """Counts from when there is nothing to do but wait: while other messages were decided, nobody waited for it."""

    def __init__(self) -> None:
        self._since: float | None = None

    def lasts(self, now: float, arrived: float, *, waiting: bool) -> bool:
        """Whether to wait (on); to be asked whenever something is about to be decided.

        `waiting`: such a source is waited for; `arrived`: when something came last. Once it has run out, it is back
        when nothing is waited for any more.
        """
        if not waiting:
            self._since = None
            return True
        if self._since is None:
            self._since = now
        if now - max(self._since, arrived) >= PATIENCE or now - self._since >= LIMIT:
            self._since = now - LIMIT
            return False
        return True
