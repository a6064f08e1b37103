"""A ledger record: what a stage made of one source message (or tick), chained to the record before it.

docs/ledger.md specifies bytes and hash. The value in Kafka is the record: nothing is re-serialised to verify.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Instant, Model, Text

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hexadecimal."""

GENESIS = "0" * 64
"""`prev` of the first accepted record of a ledger partition."""


class RecordKind(StrEnum):
    """What a record stands for."""

    OPENED = "opened"
    """A worker took the partition over; carries no source and no decisions."""
    DECIDED = "decided"
    """A source message was taken."""
    REJECTED = "rejected"
    """A source message was refused; its bytes are on `dlq.<topic>`."""
    TICKED = "ticked"
    """Time went on."""


class SourcePosition(Model):
    """Where a message came from. `gap`: offsets before it that the source itself does not have any more."""

    topic: Identifier
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    timestamp_ms: int
    gap: Annotated[int, Field(ge=0)] = 0
    seq: Annotated[int, Field(ge=0)] | None = None
    """Accepted-record number in the source, where the source is itself a ledger."""

    @property
    def place(self) -> int:
        """What continues from record to record: `seq` for a ledger source, else `offset`."""
        return self.offset if self.seq is None else self.seq


class Rejection(Model):
    """Why a message was refused: a stable code, the field, words without the message's own values, and what it was."""

    code: Identifier
    field: Text = ""
    reason: Text
    size: Annotated[int, Field(ge=0)] = 0
    sha256: Digest = GENESIS


class ClockTicked(Model):
    """Time as the stage knows it from now on; never earlier than before."""

    kind: Literal["clock_ticked"] = "clock_ticked"
    at: Instant


class RepeatIgnored(Model):
    """The message says again what is already known (same event, request, lot or hold id): no further effect."""

    type: Literal["repeat_ignored"] = "repeat_ignored"
    id: Identifier
    reason: Identifier


class EventsForgotten(Model):
    """Event ids taken before this day (UTC) are no longer remembered: such old events are refused by their age."""

    type: Literal["events_forgotten"] = "events_forgotten"
    before: dt.date


class LedgerRecord(Model):
    """One record with its event and decisions as plain JSON, for readers that serve any stage."""

    v: Literal[1]
    stage: Identifier
    partition: Annotated[int, Field(ge=0)]
    seq: Annotated[int, Field(ge=0)]
    prev: Digest
    kind: RecordKind
    source: SourcePosition | None
    recorded_at: Instant
    worker: Identifier
    code: Identifier
    event: dict[str, Any] | None
    rejection: Rejection | None
    decisions: tuple[dict[str, Any], ...] = Field(strict=False)
