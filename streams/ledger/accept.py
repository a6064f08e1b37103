"""R1, acceptance: the one pure function that says whether a record counts. Every reader in every process uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.ledger import GENESIS, RecordKind
from streams.ledger.record import Header


class Fence(StrEnum):
    """Why a record does not count. It is kept and counted, never applied."""

    NOT_A_RECORD = "not_a_record"
    FOREIGN = "foreign"
    """Another stage's or partition's record."""
    BROKEN_CHAIN = "broken_chain"
    """`seq` or `prev` do not continue the accepted record before."""
    SOURCE_OUT_OF_ORDER = "source_out_of_order"
    """The source position does not continue that source's."""


@dataclass(slots=True)
class Head:
    """The end of the accepted chain of one ledger partition: `seq` -1 before the first record.

    `positions` maps each source topic to its last accepted offset (for a ledger source: accepted seq), `offsets` a
    ledger source to the offset of that record, from which it is read on; acceptance does not look at `offsets`.
    """

    stage: str
    partition: int
    seq: int = -1
    hash: str = GENESIS
    positions: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)

    def next_offset(self, topic: str) -> int:
        """The first offset (or seq) of a source that has no accepted record yet."""
        return self.positions.get(topic, -1) + 1

    def due_offset(self, topic: str) -> int:
        """The offset from which a source is read on, also where it is itself a ledger."""
        return self.offsets.get(topic, self.positions.get(topic, -1)) + 1

    def judge(self, header: Header | None) -> Fence | None:
        """The rule for the next record in the log. None: accepted, and to be taken with `take`."""
        if header is None:
            return Fence.NOT_A_RECORD
        if header.stage != self.stage or header.partition != self.partition:
            return Fence.FOREIGN
        if header.seq != self.seq + 1 or header.prev != self.hash:
            return Fence.BROKEN_CHAIN
        source = header.source
        if (source is None) != (header.kind in (RecordKind.OPENED, RecordKind.TICKED)):
            return Fence.NOT_A_RECORD
        if source is None:
            return None
        continues = source.place == self.next_offset(source.topic) + source.gap
        return None if continues and source.partition == self.partition else Fence.SOURCE_OUT_OF_ORDER

    def take(self, header: Header, record_hash: str) -> None:
        """Move on to an accepted record."""
        self.seq, self.hash = header.seq, record_hash
        if header.source is not None:
            self.positions[header.source.topic] = header.source.place
            if header.source.seq is not None:
                self.offsets[header.source.topic] = header.source.offset
