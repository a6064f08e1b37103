"""Writes honest ledgers for tests of their auditors: sources and records as a worker would, by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.ledger import GENESIS, RecordKind, Rejection, SourcePosition
from streams.ledger.conservation import Conservation
from streams.ledger.findings import Message, PartitionReport
from streams.ledger.record import Draft, digest, encode, preamble, signature
from streams.ledger.source import Source
from streams.ledger.verify import Walk

LEDGER, REQUESTS, STOCK = "supply.ledger.v1", "supply.requests.v1", "stock.events.v1"
START = datetime(2021, 6, 1, 6, 0, tzinfo=UTC)


@dataclass
class Scribe:
    """One partition's sources and its ledger. `values[n]` is the record at offset n."""

    partition: int = 0
    worker: str = "w1"
    values: list[bytes] = field(default_factory=list)
    sources: dict[str, list[Message]] = field(default_factory=lambda: {REQUESTS: [], STOCK: []})
    seq: int = -1
    prev: str = GENESIS
    decided: dict[str, int] = field(default_factory=dict)
    at: datetime = START

    def opened(self, worker: str | None = None) -> Scribe:
        self.worker = worker or self.worker
        return self.write(Draft(RecordKind.OPENED, None, self.at))

    def ticked(self, minutes: int = 1) -> Scribe:
        self.at += timedelta(minutes=minutes)
        event = json.dumps({"kind": "clock_ticked", "at": self.at.isoformat()}).encode()
        return self.write(Draft(RecordKind.TICKED, None, self.at, event=event))

    def published(self, topic: str, value: bytes | None, skip: int = 0) -> Message:
        """A message on a source, after `skip` offsets that it does not have."""
        log = self.sources[topic]
        offset = (log[-1].offset + 1 if log else 0) + skip
        log.append(Message(offset, 1_622_527_200_000 + offset, b"area", value))
        return log[-1]

    def took(self, topic: str, value: bytes, *decisions: dict[str, Any], skip: int = 0) -> Scribe:
        """A message published and decided."""
        position = self._position(topic, self.published(topic, value, skip))
        body = json.dumps(decisions, separators=(",", ":")).encode()
        return self.write(Draft(RecordKind.DECIDED, position, self.at, event=value, decisions=body))

    def refused(self, topic: str, value: bytes) -> Scribe:
        """A message published and rejected."""
        position = self._position(topic, self.published(topic, value))
        rejection = Rejection(code="not_json", reason="Not JSON.", size=len(value), sha256=digest(value))
        return self.write(Draft(RecordKind.REJECTED, position, self.at, rejection=rejection))

    def write(self, draft: Draft, *, seq: int | None = None, prev: str | None = None, accepted: bool = True) -> Scribe:
        """A record at the end of the log; by default it continues the chain."""
        seq, prev = self.seq + 1 if seq is None else seq, prev or self.prev
        value = self.encode(draft, seq, prev)
        self.values.append(value)
        if accepted:
            self.seq, self.prev = seq, digest(value)
        return self

    def encode(self, draft: Draft, seq: int, prev: str) -> bytes:
        head, sign = preamble("supply", self.partition), signature(self.worker, "0.1.0")
        return encode(draft, preamble=head, signature=sign, seq=seq, prev=prev)

    def _position(self, topic: str, message: Message) -> SourcePosition:
        gap = message.offset - self.decided.get(topic, -1) - 1
        self.decided[topic] = message.offset
        return SourcePosition(
            topic=topic, partition=self.partition, offset=message.offset, timestamp_ms=message.timestamp, gap=gap
        )

    def messages(self) -> list[Message]:
        return [Message(offset, 0, None, value) for offset, value in enumerate(self.values)]

    def ends(self) -> dict[str, int]:
        return {topic: log[-1].offset + 1 for topic, log in self.sources.items() if log}

    def walk(self, heads: dict[int, str] | None = None) -> Walk:
        sources = {topic: Source(topic, iter(log)) for topic, log in self.sources.items()}
        walk = Walk(
            "kafka", "supply", LEDGER, self.partition, sources=sources, conservation=Conservation(), heads=heads
        )
        for message in self.messages():
            walk.take(message)
        return walk

    def report(self, heads: dict[int, str] | None = None) -> PartitionReport:
        return self.walk(heads).finish(self.ends())


def request(number: int) -> bytes:
    """A source message; white space and escapes as its publisher liked them."""
    return b'{ "event_id": "e%d",\n "note": "\\u996d \xe9\xa5\xad", "rejection": null }' % number


def honest(partition: int = 0, gap: int = 2) -> Scribe:
    """A small true history: two owners, a gap in a source, a refusal, ticks, a zombie's records."""
    scribe = Scribe(partition).opened().ticked()
    for number in range(4):
        scribe.took(REQUESTS, request(number))
    scribe.took(REQUESTS, request(4), skip=gap).refused(STOCK, b"{]").took(STOCK, b'{"event_id":"s1"}')
    zombie = Scribe(
        partition, worker="w1", seq=scribe.seq, prev=scribe.prev, decided=dict(scribe.decided), at=scribe.at
    )
    zombie.sources = {topic: list(log) for topic, log in scribe.sources.items()}
    zombie.took(REQUESTS, request(5)).took(REQUESTS, request(6))
    scribe.opened("w2")
    scribe.values += zombie.values
    return scribe.ticked().took(REQUESTS, request(5)).took(REQUESTS, request(6)).took(STOCK, b'{"event_id":"s2"}')
