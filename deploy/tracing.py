"""Finds the story of a request, household or lot: in ClickHouse as far as its rows go, and in Kafka from there on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from schemas.topics import LEDGERS, SUPPLY_SOURCES
from sinks.clickhouse.client import connect
from sinks.clickhouse.position import Held, held
from sinks.clickhouse.search import ends, records_with
from sinks.clickhouse.verify import insist_on_tables
from streams.ledger.accept import Head
from streams.ledger.findings import Message
from streams.ledger.letters import Letter, read_letter
from streams.ledger.reader import KafkaReader
from streams.ledger.record import digest, read_header
from streams.trail import Step, Subject, Trail, in_order

STAGE: Final = "supply"


@dataclass(frozen=True, slots=True)
class Story:
    """What was found; `read_from` says where, in words."""

    subject: Subject
    name: str
    steps: tuple[Step, ...]
    refusals: tuple[Letter, ...]
    read_from: str


@dataclass
class Search:
    """One search. `kafka` or `clickhouse` None: not looked at (at least one is given)."""

    kafka: str | None
    clickhouse: str | None
    trail: Trail
    _letters: dict[tuple[str, int, int], Letter] = field(default_factory=dict)

    def run(self) -> Story:
        """Raises BaogongError where a server does not answer."""
        heads = {} if self.clickhouse is None else self._rows(self.clickhouse)
        newer = 0 if self.kafka is None else self._records(self.kafka, heads)
        words = "Kafka" if self.clickhouse is None else "ClickHouse"
        if self.clickhouse is not None and newer:
            words += f" and, for the newest {newer} records, Kafka"
        steps = tuple(in_order(self.trail.steps))
        return Story(self.trail.subject, self.trail.name, steps, tuple(self._letters.values()), words)

    def _rows(self, url: str) -> dict[int, Held]:
        """Look at rows until they teach no further name; gives what ClickHouse holds of each partition."""
        with connect(url) as client:
            insist_on_tables(client)
            heads = {partition: held(client, STAGE, partition, 0) for partition in ends(client, STAGE)}
            while True:
                asked = self.trail.needles
                self.trail.steps.clear()
                for partition, offset, value in records_with(client, STAGE, asked):
                    if partition in heads and offset < heads[partition].resume:
                        self.trail.take(partition, offset, value)
                if self.trail.needles == asked:
                    return heads

    def _records(self, address: str, heads: dict[int, Held]) -> int:
        """Look at the records that ClickHouse lacks, and at dead letters; gives the number of the former."""
        looked, ledger = 0, LEDGERS[STAGE].name
        with KafkaReader(address) as reader:
            for partition in reader.partitions(ledger):
                found = heads.get(partition)
                head, start = (found.head, found.resume) if found else (Head(STAGE, partition), 0)
                for message in reader.open(ledger, partition, start):
                    looked += 1
                    self._look(head, message)
            known = reader.topics()
            for topic in SUPPLY_SOURCES:
                for partition in known.get(f"dlq.{topic.name}", ()):
                    for message in reader.open(f"dlq.{topic.name}", partition):
                        self._look_at_letter(topic.name, message)
        return looked

    def _look(self, head: Head, message: Message) -> None:
        value = message.value or b""
        header = read_header(value)
        if header is not None and head.judge(header) is None:
            head.take(header, digest(value))
            self.trail.take(head.partition, message.offset, value)

    def _look_at_letter(self, topic: str, message: Message) -> None:
        letter = read_letter(topic, message)
        names = {json.dumps(self.trail.name, ensure_ascii=ascii_only).encode() for ascii_only in (True, False)}
        if letter is not None and any(name in (message.value or b"") for name in names):
            self._letters.setdefault((topic, letter.partition, letter.offset), letter)
