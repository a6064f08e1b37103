"""One running part of the stack: whether it lives and does its work, and starting it again when it ended by itself."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from schemas.errors import BaogongError

RESTARTS: Final = 5
RESTART_WINDOW: Final = 60.0
"""Seconds within which a part may be started again RESTARTS times."""
PAUSE: Final = 1.0
"""Seconds between finding a part ended and starting it again: what it needs may be on its way back, too."""


class Runs(Protocol):
    """A server or process that can be started again."""

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        ...

    def start(self) -> None:
        """Start it."""
        ...


@dataclass
class Part:
    """A named part. `health` is the address of its health server, where it has one; `why` says why it ended.

    `probe`: the path there that says whether it does its work.
    """

    name: str
    server: Runs
    health: str = ""
    why: Callable[[], str] = lambda: "see its log"
    probe: str = "/readyz"
    restarts: list[float] = field(default_factory=list)

    def keep(self, say: Callable[[str], None]) -> None:
        """Start it again if it ended; raises BaogongError where it keeps ending."""
        if self.server.alive:
            return
        now = time.monotonic()
        self.restarts = [at for at in self.restarts if now - at < RESTART_WINDOW] + [now]
        if len(self.restarts) > RESTARTS:
            raise BaogongError(f"The {self.name} keeps ending: {self.why()}.")
        say(f"the {self.name} ended and is started again")
        time.sleep(PAUSE)
        self.server.start()

    def ready(self) -> bool:
        """Whether its health server says that it does its work."""
        try:
            with urllib.request.urlopen(f"{self.health}{self.probe}", timeout=1) as answer:  # loopback, our own child
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
