"""Drafting: one chained record a message, in order; what breaks a rule is rejected and kept."""

import json

import pytest

from schemas.ledger import GENESIS, LedgerRecord
from streams.ledger.record import digest
from tests.streams.ledger.kit import added, area_of, drafter, refold, sent
from tests.streams.ledger.tally import ADDED, MORE, STAGE


def records(values: list[bytes]) -> list[LedgerRecord]:
    return [LedgerRecord.model_validate_json(value) for value in values]


def test_records_are_chained_and_carry_event_and_decisions() -> None:
    _, desk = drafter()
    opened = desk.opened().values
    desk.message(ADDED.name, sent(0, added(1, amount=5)))
    desk.message(ADDED.name, sent(1, added(2, amount=7)))
    values = opened + desk.collect().values
    found = records(values)
    assert [record.kind for record in found] == ["opened", "ticked", "decided", "decided"]
    assert [record.seq for record in found] == [0, 1, 2, 3]
    assert [record.prev for record in found] == [GENESIS, *(digest(value) for value in values[:-1])]
    assert found[2].decisions == ({"type": "counted", "area": area_of(0), "amount": 5},)
    assert found[2].event == json.loads(added(1, amount=5))
    assert found[3].source is not None and found[3].source.offset == 1


def test_live_state_equals_folded_state() -> None:
    folded, desk = drafter()
    values = desk.opened().values
    for number in range(300):
        desk.message(ADDED.name, sent(number, added(number % 250), minutes=number / 7))
    values += desk.collect().values
    again = refold(values)
    assert STAGE.decider.dump(again.state) == STAGE.decider.dump(folded.state)
    assert again.head == folded.head
    assert again.state.counts == {area_of(0): 250}
    assert again.ticked_at == folded.ticked_at


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"\x00\x00", "not_json"),
        (b"{", "not_json"),
        (b"[" * 100_000, "not_json"),
        (added(1).replace(b'"amount": 1', b'"amount": NaN'), "invalid.int_type"),
        (b"x" * (300 * 1024), "too_large"),
        (b"\xff\xfe", "not_json"),
        (added(1, area=area_of(1)), "wrong_partition"),
        (added(1, amount=1001), "too_much"),
        (added(1, amount=13), "internal_error"),
        (added(1).replace(b'"amount": 1', b'"amount": "1"'), "invalid.int_type"),
        (added(1).replace(b'"amount": 1', b'"amount": 1' + b"0" * 5000), "not_json"),
        (added(1).replace(b'"source"', b'"phone": "13800000000", "source"'), "invalid.extra_forbidden"),
    ],
)
def test_poison_is_rejected_kept_and_does_not_block(value: bytes | None, code: str) -> None:
    folded, desk = drafter()
    desk.message(ADDED.name, sent(0, value))
    desk.message(ADDED.name, sent(1, added(2)))
    drafts = desk.collect()
    rejected = [record for record in records(drafts.values) if record.kind == "rejected"]
    assert [record.rejection.code for record in rejected if record.rejection] == [code]
    assert [letter.message.value for letter in drafts.dead_letters] == [value]
    assert folded.state.counts == {area_of(0): 1}
    assert folded.head.positions == {ADDED.name: 1}


def test_a_rejection_repeats_no_value_of_the_message() -> None:
    _, desk = drafter()
    desk.message(ADDED.name, sent(0, added(1).replace(b'"test"', b'"Zhang San 13800000000"')))
    assert b"13800000000" not in b"".join(desk.collect().values)


def test_what_the_ledger_has_is_skipped_and_a_gap_is_recorded() -> None:
    _, desk = drafter()
    desk.message(ADDED.name, sent(3, added(1)))
    desk.message(ADDED.name, sent(2, added(9)))
    desk.message(ADDED.name, sent(3, added(9)))
    desk.message(MORE.name, sent(0, added(2)))
    sources = [record.source for record in records(desk.collect().values) if record.source]
    assert [(source.topic, source.offset, source.gap) for source in sources] == [(ADDED.name, 3, 3), (MORE.name, 0, 0)]


def test_ticks_come_before_the_message_that_is_later() -> None:
    _, desk = drafter()
    desk.message(ADDED.name, sent(0, added(1, amount=100)))
    desk.message(ADDED.name, sent(1, added(2), minutes=5))
    kinds = [record.kind for record in records(desk.collect().values)]
    assert kinds == ["ticked", "decided", "ticked", "ticked", "decided"]


def test_time_never_goes_back() -> None:
    folded, desk = drafter()
    desk.message(ADDED.name, sent(0, added(1), minutes=60))
    before = folded.ticked_at
    desk.message(ADDED.name, sent(1, added(2), minutes=0))
    assert folded.ticked_at == before
