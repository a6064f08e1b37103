"""A source that is itself a ledger: only its accepted records are messages, and their place is their seq."""

from __future__ import annotations

import pytest

from schemas.ledger import RecordKind, SourcePosition
from streams.ledger.accept import Head
from streams.ledger.findings import Code
from streams.ledger.source import Source
from tests.streams.ledger.scribe import LEDGER, honest


def source() -> Source:
    return Source(LEDGER, iter(honest().messages()), head=Head("supply", 0))


def position(offset: int, seq: int) -> SourcePosition:
    return SourcePosition(topic=LEDGER, partition=0, offset=offset, timestamp_ms=0, seq=seq)


def record(offset: int) -> bytes:
    """The record that repeats the one at an offset, as far as auditing it goes."""
    return b'{"kind":"decided","event":%b,"rejection":null,"decisions":[]}' % honest().values[offset]


def test_fenced_records_are_no_messages() -> None:
    reading = source()
    places = [*range(10), 12, 13, 14, 15]  # 10 and 11 are a late worker's
    for seq, offset in enumerate(places):
        assert list(reading.account(position(offset, seq), RecordKind.DECIDED, record(offset))) == []
    assert not reading.waits(99)


def test_a_record_that_was_passed_over_is_found() -> None:
    reading = source()
    assert list(reading.account(position(0, 0), RecordKind.DECIDED, record(0))) == []
    found = list(reading.account(position(2, 2), RecordKind.DECIDED, record(2)))
    assert [code for code, _ in found] == [Code.GAP_FALSE]


@pytest.mark.parametrize(("offset", "seq", "code"), [(0, 1, Code.SOURCE_DIFFERS), (10, 10, Code.SOURCE_MISSING)])
def test_a_wrong_place_is_found(offset: int, seq: int, code: Code) -> None:
    found = [each for each, _ in source().account(position(offset, seq), RecordKind.DECIDED, record(offset))]
    assert found[-1] is code


def test_a_repetition_with_other_bytes_is_found() -> None:
    found = source().account(position(0, 0), RecordKind.DECIDED, record(0).replace(b"opened", b"ticked"))
    assert [code for code, _ in found] == [Code.SOURCE_DIFFERS]


def test_waiting_counts_messages_and_not_offsets() -> None:
    assert source().waits(1)
    assert source().waiting(16) == 14
    assert source().waiting(5) == 5
