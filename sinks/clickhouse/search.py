"""Ledger records in ClickHouse by what stands in them: the quick way to one household among a million."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sinks.clickhouse.client import Client

NEEDLES: Final = 200
"""multiSearchAny takes 255 at most."""
_RECORDS: Final = """
    SELECT partition, offset, value FROM ledger_records FINAL
    WHERE stage = %(stage)s AND accepted AND {where}
    ORDER BY partition, offset"""
_ANYWHERE: Final = _RECORDS.format(where="multiSearchAny(value, %(needles)s)")
_IN_DECISIONS: Final = _RECORDS.format(
    where="""(partition, offset) IN (
        SELECT partition, offset FROM decisions
        WHERE stage = %(stage)s AND type IN %(types)s AND multiSearchAny(body, %(needles)s))"""
)
_OF_CONSIGNMENTS: Final = _RECORDS.format(
    where="""(partition, offset) IN (
        SELECT partition, offset FROM coldchain_decisions
        WHERE stage = %(stage)s AND consignment_id IN %(names)s)"""
)
_ENDS: Final = "SELECT partition, max(offset) + 1 FROM ledger_records WHERE stage = %(stage)s GROUP BY partition"
Found = tuple[int, int, bytes]
"""Partition, offset and value of an accepted record."""


def records_with(client: Client, stage: str, needles: Sequence[bytes], types: Sequence[str] = ()) -> Iterator[Found]:
    """Accepted records that contain any of these bytes, in a decision of one of these types if types are named.

    By partition and offset. Without types all records of the stage are looked through.
    """
    found: dict[tuple[int, int], bytes] = {}
    for start in range(0, len(needles), NEEDLES):
        words = [needle.decode() for needle in needles[start : start + NEEDLES]]
        where = {"stage": stage, "needles": words, "types": list(types)}
        found.update(_rows(client, _IN_DECISIONS if types else _ANYWHERE, where))
    for (partition, offset), value in sorted(found.items()):
        yield partition, offset, value


def records_of_consignments(client: Client, names: Sequence[str]) -> Iterator[Found]:
    """Accepted records of the cold chain with a decision about any of these consignments."""
    where = {"stage": "coldchain", "names": list(names)}
    for (partition, offset), value in _rows(client, _OF_CONSIGNMENTS, where).items():
        yield partition, offset, value


def _rows(client: Client, query: str, where: dict[str, Any]) -> dict[tuple[int, int], bytes]:
    rows = client.rows(query, where, strings_as_bytes=True)
    return {(partition, offset): value for partition, offset, value in rows}


def ends(client: Client, stage: str) -> dict[int, int]:
    """The first offset that ClickHouse lacks, by partition; a partition without rows is left out."""
    return {int(partition): int(end) for partition, end in client.rows(_ENDS, {"stage": stage})}
