"""Promise 3: any reader from any restart point folds to the same state, with or without a snapshot."""

from pathlib import Path

import pytest

from deploy.city import load_city
from deploy.settings import load_settings
from deploy.simulation.load import mixed, opening
from schemas.topics import PARTITIONS
from streams.ledger.clock import ReplayedClock
from streams.ledger.draft import Drafter
from streams.ledger.fold import Folded
from streams.ledger.keys import partition_of
from streams.ledger.snapshot import SnapshotFile
from streams.ledger.stage import Stage
from streams.stages import STAGES
from tests.streams.ledger.kit import Sent

SHAPE = {"households": 60, "lots": 40, "seed": 11, "open_needs": 60}


@pytest.fixture(scope="module")
def stage() -> Stage:
    return STAGES["supply"](load_city(load_settings()))


@pytest.fixture(scope="module")
def ledger(stage: Stage) -> list[bytes]:
    folded = Folded.empty(stage, 0)
    drafter = Drafter(folded, ReplayedClock(), "w1", "test")
    values, offsets = drafter.opened().values, dict.fromkeys((topic.name for topic in stage.sources), 0)
    for topic, key, value, stamp in (*opening(**SHAPE), *mixed(4_000, **SHAPE)):
        if partition_of(key, PARTITIONS) == 0:
            drafter.message(topic, Sent(offsets[topic], stamp, value))
            offsets[topic] += 1
    values += drafter.collect().values
    assert len(values) > 800
    return values


def fold(folded: Folded, values: list[bytes], start: int) -> Folded:
    for offset in range(start, len(values)):
        assert folded.take(offset, values[offset]) is None
    return folded


@pytest.mark.parametrize("share", [0.01, 0.3, 0.77, 1.0])
def test_a_snapshot_anywhere_leads_to_the_same_state(
    stage: Stage, ledger: list[bytes], share: float, tmp_path: Path
) -> None:
    whole = fold(Folded.empty(stage, 0), ledger, 0)
    at = max(1, int(len(ledger) * share))
    file = SnapshotFile(tmp_path, "supply", 0, "code")
    file.save(fold(Folded.empty(stage, 0), ledger[:at], 0).snapshot())
    found = file.load()
    assert found is not None and found.next_offset == at
    again = fold(Folded.restored(stage, found), ledger, at)
    assert stage.decider.dump(again.state) == stage.decider.dump(whole.state)
    assert (again.head, again.ticked_at, again.last_hash) == (whole.head, whole.ticked_at, whole.last_hash)
    assert stage.decider.next_due(again.state) == stage.decider.next_due(whole.state)
