"""The ledgers as the district sees them: accepted records only, with what each decided."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from kafka import KafkaConsumer, TopicPartition
from pydantic import Field, TypeAdapter

from schemas.base import Instant, Model
from schemas.coldchain import ColdChainDecision
from schemas.errors import BaogongError
from schemas.ledger import RecordKind, Rejection
from schemas.supply import SupplyDecision
from schemas.topics import COLDCHAIN_HOLDS, LEDGERS, SOURCES, Topic
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header

STALL_SECONDS: Final = 60.0
"""So long may the ledger stand still while messages wait for it."""


class Decided(Model):
    """What an accepted record says, as far as the simulation needs it."""

    model_config = Model.model_config | {"extra": "ignore"}

    stage: str
    partition: int
    kind: RecordKind
    recorded_at: Instant
    rejection: Rejection | None
    decisions: tuple[Any, ...] = Field(strict=False)


class SupplyDecided(Decided):
    """A record of the supply ledger."""

    decisions: tuple[SupplyDecision, ...] = Field(strict=False)


class ColdChainDecided(Decided):
    """A record of the cold chain's ledger."""

    decisions: tuple[ColdChainDecision, ...] = Field(strict=False)


_DECIDED: Final[dict[str, TypeAdapter[Any]]] = {
    "supply": TypeAdapter(SupplyDecided),
    "coldchain": TypeAdapter(ColdChainDecided),
}
FOLLOWED: Final = {stage: LEDGERS[stage] for stage in _DECIDED}
"""Ledgers that the district acts on; alerts are for people."""
TOLD: Final = frozenset({"hold_ordered", "hold_withdrawn"})
"""Decisions of the cold chain that the relay hands on to every partition."""


@dataclass(slots=True)
class Chains:
    """The accepted chain of every partition of a ledger, and a count of what lies in the log. Pure."""

    stage: str = "supply"
    heads: dict[int, Head] = field(init=False)
    kinds: Counter[RecordKind] = field(default_factory=Counter)
    records: int = 0
    fenced: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    """Accepted records by source topic."""
    refused: Counter[str] = field(default_factory=Counter)
    """SHA-256 of refused messages."""
    told: int = 0
    """Holds ordered and withdrawn, which go to every partition of another topic."""

    def __post_init__(self) -> None:
        """Nothing is read yet."""
        self.heads = {number: Head(self.stage, number) for number in range(LEDGERS[self.stage].partitions)}

    def take(self, partition: int, value: bytes) -> Decided | None:
        """The next record of a partition's log; None where it does not count."""
        self.records += 1
        header = read_header(value)
        if header is None or self.heads[partition].judge(header) is not None:
            self.fenced += 1
            return None
        self.heads[partition].take(header, digest(value))
        decided: Decided = _DECIDED[self.stage].validate_json(value)
        self.kinds[decided.kind] += 1
        if header.source is not None:
            self.taken[header.source.topic] += 1
        if decided.rejection is not None:
            self.refused[decided.rejection.sha256] += 1
        self.told += sum(decision.type in TOLD for decision in decided.decisions)
        return decided

    def missing(self, ends: dict[tuple[str, int], int]) -> int:
        """How many source messages before `ends` (offsets by topic and partition) have no accepted record yet."""
        return sum(max(0, end - self.heads[partition].due_offset(topic)) for (topic, partition), end in ends.items())


class Follower:
    """Reads both ledgers from their beginning; blocking, for one thread."""

    def __init__(self, kafka: str, check: Callable[[], None] = lambda: None) -> None:
        """`check` is called while messages wait: it may start a stage again, or raise."""
        self.chains = {stage: Chains(stage) for stage in FOLLOWED}
        self._check = check
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
        self._stages = {ledger.name: stage for stage, ledger in FOLLOWED.items()}
        self._consumer.assign(_partitions(FOLLOWED.values()))

    def news(self) -> Iterator[Decided]:
        """What was decided since, until every message that is on the source topics now has its record in each stage.

        That includes the holds that the cold chain orders meanwhile. Raises BaogongError when the ledgers stand still
        for STALL_SECONDS before that.
        """
        patience = time.monotonic() + STALL_SECONDS
        while missing := self._missing():
            for decided in self._poll():
                patience = time.monotonic() + STALL_SECONDS
                yield decided
            self._check()
            if time.monotonic() > patience:
                raise BaogongError(
                    f"The stages stand still with {missing} messages waiting: see 'baogong status' and their logs."
                )

    def _missing(self) -> int:
        """Messages without a record, and holds that the relay has not handed on."""
        held = self._ends([COLDCHAIN_HOLDS])
        told = sum(max(0, self.chains["coldchain"].told - end) for end in held.values())
        waiting = (chains.missing(self._ends(SOURCES[stage])) for stage, chains in self.chains.items())
        return told + sum(waiting)

    def _ends(self, topics: Sequence[Topic]) -> dict[tuple[str, int], int]:
        """Asked topic by topic: of several topics, the client leaves out those that it has not met yet."""
        found: dict[tuple[str, int], int] = {}
        for topic in topics:
            ends = self._consumer.end_offsets(_partitions([topic]))
            found.update({(where.topic, where.partition): end for where, end in ends.items()})
        return found

    def rest(self) -> Iterator[Decided]:
        """What else lies in the ledgers up to their ends as they are now."""
        partitions = self._consumer.assignment()
        ends = self._consumer.end_offsets(list(partitions))
        while any(self._consumer.position(where) < ends[where] for where in partitions):
            yield from self._poll()

    def _poll(self) -> Iterator[Decided]:
        for where, records in self._consumer.poll(timeout_ms=50).items():
            for record in records:
                decided = self.chains[self._stages[where.topic]].take(where.partition, record.value)
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


def _partitions(topics: Iterable[Topic]) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
