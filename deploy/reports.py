"""All accepted reports of one consignment: from ClickHouse as far as its rows go, and from Kafka from there on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

import pydantic_core
from pydantic import TypeAdapter

from schemas.consignment import ColdChainMessage
from schemas.topics import LEDGERS
from sinks.clickhouse.client import connect
from sinks.clickhouse.position import Held, held
from sinks.clickhouse.search import ends, records_with
from sinks.clickhouse.verify import insist_on_tables
from streams.ledger.accept import Head
from streams.ledger.reader import KafkaReader
from streams.ledger.record import digest, read_header

STAGE: Final = "coldchain"
_MESSAGE: Final[TypeAdapter[ColdChainMessage]] = TypeAdapter(ColdChainMessage)


@dataclass
class Reports:
    """One search. `kafka` or `clickhouse` None: not looked at (at least one is given)."""

    consignment: str
    kafka: str | None
    clickhouse: str | None
    _found: dict[tuple[int, int], ColdChainMessage] = field(default_factory=dict)

    def run(self) -> list[ColdChainMessage]:
        """The reports that counted, in the order in which they were taken; raises BaogongError without a server."""
        heads = {} if self.clickhouse is None else self._rows(self.clickhouse)
        if self.kafka is not None:
            self._records(self.kafka, heads)
        return [report for _, report in sorted(self._found.items())]

    def _rows(self, url: str) -> dict[int, Held]:
        with connect(url) as client:
            insist_on_tables(client)
            heads = {partition: held(client, STAGE, partition, 0) for partition in ends(client, STAGE)}
            for partition, offset, value in records_with(client, STAGE, self._needles):
                if partition in heads and offset < heads[partition].resume:
                    self._take(partition, offset, value)
        return heads

    def _records(self, address: str, heads: dict[int, Held]) -> None:
        ledger = LEDGERS[STAGE].name
        with KafkaReader(address) as reader:
            for partition in reader.partitions(ledger):
                found = heads.get(partition)
                head, start = (found.head, found.resume) if found else (Head(STAGE, partition), 0)
                for message in reader.open(ledger, partition, start):
                    value = message.value or b""
                    header = read_header(value)
                    if header is not None and head.judge(header) is None:
                        head.take(header, digest(value))
                        self._take(partition, message.offset, value)

    @property
    def _needles(self) -> list[bytes]:
        """The consignment's name as JSON has it, escaped or not."""
        return [json.dumps(self.consignment, ensure_ascii=ascii_only).encode() for ascii_only in (True, False)]

    def _take(self, partition: int, offset: int, value: bytes) -> None:
        """Keep the report of an accepted record that had an effect on the consignment."""
        if not any(needle in value for needle in self._needles):
            return
        record: Any = pydantic_core.from_json(value)
        event, effects = record["event"] or {}, [decision["type"] for decision in record["decisions"]]
        if event.get("consignment_id") == self.consignment and effects and effects[0] != "repeat_ignored":
            self._found[partition, offset] = _MESSAGE.validate_python(event, strict=False)
