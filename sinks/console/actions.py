"""What people do in the console, as messages on the alerts topic: a small port, and Kafka behind it."""

from __future__ import annotations

import hashlib
import secrets
import threading
from typing import Protocol

from schemas.alert import AlertMessage, HouseholdViewed
from streams.publish.producer import Publisher


class Actions(Protocol):
    """Where actions go. `send` returns when they are acknowledged and raises BaogongError where one was not."""

    def send(self, *messages: AlertMessage) -> None:
        """Publish them; each counts once, by its event_id."""
        ...


class KafkaActions:
    """The alerts topic of a broker; connects when the first action comes, and again after a failure."""

    def __init__(self, kafka: str, timeout: float = 10.0) -> None:
        self._kafka, self._timeout = kafka, timeout
        self._lock = threading.Lock()
        self._publisher: Publisher | None = None

    def send(self, *messages: AlertMessage) -> None:
        """Publish them: a look to the partition of its area, everything else to every partition."""
        from schemas.topics import ALERT_MESSAGES
        from streams.ledger.keys import partition_of

        with self._lock:
            try:
                if self._publisher is None:
                    self._publisher = Publisher(self._kafka, timeout=self._timeout, connect_timeout=5.0, linger_ms=0)
                for message in messages:
                    number = None
                    if isinstance(message, HouseholdViewed):
                        number = partition_of(message.area.encode(), ALERT_MESSAGES.partitions)
                    self._publisher.send(message, ALERT_MESSAGES, partition=number)
                self._publisher.flush()
            except BaseException:
                broken, self._publisher = self._publisher, None
                if broken is not None:
                    broken.close()
                raise

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            if self._publisher is not None:
                self._publisher.close()
                self._publisher = None


def action_id(kind: str, *parts: str) -> str:
    """The id of an action: of its content and a random part, since the same look twice is two looks."""
    said = "\x00".join((kind, *parts, secrets.token_hex(16)))
    return f"{kind}-{hashlib.sha256(said.encode()).hexdigest()[:32]}"
