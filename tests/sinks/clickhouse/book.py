"""Hand-written ledgers: records chained as a worker chains them, and a way onto a topic of a real broker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from schemas.ledger import GENESIS, RecordKind, Rejection, SourcePosition
from schemas.topics import Topic
from sinks.clickhouse.client import Client
from sinks.clickhouse.follower import Follower
from sinks.clickhouse.position import Held, held
from sinks.clickhouse.writer import Writer
from streams.ledger.record import Draft, digest, encode, preamble, signature

START = datetime(2022, 4, 1, 8, 0, tzinfo=UTC)


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@dataclass
class Book:
    """One ledger partition being written; `values` are the records in order, as they will lie in Kafka."""

    stage: str = "supply"
    partition: int = 0
    values: list[bytes] = field(default_factory=list)
    now: datetime = START
    seq: int = -1
    prev: str = GENESIS
    offsets: dict[str, int] = field(default_factory=dict)

    def at(self, hours: float) -> Book:
        """Time is so many hours after the start."""
        self.now = START + timedelta(hours=hours)
        return self

    def opened(self) -> Book:
        return self._add(Draft(RecordKind.OPENED, None, self.now))

    def decided(self, topic: str, event: dict[str, Any], *decisions: dict[str, Any]) -> Book:
        whole = {"event_id": f"e{len(self.values)}", "occurred_at": iso(self.now), "source": "test", **event}
        body = json.dumps(decisions, separators=(",", ":")).encode()
        draft = Draft(
            RecordKind.DECIDED, self.source(topic), self.now, event=json.dumps(whole).encode(), decisions=body
        )
        return self._add(draft)

    def ticked(self, *decisions: dict[str, Any]) -> Book:
        event = json.dumps({"kind": "clock_ticked", "at": iso(self.now)}).encode()
        return self._add(
            Draft(RecordKind.TICKED, None, self.now, event=event, decisions=json.dumps(decisions).encode())
        )

    def rejected(self, topic: str, code: str, reason: str) -> Book:
        rejection = Rejection(code=code, field="quantity", reason=reason, size=17, sha256="ab" * 32)
        return self._add(Draft(RecordKind.REJECTED, self.source(topic), self.now, rejection=rejection))

    def raw(self, value: bytes) -> Book:
        """Bytes that no owner wrote: they do not move the chain."""
        self.values.append(value)
        return self

    def accepted(self, draft: Draft) -> Book:
        return self._add(draft)

    def source(self, topic: str) -> SourcePosition:
        offset = self.offsets[topic] = self.offsets.get(topic, -1) + 1
        at = int(self.now.timestamp() * 1000)
        return SourcePosition(topic=topic, partition=self.partition, offset=offset, timestamp_ms=at)

    def _add(self, draft: Draft) -> Book:
        value = encode(
            draft,
            preamble=preamble(self.stage, self.partition),
            signature=signature("worker-1", "baogong-test"),
            seq=self.seq + 1,
            prev=self.prev,
        )
        self.seq, self.prev = self.seq + 1, digest(value)
        self.values.append(value)
        return self


def needs_book(records: int, partition: int = 0) -> Book:
    """A ledger of plain requests, two decisions each, with a tick now and then and every tenth message refused."""
    book = Book(partition=partition).opened()
    for number in range(records - 1):
        book.at(number / 3600)
        if number % 50 == 49:
            book.ticked()
        elif number % 10 == 9:
            book.rejected("supply.requests.v1", "absurd_quantity", "More than the catalogue allows")
        else:
            book.decided("supply.requests.v1", {"kind": "request_filed"}, *request(f"p{partition}r{number}", book.now))
    return book


def request(request_id: str, at: datetime, item: str = "rice", quantity: int = 5, **more: Any) -> list[dict[str, Any]]:
    """The decisions of a request for one item."""
    recorded = {
        "type": "request_recorded",
        "request_id": request_id,
        "requester_id": "h1",
        "area": "sh/pd/a1",
        "responsible": "grid-7",
        "reported_at": iso(at),
        "life_threatening": False,
    }
    opened = {
        "type": "need_opened",
        "need_id": f"{request_id}:{item}",
        "request_id": request_id,
        "requester_id": "h1",
        "area": "sh/pd/a1",
        "grid": "sh/pd/a1/c1/g1",
        "item": item,
        "quantity": quantity,
        "assumed": False,
        "need_class": "sealed",
        "mode": "door",
        "reported_at": iso(at),
        "due_at": iso(at + timedelta(hours=24)),
        **more,
    }
    return [recorded, opened]


def make_topic(kafka: str, name: str, partitions: int = 1) -> Topic:
    """A ledger topic of its own on the broker."""
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        configs = {"max.message.bytes": str(24 << 20)}
        admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
    finally:
        admin.close()
    return Topic(name, "test ledger", "", None, "test", (), partitions=partitions)


def publish(kafka: str, topic: Topic, values: Sequence[bytes], partition: int = 0) -> None:
    """Append records, in order, acknowledged."""
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=5, max_request_size=24 << 20)
    try:
        futures = [producer.send(topic.name, value=value, partition=partition) for value in values]
        for future in futures:
            future.get(timeout=30)
    finally:
        producer.close()


def load(client: Client, book: Book, name: str = "book", since: Held | None = None) -> None:
    """Write a whole ledger, or what came `since`, as the sink writes it, without a broker."""
    since = since or held(client, book.stage, book.partition, 100)
    follower = Follower(book.stage, "book", book.partition, since)
    stamp = int(START.timestamp() * 1000)
    follower.take([(offset, stamp + offset, value) for offset, value in enumerate(book.values)], 0.0)
    while follower.rows:
        batch = follower.cut()
        Writer(client).write([(f"{name}/{book.partition}", batch)])
        follower.wrote(batch)
