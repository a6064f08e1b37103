"""What a ledger's hold decisions become, in which order, and how far a target has got by what lies on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.hold import HoldLifted, HoldPlaced
from schemas.ledger import RecordKind, SourcePosition
from streams.ledger.accept import Head
from streams.ledger.record import Draft, digest, encode, preamble, signature
from streams.relay_cache import RelayCache
from streams.relay_messages import NOWHERE, Place, Position, Told, Walk, read_position
from streams.relay_routes import event_id

AT = datetime(2022, 4, 14, 8, tzinfo=UTC)


def ordered(hold_id: str, **fields: Any) -> dict[str, Any]:
    base = {
        "check_id": "k",
        "rule": "temperature_breach",
        "consignment_id": "C-1",
        "lot_ids": ["L-1"],
        "reason": "超温",
    }
    return {"type": "hold_ordered", "hold_id": hold_id, "at": "2022-04-01T00:00:00Z", **base, **fields}


def withdrawn(hold_id: str) -> dict[str, Any]:
    at = "2022-04-01T00:00:00Z"
    return {"type": "hold_withdrawn", "hold_id": hold_id, "check_id": "k", "reason": "补证", "at": at}


class Ledger:
    """A partition of the cold chain's ledger."""

    def __init__(self, partition: int = 0) -> None:
        self.partition, self.head, self.values = partition, Head("coldchain", partition), [b""] * 0
        self.write(Draft(RecordKind.OPENED, None, AT))
        self.write(Draft(RecordKind.TICKED, None, AT, b'{"kind":"clock_ticked","at":"2022-04-14T08:00:00Z"}'))

    def decided(self, *decisions: dict[str, Any], event: bytes = b"{}") -> Ledger:
        offset = self.head.next_offset("coldchain.records.v1")
        at = SourcePosition(topic="coldchain.records.v1", partition=self.partition, offset=offset, timestamp_ms=1)
        return self.write(Draft(RecordKind.DECIDED, at, AT, event, decisions=json.dumps(decisions).encode()))

    def write(self, draft: Draft, *, late: bool = False) -> Ledger:
        """A record; `late`: one that another worker wrote before it knew that it is not the owner any more."""
        sign, seq = preamble("coldchain", self.partition), self.head.seq + (0 if late else 1)
        value = encode(draft, preamble=sign, signature=signature("w", "1"), seq=seq, prev=self.head.hash)
        self.values.append(value)
        if not late:
            self.head.seq, self.head.hash = seq, digest(value)
            if draft.source is not None:
                self.head.positions[draft.source.topic] = draft.source.offset
        return self

    def walk(self, told: Place = NOWHERE) -> tuple[Walk, list[Told]]:
        walk = Walk(Head("coldchain", self.partition), told=told)
        return walk, [one for offset, value in enumerate(self.values) for one in walk.take(offset, value)]


def test_orders_and_withdrawals_become_holds_and_lifts_in_the_order_of_the_ledger() -> None:
    ledger = Ledger().decided(ordered("h1"), {"type": "other"}, withdrawn("h1")).decided(ordered("h2", lot_ids=[]))
    _, told = ledger.walk()
    placed, lifted, second = (json.loads(one.value) for one in told)
    assert HoldPlaced.model_validate_json(told[0].value).lot_ids == ("L-1",)
    assert HoldLifted.model_validate_json(told[1].value).reason == "补证"
    assert (placed["hold_id"], placed["consignment_id"], placed["source"]) == ("h1", "C-1", "coldchain")
    assert (lifted["kind"], lifted["hold_id"], second["hold_id"]) == ("hold_lifted", "h1", "h2")
    assert [one.place[:3] for one in told] == [(2, 0, 2), (2, 2, 2), (3, 0, 3)]
    assert {one.timestamp_ms for one in told} == {round(AT.timestamp() * 1000)}
    assert placed["occurred_at"] == "2022-04-14T08:00:00Z", "a hold happens when it is ordered, not when its cause did"


def test_a_record_that_does_not_count_tells_nothing() -> None:
    ledger = Ledger()
    body = json.dumps([ordered("zombie")]).encode()
    at = SourcePosition(topic="coldchain.records.v1", partition=0, offset=0, timestamp_ms=1)
    ledger.write(Draft(RecordKind.DECIDED, at, AT, b"{}", decisions=body), late=True)
    ledger.decided(ordered("h1"), event=b'{"reason":"hold_ordered"}')
    assert [json.loads(one.value)["hold_id"] for one in ledger.walk()[1]] == ["h1"]


def test_an_order_that_names_nothing_is_noted() -> None:
    walk, told = Ledger().decided(ordered("h1", lot_ids=[], consignment_id=None)).walk()
    assert (told, walk.empty) == ([], ["h1"])


def test_the_same_hold_has_the_same_event_id_of_bounded_length() -> None:
    assert event_id("hold_placed", "h" * 128) == event_id("hold_placed", "h" * 128)
    assert len({event_id("hold_placed", "h"), event_id("hold_lifted", "h"), event_id("hold_placed", "g")}) == 3
    assert len(event_id("hold_lifted", "h" * 128)) <= 128


def test_headers_carry_the_place() -> None:
    _, (told,) = Ledger(3).decided(ordered("h1")).walk()
    assert read_position(dict(told.headers)) == (3, told.place)
    assert read_position({}) is None
    assert read_position({"ledger.partition": b"x"}) is None


@settings(max_examples=50)
@given(st.data())
def test_a_target_that_got_part_of_it_is_told_the_rest_and_nothing_is_missing(data: st.DataObject) -> None:
    """However often a relay ended in the middle, every partition has every hold, each first copy in order."""
    ledger = Ledger()
    for number in range(data.draw(st.integers(1, 6))):
        ledger.decided(*(ordered(f"h{number}.{n}") for n in range(data.draw(st.integers(0, 3)))))
    targets: list[list[Told]] = [[] for _ in range(3)]
    whole = [one.place for one in ledger.walk()[1]]
    for ended in (*data.draw(st.lists(st.booleans(), max_size=4)), False):
        position = Position(len(targets))
        for number, target in enumerate(targets):
            for one in target:
                position.take(number, dict(one.headers))
        _, told = ledger.walk(position.of(0))
        for target in targets:
            target += told[: data.draw(st.integers(0, len(told)))] if ended else told
    for target in targets:
        firsts = list(dict.fromkeys(one.place for one in target))
        assert firsts == whole


def test_a_cache_goes_on_where_it_was(tmp_path: Path) -> None:
    ledger = Ledger().decided(ordered("h1"))
    walk, _ = ledger.walk()
    cache = RelayCache(tmp_path)
    cache.save(walk)
    again = cache.load("coldchain", 0)
    assert again == walk
    ledger.decided(withdrawn("h1"))
    assert again is not None
    assert [one.place.seq for one in again.take(3, ledger.values[3])] == [3]


@pytest.mark.parametrize("torn", [b"", b"{}", b'{"v":2}', b"\x00"])
def test_a_torn_or_foreign_cache_is_ignored(tmp_path: Path, torn: bytes) -> None:
    cache = RelayCache(tmp_path)
    assert cache.load("coldchain", 0) is None
    cache.save(Ledger(0).walk()[0])
    path = next(tmp_path.iterdir())
    path.rename(path.with_name("relay-1.walk"))
    assert cache.load("coldchain", 1) is None
    (tmp_path / "relay-0.walk").write_bytes(torn)
    assert cache.load("coldchain", 0) is None
