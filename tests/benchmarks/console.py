"""How fast the console's pages answer over many ledger rows: requests made from numbers, spans made as always.

    PYTHONPATH=. python tests/benchmarks/console.py [--rows 10000000] [--looks 30] [--keep DIR]

Rows are made inside ClickHouse by INSERT SELECT, as a worker's records are: three in ten requests stay open for long.
Then pages are asked over HTTP one after another, each as a first visit, now and as of past times.
"""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.spans import SpanMaker
from tests.benchmarks.rig import Figure, machine
from tests.sinks.console.serving import Kept, make_desk, serving

PARTITIONS: Final = 4
DAYS: Final = 30
CHUNK: Final = 250_000
WANTED: Final = 0.200
"""Seconds, at p95."""
_AREAS, _GRIDS, _ITEMS, _WAREHOUSES = 48, 30, 20, 2
_START: Final = "toDateTime64('2022-04-01 00:00:00', 6, 'UTC')"
_MESSAGES: Final = f"""
    SELECT
        n, n % 5 AS stage, toInt64(intDiv(n, 5)) - [0, 0, 700, 1400, 5600][stage + 1] AS request,
        {_START} + toIntervalMillisecond(toUInt64(n * __gap__)) AS at,
        request * {PARTITIONS} + __partition__ AS request_no,
        cityHash64(request_no) % {_AREAS // PARTITIONS} * {PARTITIONS} + __partition__ AS area_no,
        concat('city/d', toString(area_no % 6), '/s', toString(area_no)) AS area,
        concat(area, '/c', toString(request_no % 6), '/g', toString(request_no % {_GRIDS})) AS grid,
        concat('item', toString(request_no % {_ITEMS})) AS item,
        concat('h', toString(area_no), '-', toString(cityHash64(request_no) % 4000)) AS household,
        concat('r', toString(request_no)) AS request_id, concat(request_id, ':', item) AS need_id,
        concat('lot-', toString(area_no), '-', toString(request_no % {_ITEMS}), '-',
            toString(intDiv(request, 8000))) AS lot,
        cityHash64(request_no, 1) % 100 AS dice, 1 + request_no % 7 AS quantity,
        concat('a', toString(request_no)) AS allocation, concat('d', toString(request_no)) AS dispatch,
        formatDateTime(at, '%Y-%m-%dT%H:%i:%SZ') AS iso,
        formatDateTime(at + toIntervalHour(multiIf(dice < 40, 24, dice < 60, 8, 48)), '%Y-%m-%dT%H:%i:%SZ') AS due
    FROM (SELECT number AS n FROM numbers(__lo__, __count__))"""
