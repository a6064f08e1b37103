"""Ledger records in ClickHouse by what stands in their bytes: the quick way to one household among a million."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sinks.clickhouse.client import Client

NEEDLES: Final = 200
"""multiSearchAny takes 255 at most."""
_FOUND: Final = """
    SELECT DISTINCT partition, offset, value FROM ledger_records FINAL
    WHERE stage = %(stage)s AND accepted AND multiSearchAny(value, %(needles)s)
    ORDER BY partition, offset"""
_ENDS: Final = "SELECT partition, max(offset) + 1 FROM ledger_records WHERE stage = %(stage)s GROUP BY partition"


def records_with(client: Client, stage: str, needles: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Partition, offset and value of accepted records that contain any of these bytes; by partition and offset."""
    found: dict[tuple[int, int], bytes] = {}
    for start in range(0, len(needles), NEEDLES):
        words = [needle.decode() for needle in needles[start : start + NEEDLES]]
        rows = client.rows(_FOUND, {"stage": stage, "needles": words}, strings_as_bytes=True)
        found.update({(partition, offset): value for partition, offset, value in rows})
    for (partition, offset), value in sorted(found.items()):
        yield partition, offset, value


def ends(client: Client, stage: str) -> dict[int, int]:
    """The first offset that ClickHouse lacks, by partition; a partition without rows is left out."""
    return {int(partition): int(end) for partition, end in client.rows(_ENDS, {"stage": stage})}
