"""A verifier of ledgers written from docs/ledger.md alone: json, hashlib, a plain Kafka consumer, nothing of ours.

As a program: python tests/independent/verifier.py HOST:PORT
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

GENESIS = "0" * 64
LEDGERS = {
    "supply": (
        "supply.ledger.v1",
        ["households.v1", "supply.requests.v1", "stock.events.v1", "deliveries.confirmations.v1", "stock.holds.v1",
         "coldchain.holds.v1", "transfers.orders.v1"],
    ),
    "coldchain": (
        "coldchain.ledger.v1",
        ["coldchain.records.v1", "coldchain.inspections.v1", "coldchain.drivers.v1", "stock.holds.v1",
         "coldchain.holds.v1"],
    ),
    "alerts": (
        "alerts.ledger.v1",
        ["supply.ledger.v1", "coldchain.ledger.v1", "transfers.ledger.v1", "alerts.messages.v1", "duty.roster.v1"],
    ),
    "transfers": ("transfers.ledger.v1", ["transfers.standings.v1"]),
}  # fmt: skip
KINDS = {"opened": False, "ticked": False, "decided": True, "rejected": True}
"""Whether a record of the kind has a source."""
TOPIC = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}\Z")
HASH = re.compile(r"[0-9a-f]{64}\Z")

SourceMessage = tuple[int, bytes]


def check(
    stage: str,
    records: Mapping[int, Sequence[tuple[int, bytes]]],
    ends: Mapping[str, Mapping[int, int]],
    sources: Mapping[str, Mapping[int, Mapping[int, SourceMessage]]] | None = None,
) -> list[str]:
    """Problems of one ledger, none if it holds.

    `records`: offset and value by partition, in the order of the log. `ends`: end offset (exclusive) by source topic
    and partition; of a source that is a ledger, the number of its accepted records. `sources`: if
    given, every source message (timestamp, value) by topic, partition and offset.
    """
    problems: list[str] = []
    for partition, log in sorted(records.items()):
        due = {topic: 0 for topic in ends}
        reader = Reader(stage, partition, due, sources)
        for offset, value in log:
            problems += [f"partition {partition} offset {offset}: {why}" for why in reader.take(offset, value)]
        for topic, numbers in ends.items():
            if due[topic] != numbers.get(partition, 0) and not reader.only_missing(topic, numbers.get(partition, 0)):
                problems.append(f"partition {partition}: {topic} is decided up to {due[topic]} of {numbers[partition]}")
    return problems


class Reader:
    """The rule of docs/ledger.md over one partition."""

    def __init__(
        self,
        stage: str,
        partition: int,
        due: dict[str, int],
        sources: Mapping[str, Mapping[int, Mapping[int, SourceMessage]]] | None,
    ) -> None:
        self.stage, self.partition, self.due, self.sources = stage, partition, due, sources
        self.seq, self.hash, self.offset, self.owner = -1, GENESIS, 0, ""
        self.known = {GENESIS: -1}

    def take(self, offset: int, value: bytes) -> Iterable[str]:
        """What is wrong with the next record of the log."""
        if offset != self.offset:
            yield f"offset {self.offset} was expected"
        self.offset = offset + 1
        record, here = parse(value), hashlib.sha256(value).hexdigest()
        if record is None or (record["stage"], record["partition"]) != (self.stage, self.partition):
            return
        if (record["seq"], record["prev"]) != (self.seq + 1, self.hash):
            if self.known.get(record["prev"]) != record["seq"] - 1:
                yield "it follows no record of this log"
            self.known[here] = record["seq"]
            return
        source = record["source"]
        if (source is not None) != KINDS[record["kind"]]:
            return
        if source is not None:
            if source["topic"] not in self.due:
                yield f"{source['topic']} is not a source"
                return
            if source["partition"] != self.partition or place(source) != self.due[source["topic"]] + source["gap"]:
                yield "it does not continue its source"
                self.known[here] = record["seq"]
                return
            yield from self.compare(record, source, value)
            self.due[source["topic"]] = place(source) + 1
        if record["kind"] == "opened":
            self.owner = record["worker"]
        elif record["worker"] != self.owner:
            yield "its worker did not open the partition"
        self.seq, self.hash, self.known[here] = record["seq"], here, record["seq"]

    def compare(self, record: dict[str, Any], source: dict[str, Any], value: bytes) -> Iterable[str]:
        """Whether the record tells of its source message what lies there."""
        if self.sources is None:
            return
        messages = self.sources.get(source["topic"], {}).get(self.partition, {})
        for skipped in range(source["offset"] - source["gap"], source["offset"]):
            if skipped in messages:
                yield f"offset {skipped} of {source['topic']} is there, but recorded as a gap"
        if source["offset"] not in messages:
            yield f"offset {source['offset']} of {source['topic']} does not exist"
            return
        timestamp, message = messages[source["offset"]]
        if source["seq"] is not None and json.loads(message)["seq"] != source["seq"]:
            yield f"offset {source['offset']} of {source['topic']} has another seq"
        if record["kind"] == "decided":
            same = b',"event":' + message + b',"rejection":null,"decisions":[' in value
        else:
            rejection = record.get("rejection") or {}
            told = (rejection.get("size"), rejection.get("sha256"))
            same = told == (len(message), hashlib.sha256(message).hexdigest())
        if not same or timestamp != source["timestamp_ms"]:
            yield f"it differs from offset {source['offset']} of {source['topic']}"

    def only_missing(self, topic: str, end: int) -> bool:
        """Whether the offsets from the last decided one to the end do not exist in the source."""
        if self.sources is None:
            return False
        messages = self.sources.get(topic, {}).get(self.partition, {})
        return not any(offset in messages for offset in range(self.due[topic], end))


def place(source: dict[str, Any]) -> int:
    """`seq` for a source that is a ledger, else `offset`."""
    return int(source["offset"] if source["seq"] is None else source["seq"])


def parse(value: bytes) -> dict[str, Any] | None:
    """A record as JSON, or None where the bytes are none."""
    try:
        record = json.loads(value.decode("utf-8"))
        if b"\\u" in value:
            json.dumps(record, ensure_ascii=False).encode("utf-8")  # refuses lone surrogates
    except (ValueError, RecursionError):
        return None
    good = (
        isinstance(record, dict)
        and (value.count(b"{") + value.count(b"[") <= 201 or depth(record) <= 201)
        and record.get("v") == 1
        and isinstance(record.get("stage"), str)
        and whole(record.get("partition"))
        and whole(record.get("seq"))
        and matches(HASH, record.get("prev"))
        and record.get("kind") in KINDS
        and isinstance(record.get("worker"), str)
        and "source" in record
        and (record["source"] is None or is_source(record["source"]))
    )
    return record if good else None


def is_source(source: Any) -> bool:
    """Whether a `source` member is one; `gap` and `seq` may be left out, nothing may be added."""
    if not isinstance(source, dict) or set(source) - {"topic", "partition", "offset", "timestamp_ms", "gap", "seq"}:
        return False
    source.setdefault("gap", 0)
    source.setdefault("seq", None)
    numbers = [source.get("partition"), source.get("offset"), source["gap"]]
    numbers += [] if source["seq"] is None else [source["seq"]]
    return (
        matches(TOPIC, source.get("topic"))
        and all(whole(number) for number in numbers)
        and type(source.get("timestamp_ms")) is int
    )


def whole(number: Any) -> bool:
    """A JSON integer of 0 or more."""
    return type(number) is int and number >= 0


def matches(pattern: re.Pattern[str], text: Any) -> bool:
    """A string that is all of the pattern."""
    return isinstance(text, str) and pattern.match(text) is not None


def depth(value: Any) -> int:
    """How many objects and arrays lie in one another, without recursion."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        inner, level = waiting.pop()
        if isinstance(inner, dict | list):
            deepest = max(deepest, level)
            waiting += [(one, level + 1) for one in (inner.values() if isinstance(inner, dict) else inner)]
    return deepest


