"""Decides waiting messages one after another into chained records, ready to append; no input or output here.

What it changes in `folded` is a guess until the append is acknowledged at the expected offset: if it is not, the
whole of `folded` is thrown away and the ledger folded again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.ledger import ClockTicked, Rejection
from streams.core.decider import Fact, Refused, Rejected
from streams.ledger.accept import Head
from streams.ledger.clock import Clock
from streams.ledger.fold import Folded
from streams.ledger.merge import SourceMessage
from streams.ledger.parse import Parser
from streams.ledger.record import NULL, Header, assemble, digest, encode_instant, preamble, signature, source_bytes
from streams.ledger.upstream import read_source, take_source

TICK_EVERY: Final = timedelta(minutes=1)
_TICK: TypeAdapter[ClockTicked] = TypeAdapter(ClockTicked)
_REJECTION: TypeAdapter[Rejection] = TypeAdapter(Rejection)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A refused message: its bytes as they came go to `dlq.<topic>`."""

    topic: str
    partition: int
    message: SourceMessage
    rejection: Rejection


@dataclass
class Drafts:
    """Records to append together, and the dead letters that must lie in Kafka before them."""

    values: list[bytes] = field(default_factory=list)
    size: int = 0
    messages: int = 0
    decisions: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Names of exceptions that deciding raised: defects of ours, kept for replay as dead letters."""


class Drafter:
    """Turns messages and time into records on top of a folded partition."""

    def __init__(self, folded: Folded, clock: Clock, worker: str, code: str) -> None:
        stage, partition = folded.stage, folded.head.partition
        self._folded, self._clock, self._decider = folded, clock, stage.decider
        self._partition = partition
        self._parser = Parser((topic for topic in stage.sources if topic.name not in stage.upstream), partition)
        self._preamble, self._signature = preamble(stage.name, partition), signature(worker, code)
        self._topics = {topic.name: json.dumps(topic.name).encode() for topic in stage.sources}
        self._dump = stage.decider.decisions.serializer.to_json
        self._noted: list[tuple[str, bytes, bytes, bytes, bytes, Sequence[Any]]] = []
        self._stamp: bytes | None = None
        self._present: datetime | None = None
        self.drafts = Drafts()

    def opened(self) -> Drafts:
        """The record with which a worker takes the partition over."""
        self._note("opened", NULL, NULL, NULL, ())
        self._encode()
        return self.collect()

    def collect(self) -> Drafts:
        """What was drafted since the last call."""
        drafts, self.drafts, self._present, self._stamp = self.drafts, Drafts(), None, None
        return drafts

    def message(self, topic: str, message: SourceMessage) -> None:
        """Decide one source message."""
        self.messages([(topic, message)])

    def messages(self, batch: Iterable[tuple[str, SourceMessage]]) -> None:
        """Decide source messages in this order, each after the ticks that were due before it.

        All are parsed, then all decided, then all encoded: the processor's caches hold one kind of work at a time.
        """
        parsed = [(topic, message, self._parse(topic, message)) for topic, message in batch]
        for topic, message, event in parsed:
            # What the ledger has is skipped.
            if message.offset >= self._folded.head.due_offset(topic):
                self._take(topic, message, event)
        self._encode()

    def tick(self, until: datetime, limit: int) -> None:
        """At most `limit` ticks that are due, while no message waits."""
        self._ticks(until, limit)
        self._encode()

    def _parse(self, topic: str, message: SourceMessage) -> Any:
        if topic in self._folded.upstream:
            return read_source(message.value or b"")
        try:
            return self._parser.parse(topic, message.value)
        except Rejected as rejected:
            return rejected

    def _take(self, topic: str, message: SourceMessage, event: Any) -> None:
        if isinstance(event, Rejected):
            self._reject(topic, message, event)
            return
        head = self._folded.upstream.get(topic)
        if head is not None and (event is None or head.judge(event) is not None):
            self._folded.head.offsets[topic] = message.offset  # fenced there: it is not a message here
            return
        at = datetime.fromtimestamp(message.timestamp / 1000, UTC)
        self._clock.observe(at)
        self._ticks(min(at, self._now()))
        if head is None:
            self._decide(topic, message, event)
        else:
            self._follow(topic, head, message, event)

    def _ticks(self, until: datetime, limit: int = 100_000) -> None:
        """Tick at every time that is due up to `until`, and at `until` itself where a minute has gone by."""
        for _ in range(limit):
            due = self._decider.next_due(self._folded.state)
            if due is None or due > until:
                break
            self._tick(due)
        last = self._folded.ticked_at
        if last is None or until - last >= TICK_EVERY:
            self._tick(until)

    def is_due(self, now: datetime) -> bool:
        """Whether a tick has something to do, or a minute has gone by."""
        due, last = self._decider.next_due(self._folded.state), self._folded.ticked_at
        return (due is not None and due <= now) or (last is not None and now - last >= TICK_EVERY)

    def next_due(self) -> datetime | None:
        """When the next tick is wanted; None before the first event."""
        last = self._folded.ticked_at
        if last is None:
            return None
        due = self._decider.next_due(self._folded.state)
        return min(last + TICK_EVERY, due) if due is not None else last + TICK_EVERY

    def _tick(self, at: datetime) -> None:
        last = self._folded.ticked_at
        tick = ClockTicked(at=at if last is None else max(at, last))
        decisions = self._decider.decide(self._folded.state, tick)
        self._note("ticked", NULL, _TICK.dump_json(tick), NULL, decisions)
        self._folded.apply(Fact(None, tick.at, decisions))

    def _decide(self, topic: str, message: SourceMessage, event: Any) -> None:
        try:
            decisions = self._decider.decide(self._folded.state, event)
        except Rejected as rejected:
            self._reject(topic, message, rejected)
            return
        except Exception as error:  # a defect must not block the partition: the message is kept, and can be replayed
            self.drafts.failures.append(type(error).__name__)
            reason = "Deciding failed; replay it after the defect is mended."
            self._reject(topic, message, Rejected("internal_error", reason))
            return
        self._note("decided", self._source(topic, message), message.value or NULL, NULL, decisions)
        self._folded.apply(Fact(event.event_id, None, decisions))
        self.drafts.messages += 1

    def _follow(self, topic: str, head: Head, message: SourceMessage, record: Header) -> None:
        """Take an accepted record of another ledger: it is never refused, for what it says has happened."""
        value = message.value or b""
        read = take_source(head, topic, message.offset, value, record)
        decisions = self._decider.decide(self._folded.state, read)
        self._note("decided", self._source(topic, message, record.seq), value, NULL, decisions)
        self._folded.apply(Fact(None, None, decisions, read))
        self.drafts.messages += 1

    def _reject(self, topic: str, message: SourceMessage, rejected: Rejected) -> None:
        value = message.value or b""
        rejection = Rejection(
            code=rejected.code,
            field=rejected.field,
            reason=rejected.reason,
            size=len(value),
            sha256=hashlib.sha256(value).hexdigest(),
        )
        self._note("rejected", self._source(topic, message), NULL, _REJECTION.dump_json(rejection), ())
        at = message.timestamp * 1000
        refused = Refused(self._folded.stage.name, topic, self._partition, at)
        self._folded.apply(Fact(None, None, (), refused=refused))
        self.drafts.dead_letters.append(DeadLetter(topic, self._partition, message, rejection))
        self.drafts.messages += 1

    def _source(self, topic: str, message: SourceMessage, seq: int | None = None) -> bytes:
        """The source member; moves the source's position on."""
        offset, head = message.offset, self._folded.head
        place = offset if seq is None else seq
        gap = place - head.next_offset(topic)
        head.positions[topic] = place
        if seq is not None:
            head.offsets[topic] = offset
        return source_bytes(self._topics[topic], self._partition, offset, message.timestamp, gap, seq)

    def _note(self, kind: str, source: bytes, event: bytes, rejection: bytes, decisions: Sequence[Any]) -> None:
        self._noted.append((kind, source, self._recorded_at(), event, rejection, decisions))

    def _encode(self) -> None:
        """Give what was noted its place in the chain, and its bytes."""
        folded, head, drafts, dump = self._folded, self._folded.head, self.drafts, self._dump
        for kind, source, recorded_at, event, rejection, decisions in self._noted:
            seq = head.seq + 1
            value = assemble(
                self._preamble,
                seq,
                head.hash,
                kind,
                source,
                recorded_at,
                self._signature,
                event,
                rejection,
                dump(decisions) if decisions else b"[]",
            )
            head.seq, head.hash = seq, digest(value)
            drafts.values.append(value)
            drafts.size += len(value)
            drafts.decisions += len(decisions)
        folded.next_offset += len(self._noted)
        folded.last_hash = head.hash
        self._noted.clear()

    def _now(self) -> datetime:
        """The present: once for all that is drafted together, but where time follows the messages themselves."""
        if self._present is None or self._clock.follows_events:
            self._present, self._stamp = self._clock.now(), None
        return self._present

    def _recorded_at(self) -> bytes:
        now = self._now()
        if self._stamp is None:
            self._stamp = encode_instant(now)
        return self._stamp
