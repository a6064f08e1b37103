"""The supply ledger as the district sees it: accepted records only, with what each decided."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from kafka import KafkaConsumer, TopicPartition
from pydantic import Field, TypeAdapter

from schemas.base import Instant, Model
from schemas.errors import BaogongError
from schemas.ledger import RecordKind, Rejection
from schemas.supply import SupplyDecision
from schemas.topics import SUPPLY_LEDGER, SUPPLY_SOURCES
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header

STALL_SECONDS: Final = 60.0
"""So long may the ledger stand still while messages wait for it."""


class Decided(Model):
    """What an accepted record says, as far as the simulation needs it."""

    model_config = Model.model_config | {"extra": "ignore"}

    kind: RecordKind
    recorded_at: Instant
    rejection: Rejection | None
    decisions: tuple[SupplyDecision, ...] = Field(strict=False)


_DECIDED: TypeAdapter[Decided] = TypeAdapter(Decided)


@dataclass(slots=True)
class Chains:
    """The accepted chain of every partition, and a count of what lies in the log. Pure."""

    heads: dict[int, Head] = field(
        default_factory=lambda: {number: Head("supply", number) for number in range(SUPPLY_LEDGER.partitions)}
    )
    kinds: Counter[RecordKind] = field(default_factory=Counter)
    records: int = 0
    fenced: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    """Accepted records by source topic."""
    refused: Counter[str] = field(default_factory=Counter)
    """SHA-256 of refused messages."""

    def take(self, partition: int, value: bytes) -> Decided | None:
        """The next record of a partition's log; None where it does not count."""
        self.records += 1
        header = read_header(value)
        if header is None or self.heads[partition].judge(header) is not None:
            self.fenced += 1
            return None
        self.heads[partition].take(header, digest(value))
        decided = _DECIDED.validate_json(value)
        self.kinds[decided.kind] += 1
        if header.source is not None:
            self.taken[header.source.topic] += 1
        if decided.rejection is not None:
            self.refused[decided.rejection.sha256] += 1
        return decided

    def missing(self, ends: dict[tuple[str, int], int]) -> int:
        """How many source messages before `ends` (offsets by topic and partition) have no accepted record yet."""
        return sum(max(0, end - self.heads[partition].next_offset(topic)) for (topic, partition), end in ends.items())


class Follower:
    """Reads the supply ledger from its beginning; blocking, for one thread."""

    def __init__(self, kafka: str, check: Callable[[], None] = lambda: None) -> None:
        """`check` is called while messages wait: it may start a stage again, or raise."""
        self.chains, self._check = Chains(), check
        self._consumer: Any = KafkaConsumer(
            bootstrap_servers=kafka,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=8 << 20,
            fetch_max_wait_ms=20,
            max_poll_records=2000,
            check_crcs=False,  # slow in Python, and every record's own hash is checked by the chain
        )
        self._consumer.assign([TopicPartition(SUPPLY_LEDGER.name, n) for n in range(SUPPLY_LEDGER.partitions)])
        self._sources = [TopicPartition(topic.name, n) for topic in SUPPLY_SOURCES for n in range(topic.partitions)]

    def news(self) -> Iterator[Decided]:
        """What was decided since, until every message that is on the source topics now has its record.

        Raises BaogongError when the ledger stands still for STALL_SECONDS before that.
        """
        found = self._consumer.end_offsets(self._sources)
        ends = {(where.topic, where.partition): end for where, end in found.items()}
        patience = time.monotonic() + STALL_SECONDS
        while missing := self.chains.missing(ends):
            for decided in self._poll():
                patience = time.monotonic() + STALL_SECONDS
                yield decided
            self._check()
            if time.monotonic() > patience:
                raise BaogongError(
                    f"The supply stage stands still with {missing} messages waiting: see 'baogong status' and its log."
                )

    def rest(self) -> Iterator[Decided]:
        """What else lies in the ledger up to its end as it is now."""
        partitions = self._consumer.assignment()
        ends = self._consumer.end_offsets(list(partitions))
        while any(self._consumer.position(where) < ends[where] for where in partitions):
            yield from self._poll()

    def _poll(self) -> Iterator[Decided]:
        for where, records in self._consumer.poll(timeout_ms=50).items():
            for record in records:
                decided = self.chains.take(where.partition, record.value)
                if decided is not None:
                    yield decided

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
