"""The audit of one ledger partition: R1 recomputed over its records, its sources accounted for, its units conserved.

Pure: messages in, findings out. What is checked and why is in docs/ledger.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import pydantic_core

from schemas.ledger import GENESIS, RecordKind, SourcePosition
from streams.ledger.accept import Fence, Head
from streams.ledger.conservation import Conservation
from streams.ledger.findings import Code, Findings, Message, PartitionReport, SourceReport
from streams.ledger.record import Header, digest, read_header
from streams.ledger.source import Source

DIGEST_BYTES = 32


class Refused(NamedTuple):
    """A message that an accepted record refuses: its bytes must be among the dead letters."""

    offset: int
    seq: int
    topic: str
    source_offset: int
    sha256: str


class Walk:
    """Takes the records of one ledger partition in the order of the log, from its first to its last.

    `sources`: a reading of each source partition, or empty to leave the sources alone. `conservation`: the tally of
    this stage's units, if it has any. `heads`: chain heads noted earlier (hash by seq) through which it must run.
    """

    def __init__(
        self,
        store: str,
        stage: str,
        topic: str,
        partition: int,
        *,
        sources: Mapping[str, Source] | None = None,
        conservation: Conservation | None = None,
        heads: Mapping[int, str] | None = None,
    ) -> None:
        self.head = Head(stage, partition)
        self.findings = Findings(topic, partition)
        self.next_offset = 0
        self._store, self._sources, self._conservation = store, dict(sources or {}), conservation
        self._heads = dict(heads or {})
        self._digests = bytearray()
        self._chain = bytearray()
        self._fenced: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._fences: Counter[str] = Counter()
        self._owner: str | None = None
        self.refused: list[Refused] = []
        self._ticked: datetime | None = None
        self._records = 0

    def digest_at(self, offset: int) -> bytes:
        """SHA-256 of the record at an offset already walked; zeros where the log has none."""
        return bytes(self._digests[offset * DIGEST_BYTES : (offset + 1) * DIGEST_BYTES])

    def take(self, message: Message) -> Fence | None:
        """Walk over the next message of the log; None: its record counts."""
        if message.offset != self.next_offset:
            self._log_gap(message.offset)
        value = message.value or b""
        record_hash = digest(value)
        self._digests += bytes.fromhex(record_hash)
        self.next_offset, self._records = message.offset + 1, self._records + 1
        header = read_header(value)
        fence = self.head.judge(header)
        if fence is None and header is not None:
            self._accept(message.offset, header, record_hash, value)
        elif fence is not None:
            self._fence(message.offset, header, record_hash, fence)
        return fence

    def finish(self, targets: Mapping[str, int] | None = None) -> PartitionReport:
        """The report. `targets`: end offset of each source when the audit began: everything before is to be decided."""
        self._missed_heads()
        reports = []
        for topic, source in self._sources.items():
            decided = self.head.due_offset(topic)
            behind = source.waiting((targets or {}).get(topic, 0))
            if behind and not any(not finding.code.lag for finding in self.findings.found):
                self.findings.add(
                    Code.BEHIND,
                    f"{behind} messages of {topic} from offset {decided} on have no accepted record yet.",
                )
            reports.append(SourceReport(topic, decided, source.gaps, behind, source.expired))
        return PartitionReport(
            store=self._store,
            stage=self.head.stage,
            topic=self.findings.topic,
            partition=self.head.partition,
            records=self._records,
            accepted=self.head.seq + 1,
            opened=self._counts[RecordKind.OPENED],
            rejected=self._counts[RecordKind.REJECTED],
            fenced=dict(self._fences),
            seq=self.head.seq,
            head=self.head.hash,
            worker=self._owner,
            lots=len(self._conservation.lots) if self._conservation else 0,
            sources=tuple(reports),
            findings=tuple(self.findings.found),
        )

    def covers(self, targets: Mapping[str, int]) -> bool:
        """Whether every message before the targets is decided."""
        return not any(source.waits(targets.get(topic, 0)) for topic, source in self._sources.items())

    def skip(self, offset: int) -> None:
        """Go on at a later offset: what lies between is missing."""
        self._digests += bytes(DIGEST_BYTES * max(0, offset - self.next_offset))
        self.next_offset = offset

    def _log_gap(self, offset: int) -> None:
        why = f"offsets {self.next_offset} to {offset - 1} are missing from the log: records were removed."
        self.findings.add(Code.OFFSETS_MISSING, why, offset)
        self.skip(offset)

    def _accept(self, offset: int, header: Header, record_hash: str, value: bytes) -> None:
        self.head.take(header, record_hash)
        self._chain += bytes.fromhex(record_hash)
        self._counts[header.kind] += 1
        self._noted_head(offset, header.seq, record_hash)
        if header.kind is RecordKind.OPENED:
            self._owner = header.worker
        elif header.worker != self._owner:
            owner = f"worker {self._owner}" if self._owner else "nobody"
            why = f"written by worker {header.worker}, though {owner} had opened the partition."
            self.findings.add(Code.NOT_OWNER, why, offset, header.seq)
        if header.kind is RecordKind.TICKED:
            self._tick(offset, header.seq, value)
        if header.source is not None:
            self._compare(offset, header, header.source, value)
        if header.kind is RecordKind.REJECTED and header.source is not None:
            self.refused.append(_refused(offset, header.seq, header.source, value))
        if self._conservation is not None:
            reasons = self._conservation.take(value)
            self.findings.extend(Code.CONSERVATION, (f"{reason}." for reason in reasons), offset, header.seq)

    def _tick(self, offset: int, seq: int, value: bytes) -> None:
        at = _tick_time(value)
        if at is None or (self._ticked is not None and at < self._ticked):
            self.findings.add(Code.CLOCK_BACK, "a tick has no time, or one earlier than the tick before.", offset, seq)
        else:
            self._ticked = at

    def _compare(self, offset: int, header: Header, position: SourcePosition, value: bytes) -> None:
        source = self._sources.get(position.topic)
        if source is not None:
            for code, why in source.account(position, header.kind, value):
                self.findings.add(code, why, offset, header.seq)
        elif self._sources:
            why = f"{position.topic} is not a source of this ledger."
            self.findings.add(Code.SOURCE_MISSING, why, offset, header.seq)

    def _fence(self, offset: int, header: Header | None, record_hash: str, fence: Fence) -> None:
        self._fences[fence] += 1
        if header is None or fence in (Fence.NOT_A_RECORD, Fence.FOREIGN):
            return
        if fence is Fence.SOURCE_OUT_OF_ORDER:
            why = f"it continues the chain, but not its source: {self._expected(header)}"
            self.findings.add(Code.SOURCE_OUT_OF_ORDER, why, offset, header.seq)
        elif not self._known(header.seq - 1, header.prev):
            self.findings.add(Code.ALTERED, self._unknown_predecessor(header), offset, header.seq)
        self._fenced[record_hash] = header.seq

    def _known(self, seq: int, record_hash: str) -> bool:
        """Whether a record with that seq and hash lies before: a late writer's record leads back to one, always."""
        if seq == -1:
            return record_hash == GENESIS
        return self._chain_at(seq) == record_hash or self._fenced.get(record_hash) == seq

    def _chain_at(self, seq: int) -> str:
        return self._chain[seq * DIGEST_BYTES : (seq + 1) * DIGEST_BYTES].hex()

    def _expected(self, header: Header) -> str:
        if header.source is None:
            return "it has none."
        due = self.head.next_offset(header.source.topic)
        said = f"{header.source.topic} partition {header.source.partition} offset {header.source.place}"
        return f"it stands for {said} with a gap of {header.source.gap}, due was offset {due}."

    def _unknown_predecessor(self, header: Header) -> str:
        before = self._chain_at(header.seq - 1) if header.seq else GENESIS
        said = f"it names {header.prev[:12]} as the hash of the record before it (seq {header.seq - 1})"
        if before:
            return f"{said}, but that record has {before[:12]}: one of the two was altered, or moved."
        return f"{said}, but no such record lies before it: records were removed, moved or altered."

    def _noted_head(self, offset: int, seq: int, record_hash: str) -> None:
        noted = self._heads.pop(seq, None)
        if noted is not None and noted != record_hash:
            why = f"its hash is {record_hash[:12]}, but {noted[:12]} was noted earlier: the ledger was rewritten."
            self.findings.add(Code.HEAD_DIFFERS, why, offset, seq)

    def _missed_heads(self) -> None:
        for seq, noted in sorted(self._heads.items()):
            if seq >= 0:
                why = f"the chain ends before the head {noted[:12]} that was noted earlier: records were removed."
                self.findings.add(Code.HEAD_DIFFERS, why, None, seq)


