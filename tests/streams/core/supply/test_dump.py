"""Dump and load: canonical in any process, whole, and strict about what is not a dump."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys

import pytest

from schemas.ledger import RepeatIgnored
from streams.core.supply import State
from tests.streams.core.supply.spec import Scene, confirmed, counted, filed, hold, household, lift, received, tick
from tests.streams.core.supply.storm import Storm


def stormy(seed: int = 7, steps: int = 200) -> Scene:
    """A state with something of everything."""
    chance, storm = random.Random(seed), Storm()
    for _ in range(steps):
        storm.step((chance.randrange(1000), chance.randrange(1000), chance.randrange(1000), chance.randrange(1000)))
    return storm.scene


def fingerprint() -> str:
    """Hash of a state and of all decisions that led to it."""
    scene = stormy()
    digest = hashlib.sha256(scene.decider.dump(scene.state))
    for fact in scene.facts:
        digest.update(scene.decider.decisions.dump_json(list(fact.decisions)))
    return digest.hexdigest()


def test_the_same_events_give_the_same_bytes_in_any_process() -> None:
    script = "from tests.streams.core.supply.test_dump import fingerprint; print(fingerprint())"
    found = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        found.add(run.stdout.strip())
    assert found == {fingerprint()}


def test_a_state_goes_on_from_a_dump_as_from_itself() -> None:
    one, other, chance = Storm(), Storm(), random.Random(11)
    for number in range(300):
        if number % 20 == 0:
            other.scene.state = other.scene.decider.load(other.scene.decider.dump(other.scene.state))
        step = (chance.randrange(1000), chance.randrange(1000), chance.randrange(1000), chance.randrange(1000))
        one.step(step)
        other.step(step)
    assert one.scene.facts == other.scene.facts
    assert one.scene.decider.dump(one.scene.state) == other.scene.decider.dump(other.scene.state)


def test_what_was_met_is_known_after_loading() -> None:
    count = counted("a", 8)
    scene = Scene().given(tick(), received("a", 9), count, hold("h1", "a"), lift("h1"))
    scene.state = scene.decider.load(scene.decider.dump(scene.state))
    scene.when(count).then(RepeatIgnored)
    scene.when(hold("h1", "a")).then(RepeatIgnored)


def test_an_empty_state_is_dumped_too() -> None:
    decider = Scene().decider
    data = decider.dump(decider.initial())
    assert isinstance(decider.load(data), State)
    assert decider.dump(decider.load(data)) == data


def test_different_states_give_different_bytes() -> None:
    scene = stormy(steps=50)
    before = scene.decider.dump(scene.state)
    next(iter(scene.state.lots.values())).available += 1
    assert scene.decider.dump(scene.state) != before


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"[]", b"{}", b'{"v":1}', b"null", b'{"v":2}'],
    ids=["empty", "not UTF-8", "list", "no version", "other version", "null", "no state"],
)
def test_what_is_not_a_dump_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        Scene().decider.load(data)


@pytest.mark.parametrize(
    "name", ["needs", "lots", "allocations", "dispatches", "requesters", "requests", "holds", "duties"]
)
def test_a_torn_row_is_refused(name: str) -> None:
    scene = Scene().given(tick(), household(), received("b", 9), filed("r0", life_threatening=True))
    scene.given(confirmed(scene.bag()), hold("h1", "b"))
    scene.given(received("a", 9), filed("r1", life_threatening=True), hold("h2", "x"))
    body = json.loads(scene.decider.dump(scene.state))
    body[name][0].pop()
    with pytest.raises(ValueError):
        scene.decider.load(json.dumps(body).encode())