_REGISTERED: Final = """[{"type":"requester_recorded","requester_id":"<household>","area":"<area>","grid":"<grid>",
"registered":true,"institution":false,"members":{"adults":2},"tier":"sealed",
"groups":<if(dice % 9 = 0, '["dialysis"]', if(dice % 5 = 0, '["elderly_alone","infant"]', '[]'))>}]"""
_ASKED: Final = """[{"type":"request_recorded","request_id":"<request_id>","requester_id":"<household>","area":"<area>",
"responsible":"g","reported_at":"<iso>","life_threatening":false},{"type":"need_opened","need_id":"<need_id>",
"request_id":"<request_id>","requester_id":"<household>","area":"<area>","grid":"<grid>","item":"<item>",
"quantity":<quantity>,"assumed":false,"need_class":"<if(dice < 60, 'sealed', if(dice < 75, 'critical', 'other'))>",
"mode":"door","reported_at":"<iso>","due_at":"<due>"}]"""
_LINE: Final = """"allocation_id":"<allocation>","need_id":"<need_id>","lot_id":"<lot>","item":"<item>","""
_ALLOCATED: Final = f"""[{{"type":"allocation_made",{_LINE}"quantity":<quantity>,"rule":"priority","skipped":[]}}]"""
_SENT: Final = f"""[{{"type":"dispatch_ordered","dispatch_id":"<dispatch>","requester_id":"<household>","area":"<area>",
"grid":"<grid>","team":"t1","mode":"door","ordered_at":"<iso>","deadline":"<due>",
"lines":[{{{_LINE}"quantity":<quantity>}}]}}]"""
_CONFIRMED: Final = f"""[{{"type":"line_delivered","dispatch_id":"<dispatch>",{_LINE}"delivered":<quantity>,
"returned":0,"damaged":0,"lost":0}},{{"type":"dispatch_closed","dispatch_id":"<dispatch>","outcome":"delivered","failure":null}},
{{"type":"need_closed","need_id":"<need_id>","reason":"delivered"}}]"""
_RECEIVED: Final = f"""{{"type":"lot_recorded","lot_id":"lot-<k_area>-<k % {_ITEMS}>-<intDiv(n, 40000)>",
"area":"city/d<k_area % 6>/s<k_area>","item":"item<k % {_ITEMS}>","warehouse":"w<k_area>-<k % {_WAREHOUSES}>",
"quantity":4000,"expires_on":"<toDate(at) + 3 + k % 60>","temperature":"ambient","origin":"x","received_at":"<iso>"}}"""
_INSERT: Final = """
    INSERT INTO ledger_records (stage, partition, offset, accepted, seq, kind, hash, prev, source_topic,
        source_partition, source_offset, at, recorded_at, worker, code, event_kind, event_id, decision_count,
        timestamp, value)
    SELECT 'supply', __partition__, n, true, n, if(n % 50 = 49, 'ticked', 'decided'), hex(sipHash128(n)),
        hex(sipHash128(n - 1)), 'supply.requests.v1', __partition__, n, at, at, 'w', 'c',
        ['household_registered', 'request_filed', 'stock_counted', 'clock_ticked', 'delivery_confirmed'][stage + 1],
        concat('e', toString(n)), JSONLength(decided), at, concat('{"decisions":', decided, '}')
    FROM (SELECT *, multiIf(n % 40000 = 0, __lots__, request < 0, '[]', stage = 0, __registered__, stage = 1, __asked__,
        stage = 2 AND dice >= 2, __allocated__, stage = 3 AND dice >= 3, __sent__, stage = 4 AND dice >= 4,
        __confirmed__, '[]') AS decided FROM (__messages__))"""


_ROSTER: Final = f"""
    INSERT INTO duty_lines
    SELECT __partition__, concat('duty', toString(number)), number, 0, {_START},
        if(spot < {_AREAS}, area, concat(area, '/c', toString(grid_no % 6), '/g', toString(grid_no % {_GRIDS}))),
        if(spot < {_AREAS}, 'community', 'grid'), concat('p', toString(spot % 500)),
        {_START} + toIntervalHour(8 * shift), {_START} + toIntervalHour(8 * shift + 8), false, 'office'
    FROM (SELECT number, number % {_AREAS * _GRIDS} AS spot, intDiv(number, {_AREAS * _GRIDS}) AS shift,
        spot % {_AREAS} AS area_no, concat('city/d', toString(area_no % 6), '/s', toString(area_no)) AS area,
        intDiv(spot, {_AREAS}) AS grid_no FROM numbers({_AREAS * _GRIDS * DAYS * 3}))"""
"""A roster of three shifts a day: an officer for each area, a worker for most grids; every partition has all of it."""


def said(template: str) -> str:
    """A text with `<expression>` in it as SQL."""
    parts = re.split(r"<((?:[^<>'=]|'[^']*'|[%=] | < )+)>", template.replace("\n", ""))
    return f"concat({', '.join(f'toString({part})' if n % 2 else repr(part) for n, part in enumerate(parts))})"


def statement(partition: int, lo: int, count: int, gap: float) -> str:
    """The INSERT of some records of a partition."""
    area = f"(intDiv(k, {_ITEMS}) * {PARTITIONS} + {partition})"
    lots = said(_RECEIVED.replace("k_area", area))
    lots = f"concat('[', arrayStringConcat(arrayMap(k -> {lots}, range({_AREAS // PARTITIONS * _ITEMS})), ','), ']')"
    words = {
        "lots": lots, "registered": said(_REGISTERED), "asked": said(_ASKED), "allocated": said(_ALLOCATED),
        "sent": said(_SENT), "confirmed": said(_CONFIRMED), "messages": _MESSAGES, "partition": str(partition),
        "lo": str(lo), "count": str(count), "gap": f"{gap:.6f}",
    }  # fmt: skip
    sql = _INSERT
    for name, value in words.items():
        sql = sql.replace(f"__{name}__", value)
    return sql


