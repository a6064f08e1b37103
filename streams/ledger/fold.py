"""R3: state is the fold of accepted records. One partition's state with its place in the chain and in the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.errors import BaogongError
from streams.core.decider import Fact
from streams.ledger.accept import Fence, Head
from streams.ledger.record import digest, read_header
from streams.ledger.snapshot import Snapshot
from streams.ledger.stage import FoldRecord, Stage
from streams.ledger.upstream import recall


@dataclass
class Folded:
    """State, head and next ledger offset of a partition; `fenced` counts records that did not count.

    `upstream`: by topic, how far the chain of each source that is itself a ledger was taken.
    """

    stage: Stage
    head: Head
    state: Any
    next_offset: int = 0
    last_hash: str = ""
    ticked_at: datetime | None = None
    """Time as the state knows it: that of the last accepted tick."""
    last_worker: str | None = None
    fenced: int = 0
    fences: dict[Fence, int] = field(default_factory=dict)
    upstream: dict[str, Head] = field(default_factory=dict)

    @classmethod
    def empty(cls, stage: Stage, partition: int) -> Folded:
        """Before any record."""
        upstream = {topic: Head(name, partition) for topic, name in stage.upstream_at(partition).items()}
        return cls(stage, Head(stage.name, partition), stage.decider.initial(), upstream=upstream)

    @classmethod
    def restored(cls, stage: Stage, snapshot: Snapshot) -> Folded:
        """From a snapshot; raises ValueError where its body is not a state."""
        state = stage.decider.load(snapshot.body)
        if snapshot.upstream.keys() != stage.upstream_at(snapshot.head.partition).keys():
            raise ValueError("a snapshot of a stage with other sources")
        place = (snapshot.next_offset, snapshot.last_hash, snapshot.ticked_at)
        return cls(stage, snapshot.head, state, *place, upstream=snapshot.upstream)

    def take(self, offset: int, value: bytes | None) -> Fence | None:
        """Apply the record at `offset` if it is accepted: None then, else why not.

        Raises BaogongError where an accepted record has decisions that this code does not know.
        """
        value = value or b""
        record = self._read(offset, value)
        fence = self.head.judge(record)
        self.next_offset, self.last_hash = offset + 1, digest(value)
        if record is None or fence is not None:
            self._fence(fence or Fence.NOT_A_RECORD)
            return fence
        self.head.take(record, self.last_hash)
        self.last_worker = record.worker
        self.apply(self._fact(record, value))
        return None

    def apply(self, fact: Fact) -> None:
        """Let the state take a fact, and remember the time that a tick set."""
        self.state = self.stage.decider.evolve(self.state, fact)
        self.ticked_at = fact.ticked_at or self.ticked_at

    def snapshot(self) -> Snapshot:
        """What a snapshot file keeps."""
        body = self.stage.decider.dump(self.state)
        return Snapshot(self.head, self.next_offset, self.last_hash, self.ticked_at, body, self.upstream)

    def _fact(self, record: FoldRecord, value: bytes) -> Fact:
        source = record.source
        head = None if source is None else self.upstream.get(source.topic)
        if source is None or head is None:
            return record.fact()
        return Fact(None, None, record.decisions, recall(head, source.topic, source.offset, value))

    def _fence(self, reason: Fence) -> None:
        self.fenced += 1
        self.fences[reason] = self.fences.get(reason, 0) + 1

    def _read(self, offset: int, value: bytes) -> FoldRecord | None:
        try:
            return self.stage.fold_adapter.validate_json(value)
        except ValidationError:
            # Acceptance looks at the header alone, so that all readers agree; a record that counts must be readable.
            header = read_header(value)
            if header is None or self.head.judge(header) is not None:
                return None
            place = f"{self.stage.ledger.name}/{self.head.partition} offset {offset}"
            raise BaogongError(
                f"The accepted record at {place} has decisions that this version does not know: update baogong."
            ) from None
