"""R9: a source that is known to have messages is waited for, from when there is nothing to do but wait."""

from streams.ledger.patience import LIMIT, PATIENCE, Patience


def test_it_counts_from_the_wait_and_not_from_the_last_arrival() -> None:
    patience = Patience()
    assert patience.lasts(100.0, 10.0, waiting=False)
    assert patience.lasts(100.5, 10.0, waiting=True), "what came last came 90 seconds ago, and was decided since"
    assert patience.lasts(100.4 + PATIENCE, 10.0, waiting=True)
    assert not patience.lasts(100.5 + PATIENCE, 10.0, waiting=True)


def test_what_else_arrives_prolongs_it_but_not_for_ever() -> None:
    patience, now = Patience(), 0.0
    while patience.lasts(now, now, waiting=True):
        now += PATIENCE / 4
    assert now == LIMIT


def test_once_it_has_run_out_it_is_back_when_nothing_is_waited_for() -> None:
    patience = Patience()
    assert patience.lasts(0.0, 0.0, waiting=True)
    assert not patience.lasts(PATIENCE, 0.0, waiting=True)
    assert not patience.lasts(PATIENCE + 0.1, PATIENCE + 0.1, waiting=True), "the next message waits no second time"
    assert patience.lasts(PATIENCE + 0.2, PATIENCE, waiting=False)
    assert patience.lasts(PATIENCE + 0.3, PATIENCE, waiting=True)
