"""Where records are looked for: ClickHouse as far as its rows go, and Kafka from there on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import groupby
from typing import Final

from schemas.topics import ALL_SOURCES, LEDGERS
from sinks.clickhouse.client import connect
from sinks.clickhouse.position import Held, held
from sinks.clickhouse.search import ends, records_of_consignments, records_with
from sinks.clickhouse.verify import insist_on_tables
from streams.ledger.accept import Head
from streams.ledger.findings import Message
from streams.ledger.letters import Letter, distinct, read_letter
from streams.ledger.reader import KafkaReader
from streams.ledger.record import digest, read_header
from streams.lineage.hunt import Ask

Found = tuple[str, int, int, bytes]
"""Stage, partition, offset and value of an accepted record."""
Heads = dict[tuple[str, int], Held]
"""By stage and partition, what ClickHouse holds."""
KEPT: Final = 256 << 20
"""Bytes of newer records that are kept for further questions; of more, Kafka is read once more for each."""
QUICK: Final = 16
"""With more needles than this, looking at all names in a record is quicker than looking for each."""
_NAMES: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Rows:
    """What ClickHouse holds."""

    def __init__(self, url: str) -> None:
        self._client = connect(url)
        insist_on_tables(self._client)
        self.heads: Heads = {
            (stage, partition): held(self._client, stage, partition, 0)
            for stage in LEDGERS
            for partition in ends(self._client, stage)
        }

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()

    def find(self, asks: Iterable[Ask]) -> Iterator[Found]:
        """Records asked for, as far as ClickHouse has all before them."""
        for (stage, types, own), group in groupby(sorted(asks, key=_query), key=_query):
            alike = list(group)
            if own:
                rows = records_of_consignments(self._client, sorted({ask.name for ask in alike}))
            else:
                rows = records_with(self._client, stage, sorted({ask.needle for ask in alike}), types)
            for partition, offset, value in rows:
                whole = self.heads.get((stage, partition))
                if whole is not None and offset < whole.resume:
                    yield stage, partition, offset, value


def _query(ask: Ask) -> tuple[str, tuple[str, ...], bool]:
    return ask.stage, ask.types, ask.own


class Newer:
    """The records that ClickHouse lacks, and the dead letters. `looked`: how many there are."""

    def __init__(self, address: str, heads: Heads) -> None:
        self._reader, self._heads = KafkaReader(address), heads
        self._kept: list[Found] | None = None
        self.looked = 0

    def close(self) -> None:
        """Let go of the broker."""
        self._reader.__exit__(None, None, None)

    def find(self, asks: Iterable[Ask]) -> Iterator[Found]:
        """Records that have a name which is asked for, whatever the type of the decision."""
        looks: dict[str, Look] = {}
        for ask in asks:
            looks.setdefault(ask.stage, Look()).add(ask.needle)
        for found in self._all():
            if found[0] in looks and looks[found[0]].sees(found[3]):
                yield found

    def _all(self) -> Iterable[Found]:
        if self._kept is not None:
            return self._kept
        return self._read_and_keep()

    def _read_and_keep(self) -> Iterator[Found]:
        kept: list[Found] = []
        size = self.looked = 0
        for found in self._read():
            size += len(found[3])
            if size <= KEPT:
                kept.append(found)
            yield found
        self._kept = kept if size <= KEPT else None

    def _read(self) -> Iterator[Found]:
        for stage, ledger in LEDGERS.items():
            for partition in self._reader.partitions(ledger.name):
                known = self._heads.get((stage, partition))
                head = Head(stage, partition) if known is None else deepcopy(known.head)
                for message in self._reader.open(ledger.name, partition, 0 if known is None else known.resume):
                    self.looked += 1
                    if _accepted(head, message):
                        yield stage, partition, message.offset, message.value or b""

    def letters(self, name: str) -> list[Letter]:
        """Dead letters that name the subject."""
        names = {json.dumps(name, ensure_ascii=ascii_only).encode() for ascii_only in (True, False)}
        known = self._reader.topics()
        return distinct(
            letter
            for topic in ALL_SOURCES
            for partition in known.get(f"dlq.{topic.name}", ())
            for message in self._reader.open(f"dlq.{topic.name}", partition)
            if any(each in (message.value or b"") for each in names)
            and (letter := read_letter(topic.name, message)) is not None
        )


def _accepted(head: Head, message: Message) -> bool:
    value = message.value or b""
    header = read_header(value)
    if header is None or head.judge(header) is not None:
        return False
    head.take(header, digest(value))
    return True


class Look:
    """Needles to look for in a record's bytes: whole names in quotes, or beginnings of names that end in a colon."""

    def __init__(self) -> None:
        self._needles: set[bytes] = set()

    def add(self, needle: bytes) -> None:
        """One more."""
        self._needles.add(needle)

    def sees(self, value: bytes) -> bool:
        """Whether a record has any of them."""
        if len(self._needles) <= QUICK:
            return any(needle in value for needle in self._needles)
        names = set(_NAMES.findall(value))
        names |= {name[: name.rindex(b":") + 1] for name in names if b":" in name}
        return not names.isdisjoint(self._needles)
