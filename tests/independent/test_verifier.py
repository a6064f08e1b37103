"""The independent verifier and ours say the same of the same ledgers, and of the same bytes."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ledger.record import read_header
from tests.independent import verifier
from tests.streams.ledger.scribe import Scribe, honest

GOOD: dict[str, Any] = {
    "v": 1, "stage": "supply", "partition": 0, "seq": 0, "prev": "0" * 64, "kind": "opened", "source": None,
    "worker": "w", "event": None,
}  # fmt: skip
SOURCE: dict[str, Any] = {"topic": "t.v1", "partition": 0, "offset": 0, "timestamp_ms": 1}


def problems(scribe: Scribe, *, compare: bool = True) -> list[str]:
    records = {scribe.partition: list(enumerate(scribe.values))}
    ends = {topic: {scribe.partition: end} for topic, end in scribe.ends().items()}
    sources = {
        topic: {scribe.partition: {m.offset: (m.timestamp, m.value or b"") for m in log}}
        for topic, log in scribe.sources.items()
    }
    return verifier.check("supply", records, ends, sources if compare else None)


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {"kafka", *sys.stdlib_module_names}


@pytest.mark.parametrize("compare", [True, False])
def test_both_accept_the_honest(compare: bool) -> None:
    assert problems(honest(), compare=compare) == []
    assert honest().report().findings == ()


def flip(scribe: Scribe) -> None:
    scribe.values[4] = scribe.values[4].replace(b'"e2"', b'"e9"')


def drop(scribe: Scribe) -> None:
    del scribe.values[4]


def swap(scribe: Scribe) -> None:
    scribe.values[3], scribe.values[4] = scribe.values[4], scribe.values[3]


def cut(scribe: Scribe) -> None:
    del scribe.values[-1]


def usurp(scribe: Scribe) -> None:
    scribe.worker = "w9"
    scribe.ticked()


def source(scribe: Scribe) -> None:
    log = scribe.sources["supply.requests.v1"]
    log[2] = log[2]._replace(value=b"{}")


@pytest.mark.parametrize("change", [flip, drop, swap, cut, usurp, source])
def test_both_refuse_the_dishonest(change: Callable[[Scribe], None]) -> None:
    scribe = honest()
    change(scribe)
    assert problems(scribe) != []
    ours = scribe.report().findings[0]
    if ours.offset is not None:
        assert problems(scribe)[0].startswith(f"partition 0 offset {ours.offset}:")


def agree(value: bytes) -> bool:
    """Whether the bytes are a record, as both must say."""
    ours, theirs = read_header(value), verifier.parse(value)
    assert (ours is None) == (theirs is None), value[:300]
    if ours is not None and theirs is not None:
        assert (ours.seq, ours.prev, ours.partition) == (theirs["seq"], theirs["prev"], theirs["partition"])
    return ours is not None


def record(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (record(), True),
        (record(source=SOURCE), True),
        (record(source={**SOURCE, "seq": None, "gap": 3}), True),
        (record(source={**SOURCE, "more": 1}), False),
        (record(source={**SOURCE, "gap": -1}), False),
        (record(source={**SOURCE, "gap": None}), False),
        (record(source={**SOURCE, "topic": "a b"}), False),
        (record(source={**SOURCE, "topic": "a\u00a0b"}), False),
        (record(source={**SOURCE, "topic": "ab\n"}), False),
        (record(source={**SOURCE, "topic": "a" * 129}), False),
        (record(source={**SOURCE, "offset": 1.0}), False),
        (record(source={**SOURCE, "timestamp_ms": -5}), True),
        (record(seq=True), False),
        (record(seq=0.0), False),
        (record(seq=-1), False),
        (record(seq=10**30), True),
        (record(v=2), False),
        (record(prev="A" * 64), False),
        (record(prev="a" * 64 + "\n"), False),
        (record(kind="closed"), False),
        (record(worker=7), False),
        (record(event=float("nan")), True),
        (record(event="\ud800"), False),
        (record(event="\ud83d\ude00"), True),
        (b" \n" + record() + b"\t", True),
        (b"\xef\xbb\xbf" + record(), False),
        (record() + b"x", False),
        (record()[:-1] + b',"seq":7}', True),
        (record(event="@").replace(b'"@"', b"[" * 200 + b"]" * 200), True),
        (record(event="@").replace(b'"@"', b"[" * 201 + b"]" * 201), False),
        (record(event="@").replace(b'"@"', b"[" * 100_000), False),
        (record(event="@").replace(b'"@"', b"1" * 4300), True),
        (record(event="@").replace(b'"@"', b"1" * 4301), False),
        (record(event="@").replace(b"@", b"\xff"), False),
        (record(event="@").replace(b"@", b"\x01"), False),
        (record().replace(b'"seq": 0', b'"seq": 00'), False),
        (record().replace(b'"seq": 0', b'"seq": 1e0'), False),
        (record().replace(b'"source": null, ', b""), False),
        (record().decode().encode("utf-16"), False),
        (b"[]", False),
        (b"null", False),
        (b"", False),
    ],
)
def test_both_say_the_same_of_bytes(value: bytes, good: bool) -> None:
    assert agree(value) is good


@given(st.integers(0, 15), st.integers(0, 10_000), st.integers(0, 255))
def test_both_say_the_same_of_damaged_records(offset: int, place: int, byte: int) -> None:
    value = bytearray(honest().values[offset])
    value[place % len(value)] = byte
    agree(bytes(value))


@given(st.integers(0, 15), st.integers(0, 10_000), st.integers(1, 255))
def test_any_damage_to_the_chain_is_found_by_both(offset: int, place: int, change: int) -> None:
    """But in the last record of a chain: only a noted head, or ClickHouse, shows that one."""
    scribe = honest()
    value = bytearray(scribe.values[offset])
    value[place % len(value)] ^= change
    scribe.values[offset] = bytes(value)
    if offset in (11, 15):
        return
    assert problems(scribe, compare=False) != []
    assert scribe.report().findings != ()
