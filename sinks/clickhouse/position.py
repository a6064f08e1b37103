"""R8: the sink's position is what ClickHouse holds, and so is the chain that acceptance goes on from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sinks.clickhouse.client import Client
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header

_WHERE: Final = "stage = %(stage)s AND partition = %(partition)s"
_OFFSETS: Final = f"""(
    SELECT offset FROM ledger_records WHERE {_WHERE}
    UNION ALL SELECT offset FROM rows_set_aside WHERE {_WHERE})"""
_EXTENT: Final = f"SELECT count(), min(offset), max(offset), groupBitmap(offset) FROM {_OFFSETS}"
_FIRST_HOLE: Final = f"""
    SELECT min(next) FROM (SELECT offset + 1 AS next FROM {_OFFSETS}) WHERE next NOT IN {_OFFSETS}"""
_TORN: Final = f"""
    SELECT minOrNull(r.offset)
    FROM (SELECT offset, decision_count FROM ledger_records FINAL
        WHERE {_WHERE} AND accepted AND offset >= %(since)s) AS r
    LEFT JOIN (SELECT offset, count() AS decided FROM decisions FINAL
        WHERE {_WHERE} AND offset >= %(since)s GROUP BY offset) AS d ON d.offset = r.offset
    WHERE r.decision_count != d.decided"""
_TORN_SORTED: Final = f"""
    SELECT minOrNull(d.offset)
    FROM (SELECT offset, sum({{rows}}) AS due FROM decisions FINAL
        WHERE {_WHERE} AND {{which}} AND offset >= %(since)s GROUP BY offset) AS d
    LEFT JOIN (SELECT offset, uniqExact({{key}}) AS there FROM {{table}}
        WHERE {_WHERE} AND offset >= %(since)s GROUP BY offset) AS s ON s.offset = d.offset
    WHERE d.due != s.there"""
_SORTED: Final = {
    "supply": _TORN_SORTED.format(
        table="lot_handovers",
        which="type IN ('dispatch_ordered', 'line_delivered')",
        rows="if(type = 'dispatch_ordered', length(lines), 1)",
        key="(idx, line)",
    ),
    "coldchain": _TORN_SORTED.format(table="coldchain_decisions", which="true", rows="1", key="idx"),
    "alerts": f"""
    SELECT minOrNull(offset) FROM decisions FINAL
    WHERE {_WHERE} AND startsWith(type, 'alert_') AND NOT endsWith(type, 'silenced') AND offset >= %(since)s
        AND (JSONExtractString(body, 'alert_id'), offset, idx) NOT IN (
            SELECT alert_id, change.offset, change.idx FROM alert_states ARRAY JOIN changes AS change
            WHERE partition = %(partition)s AND change.offset >= %(since)s)""",
}
"""By stage, the table that is made from its decisions in turn."""
_HEAD: Final = f"""
    SELECT count(), argMax(seq, offset), argMax(hash, offset) FROM ledger_records
    WHERE {_WHERE} AND accepted AND offset < %(until)s"""
_SOURCES: Final = f"""
    SELECT source_topic, max(ifNull(source_seq, source_offset)), max(source_offset), max(source_seq) IS NOT NULL
    FROM ledger_records
    WHERE {_WHERE} AND accepted AND offset < %(until)s AND source_topic != '' GROUP BY source_topic"""
_ASIDE: Final = f"""
    SELECT value FROM rows_set_aside FINAL
    WHERE {_WHERE} AND accepted AND offset < %(until)s ORDER BY offset"""
_LAST: Final = f"SELECT hash FROM ledger_records WHERE {_WHERE} AND offset = %(until)s - 1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Held:
    """What ClickHouse holds of a ledger partition.

    `resume` is the first offset that is missing, `newest` the last one held (-1: none), `head` the chain before
    `resume`, `last_hash` the hash of the record at `resume` - 1 (None: not held as a row).
    """

    head: Head
    resume: int
    newest: int
    last_hash: str | None


def held(client: Client, stage: str, partition: int, last_rows: int) -> Held:
    """Ask ClickHouse what it holds of a ledger partition.

    A row among the last `last_rows` counts as missing if its decisions are, in any table: an insert that was cut off
    between the tables. Raises ServerAway or QueryFailed.
    """
    where = {"stage": stage, "partition": partition}
    count, lowest, newest, distinct = client.rows(_EXTENT, where)[0]
    if not count:
        return Held(Head(stage, partition), 0, -1, None)
    resume: int = newest + 1
    if lowest > 0:
        resume = 0
    elif distinct != newest + 1:
        resume = client.rows(_FIRST_HOLE, where)[0][0]
    since = {**where, "since": max(0, newest + 1 - last_rows)}
    for question in (_TORN, _SORTED.get(stage)):
        torn = client.rows(question, since)[0][0] if question else None
        if torn is not None:
            resume = min(resume, torn)
    last = client.rows(_LAST, {**where, "until": resume}) if resume else []
    return Held(_head(client, stage, partition, resume), resume, newest, last[0][0] if last else None)


def _head(client: Client, stage: str, partition: int, until: int) -> Head:
    where = {"stage": stage, "partition": partition, "until": until}
    head = Head(stage, partition)
    count, seq, record_hash = client.rows(_HEAD, where)[0]
    if count:
        head.seq, head.hash = seq, record_hash
        for topic, place, offset, is_ledger in client.rows(_SOURCES, where):
            head.positions[topic] = place
            if is_ledger:
                head.offsets[topic] = offset
    for (found,) in client.rows(_ASIDE, where):
        _retake(head, found if isinstance(found, bytes) else found.encode())
    return head


def _retake(head: Head, value: bytes) -> None:
    """An accepted record whose row was put aside has its place in the chain and in its source all the same."""
    header = read_header(value)
    if header is None:
        return
    if header.seq > head.seq:
        head.seq, head.hash = header.seq, digest(value)
    if header.source is not None:
        topic = header.source.topic
        head.positions[topic] = max(header.source.place, head.positions.get(topic, -1))
        if header.source.seq is not None:
            head.offsets[topic] = max(header.source.offset, head.offsets.get(topic, -1))
