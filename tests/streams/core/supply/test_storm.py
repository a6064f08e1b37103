"""Whatever comes, in whatever order: promises of the supply stage at every prefix of its ledger."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.supply.evolve import CHANGES
from streams.ledger.conservation import Conservation
from tests.streams.core.supply.storm import Storm

RARE = {"ResponsibilityHanded", "PlanSet", "PriceRecorded", "EventsForgotten"}
"""What the storm leaves out."""
NUMBERS = st.integers(0, 999)
STEPS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=25, max_size=60)


@settings(max_examples=80, deadline=None)
@given(steps=STEPS, ticked=st.booleans(), policy=st.sampled_from(["priority", "fair", "projected"]))
def test_promises_hold_at_every_prefix(steps: list[tuple[int, int, int, int]], ticked: bool, policy: str) -> None:
    storm = Storm(ticked, policy)
    for step in steps:
        storm.step(step)
        storm.check_loading()
    storm.check_replay()


def test_an_independent_tally_of_the_ledger_agrees() -> None:
    chance, storm, tally = random.Random(5), Storm(), Conservation()
    for _ in range(400):
        storm.step((chance.randrange(1000), chance.randrange(1000), chance.randrange(1000), chance.randrange(1000)))
    for fact in storm.scene.facts:
        assert tally.tally([one.model_dump(mode="json") for one in fact.decisions]) == []
    lots = storm.scene.state.lots
    assert {name: lot.available for name, lot in lots.items()} == {n: lot.available for n, lot in tally.lots.items()}


def test_a_long_storm_meets_every_decision() -> None:
    chance = random.Random(20220401)
    met: set[type] = set()
    for policy in ("priority", "fair", "projected"):
        met |= _long_storm(chance, policy)
    assert {kind.__name__ for kind in set(CHANGES) - met} == RARE


def _long_storm(chance: random.Random, policy: str) -> set[type]:
    storm = Storm(policy=policy)
    for number in range(800):
        storm.step((chance.randrange(1000), chance.randrange(1000), chance.randrange(1000), chance.randrange(1000)))
        if number % 50 == 0:
            storm.check_loading()
    storm.check_replay()
    return {type(one) for fact in storm.scene.facts for one in fact.decisions}
