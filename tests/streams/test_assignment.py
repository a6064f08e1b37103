"""However many workers a stage has, all sources of one ledger partition go to the same of them."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from schemas.topics import BY_NAME, SOURCES


class Cluster:
    """The topics as they are declared."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(BY_NAME[topic].partitions))


@pytest.mark.parametrize("workers", range(1, 7))
@pytest.mark.parametrize("stage", SOURCES)
def test_one_worker_has_a_partition_of_every_source(stage: str, workers: int) -> None:
    """Also of a source that has fewer partitions than the others."""
    topics = [topic.name for topic in SOURCES[stage]]
    members = {f"worker-{number}": RangePartitionAssignor.metadata(topics) for number in range(workers)}
    cluster: Any = Cluster()
    found = RangePartitionAssignor.assign(cluster, members)
    owners: dict[int, set[str]] = {}
    for member, assigned in found.items():
        for _, partitions in assigned.assignment:
            for number in partitions:
                owners.setdefault(number, set()).add(member)
    assert all(len(who) == 1 for who in owners.values())
    assert set(owners) == set(range(max(topic.partitions for topic in SOURCES[stage])))
