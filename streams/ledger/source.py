"""One source partition read beside its ledger: what each record says of its message is compared with the message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydantic_core

from schemas.ledger import RecordKind, SourcePosition
from streams.ledger.accept import Head
from streams.ledger.findings import Code, Message
from streams.ledger.record import digest, read_header

_EVENT = b',"event":'
_AFTER_EVENT = b',"rejection":null,"decisions":'
Problem = tuple[Code, str]


class Source:
    """Reads on in step with the ledger; memory holds one message.

    `first`: the first offset that the partition keeps; what lies before has expired and can't be compared.
    `messages` must reach at least as far as the ledger read beside it. `head`: where the source is itself a ledger, the
    start of its chain; only its accepted records are messages then.
    """

    def __init__(self, topic: str, messages: Iterator[Message], first: int = 0, head: Head | None = None) -> None:
        self.gaps = self.expired = 0
        self._topic, self._messages, self._first, self._head = topic, messages, first, head
        self._ahead: Message | None = None

    def account(self, position: SourcePosition, kind: RecordKind, value: bytes) -> Iterator[Problem]:
        """What does not fit between an accepted record and its source, which continues the one before (R1)."""
        self.gaps += position.gap if position.seq is None else 0
        if position.offset < self._first:
            self.expired += 1
            return
        yield from self._skip(position)
        message = self._peek()
        if message is None or message.offset != position.offset:
            yield Code.SOURCE_MISSING, f"{self._name(position.offset)} does not exist, but a record stands for it."
            return
        self._ahead = None
        if message.timestamp != position.timestamp_ms:
            yield Code.SOURCE_DIFFERS, f"its timestamp is not that of {self._name(position.offset)}."
        if not _same(kind, value, message.value or b"", position.seq):
            yield Code.SOURCE_DIFFERS, f"what it says of {self._name(position.offset)} is not what lies there."

    def waiting(self, end: int) -> int:
        """How many messages before offset `end` have no record yet. Reads on to there."""
        count = 0
        while (message := self._peek()) is not None and message.offset < end:
            self._ahead = None
            count += 1
        return count

    def waits(self, end: int) -> bool:
        """Whether any message before offset `end` has no record yet."""
        message = self._peek()
        return message is not None and message.offset < end

    def _skip(self, position: SourcePosition) -> Iterator[Problem]:
        while (message := self._peek()) is not None and message.offset < position.offset:
            self._ahead = None
            yield Code.GAP_FALSE, f"{self._name(message.offset)} was skipped: it is there, but recorded as a gap."

    def _peek(self) -> Message | None:
        while self._ahead is None:
            message = next(self._messages, None)
            if message is None:
                break
            if self._head is None or self._counts(self._head, message.value or b""):
                self._ahead = message
        return self._ahead

    @staticmethod
    def _counts(head: Head, value: bytes) -> bool:
        header = read_header(value)
        if header is None or head.judge(header) is not None:
            return False
        head.take(header, digest(value))
        return True

    def _name(self, offset: int) -> str:
        return f"{self._topic} offset {offset}"


def _same(kind: RecordKind, value: bytes, source: bytes, seq: int | None) -> bool:
    """Whether a record repeats its message: its bytes where it was taken, size and SHA-256 where it was refused."""
    header = None if seq is None else read_header(source)
    if seq is not None and (header is None or header.seq != seq):
        return False
    if kind is RecordKind.REJECTED:
        rejection: Any = pydantic_core.from_json(value).get("rejection") or {}
        return (rejection.get("size"), rejection.get("sha256")) == (len(source), digest(source))
    start = value.find(_EVENT) + len(_EVENT)
    return value.startswith(source, start) and value.startswith(_AFTER_EVENT, start + len(source))
