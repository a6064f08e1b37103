"""What belongs to the story of a request, a household, a lot or a consignment, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams.lineage.hunt import Ask
from streams.trail import Subject, Trail, in_order

Decision = dict[str, Any]
LINE = {"allocation_id": "a1", "need_id": "r1:rice", "lot_id": "L1", "item": "rice", "quantity": 2}
OTHER = {"allocation_id": "a2", "need_id": "r2:rice", "lot_id": "L2", "item": "rice", "quantity": 1}


def record(*decisions: Decision, at: int = 0, event: Decision | None = None) -> Decision:
    source = {"topic": "t", "partition": 0, "offset": 0, "timestamp_ms": 1_648_800_000_000 + at}
    return {"seq": 7, "source": source, "recorded_at": "2022-04-01T08:00:00Z", "event": event, "decisions": decisions}


HISTORY: list[Decision] = [
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
        trail.take("supply", 0, offset, value)
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
        trail.take("supply", 0, offset, value)
    assert trail.steps[-1].decisions[0]["lines"] == [LINE]
    assert [one["type"] for one in trail.steps[0].decisions] == ["request_recorded", "need_opened", "allocation_made"]


def test_names_hold_for_their_partition() -> None:
    trail = Trail(Subject.HOUSEHOLD, "h1")
    for partition, household in ((0, "h1"), (1, "h2")):
        recorded = {"type": "request_recorded", "request_id": "r1", "requester_id": household}
        trail.take("supply", partition, 0, record(recorded))
    assert [step.partition for step in trail.steps] == [0]
    assert {(ask.stage, ask.name, ask.prefix) for ask in trail.asks()} == {
        ("supply", "h1", False), ("supply", "r1", False), ("supply", "r1", True),
    }  # fmt: skip


def test_a_step_says_who_reported_what() -> None:
    event = {"kind": "request_filed", "event_id": "e1", "source": "hotline", "occurred_at": "2022-04-01T07:59:00Z"}
    step = Trail(Subject.LOT, "L1").take(
        "supply", 3, 9, record({"type": "lot_held", "lot_id": "L1"}, event=event, at=1500)
    )
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
        trail.take("supply", partition, offset, record(held, at=at))
    assert [(step.partition, step.offset) for step in in_order(trail.steps)] == [(1, 0), (0, 0), (0, 1), (1, 1)]


def fact(kind: str, event_id: str = "e1", **fields: Any) -> Decision:
    base = {"kind": kind, "event_id": event_id, "consignment_id": "C1", "occurred_at": "2022-04-01T08:00:00Z"}
    return {"type": "fact_recorded", "fact": {**base, **fields}}


COLD: list[Decision] = [
    record(fact("consignment_declared", lots=[{"lot_id": "L1"}, {"lot_id": "L2"}])),
    record(fact("consignment_declared", consignment_id="C2", lots=[{"lot_id": "L9"}])),
    record({"type": "reading_recorded", "consignment_id": "C1", "logger_id": "g1", "celsius": -19.0}),
    record(fact("lots_transformed", inputs=[{"lot_id": "L1"}], outputs=[{"lot_id": "L1-packs"}])),
    record({"type": "check_failed", "check_id": "k1", "consignment_id": "C1", "lot_ids": ["L2"]},
           {"type": "hold_ordered", "hold_id": "H1", "check_id": "k1", "consignment_id": None, "lot_ids": ["L2"]}),
    record({"type": "check_mended", "check_id": "k1", "consignment_id": "C1"},
           {"type": "hold_withdrawn", "hold_id": "H1", "check_id": "k1"}),
    record({"type": "hold_withdrawn", "hold_id": "H7", "check_id": "k7"}),
]  # fmt: skip
DUTY = {"type": "contact_duty_opened", "duty_id": "D-1", "lot_id": "L1-packs", "requester_id": "h1"}
SUPPLY: list[Decision] = [
    record({"type": "lot_recorded", "lot_id": "L1-packs", "consignment_id": None}),
    record({"type": "allocation_made", **LINE, "lot_id": "L1-packs"}),
    record({"type": "hold_recorded", "hold_id": "H1", "lot_ids": ["L2"], "consignment_id": None}),
    record({"type": "allocation_released", **LINE, "lot_id": "L1-packs", "reason": "hold"}),
    record({"type": "allocation_released", **LINE, "lot_id": "L1-packs", "reason": "expired"}),
    record(DUTY),
    record({"type": "contact_overdue", "duty_id": "D-1", "requester_id": "h1"}),
    record({"type": "contact_overdue", "duty_id": "D-2", "requester_id": "h1"}),
    record({"type": "hold_ended", "hold_id": "H1"}),
]


def both(subject: Subject, name: str) -> tuple[list[int], list[int]]:
    """Offsets told of the cold chain and of the supply stage."""
    trail = Trail(subject, name)
    for stage, values in (("coldchain", COLD), ("supply", SUPPLY)):
        for offset, value in enumerate(values):
            trail.take(stage, 0, offset, value)
    found = [(step.stage, step.offset) for step in trail.steps]
    return [at for stage, at in found if stage == "coldchain"], [at for stage, at in found if stage == "supply"]


@pytest.mark.parametrize(
    ("subject", "name", "cold", "supply"),
    [
        (Subject.CONSIGNMENT, "C1", [0, 3, 4, 5], [0, 2, 3, 5, 6, 8]),
        (Subject.CONSIGNMENT, "C2", [1], []),
        (Subject.LOT, "L2", [0, 4, 5], [2, 8]),
        (Subject.LOT, "L1-packs", [3], [0, 1, 3, 4, 5, 6]),
        (Subject.HOUSEHOLD, "h1", [], [5, 6, 7]),
    ],
)
def test_both_ledgers_are_told(subject: Subject, name: str, cold: list[int], supply: list[int]) -> None:
    assert both(subject, name) == (cold, supply)


def test_what_is_asked_for_finds_all_that_is_told() -> None:
    """Asked step by step, of records by their bytes alone, the same steps are found as in all records."""
    for subject, name in ((Subject.CONSIGNMENT, "C1"), (Subject.LOT, "L2"), (Subject.LOT, "L1-packs")):
        trail, asked = Trail(subject, name), set[Ask]()
        found: dict[tuple[str, int], Decision] = {}
        while new := set(trail.asks()) - asked:
            asked |= new
            for stage, values in (("coldchain", COLD), ("supply", SUPPLY)):
                found.update(
                    ((stage, offset), value)
                    for offset, value in enumerate(values)
                    if any(ask.stage == stage and sees(ask, value) for ask in new)
                )
            trail.steps.clear()
            for (stage, offset), value in sorted(found.items()):
                trail.take(stage, 0, offset, value)
        told = [(step.stage, step.offset) for step in trail.steps]
        cold, supply = both(subject, name)
        assert told == [("coldchain", at) for at in cold] + [("supply", at) for at in supply]


def sees(ask: Ask, value: Decision) -> bool:
    def names(one: Decision) -> bool:
        typed = not ask.types or one["type"] in ask.types
        return typed and ask.needle in json.dumps(one, ensure_ascii=False).encode()

    return any(names(one) for one in value["decisions"])


ORDERED: Decision = {
    "type": "transfer_ordered", "transfer_id": "L1", "item": "rice", "lot_id": "L9", "area": "a", "from_area": "b",
    "moved_from": ["L9"], "consignment_id": "C1",
}  # fmt: skip
ENDED: Decision = {"type": "transfer_ended", "transfer_id": "L1", "item": "rice", "area": "a", "from_area": "b"}
STANDING: Decision = {"type": "standing_taken", "area": "b", "item": "rice", "lots": [{"lot_id": "L9", "quantity": 4}]}


@pytest.mark.parametrize(
    ("subject", "name", "expected"),
    [
        (Subject.REQUEST, "r1", [1, 2]),
        (Subject.REQUEST, "r2", []),
        (Subject.HOUSEHOLD, "h1", [1, 2]),
        (Subject.LOT, "L1", [1, 2]),
        (Subject.LOT, "L9", [1]),
        (Subject.CONSIGNMENT, "C1", [1]),
    ],
)
def test_a_transfer_is_a_step_of_what_it_was_for_and_of_both_its_lots(
    subject: Subject, name: str, expected: list[int]
) -> None:
    trail = Trail(subject, name)
    for offset, value in enumerate(HISTORY):
        trail.take("supply", 0, offset, value)
    asked = {ask.name for ask in trail.asks() if ask.stage == "transfers"}
    for offset, decision in enumerate((STANDING, ORDERED, ENDED)):
        trail.take("transfers", 0, offset, record(decision))
    assert [step.offset for step in trail.steps if step.stage == "transfers"] == expected
    assert not expected or asked & {"L1", "L9", "C1"}
