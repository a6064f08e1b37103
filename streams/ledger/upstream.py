"""A source that is itself a ledger: which of its records count, and what one says to the stage that reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.base import Instant
from schemas.errors import BaogongError
from schemas.ledger import RecordKind
from streams.core.decider import LedgerRead
from streams.core.instants import to_us
from streams.ledger.accept import Head
from streams.ledger.record import Header, digest, event_bytes, read_header


class SourceRecord(Header):
    """A record of another stage's ledger as a reading stage takes it: event and decisions as plain JSON."""

    recorded_at: Instant
    event: dict[str, Any] | None
    decisions: list[dict[str, Any]]


_RECORD: TypeAdapter[SourceRecord] = TypeAdapter(SourceRecord)


def read_source(value: bytes) -> SourceRecord | Header | None:
    """What the bytes are: a record, one of which only the header can be read, or none at all."""
    try:
        return _RECORD.validate_json(value)
    except ValidationError:
        return read_header(value)


def as_read(record: SourceRecord) -> LedgerRead:
    """An accepted record for `decide` and `evolve`."""
    source = record.source
    topic = None if source is None else source.topic
    return LedgerRead(
        record.stage,
        record.partition,
        record.seq,
        record.kind.value,
        topic,
        _at(record),
        record.event,
        record.decisions,
    )


def _at(record: SourceRecord) -> int:
    """When it was decided there: the time of its source message, or of its tick; a takeover is dated by its writer."""
    if record.source is not None:
        return record.source.timestamp_ms * 1000
    if record.kind is RecordKind.TICKED and record.event is not None:
        return to_us(datetime.fromisoformat(record.event["at"]))
    return to_us(record.recorded_at)


def take_source(head: Head, topic: str, offset: int, value: bytes, record: Header | None) -> LedgerRead | None:
    """Move `head` over the next record of a ledger source; None where it does not count.

    Raises BaogongError where it counts and can't be read: deciding without it would be deciding something else.
    """
    if record is None or head.judge(record) is not None:
        return None
    if not isinstance(record, SourceRecord):
        raise BaogongError(
            f"The accepted record at {topic}/{head.partition} offset {offset} is not as this version knows it: "
            "update baogong."
        )
    head.take(record, digest(value))
    return as_read(record)


def recall(head: Head, topic: str, offset: int, value: bytes) -> LedgerRead:
    """What an accepted record of our own says that it read; `head` moves on over it. `value`: our record's bytes."""
    told = event_bytes(value)
    read = take_source(head, topic, offset, told, read_source(told))
    if read is None:
        raise BaogongError(
            f"The ledger took a record of {topic}/{head.partition} (offset {offset}) that does not continue"
            " that ledger: run 'baogong verify'."
        )
    return read
