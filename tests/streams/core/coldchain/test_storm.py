"""What must hold of any reports, in any order."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.ledger import RepeatIgnored
from tests.streams.core.coldchain import spec, storm
from tests.streams.core.coldchain.spec import SETTINGS, Scene, at, tick

ROUNDS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def told(messages: list[Any]) -> Scene:
    """A partition after its consignment and these reports, at ten in the evening, and two days later."""
    scene = Scene(SETTINGS).given(tick(10), *storm.FIRST, *messages)
    scene.tick(at(days=2))
    return scene


@ROUNDS
@given(storm.messages(), st.randoms(use_true_random=False))
def test_any_order_and_repeats_end_in_the_same_verdicts(messages: list[Any], chance: Any) -> None:
    shuffled = messages + chance.sample(messages, len(messages) // 3)
    chance.shuffle(shuffled)
    assert storm.verdict(told(shuffled)) == storm.verdict(told(messages))


@ROUNDS
@given(storm.messages(), st.data())
def test_what_was_decided_adds_up_to_what_is_known(messages: list[Any], data: st.DataObject) -> None:
    """At every prefix; with reports withdrawn and checks waived on the way, and time going on."""
    scene = Scene(SETTINGS).given(tick(10), *storm.FIRST)
    for message in messages:
        if scene.when(message).rejected is not None:
            assert scene.rejected.code == "unknown_lot", "only the report that made its lots, taken back, stops one"
            continue
        again = scene.decider.decide(scene.state, message)
        assert [type(one) for one in again] == [RepeatIgnored], "a repeat has an effect"
        meddle(scene, data.draw(st.integers(0, 9)), data.draw(st.integers(0, 99)))
        assert sorted(scene.failing) == sorted(one.check_id for one in storm.checks_of(scene.state))
        assert scene.failing == {one.check_id: one for one in storm.checks_of(scene.state)}
        assert sorted(scene.holds) == sorted(scene.state.own)
    for consignment in scene.state.consignments.values():
        stand = [breach for logger in consignment.loggers.values() for breach in logger.series.standing()]
        assert len(stand) == len(storm.breaches(scene))
    check_loading(scene)


def meddle(scene: Scene, which: int, number: int) -> None:
    """Now and then somebody takes a report back, waives a check, or time goes on."""
    consignment = scene.state.consignments["c1"]
    if which == 0:
        standing = [one.fact for one in consignment.facts.values() if one.stands][1:]
        fact = standing[number % len(standing)] if standing else None
        if fact is not None and fact.kind != "report_withdrawn":
            scene.given(spec.withdrawn(fact))
    elif which == 1 and consignment.docket.checks:
        names = sorted(consignment.docket.checks)
        scene.given(spec.waived(names[number % len(names)]))
    elif which == 2 and scene.now is not None:
        scene.tick(scene.now + (at(minutes=number) - at()))
    elif which == 3:
        scene.given(spec.lift(f"h{number % 12}"))
    elif which == 4:
        check_loading(scene)


def check_loading(scene: Scene) -> None:
    data = scene.decider.dump(scene.state)
    loaded = scene.decider.load(data)
    assert scene.decider.dump(loaded) == data
    assert storm.indexes(loaded) == storm.indexes(scene.state)
    replayed = spec.replay(scene.decider, scene.facts)
    assert scene.decider.dump(replayed) == data
    assert storm.indexes(replayed) == storm.indexes(scene.state)


@ROUNDS
@given(storm.messages(8, 30))
def test_a_report_taken_back_might_never_have_come(messages: list[Any]) -> None:
    kept, facts = messages[::2], [one for one in messages[1::2] if hasattr(one, "consignment_id")]
    gone = [one for one in facts if one.kind not in ("temperature_read", "hold_placed")]
    with_them = told([*kept, *gone, *(spec.withdrawn(one, occurred_at=at(-100)) for one in gone)])
    assert storm.verdict(with_them)["held"] == storm.verdict(told(kept))["held"]


def test_a_long_run_of_everything() -> None:
    """Random tests stay random: each kind of check comes up."""
    rules = set()
    for seed in range(150):
        chance = random.Random(seed)
        numbers = [tuple(chance.randrange(1000) for _ in range(4)) for _ in range(25)]
        scene = told([storm.message(row, place) for place, row in enumerate(numbers)])
        rules |= {one.rule.value for one in scene.ever(spec.CheckFailed)}
    assert rules >= {rule.value for rule in spec.Rule} - {"finding_overdue", "report_late"}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_bytes_under_any_hash_seed(seed: str) -> None:
    told_here = run()
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())}
    program = "from tests.streams.core.coldchain.test_storm import run; print(run())"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == told_here


def run() -> str:
    """Digest of the state and of all decisions of a fixed run."""
    import hashlib

    numbers = [(n * 7919, n * 104729 + 1, n * 15485863 + 2, n * 7) for n in range(120)]
    scene = told([storm.message(row, place) for place, row in enumerate(numbers)])
    said = b"".join(scene.decider.decisions.dump_json(list(fact.decisions)) for fact in scene.facts)
    return hashlib.sha256(said + scene.decider.dump(scene.state)).hexdigest()