def fill(client: Client, rows: int) -> None:
    """Make the ledgers and their spans, a piece at a time, so that the spans grow as they do in a city's life."""
    each = rows // PARTITIONS
    for partition in range(PARTITIONS):
        client.rows(_ROSTER.replace("__partition__", str(partition)), None)
    gap, maker = DAYS * 86_400_000 / each, SpanMaker(client, CHUNK)
    for lo in range(0, each, CHUNK):
        for partition in range(PARTITIONS):
            client.rows(statement(partition, lo, min(CHUNK, each - lo), gap), None, max_block_size=1_000_000)
        maker.catch_up()
        print(f"  {min(lo + CHUNK, each) * PARTITIONS:,} rows", flush=True)


def measure(url: str, looks: int) -> dict[str, list[float]]:
    """Seconds of each page, from the request to the last byte."""
    with connect(url) as client:
        ((household,),) = client.rows("SELECT min(requester_id) FROM requester_facts WHERE offset > 20000")
        ((lot,),) = client.rows("SELECT max(lot_id) FROM lot_spans WHERE delivered > 0")
    paths = {
        "Now": "/", "Now, one area": "/?place=city/d1/s1", "Now, 12 days ago": "/?at=2022-04-18T20:00:00",
        "Needs": "/needs", "Needs, overdue by age": "/needs?only=overdue&sort=age",
        "Needs, of one officer": "/needs?owner=p7", "Stock": "/stock",
        "Cold chain": "/coldchain", "Alerts": "/alerts", "Audit": "/audit", "Household": f"/household?id={household}",
        "Lot": f"/lot?id={lot}",
    }  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in paths}
    with serving(make_desk(url, Kept())) as port:
        for number in range(looks + 2):
            for name, path in paths.items():
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                began = time.perf_counter()
                link.request("GET", path)
                answer = link.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path} answers {answer.status}: {body[-300:]!r}")
                if number >= 2:  # the first looks read from disk what later ones have in memory
                    found[name].append(time.perf_counter() - began)
                link.close()
    return found


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def run(rows: int, looks: int, root: Path) -> list[Figure]:
    """Fill, measure, and say what came out."""
    (root / "logs").mkdir(parents=True, exist_ok=True)
    with EmbeddedClickHouse(root / "data", root / "logs") as server:
        with connect(server.url) as client:
            if not client.rows("SELECT count() FROM system.tables WHERE name = 'need_spans'")[0][0]:
                migrate(client)
                fill(client, rows)
            ((there,),) = client.rows("SELECT count() FROM ledger_records")
            ((opened,),) = client.rows(
                "SELECT sum(sign) FROM need_spans WHERE valid_until > toDateTime64('2199-01-01', 6)"
            )
        found = measure(server.url, looks)
    what = f"{there:,} rows, {opened:,} open needs"
    return [_figure(f"console, {name}, {what}", seconds) for name, seconds in found.items()]


def _figure(name: str, seconds: list[float]) -> Figure:
    value = f"p50 {statistics.median(seconds) * 1000:.0f} ms, p95 {p95(seconds) * 1000:.0f} ms"
    return Figure(name, value, "p95 under 200 ms", p95(seconds) < WANTED)


def figures(quick: bool) -> list[Figure]:
    """The console's figures; quick: over a twentieth of the rows."""
    with tempfile.TemporaryDirectory() as folder:
        return run(500_000 if quick else 10_000_000, 20, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--looks", type=int, default=30)
    parser.add_argument("--keep", type=Path, help="Directory to keep the data in, for the next time.")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        for figure in run(options.rows, options.looks, options.keep or Path(folder)):
            print(f"{figure.name:70} {figure.value:28} {figure.target}  {'ok' if figure.good else 'MISSED'}")


if __name__ == "__main__":
    main()
