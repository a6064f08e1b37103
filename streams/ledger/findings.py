"""What an audit of a ledger may find, and what it reports of a partition: plain values, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Message(NamedTuple):
    """A message as it lies in a log: what Kafka, or ClickHouse, gave back."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Code(StrEnum):
    """Kinds of findings."""

    ALTERED = "altered"
    """A record names a predecessor that is nowhere before it: one was altered, removed or moved."""
    OFFSETS_MISSING = "offsets_missing"
    """The log of the ledger lacks offsets."""
    SOURCE_OUT_OF_ORDER = "source_out_of_order"
    """A record continues the chain and not its source."""
    NOT_OWNER = "not_owner"
    """A record counts that was not written by the worker who opened the partition last."""
    CLOCK_BACK = "clock_back"
    """A tick is earlier than one before."""
    SOURCE_DIFFERS = "source_differs"
    """The event, or the digest of what was rejected, is not what lies in the source."""
    SOURCE_MISSING = "source_missing"
    """A record stands for an offset that its source does not have."""
    GAP_FALSE = "gap_false"
    """A record says that offsets are missing in the source which are there: a message was skipped."""
    NEVER_READ = "never_read"
    """Messages lie in a source partition that no ledger partition decides."""
    BEHIND = "behind"
    """Messages that were there when the audit began have no accepted record."""
    CONSERVATION = "conservation"
    """Units came from nowhere, or were given out twice."""
    ROW_MISSING = "row_missing"
    """ClickHouse lacks a record."""
    ROW_DIFFERS = "row_differs"
    """ClickHouse holds other bytes, or another verdict, than Kafka."""
    ROW_EXTRA = "row_extra"
    """ClickHouse holds a record that Kafka does not have."""
    ROWS_BEHIND = "rows_behind"
    """ClickHouse does not yet have the newest records."""
    HEAD_DIFFERS = "head_differs"
    """The chain no longer runs through a head that was noted earlier."""
    LETTER_MISSING = "letter_missing"
    """A rejected message is not among the dead letters."""
    HOLD_MISSING = "hold_missing"
    """A hold or lift that the cold chain ordered is not on every partition, though a later one is."""
    HOLD_DIFFERS = "hold_differs"
    """What the relay's topic says is not what the cold chain ordered, or comes in another order."""
    RELAY_BEHIND = "relay_behind"
    """The newest holds are not on every partition yet."""

    @property
    def lag(self) -> bool:
        """Whether it only says that somebody is not done yet."""
        return self in (Code.BEHIND, Code.ROWS_BEHIND, Code.RELAY_BEHIND)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, with the place; `offset` and `seq` are None where it is about no single record."""

    code: Code
    topic: str
    partition: int
    offset: int | None
    seq: int | None
    why: str

    def __str__(self) -> str:
        offset = "" if self.offset is None else f" offset {self.offset}"
        seq = "" if self.seq is None else f" (seq {self.seq})"
        return f"{self.topic} partition {self.partition}{offset}{seq}: {self.why}"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How far a source partition is decided. `gaps`: offsets that it does not have; `behind`: messages not decided."""

    topic: str
    decided: int
    gaps: int
    behind: int
    expired: int
    """Messages decided whose bytes the source does not keep any more, so that they could not be compared."""


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """What the walk over one ledger partition saw."""

    store: str
    """`kafka` or `clickhouse`."""
    stage: str
    topic: str
    partition: int
    records: int
    accepted: int
    opened: int
    rejected: int
    fenced: dict[str, int]
    seq: int
    head: str
    worker: str | None
    lots: int
    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        """Whether anything but lag was found."""
        return any(not finding.code.lag for finding in self.findings)


@dataclass(slots=True)
class Findings:
    """Collects findings of one partition: the first `limit` in full, the others counted."""

    topic: str
    partition: int
    limit: int = 20
    found: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(self, code: Code, why: str, offset: int | None = None, seq: int | None = None) -> None:
        """Note one."""
        if len(self.found) < self.limit:
            self.found.append(Finding(code, self.topic, self.partition, offset, seq, why))
        else:
            self.more += 1

    def extend(self, code: Code, reasons: Iterable[str], offset: int | None = None, seq: int | None = None) -> None:
        """Note several about the same place."""
        for why in reasons:
            self.add(code, why, offset, seq)
