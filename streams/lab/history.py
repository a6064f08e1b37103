"""What really happened: the messages that a supply ledger took, in its order, for another run of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import from_json

from schemas.ledger import RecordKind
from schemas.topics import BY_NAME, SUPPLY_LEDGER, SUPPLY_SOURCES
from streams.ledger.accept import Head
from streams.ledger.reader import KafkaReader
from streams.ledger.record import digest, read_header

_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    topic.name: TypeAdapter(BY_NAME[topic.name].model) for topic in SUPPLY_SOURCES
}


def messages(kafka: str) -> list[Any]:
    """Each message once (holds are on every partition), as the accepted records have it."""
    found: dict[str, Any] = {}
    with KafkaReader(kafka) as reader:
        for partition in reader.partitions(SUPPLY_LEDGER.name):
            for message in _accepted(reader, partition):
                found.setdefault(message.event_id, message)
    return list(found.values())


def _accepted(reader: KafkaReader, partition: int) -> Iterator[Any]:
    head = Head("supply", partition)
    for record in reader.open(SUPPLY_LEDGER.name, partition):
        header = read_header(record.value or b"")
        if header is None or head.judge(header) is not None:
            continue
        head.take(header, digest(record.value or b""))
        if header.kind is RecordKind.DECIDED and header.source is not None:
            event = from_json(record.value or b"")["event"]
            yield _ADAPTERS[header.source.topic].validate_python(event, strict=False)
