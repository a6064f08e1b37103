"""What belongs to the story of a request, a household or a lot, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams.trail import Subject, Trail, in_order

Decision = dict[str, Any]
LINE = {"allocation_id": "a1", "need_id": "r1:rice", "lot_id": "L1", "item": "rice", "quantity": 2}
OTHER = {"allocation_id": "a2", "need_id": "r2:rice", "lot_id": "L2", "item": "rice", "quantity": 1}


def record(*decisions: Decision, at: int = 0, event: Decision | None = None) -> bytes:
    source = {"topic": "t", "partition": 0, "offset": 0, "timestamp_ms": 1_648_800_000_000 + at}
    whole = {"seq": 7, "source": source, "recorded_at": "2022-04-01T08:00:00Z", "event": event, "decisions": decisions}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


HISTORY: list[bytes] = [
    record({"type": "requester_recorded", "requester_id": "h1"}),
    record({"type": "lot_recorded", "lot_id": "L1", "from_lot_id": None}),
    record(
        {"type": "request_recorded", "request_id": "r1", "requester_id": "h1"},
        {"type": "need_opened", "need_id": "r1:rice", "request_id": "r1", "requester_id": "h1"},
        {"type": "allocation_made", **LINE, "skipped": [{"lot_id": "L0", "reason": "held"}]},
    ),
    record(
        {"type": "request_recorded", "request_id": "r2", "requester_id": "h1"},
        {"type": "need_opened", "need_id": "r2:rice", "request_id": "r2", "requester_id": "h1"},
        {"type": "duplicate_suspected", "need_id": "r2:rice", "other_need_id": "r1:rice"},
        {"type": "allocation_made", **OTHER},
    ),
    record({"type": "dispatch_ordered", "dispatch_id": "D1", "requester_id": "h1", "lines": [LINE, OTHER]}),
    record({"type": "dispatch_overdue", "dispatch_id": "D1"}),
    record({"type": "dispatch_recalled", "dispatch_id": "D9", "lot_ids": ["L1"]}),
    record({"type": "request_recorded", "request_id": "r11", "requester_id": "h11"}),
    record({"type": "repeat_ignored", "id": "r1", "reason": "request_known"}),
    record({"type": "lot_recorded", "lot_id": "L3", "from_lot_id": "L1"}),
]


def offsets(subject: Subject, name: str) -> list[int]:
    trail = Trail(subject, name)
    for offset, value in enumerate(HISTORY):
        trail.take(0, offset, value)
    return [step.offset for step in trail.steps]


@pytest.mark.parametrize(
    ("subject", "name", "expected"),
    [
        (Subject.REQUEST, "r1", [2, 3, 4, 5, 8]),
        (Subject.REQUEST, "r2", [3, 4, 5]),
        (Subject.HOUSEHOLD, "h1", [0, 2, 3, 4, 5]),
        (Subject.HOUSEHOLD, "h11", [7]),
        (Subject.LOT, "L1", [1, 2, 4, 6, 9]),
        (Subject.LOT, "L0", [2]),
        (Subject.LOT, "L3", [9]),
        (Subject.REQUEST, "r", []),
        (Subject.REQUEST, "h1", []),
    ],
)
def test_the_story_is_complete_and_nothing_else(subject: Subject, name: str, expected: list[int]) -> None:
    assert offsets(subject, name) == expected


def test_only_the_subject_s_lines_of_a_bag_are_told() -> None:
    trail = Trail(Subject.REQUEST, "r1")
    for offset, value in enumerate(HISTORY[:5]):
        trail.take(0, offset, value)
    assert trail.steps[-1].decisions[0]["lines"] == [LINE]
    assert [one["type"] for one in trail.steps[0].decisions] == ["request_recorded", "need_opened", "allocation_made"]


@pytest.mark.parametrize(("subject", "name"), [(Subject.REQUEST, "r1"), (Subject.HOUSEHOLD, "h1"), (Subject.LOT, "L1")])
def test_the_quick_look_passes_over_nothing(subject: Subject, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = offsets(subject, name)
    monkeypatch.setattr("streams.trail._QUICK", -1)
    assert offsets(subject, name) == quick


def test_names_hold_for_their_partition() -> None:
    trail = Trail(Subject.HOUSEHOLD, "h1")
    for partition, household in ((0, "h1"), (1, "h2")):
        trail.take(partition, 0, record({"type": "request_recorded", "request_id": "r1", "requester_id": household}))
    assert [step.partition for step in trail.steps] == [0]
    assert trail.needles == (b'"h1"', b'"r1"', b'"r1:')


@pytest.mark.parametrize("name", ['r"1', "r\\1", "需求-1"])
def test_names_with_escapes_are_found(name: str) -> None:
    trail = Trail(Subject.REQUEST, name)
    assert trail.take(0, 0, record({"type": "request_recorded", "request_id": name, "requester_id": "h"}))


def test_a_step_says_who_reported_what() -> None:
    event = {"kind": "request_filed", "event_id": "e1", "source": "hotline", "occurred_at": "2022-04-01T07:59:00Z"}
    step = Trail(Subject.LOT, "L1").take(3, 9, record({"type": "lot_held", "lot_id": "L1"}, event=event, at=1500))
    assert step is not None
    assert (step.partition, step.offset, step.seq, step.event_kind, step.said_by) == (
        3,
        9,
        7,
        "request_filed",
        "hotline",
    )
    assert step.at.isoformat() == "2022-04-01T08:00:01.500000+00:00"


def test_partitions_are_merged_by_time_and_each_keeps_its_order() -> None:
    trail = Trail(Subject.LOT, "L1")
    held = {"type": "lot_held", "lot_id": "L1"}
    for partition, offset, at in ((0, 0, 5000), (0, 1, 1000), (1, 0, 3000), (1, 1, 9000)):
        trail.take(partition, offset, record(held, at=at))
    assert [(step.partition, step.offset) for step in in_order(trail.steps)] == [(1, 0), (0, 0), (0, 1), (1, 1)]
