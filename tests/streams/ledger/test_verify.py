"""Every way of breaking a ledger is found, and named by its first place."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from schemas.ledger import GENESIS, RecordKind, SourcePosition
from streams.ledger.findings import Code, Message, PartitionReport
from streams.ledger.record import Draft, digest, encode
from streams.ledger.verify import Walk
from tests.streams.ledger.scribe import LEDGER, REQUESTS, STOCK, Scribe, honest, request


def first(report: PartitionReport) -> tuple[Code, int | None, int | None]:
    """The first finding's code, offset and seq."""
    finding = report.findings[0]
    return finding.code, finding.offset, finding.seq


def test_an_honest_ledger_holds() -> None:
    scribe = honest()
    report = scribe.report()
    assert report.findings == ()
    assert (report.records, report.accepted, report.opened, report.rejected) == (16, 14, 2, 1)
    assert report.fenced == {"broken_chain": 2}
    assert (report.seq, report.head, report.worker) == (13, scribe.prev, "w2")
    decided = {source.topic: (source.decided, source.gaps, source.behind) for source in report.sources}
    assert decided == {REQUESTS: (9, 2, 0), STOCK: (3, 0, 0)}


def test_an_empty_ledger_holds() -> None:
    assert Scribe().report().findings == ()


@pytest.mark.parametrize("offset", [*range(11), 12, 13, 14])
def test_a_flipped_byte_is_found_wherever_it_is(offset: int) -> None:
    """The record that leads back to the altered one betrays it (11 and 15 are the last of their chains)."""
    scribe = honest()
    value = bytearray(scribe.values[offset])
    value[value.index(b'"code":"0') + 8] ^= 1
    scribe.values[offset] = bytes(value)
    follower = {9: 12}.get(offset, offset + 1)
    assert first(scribe.report())[:2] == (Code.ALTERED, follower)


def test_a_flipped_byte_in_the_last_record_shows_in_its_source() -> None:
    scribe = honest()
    scribe.values[-1] = scribe.values[-1].replace(b'"s2"', b'"s9"')
    assert first(scribe.report()) == (Code.SOURCE_DIFFERS, 15, 13)


def test_a_dropped_record_is_found() -> None:
    scribe = honest()
    del scribe.values[4]
    assert first(scribe.report()) == (Code.ALTERED, 4, 5)
    assert "seq 4" in str(scribe.report().findings[0])


def test_a_record_dropped_with_its_offset_is_found_at_its_offset() -> None:
    scribe = honest()
    walk = Walk("kafka", "supply", LEDGER, 0)
    for message in scribe.messages():
        if message.offset != 4:
            walk.take(message)
    found = [(finding.code, finding.offset) for finding in walk.finish().findings]
    assert found == [(Code.OFFSETS_MISSING, 5), (Code.ALTERED, 5)]
    assert walk.digest_at(5).hex() == digest(scribe.values[5])


def test_swapped_records_are_found() -> None:
    scribe = honest()
    scribe.values[3], scribe.values[4] = scribe.values[4], scribe.values[3]
    assert first(scribe.report()) == (Code.ALTERED, 3, 4)


def rewrite(scribe: Scribe, change: Callable[[int, bytes], bytes], start: int = 0) -> None:
    """Change records and chain them anew, as somebody with the keys to the broker could."""
    hashes: dict[str, str] = {}
    for offset in range(start, len(scribe.values)):
        value = scribe.values[offset]
        before = digest(value)
        value = change(offset, value)
        prev = json.loads(value)["prev"]
        value = value.replace(prev.encode(), hashes.get(prev, prev).encode(), 1)
        hashes[before] = digest(value)
        scribe.values[offset] = value


def test_a_ledger_chained_anew_in_another_source_order_is_found() -> None:
    scribe = honest()
    swapped = {2: b'"offset":1', 3: b'"offset":0'}
    rewrite(
        scribe,
        lambda offset, value: (
            value.replace(b'"offset":%d' % (offset - 2), swapped.get(offset, b"?"), 1) if offset in swapped else value
        ),
    )
    assert first(scribe.report()) == (Code.SOURCE_OUT_OF_ORDER, 2, 2)


def test_an_event_rewritten_with_its_whole_chain_differs_from_its_source_and_from_a_noted_head() -> None:
    scribe = honest()
    heads = {scribe.seq: scribe.prev}
    assert scribe.report(heads).findings == ()
    rewrite(scribe, lambda _, value: value.replace(b'"e1"', b'"e7"'))
    report = scribe.report(heads)
    assert first(report) == (Code.SOURCE_DIFFERS, 3, 3)
    assert [finding.code for finding in report.findings] == [Code.SOURCE_DIFFERS, Code.HEAD_DIFFERS]


def test_a_truncated_ledger_is_behind_and_misses_a_noted_head() -> None:
    scribe = honest()
    heads = {scribe.seq: scribe.prev}
    del scribe.values[-1]
    found = {finding.code for finding in scribe.report(heads).findings}
    assert found == {Code.BEHIND, Code.HEAD_DIFFERS} or found == {Code.HEAD_DIFFERS}
    assert scribe.report().findings[0].code is Code.BEHIND
    assert "1 messages of stock.events.v1 from offset 2" in scribe.report().findings[0].why


def test_a_source_offset_decided_twice_is_found() -> None:
    scribe = honest()
    position = SourcePosition(topic=STOCK, partition=0, offset=2, timestamp_ms=1_622_527_200_002)
    scribe.write(Draft(RecordKind.DECIDED, position, scribe.at, event=b'{"event_id":"s2"}'))
    assert first(scribe.report()) == (Code.SOURCE_OUT_OF_ORDER, 16, 14)


