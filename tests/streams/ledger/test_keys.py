"""Keys lie where Kafka's own clients put them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import DefaultPartitioner

from streams.ledger.keys import partition_of

JAVA = [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536), (b"abc", 479470107)]
"""Keys and hashes of Apache Kafka's UtilsTest.testMurmur2."""


class Cluster:
    """As much of a cluster as the partitioner asks."""

    def __init__(self, partitions: int) -> None:
        self._partitions = set(range(partitions))

    def topics(self) -> set[str]:
        return {"t"}

    def partitions_for_topic(self, _: str) -> set[int]:
        return self._partitions

    available_partitions_for_topic = partitions_for_topic


@pytest.mark.parametrize(("key", "hashed"), JAVA)
def test_hashes_are_java_s(key: bytes, hashed: int) -> None:
    assert partition_of(key, 7) == (hashed & 0x7FFFFFFF) % 7


@given(st.binary(max_size=40), st.integers(1, 64))
def test_partitions_are_those_of_the_default_partitioner(key: bytes, partitions: int) -> None:
    chosen = DefaultPartitioner().partition("t", None, key, None, b"", Cluster(partitions))
    assert partition_of(key, partitions) == chosen
