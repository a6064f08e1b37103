"""Where a key's messages lie: Kafka's default partitioner, so that every client agrees on an area's partition."""

from __future__ import annotations

from functools import lru_cache

from kafka.partitioner import murmur2


@lru_cache(maxsize=100_000)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key among `partitions`, as Kafka's own (Java) clients choose it: murmur2 without its sign."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions
