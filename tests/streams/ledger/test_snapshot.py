"""A snapshot is a cache: the same state comes out, and a torn, foreign or outdated one is ignored."""

from pathlib import Path

import pytest

from streams.ledger.fold import Folded
from streams.ledger.snapshot import SnapshotFile
from tests.streams.ledger.kit import added, drafter, sent
from tests.streams.ledger.tally import ADDED, STAGE


@pytest.fixture
def folded() -> Folded:
    state, desk = drafter()
    desk.opened()
    for number in range(50):
        desk.message(ADDED.name, sent(number, added(number)))
    return state


def test_round_trip(folded: Folded, tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path, "tally", 0, "code-1")
    file.save(folded.snapshot())
    found = file.load()
    assert found is not None
    again = Folded.restored(STAGE, found)
    assert (again.head, again.next_offset, again.last_hash, again.ticked_at) == (
        folded.head, folded.next_offset, folded.last_hash, folded.ticked_at,
    )  # fmt: skip
    assert STAGE.decider.dump(again.state) == STAGE.decider.dump(folded.state)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(path.read_bytes()[:-3] + b"xyz"),
        lambda path: path.write_bytes(path.read_bytes().replace(b"code-1", b"code-0")),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"partition":0', b'"partition":2')),
    ],
)
def test_a_damaged_or_foreign_snapshot_is_ignored(damage, folded: Folded, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = SnapshotFile(tmp_path, "tally", 0, "code-1")
    file.save(folded.snapshot())
    damage(tmp_path / "tally-0.snapshot")
    assert file.load() is None
    assert not list(tmp_path.glob("*.tmp"))
