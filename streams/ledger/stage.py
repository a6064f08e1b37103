"""A stage: a decider with its topics. A new stage is a decider, its topics, and one line in streams/stages.py."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, create_model

import schemas
import streams.core
from schemas.base import Model
from schemas.ledger import RecordKind
from schemas.topics import STAGE_OF, Topic, sources_at
from streams.core.decider import Decider, Fact, Refused
from streams.ledger.record import Header


class EventPart(Model):
    """What folding needs of a record's event: its id, or the time of a tick."""

    model_config = Model.model_config | {"extra": "ignore"}

    event_id: str | None = None
    at: datetime | None = None


class FoldRecord(Header):
    """A record as folding reads it; each stage narrows `decisions` to its own union."""

    event: EventPart | None
    decisions: tuple[Any, ...]

    def fact(self) -> Fact:
        """The fact for `evolve`."""
        event, source = self.event, self.source
        if self.kind is RecordKind.REJECTED and source is not None:
            at = source.timestamp_ms * 1000
            return Fact(None, None, self.decisions, refused=Refused(self.stage, source.topic, self.partition, at))
        return Fact(None, None, self.decisions) if event is None else Fact(event.event_id, event.at, self.decisions)


@dataclass(frozen=True)
class Stage:
    """Everything the runtime needs to know. `decision` is the stage's union of decisions."""

    name: str
    decider: Decider[Any]
    decision: Any
    sources: tuple[Topic, ...]
    ledger: Topic

    @cached_property
    def fold_adapter(self) -> TypeAdapter[FoldRecord]:
        """Reads a record with the stage's own decision models."""
        model = create_model("StageRecord", __base__=FoldRecord, decisions=(list[self.decision], ...))  # type: ignore[name-defined]
        return TypeAdapter(model)

    @cached_property
    def upstream(self) -> dict[str, str]:
        """Sources that are themselves ledgers, by topic: whose they are."""
        return {topic.name: STAGE_OF[topic.name] for topic in self.sources if topic.name in STAGE_OF}

    def sources_at(self, partition: int) -> list[str]:
        """Names of the sources that a ledger partition is decided from."""
        return [topic.name for topic in sources_at(self.sources, partition)]

    def upstream_at(self, partition: int) -> dict[str, str]:
        """Those of them that are themselves ledgers: whose they are."""
        return {name: self.upstream[name] for name in self.sources_at(partition) if name in self.upstream}

    @property
    def group(self) -> str:
        """Kafka consumer group of the stage's workers."""
        return f"baogong.{self.name}"


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """SHA-256 over the sources of contracts and deciders: a snapshot made by other code is ignored."""
    state = hashlib.sha256()
    for package in (schemas, streams.core):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            state.update(str(path.relative_to(root)).encode())
            state.update(path.read_bytes())
    return state.hexdigest()
