"""R1: only what continues the chain and its sources counts; a zombie's late records change nothing."""

import pytest

from streams.ledger.accept import Fence, Head
from streams.ledger.record import read_header
from tests.streams.ledger.kit import added, drafter, refold, sent
from tests.streams.ledger.tally import ADDED, STAGE


def ledger(count: int, worker: str = "w1") -> list[bytes]:
    _, desk = drafter(worker=worker)
    values = desk.opened().values
    for number in range(count):
        desk.message(ADDED.name, sent(number, added(number)))
    return values + desk.collect().values


def test_an_intact_ledger_is_accepted_whole() -> None:
    folded = refold(ledger(10))
    assert folded.fenced == 0 and folded.state.counts and sum(folded.state.counts.values()) == 10


@pytest.mark.parametrize(
    ("change", "fence"),
    [
        (lambda v: [*v[:5], b"not a record", *v[5:]], Fence.NOT_A_RECORD),
        (lambda v: [*v[:5], v[4], *v[5:]], Fence.BROKEN_CHAIN),
        (lambda v: [*v[:5], v[5].replace(b'"partition":0', b'"partition":1'), *v[5:]], Fence.FOREIGN),
        (lambda v: [*v[:5], v[5].replace(b'"stage":"tally"', b'"stage":"other"'), *v[5:]], Fence.FOREIGN),
        (lambda v: [*v[:5], v[5].replace(b'"offset":3', b'"offset":4'), *v[5:]], Fence.SOURCE_OUT_OF_ORDER),
        (lambda v: [*v[:5], v[5].replace(b'"offset":3', b'"offset":2'), *v[5:]], Fence.SOURCE_OUT_OF_ORDER),
        (lambda v: [*v[:5], v[5].replace(b'"prev":"', b'"prev":"0')[:-1] + b"}", *v[5:]], Fence.NOT_A_RECORD),
    ],
)
def test_an_alien_record_is_fenced_and_the_rest_stands(change, fence) -> None:  # type: ignore[no-untyped-def]
    values = ledger(10)
    whole, disturbed = refold(values), refold(change(values))
    assert disturbed.fences == {fence: 1}
    assert STAGE.decider.dump(disturbed.state) == STAGE.decider.dump(whole.state)


def test_a_removed_record_fences_all_after_it() -> None:
    values = ledger(10)
    folded = refold(values[:6] + values[7:])
    assert folded.fences == {Fence.BROKEN_CHAIN: len(values) - 7}


def test_a_zombie_is_fenced_after_a_takeover() -> None:
    _, first = drafter(worker="w1")
    shared = first.opened().values
    for number in range(3):
        first.message(ADDED.name, sent(number, added(number)))
    shared += first.collect().values
    for number in range(3, 6):
        first.message(ADDED.name, sent(number, added(number)))
    late = first.collect().values

    takeover = refold(shared)
    from streams.ledger.clock import ReplayedClock
    from streams.ledger.draft import Drafter

    second = Drafter(takeover, ReplayedClock(), "w2", "test-1")
    taken = second.opened().values
    for number in range(3, 5):
        second.message(ADDED.name, sent(number, added(number)))
    taken += second.collect().values
    folded = refold([*shared, taken[0], *late, *taken[1:]])
    assert folded.fenced == len(late) == 3
    assert folded.head == takeover.head
    assert STAGE.decider.dump(folded.state) == STAGE.decider.dump(takeover.state)


def test_source_presence_must_fit_the_kind() -> None:
    value = ledger(1)[-1].replace(b'"kind":"decided"', b'"kind":"ticked"')
    header = read_header(value)
    assert header is not None
    head = Head("tally", 0, header.seq - 1, header.prev)
    assert head.judge(header) is Fence.NOT_A_RECORD
