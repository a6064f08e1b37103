"""Sessions: who is logged in, kept in this process; the browser has a random name of it and nothing else."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from sinks.console.users import User

LASTS: Final = 12 * 3600.0
"""Seconds from the login: a shift."""
IDLE: Final = 2 * 3600.0
"""Seconds without a request."""
MOST: Final = 10_000


@dataclass(slots=True)
class Session:
    """One browser. `csrf` goes with every form."""

    name: str
    user: User
    csrf: str
    began: float
    used: float

    def proves(self, token: str) -> bool:
        """Whether a form came from a page of this session."""
        return hmac.compare_digest(self.csrf.encode(), token.encode("utf-8", "replace"))


class Sessions:
    """All sessions; the least recently used are forgotten when there are too many."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, user: User) -> Session:
        """A new session with a name that nobody can guess."""
        now = time.monotonic()
        session = Session(secrets.token_urlsafe(32), user, secrets.token_urlsafe(32), now, now)
        with self._lock:
            self._sessions[session.name] = session
            while len(self._sessions) > MOST:
                self._sessions.popitem(last=False)
        return session

    def get(self, name: str | None, touch: bool = True) -> Session | None:
        """The session of that name, if it is there and not too old."""
        now = time.monotonic()
        with self._lock:
            session = self._sessions.get(name or "")
            if session is None:
                return None
            if now - session.began > LASTS or now - session.used > IDLE:
                del self._sessions[session.name]
                return None
            if touch:
                session.used = now
                self._sessions.move_to_end(session.name)
            return session

    def end(self, name: str | None) -> None:
        """Log out."""
        with self._lock:
            self._sessions.pop(name or "", None)
