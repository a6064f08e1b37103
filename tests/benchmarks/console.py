"""How fast the console's pages answer over many ledger rows: requests made from numbers, spans made as always.

    PYTHONPATH=. python tests/benchmarks/console.py [--rows 10000000] [--looks 30] [--keep DIR]

Rows are made inside ClickHouse by INSERT SELECT (console_rows), shaped as a worker's records are. Then pages are asked
over HTTP one after another, each as a first visit, now and as of past times.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.spans import SpanMaker
from sinks.console.app import collect_seldom
from tests.benchmarks.console_rows import DAYS, PARTITIONS, SHARES, roster, statement
from tests.benchmarks.rig import Figure, machine
from tests.sinks.console.serving import Kept, make_desk, serving

CHUNK: Final = 250_000
WANTED: Final = 0.200
"""Seconds, at p95."""


def fill(client: Client, rows: int) -> None:
    """Make the ledgers and their spans, a piece at a time, so that the spans grow as they do in a city's life."""
    began, maker, pieces = time.monotonic(), SpanMaker(client, CHUNK), max(1, rows // PARTITIONS // CHUNK)
    for partition in range(PARTITIONS):
        client.rows(roster(partition), None)
    for piece in range(pieces):
        for stage, share in SHARES.items():
            each = int(rows * share / PARTITIONS)
            lo, hi = each * piece // pieces, each * (piece + 1) // pieces
            gap = DAYS * 86_400_000 / each
            for partition in range(PARTITIONS):
                client.rows(statement(stage, partition, lo, hi - lo, gap), None, max_block_size=1_000_000)
        maker.catch_up()
        print(f"  {rows * (piece + 1) // pieces:,} rows, {time.monotonic() - began:.0f} s", flush=True)


def pages(client: Client) -> dict[str, Callable[[int], str]]:
    """What is asked for, by name: the path of each look. A past time is another one at each look."""
    ((now,),) = client.rows("SELECT max(valid_from) FROM ledger_heads")
    ((household,),) = client.rows("SELECT min(requester_id) FROM requester_facts WHERE offset > 20000")
    ((lot,),) = client.rows("SELECT max(lot_id) FROM lot_spans WHERE delivered > 0")
    ((consignment,),) = client.rows("SELECT min(subject) FROM coldchain_spans WHERE what = 'breach'")
    ((alert,),) = client.rows("SELECT max(alert_id) FROM alert_spans WHERE state = 'acknowledged'")

    def then(path: str, days: float, sign: str = "?") -> Callable[[int], str]:
        """The page as of so many days ago, and some seconds more at each look."""
        return lambda look: f"{path}{sign}at={now - timedelta(days=days, seconds=7 * look + 30):%Y-%m-%dT%H:%M:%SZ}"

    return {
        "Now": lambda _: "/",
        "Now, one area": lambda _: "/?place=city/d1/s1",
        "Now, 12 days ago": then("/", 12),
        "Needs": lambda _: "/needs",
        "Needs, overdue by age": lambda _: "/needs?only=overdue&sort=age",
        "Needs, of one officer": lambda _: "/needs?owner=p7",
        "Needs, 12 days ago": then("/needs", 12),
        "Stock": lambda _: "/stock",
        "Cold chain": lambda _: "/coldchain",
        "Cold chain, 12 days ago": then("/coldchain", 12),
        "Consignment": lambda _: f"/consignment?id={consignment}",
        "Alerts": lambda _: "/alerts",
        "Alerts, resolved": lambda _: "/alerts?state=resolved",
        "Alerts, 12 days ago": then("/alerts", 12),
        "Alert": lambda _: f"/alert?id={alert}",
        "Audit": lambda _: "/audit",
        "Household": lambda _: f"/household?id={household}",
        "Lot": lambda _: f"/lot?id={lot}",
        "Report": lambda _: "/report",
        "Report, one area": lambda _: "/report?place=city/d1/s1",
        "Report, one table": lambda _: "/report?table=stock",
        "Report, past, first look": then("/report", 0),
        "Report, 12 days ago, first look": then("/report", 12),
        "Report, one area, past, first look": then("/report?place=city/d1/s1", 0, "&"),
    }


def measure(url: str, looks: int) -> dict[str, list[float]]:
    """Seconds of each page, from the request to the last byte. Nothing is answered from what was asked before, but for
    the newest report, which the console makes ahead."""
    with connect(url) as client:
        paths = pages(client)
    found: dict[str, list[float]] = {name: [] for name in paths}
    desk = make_desk(url, Kept(), fresh=0.0)
    collect_seldom()
    with desk.reports.ahead(), serving(desk) as port:
        for number in range(looks + 2):
            for name, path in paths.items():
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                began = time.perf_counter()
                link.request("GET", path(number))
                answer = link.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path(number)} answers {answer.status}: {body[-300:]!r}")
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
