"""Bytes of a ledger record (docs/ledger.md): written once, hashed as they lie in Kafka, read without re-serialising."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from schemas.base import Model
from schemas.ledger import Digest, RecordKind, Rejection, SourcePosition

NULL = b"null"


def digest(value: bytes) -> str:
    """SHA-256 of a record's value as it lies in Kafka, lower-case hexadecimal."""
    return hashlib.sha256(value).hexdigest()


class Header(Model):
    """The part of a record that acceptance looks at; the rest is not parsed."""

    model_config = Model.model_config | {"extra": "ignore"}

    v: Literal[1]
    stage: str
    partition: Annotated[int, Field(ge=0)]
    seq: Annotated[int, Field(ge=0)]
    prev: Digest
    kind: RecordKind
    source: SourcePosition | None
    worker: str


_HEADER: TypeAdapter[Header] = TypeAdapter(Header)
_REJECTION: TypeAdapter[Rejection] = TypeAdapter(Rejection)


def read_header(value: bytes) -> Header | None:
    """The header of a record, or None where the bytes are not a record at all (such bytes are fenced)."""
    try:
        return _HEADER.validate_json(value)
    except ValidationError:
        return None


_EVENT, _AFTER_EVENT = b',"event":', b',"rejection":null,"decisions":'


def event_bytes(value: bytes) -> bytes:
    """The event of a `decided` record as it lay in its source; b'' where no writer of ours put the record together."""
    start = value.find(_EVENT) + len(_EVENT)
    end = value.rfind(_AFTER_EVENT)
    return value[start:end] if len(_EVENT) <= start <= end else b""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a place in the chain: everything but `seq` and `prev`. `event` is JSON as it came."""

    kind: RecordKind
    source: SourcePosition | None
    recorded_at: datetime
    event: bytes | None = None
    rejection: Rejection | None = None
    decisions: bytes = b"[]"


def encode_source(source: SourcePosition | None) -> bytes:
    """The `source` member: fixed order, no spaces."""
    if source is None:
        return NULL
    topic = json.dumps(source.topic).encode()
    return source_bytes(topic, source.partition, source.offset, source.timestamp_ms, source.gap, source.seq)


def source_bytes(topic: bytes, partition: int, offset: int, timestamp_ms: int, gap: int, seq: int | None) -> bytes:
    """The same from its parts; `topic` is a JSON string already."""
    return b'{"topic":%b,"partition":%d,"offset":%d,"timestamp_ms":%d,"gap":%d,"seq":%b}' % (
        topic,
        partition,
        offset,
        timestamp_ms,
        gap,
        NULL if seq is None else b"%d" % seq,
    )


def encode_instant(at: datetime) -> bytes:
    """A time in UTC with six decimals and Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z").encode()


def encode(draft: Draft, *, preamble: bytes, signature: bytes, seq: int, prev: str) -> bytes:
    """The bytes of a record. `preamble` and `signature` come from `preamble()` and `signature()`, once a writer."""
    return assemble(
        preamble,
        seq,
        prev,
        draft.kind.value,
        encode_source(draft.source),
        encode_instant(draft.recorded_at),
        signature,
        draft.event or NULL,
        NULL if draft.rejection is None else _REJECTION.dump_json(draft.rejection),
        draft.decisions,
    )


def assemble(
    preamble: bytes,
    seq: int,
    prev: str,
    kind: str,
    source: bytes,
    recorded_at: bytes,
    signature: bytes,
    event: bytes,
    rejection: bytes,
    decisions: bytes,
) -> bytes:
    """The members of a record in their order: the one place that knows it (docs/ledger.md)."""
    return (
        b'%b,"seq":%d,"prev":"%b","kind":"%b","source":%b,"recorded_at":"%b"%b,"event":%b,"rejection":%b,"decisions":%b}'
        % (
            preamble,
            seq,
            prev.encode(),
            kind.encode(),
            source,
            recorded_at,
            signature,
            event,
            rejection,
            decisions,
        )
    )


def preamble(stage: str, partition: int) -> bytes:
    """The members that never change for a ledger partition."""
    return f'{{"v":1,"stage":{json.dumps(stage)},"partition":{partition}'.encode()


def signature(worker: str, code: str) -> bytes:
    """The members that never change for a writer: who decided, with which version."""
    return f',"worker":{json.dumps(worker)},"code":{json.dumps(code)}'.encode()