def read(address: str, topic: str) -> dict[int, list[tuple[int, int, bytes]]]:
    """Every message of a topic by partition: offset, timestamp, value."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, check_crcs=False)
    try:
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        found: dict[int, list[tuple[int, int, bytes]]] = {at.partition: [] for at in places}
        while any(consumer.position(at) < ends[at] for at in places):
            for at, messages in consumer.poll(timeout_ms=500).items():
                found[at.partition] += [(one.offset, one.timestamp, one.value or b"") for one in messages]
        return found
    finally:
        consumer.close()


def counting(ledger: str, log: Sequence[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Of a partition of a ledger that is a source, the records that count: only they are messages."""
    (stage,) = (name for name, (topic, _) in LEDGERS.items() if topic == ledger)
    records = [parse(value) for _, _, value in log]
    number = next((record["partition"] for record in records if record is not None), 0)
    reader, kept = Reader(stage, number, {topic: 0 for topic in LEDGERS[stage][1]}, None), []
    for offset, timestamp, value in log:
        before = reader.seq
        list(reader.take(offset, value))
        if reader.seq != before:
            kept.append((offset, timestamp, value))
    return kept


def check_kafka(address: str, stages: Iterable[str] = tuple(LEDGERS)) -> list[str]:
    """Problems of ledgers on a broker, compared with their sources message by message."""
    problems = []
    for stage in stages:
        ledger, topics = LEDGERS[stage]
        records = {n: [(offset, value) for offset, _, value in log] for n, log in read(address, ledger).items()}
        logs = {topic: read(address, topic) for topic in topics}
        ends = {
            topic: {n: max((m[0] + 1 for m in log), default=0) for n, log in by.items()} for topic, by in logs.items()
        }
        for topic in {ledger for ledger, _ in LEDGERS.values()} & set(logs):
            logs[topic] = {n: counting(topic, log) for n, log in logs[topic].items()}
            ends[topic] = {n: len(log) for n, log in logs[topic].items()}
        sources = {topic: {n: {m[0]: m[1:] for m in log} for n, log in by.items()} for topic, by in logs.items()}
        problems += check(stage, records, ends, sources)
    return problems


if __name__ == "__main__":
    found = check_kafka(sys.argv[1])
    print("\n".join(found) or "holds")
    sys.exit(1 if found else 0)
