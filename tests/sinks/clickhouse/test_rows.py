"""Rows are a pure function of record and coordinates, and every record has one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.clickhouse.rows import COLUMNS, LedgerRow, Place, ledger_row
from streams.ledger.accept import Fence, Head
from streams.ledger.record import digest, read_header
from tests.sinks.clickhouse.book import START, Book, request

PLACE = Place("supply", 0, 7, 1_648_800_000_123)


def row_of(value: bytes, fence: Fence | None = None) -> LedgerRow:
    return ledger_row(PLACE, value, read_header(value), fence, digest(value))


def micros(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000 + at.microsecond


def test_a_decided_record_has_everything_in_its_columns() -> None:
    book = Book().opened().decided("supply.requests.v1", {"kind": "request_filed"}, *request("r1", START))
    value = book.values[1]
    row = row_of(value)
    assert row.stage == "supply" and row.partition == 0 and row.offset == 7 and row.timestamp == 1_648_800_000_123
    assert row.accepted and row.fence == ""
    assert (row.seq, row.kind, row.hash, row.prev) == (1, "decided", digest(value), digest(book.values[0]))
    assert (row.source_topic, row.source_partition, row.source_offset) == ("supply.requests.v1", 0, 0)
    assert (row.source_seq, row.source_gap, row.source_timestamp) == (None, 0, 1_648_800_000_000)
    assert row.at == row.recorded_at == row.occurred_at == micros(START)
    assert (row.worker, row.code) == ("worker-1", "baogong-test")
    assert (row.event_kind, row.event_id, row.decision_count) == ("request_filed", "e1", 2)
    assert row.value == value


def test_a_tick_has_its_own_time_and_no_source() -> None:
    book = Book().at(5).ticked()
    row = row_of(book.values[0])
    assert row.at == micros(book.now) and row.source_topic == "" and row.source_offset is None
    assert row.event_kind == "clock_ticked" and row.event_id == ""


def test_a_rejection_is_told_with_code_field_reason_and_size() -> None:
    row = row_of(Book().rejected("stock.events.v1", "absurd_quantity", "Too much").values[0])
    told = (row.rejection_code, row.rejection_field, row.rejection_reason, row.rejection_size)
    assert told == ("absurd_quantity", "quantity", "Too much", 17)
    assert row.event_kind == "" and row.decision_count == 0


@pytest.mark.parametrize("value", [b"", b"\xff\xfe", b"{}", b"null", b'{"v":2}', b"[" * 2000])
def test_what_is_no_record_has_a_row_with_its_bytes(value: bytes) -> None:
    head = Head("supply", 0)
    fence = head.judge(read_header(value))
    row = row_of(value, fence)
    assert (row.accepted, row.fence, row.value, row.hash) == (False, "not_a_record", value, digest(value))
    assert row.seq is None and row.kind == "" and row.offset == 7


def test_a_record_with_a_body_of_wrong_types_has_a_row() -> None:
    whole = json.loads(Book().opened().values[0])
    whole.update(event=[1], rejection="no", decisions={"a": 1}, recorded_at="yesterday", code=5)
    row = row_of(json.dumps(whole).encode())
    assert (row.event_kind, row.rejection_code, row.decision_count, row.recorded_at, row.code) == ("", "", 0, None, "")


def test_a_fenced_record_keeps_its_reason() -> None:
    assert row_of(Book().opened().values[0], Fence.BROKEN_CHAIN).fence == "broken_chain"


def test_an_offset_in_the_time_counts() -> None:
    whole = json.loads(Book().ticked().values[0])
    whole["event"]["at"] = "2022-04-01T16:00:00.000001+08:00"
    assert row_of(json.dumps(whole).encode()).at == micros(START) + 1


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_any_bytes_give_a_row_and_the_same_again(value: bytes) -> None:
    row = row_of(value, Fence.NOT_A_RECORD)
    assert row == row_of(value, Fence.NOT_A_RECORD)
    assert row.value == value and len(row) == len(COLUMNS)
