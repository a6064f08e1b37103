"""A stage whose source is itself a ledger: accepted records only, in order, whole in the record; any reader agrees."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from schemas.alert import AlertDecision
from schemas.errors import BaogongError
from schemas.topics import ALERT_SOURCES, ALERTS_LEDGER, TRANSFER_SOURCES, TRANSFERS_LEDGER
from schemas.transfers import TransferDecision
from streams.core.alerts import AlertDecider, AlertSettings
from streams.core.transfers import TransferDecider, TransferSettings
from streams.ledger.accept import Head
from streams.ledger.clock import ReplayedClock
from streams.ledger.draft import Drafter
from streams.ledger.findings import Code, Message, PartitionReport
from streams.ledger.fold import Folded
from streams.ledger.record import event_bytes
from streams.ledger.snapshot import SnapshotFile
from streams.ledger.source import Source
from streams.ledger.stage import Stage
from streams.ledger.verify import Walk
from tests.streams.ledger.kit import Sent
from tests.streams.ledger.scribe import LEDGER, Scribe, honest

STAGE = Stage("alerts", AlertDecider(AlertSettings()), AlertDecision, ALERT_SOURCES, ALERTS_LEDGER)
COUNTING = [*range(10), 12, 13, 14, 15]
"""Offsets of the accepted records of the honest ledger."""


BEFORE = dataclasses.replace(STAGE, sources=tuple(one for one in ALERT_SOURCES if one is not TRANSFERS_LEDGER))
"""The stage as it was before it read the transfers ledger."""


def sent(scribe: Scribe) -> list[tuple[str, Sent]]:
    """Its records as a Kafka client hands them over."""
    return [(LEDGER, Sent(offset, 1_622_527_200_000 + offset, value)) for offset, value in enumerate(scribe.values)]


def drafted(folded: Folded, messages: list[tuple[str, Sent]]) -> list[bytes]:
    drafter = Drafter(folded, ReplayedClock(), "w1", "test")
    values = drafter.opened().values
    drafter.messages(messages)
    return values + drafter.collect().values


def fold(values: list[bytes]) -> Folded:
    folded = Folded.empty(STAGE, 0)
    for offset, value in enumerate(values):
        assert folded.take(offset, value) is None
    return folded


def report(values: list[bytes], scribe: Scribe) -> PartitionReport:
    source = Source(
        LEDGER,
        iter([Message(o, 1_622_527_200_000 + o, None, v) for o, v in enumerate(scribe.values)]),
        head=Head("supply", 0),
    )
    walk = Walk("kafka", "alerts", STAGE.ledger.name, 0, sources={LEDGER: source})
    for offset, value in enumerate(values):
        walk.take(Message(offset, 0, None, value))
    return walk.finish({LEDGER: len(scribe.values)})


def taken(values: list[bytes]) -> list[dict[str, object]]:
    return [record["source"] for record in map(json.loads, values) if record["kind"] == "decided"]


def test_only_accepted_records_are_taken_each_once_and_whole() -> None:
    scribe, folded = honest(), Folded.empty(STAGE, 0)
    values = drafted(folded, [*sent(scribe), *sent(scribe)])  # delivered twice
    assert [(place["seq"], place["offset"], place["gap"]) for place in taken(values)] == [
        (seq, offset, 0) for seq, offset in enumerate(COUNTING)
    ]
    assert [
        event_bytes(value) for value in values if b'"kind":"decided","source":{"topic":"supply.ledger' in value
    ] == [scribe.values[offset] for offset in COUNTING]
    assert folded.head.due_offset(LEDGER) == len(scribe.values)


def test_every_reader_comes_to_the_same_state_from_any_place() -> None:
    scribe, folded = honest(), Folded.empty(STAGE, 0)
    values = drafted(folded, sent(scribe))
    again = fold(values)
    dump = STAGE.decider.dump
    assert (dump(again.state), again.head, again.upstream) == (dump(folded.state), folded.head, folded.upstream)
    for cut in range(len(scribe.values)):  # another worker goes on anywhere
        first = Folded.empty(STAGE, 0)
        before = drafted(first, sent(scribe)[:cut])
        later = fold(before)
        whole = before + drafted(later, sent(scribe)[max(0, cut - 3) :])
        assert [place["offset"] for place in taken(whole)] == COUNTING
        assert fold(whole).upstream == folded.upstream
        assert report(whole, scribe).findings == ()


def test_a_snapshot_keeps_how_far_the_source_was_taken(tmp_path: Path) -> None:
    scribe, folded = honest(), Folded.empty(STAGE, 0)
    drafted(folded, sent(scribe)[:7])
    file = SnapshotFile(tmp_path, "alerts", 0, "same")
    file.save(folded.snapshot())
    kept = file.load()
    assert kept is not None
    restored = Folded.restored(STAGE, kept)
    assert (restored.upstream, restored.head) == (folded.upstream, folded.head)
    assert [place["offset"] for place in taken(drafted(restored, sent(scribe)))] == COUNTING[7:]


def test_a_source_with_fewer_partitions_is_read_in_the_first_only(tmp_path: Path) -> None:
    names = [topic.name for topic in ALERT_SOURCES]
    assert STAGE.sources_at(0) == names
    assert STAGE.sources_at(1) == [name for name in names if name != TRANSFERS_LEDGER.name]
    for partition in (0, 1):
        folded = Folded.empty(STAGE, partition)
        assert (TRANSFERS_LEDGER.name in folded.upstream) is (partition == 0)
        drafted(folded, [])
        file = SnapshotFile(tmp_path, "alerts", partition, "same")
        file.save(folded.snapshot())
        kept = file.load()
        assert kept is not None
        assert Folded.restored(STAGE, kept).upstream == folded.upstream


def test_a_ledger_from_before_a_source_was_read_is_folded_and_takes_the_source_up(tmp_path: Path) -> None:
    scribe, old = honest(), Folded.empty(BEFORE, 0)
    before = drafted(old, sent(scribe))
    file = SnapshotFile(tmp_path, "alerts", 0, "same")
    file.save(old.snapshot())
    kept = file.load()
    assert kept is not None
    with pytest.raises(ValueError, match="other sources"):
        Folded.restored(STAGE, kept)  # and so it is folded
    folded = fold(before)
    dump = STAGE.decider.dump
    assert dump(folded.state) == dump(old.state)
    assert folded.head.due_offset(TRANSFERS_LEDGER.name) == 0
    moves = moving()
    stamps = [(TRANSFERS_LEDGER.name, Sent(n, 1_622_527_300_000 + n, value)) for n, value in enumerate(moves)]
    whole = before + drafted(folded, [*sent(scribe), *stamps])
    found = [place["offset"] for place in taken(whole) if place["topic"] == TRANSFERS_LEDGER.name]
    assert found == [*range(len(moves))]
    assert ("dead_letters", "transfers:transfers.standings.v1/0") in folded.state.truths
    assert dump(fold(whole).state) == dump(folded.state)


def moving() -> list[bytes]:
    """The ledger of a transfers stage that was told rubbish."""
    decider = TransferDecider(TransferSettings())
    stage = Stage("transfers", decider, TransferDecision, TRANSFER_SOURCES, TRANSFERS_LEDGER)
    drafter = Drafter(Folded.empty(stage, 0), ReplayedClock(), "w1", "test")
    values = drafter.opened().values
    drafter.message(TRANSFER_SOURCES[0].name, Sent(0, 1_622_527_300_000, b"{"))
    return values + drafter.collect().values


def test_a_record_of_the_source_that_is_changed_afterwards_is_found() -> None:
    scribe = honest()
    values = drafted(Folded.empty(STAGE, 0), sent(scribe))
    assert report(values, scribe).findings == ()
    scribe.values[5] = scribe.values[5].replace(b'"e3"', b'"e4"')
    assert Code.SOURCE_MISSING in [found.code for found in report(values, scribe).findings]


def test_an_accepted_record_that_cannot_be_read_stops_the_stage() -> None:
    scribe = honest()
    odd = scribe.values[0].replace(b'"decisions":[]', b'"decisions":[1]')
    with pytest.raises(BaogongError, match="update baogong"):
        drafted(Folded.empty(STAGE, 0), [(LEDGER, Sent(0, 0, odd))])