def test_a_gap_that_the_source_does_not_have_is_found() -> None:
    scribe = Scribe().opened().took(REQUESTS, request(0))
    scribe.published(REQUESTS, request(1))
    scribe.took(REQUESTS, request(2))
    assert scribe.report().findings[0].code is Code.GAP_FALSE
    assert "supply.requests.v1 offset 1 was skipped" in str(scribe.report().findings[0])


def test_a_record_of_a_message_that_does_not_exist_is_found() -> None:
    scribe = honest()
    scribe.sources[REQUESTS].pop()
    assert first(scribe.report()) == (Code.SOURCE_MISSING, 14, 12)


def test_an_expired_source_message_can_only_be_counted() -> None:
    from streams.ledger.source import Source

    scribe = Scribe().opened().took(REQUESTS, request(0)).took(REQUESTS, request(1))
    source = Source(REQUESTS, iter(scribe.sources[REQUESTS][1:]), first=1)
    walk = Scribe().walk()
    walk._sources = {REQUESTS: source}
    for message in scribe.messages():
        walk.take(message)
    report = walk.finish(scribe.ends())
    assert report.findings == ()
    assert report.sources[0].expired == 1


def test_a_refused_message_with_other_bytes_than_its_source_is_found() -> None:
    scribe = honest()
    log = scribe.sources[STOCK]
    log[0] = log[0]._replace(value=b"{}")
    assert first(scribe.report()) == (Code.SOURCE_DIFFERS, 7, 7)


def test_a_source_message_with_another_time_is_found() -> None:
    scribe = honest()
    log = scribe.sources[REQUESTS]
    log[2] = log[2]._replace(timestamp=1)
    assert first(scribe.report()) == (Code.SOURCE_DIFFERS, 4, 4)


def test_a_record_by_somebody_who_did_not_open_is_found() -> None:
    scribe = honest()
    scribe.worker = "w3"
    scribe.ticked()
    assert first(scribe.report()) == (Code.NOT_OWNER, 16, 14)


def test_a_ledger_that_nobody_opened_is_found() -> None:
    assert first(Scribe().ticked().report()) == (Code.NOT_OWNER, 0, 0)


def test_time_that_goes_back_is_found() -> None:
    scribe = honest().ticked(-5)
    assert first(scribe.report()) == (Code.CLOCK_BACK, 16, 14)


def test_strangers_on_the_topic_are_counted_and_change_nothing() -> None:
    scribe = honest()
    foreign = Scribe(partition=3).opened().values[0]
    scribe.values += [b"hello", b"", b"\xff\xfe", b"[]", foreign]
    report = scribe.report()
    assert report.findings == ()
    assert report.fenced == {"broken_chain": 2, "not_a_record": 4, "foreign": 1}


def test_a_message_without_value_is_no_record() -> None:
    walk = Scribe().walk()
    walk.take(Message(0, 0, None, None))
    assert walk.finish().fenced == {"not_a_record": 1}


def test_a_rival_who_opened_an_empty_partition_at_the_same_time_is_only_late() -> None:
    scribe = Scribe().opened("w1")
    rival = Scribe(worker="w2").opened().ticked()
    scribe.values += rival.values
    report = scribe.report()
    assert (report.findings, report.fenced) == ((), {"broken_chain": 2})


def test_a_forged_record_without_past_is_found() -> None:
    scribe = honest()
    scribe.write(Draft(RecordKind.TICKED, None, scribe.at), seq=3, prev="ab" * 32, accepted=False)
    assert first(scribe.report()) == (Code.ALTERED, 16, 3)
    lone = Scribe()
    lone.write(Draft(RecordKind.OPENED, None, lone.at), seq=0, prev="ab" * 32, accepted=False)
    assert first(lone.report()) == (Code.ALTERED, 0, 0)


def test_a_seq_that_does_not_follow_its_own_predecessor_is_found() -> None:
    scribe = honest()
    scribe.write(Draft(RecordKind.TICKED, None, scribe.at), seq=scribe.seq + 2, accepted=False)
    assert first(scribe.report()) == (Code.ALTERED, 16, 15)


def test_units_given_out_twice_are_found() -> None:
    lot = {"type": "lot_recorded", "lot_id": "L", "area": "a", "item": "rice", "quantity": 5, "from_lot_id": None}
    need = {"type": "need_opened", "need_id": "r:rice", "area": "a", "item": "rice"}
    made = {"type": "allocation_made", "need_id": "r:rice", "lot_id": "L", "item": "rice", "quantity": 4}
    scribe = Scribe().opened().took(STOCK, b'{"a":1}', lot)
    scribe.took(REQUESTS, request(0), need, made | {"allocation_id": "a1"})
    assert scribe.report().findings == ()
    assert scribe.report().lots == 1
    scribe.took(REQUESTS, request(1), made | {"allocation_id": "a2"})
    report = scribe.report()
    assert first(report) == (Code.CONSERVATION, 3, 3)
    assert "lot L: available is -3" in report.findings[0].why


def test_findings_are_bounded_and_counted() -> None:
    scribe = Scribe().opened()
    for seq in range(100):
        scribe.write(Draft(RecordKind.TICKED, None, scribe.at), seq=seq, prev="cd" * 32, accepted=False)
    walk = scribe.walk()
    assert (len(walk.findings.found), walk.findings.more) == (20, 80)


def test_genesis_is_the_first_predecessor() -> None:
    value = encode(Draft(RecordKind.OPENED, None, Scribe().at), preamble=b'{"v":1', signature=b"", seq=0, prev=GENESIS)
    assert value.startswith(b'{"v":1,"seq":0,"prev":"' + b"0" * 64)
