"""Snapshots bound recovery time: state, chain head and ledger position of one partition in one file.

A cache only: a missing, torn or stale one is ignored and the ledger folded from its beginning.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from schemas.base import Model
from streams.ledger.accept import Head


class SnapshotHead(Model):
    """The end of a chain."""

    stage: str
    seq: int
    hash: str
    positions: dict[str, int]
    offsets: dict[str, int]

    @classmethod
    def of(cls, head: Head) -> SnapshotHead:
        """To be kept."""
        return cls(stage=head.stage, seq=head.seq, hash=head.hash, positions=head.positions, offsets=head.offsets)

    def head(self, partition: int) -> Head:
        """As it was."""
        return Head(self.stage, partition, self.seq, self.hash, dict(self.positions), dict(self.offsets))


class SnapshotHeader(Model):
    """First line of a snapshot file; the rest is the state's canonical bytes."""

    stage: str
    partition: int
    fingerprint: str
    next_offset: int = Field(ge=1)
    """Ledger offset from which to go on folding; the record before it hashes to `hash`."""
    last_hash: str
    """Hash of the record at `next_offset` - 1, accepted or not: proves that it is the same ledger."""
    head: SnapshotHead
    upstream: dict[str, SnapshotHead]
    """By topic, where the chain of a source that is itself a ledger was taken to."""
    ticked_at: datetime | None
    body_sha256: str


_HEADER: TypeAdapter[SnapshotHeader] = TypeAdapter(SnapshotHeader)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state with its place in the ledger."""

    head: Head
    next_offset: int
    last_hash: str
    ticked_at: datetime | None
    body: bytes
    upstream: dict[str, Head] = field(default_factory=dict)


class SnapshotFile:
    """The snapshot of one partition in a directory."""

    def __init__(self, directory: Path, stage: str, partition: int, fingerprint: str) -> None:
        self._path = directory / f"{stage}-{partition}.snapshot"
        self._stage, self._partition, self._fingerprint = stage, partition, fingerprint

    def save(self, snapshot: Snapshot) -> None:
        """Write it whole or not at all (temporary file, fsync, rename)."""
        header = SnapshotHeader(
            stage=self._stage,
            partition=self._partition,
            fingerprint=self._fingerprint,
            next_offset=snapshot.next_offset,
            last_hash=snapshot.last_hash,
            head=SnapshotHead.of(snapshot.head),
            upstream={topic: SnapshotHead.of(head) for topic, head in snapshot.upstream.items()},
            ticked_at=snapshot.ticked_at,
            body_sha256=hashlib.sha256(snapshot.body).hexdigest(),
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(_HEADER.dump_json(header) + b"\n" + snapshot.body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

    def load(self) -> Snapshot | None:
        """The snapshot, or None where there is none that this code can trust."""
        try:
            line, _, body = self._path.read_bytes().partition(b"\n")
            header = _HEADER.validate_json(line)
        except (OSError, ValidationError):
            return None
        mine = (self._stage, self._partition, self._fingerprint)
        if (header.stage, header.partition, header.fingerprint) != mine:
            return None
        if hashlib.sha256(body).hexdigest() != header.body_sha256:
            return None
        upstream = {topic: kept.head(header.partition) for topic, kept in header.upstream.items()}
        place = (header.next_offset, header.last_hash, header.ticked_at)
        return Snapshot(header.head.head(header.partition), *place, body, upstream)
