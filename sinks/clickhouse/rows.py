"""A ledger record as a row of `ledger_records`: a pure function of the record's bytes and its coordinates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from schemas.ledger import RecordKind
from streams.ledger.accept import Fence
from streams.ledger.record import Header

TABLE: Final = "ledger_records"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Place(NamedTuple):
    """Where a record lies: the ledger's stage, partition and offset, and the time that Kafka gave it (ms)."""

    stage: str
    partition: int
    offset: int
    timestamp_ms: int


class LedgerRow(NamedTuple):
    """One row; the fields are the table's columns, described there. Times are integers (Kafka's ms, others µs).

    What a record does not have, or has in a wrong type, is NULL, '' or 0: a record that is none still has its row.
    Numbers are as they stand in the record and may not fit their column: then the server refuses the row.
    """

    stage: str
    partition: int
    offset: int
    accepted: bool
    fence: str
    seq: int | None
    kind: str
    hash: str
    prev: str
    source_topic: str
    source_partition: int | None
    source_offset: int | None
    source_seq: int | None
    source_gap: int | None
    source_timestamp: int | None
    at: int | None
    recorded_at: int | None
    worker: str
    code: str
    event_kind: str
    event_id: str
    occurred_at: int | None
    rejection_code: str
    rejection_field: str
    rejection_reason: str
    rejection_size: int | None
    decision_count: int
    timestamp: int
    value: bytes


COLUMNS: Final = LedgerRow._fields


def ledger_row(place: Place, value: bytes, header: Header | None, fence: Fence | None, record_hash: str) -> LedgerRow:
    """The row of a record: `header` is what `read_header` made of its bytes, `fence` what acceptance said of it."""
    body: dict[str, Any] = from_json(value) if header is not None else {}
    source = header.source if header is not None else None
    event, rejection, decisions = _dict(body.get("event")), _dict(body.get("rejection")), body.get("decisions")
    recorded_at = _micros(body.get("recorded_at"))
    size = rejection.get("size")
    return LedgerRow(
        stage=place.stage,
        partition=place.partition,
        offset=place.offset,
        accepted=fence is None,
        fence="" if fence is None else fence.value,
        seq=None if header is None else header.seq,
        kind="" if header is None else header.kind.value,
        hash=record_hash,
        prev="" if header is None else header.prev,
        source_topic="" if source is None else source.topic,
        source_partition=None if source is None else source.partition,
        source_offset=None if source is None else source.offset,
        source_seq=None if source is None else source.seq,
        source_gap=None if source is None else source.gap,
        source_timestamp=None if source is None else source.timestamp_ms,
        at=_at(header, event, recorded_at),
        recorded_at=recorded_at,
        worker="" if header is None else header.worker,
        code=_text(body.get("code")),
        event_kind=_text(event.get("kind")),
        event_id=_text(event.get("event_id")),
        occurred_at=_micros(event.get("occurred_at")),
        rejection_code=_text(rejection.get("code")),
        rejection_field=_text(rejection.get("field")),
        rejection_reason=_text(rejection.get("reason")),
        rejection_size=size if isinstance(size, int) else None,
        decision_count=len(decisions) if isinstance(decisions, list) else 0,
        timestamp=place.timestamp_ms,
        value=value,
    )


def _at(header: Header | None, event: dict[str, Any], recorded_at: int | None) -> int | None:
    """The ledger's own time of a record, in µs: of its source message, of its tick, or when it was written."""
    if header is not None and header.source is not None:
        return header.source.timestamp_ms * 1000
    if header is not None and header.kind is RecordKind.TICKED:
        return _micros(event.get("at"))
    return recorded_at


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _micros(value: Any) -> int | None:
    """Microseconds since 1970 of an ISO time with offset."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (at - _EPOCH) // _MICROSECOND if at.tzinfo is not None else None