def _tick_time(value: bytes) -> datetime | None:
    event: Any = pydantic_core.from_json(value).get("event")
    try:
        at = datetime.fromisoformat(event["at"])
    except (TypeError, KeyError, ValueError):
        return None
    return at if at.tzinfo else None


def _refused(offset: int, seq: int, source: SourcePosition, value: bytes) -> Refused:
    rejection: Any = pydantic_core.from_json(value).get("rejection")
    sha256 = rejection.get("sha256") if isinstance(rejection, dict) else None
    return Refused(offset, seq, source.topic, source.offset, str(sha256))


def letter_place(message: Message) -> int | None:
    """The source offset that a dead letter's headers name; None where they name none."""
    offset = dict(message.headers).get("source.offset", b"")
    return int(offset) if offset.isdigit() else None


def check_letters(refused: Iterable[Refused], letters: Mapping[str, Iterable[Message]], findings: Findings) -> None:
    """Note every refused message whose bytes are not on its dead-letter topic; `letters` by source topic.

    Whichever stage put them there: what is kept is kept.
    """
    kept: dict[tuple[str, int | None], set[str]] = {}
    for topic, messages in letters.items():
        for message in messages:
            kept.setdefault((topic, letter_place(message)), set()).add(digest(message.value or b""))
    for one in refused:
        if one.sha256 not in kept.get((one.topic, one.source_offset), ()):
            why = f"the bytes of {one.topic} offset {one.source_offset}, which it refuses, are not on dlq.{one.topic}."
            findings.add(Code.LETTER_MISSING, why, one.offset, one.seq)
