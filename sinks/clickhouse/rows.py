"""A ledger record as a row of `ledger_records`: a pure function of the record's bytes and its coordinates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from typing_extensions import TypedDict

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


class _Nothing(TypedDict):
    """A decision: only counted."""


class _Event(TypedDict, total=False):
    kind: Any
    event_id: Any
    occurred_at: Any
    at: Any


class _Body(TypedDict, total=False):
    """What a row needs of a record beside its header; the rest is not made into Python objects (half the time)."""

    recorded_at: Any
    code: Any
    event: _Event | None
    rejection: dict[str, Any] | None
    decisions: list[_Nothing]


_BODY: Final = TypeAdapter(_Body).validator


_Source = tuple[str, int | None, int | None, int | None, int | None, int | None]
_Rejected = tuple[str, str, str, int | None]
_NO_SOURCE: Final[_Source] = ("", None, None, None, None, None)
_NO_REJECTION: Final[_Rejected] = ("", "", "", None)


def ledger_row(place: Place, value: bytes, header: Header | None, fence: Fence | None, record_hash: str) -> LedgerRow:
    """The row of a record: `header` is what `read_header` made of its bytes, `fence` what acceptance said of it."""
    body = {} if header is None else _body(value)
    event, rejection, decisions = _dict(body.get("event")), body.get("rejection"), body.get("decisions")
    topic, partition, offset, seq, gap, timestamp = _source(header)
    code, field, reason, size = _rejection(rejection) if rejection else _NO_REJECTION
    recorded_at = _micros(body.get("recorded_at"))
    return LedgerRow(  # by position: by name it takes twice as long
        place.stage,
        place.partition,
        place.offset,
        fence is None,
        fence or "",
        None if header is None else header.seq,
        "" if header is None else header.kind,
        record_hash,
        "" if header is None else header.prev,
        topic,
        partition,
        offset,
        seq,
        gap,
        timestamp,
        _at(header, event, recorded_at),
        recorded_at,
        "" if header is None else header.worker,
        _text(body.get("code")),
        _text(event.get("kind")),
        _text(event.get("event_id")),
        _micros(event.get("occurred_at")),
        code,
        field,
        reason,
        size,
        len(decisions) if isinstance(decisions, list) else 0,
        place.timestamp_ms,
        value,
    )


def _source(header: Header | None) -> _Source:
    source = None if header is None else header.source
    if source is None:
        return _NO_SOURCE
    return source.topic, source.partition, source.offset, source.seq, source.gap, source.timestamp_ms


def _rejection(found: Any) -> _Rejected:
    rejection = _dict(found)
    code, field, reason = (_text(rejection.get(name)) for name in ("code", "field", "reason"))
    size = rejection.get("size")
    return code, field, reason, size if isinstance(size, int) else None


def _body(value: bytes) -> dict[str, Any]:
    """The members beside the header, of whatever type they are; raises nothing where the header could be read."""
    try:
        found: dict[str, Any] = _BODY.validate_json(value)
    except ValidationError:
        found = from_json(value)
    return found


def _at(header: Header | None, event: dict[str, Any], recorded_at: int | None) -> int | None:
    """The ledger's own time of a record, in µs: of its source message, of its tick, or when it was written."""
    if header is None:
        return None
    if header.source is not None:
        return header.source.timestamp_ms * 1000
    return _micros(event.get("at")) if header.kind is RecordKind.TICKED else recorded_at


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
