"""How many ledger records a second the audit sink brings into ClickHouse, and how soon one is visible there.

python tests/benchmarks/sink.py [--records 200000] [--kafka HOST:PORT --clickhouse URL]

Embedded servers on this machine, unless named. Broker, ClickHouse and sink (a process of its own) share its cores.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from deploy.local.kafka import EmbeddedKafka
from schemas.ledger import GENESIS, RecordKind, SourcePosition
from schemas.topics import PARTITIONS, Topic
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.sink import run_sink
from streams.ledger.record import Draft, digest, encode, preamble, signature
from tests.benchmarks.rig import Figure

START = datetime(2022, 4, 1, tzinfo=UTC)
TOPIC = Topic("bench.ledger.v1", "benchmark", "", None, "bench", (), partitions=PARTITIONS)


def ledger(partition: int, records: int) -> Iterator[bytes]:
    """A chain of records of about 1.5 kB: a request with its need and allocation, and every other one dispatched."""
    first, last = preamble("supply", partition), signature("bench-1", "baogong-bench")
    prev = GENESIS
    for number in range(records):
        at = START + timedelta(milliseconds=20 * number)
        source = SourcePosition(
            topic="supply.requests.v1", partition=partition, offset=number, timestamp_ms=int(at.timestamp() * 1000)
        )
        event, decisions = request(partition, number, at.isoformat())
        draft = Draft(RecordKind.DECIDED, source, at, event=event, decisions=decisions)
        value = encode(draft, preamble=first, signature=last, seq=number, prev=prev)
        prev = digest(value)
        yield value


def request(partition: int, number: int, at: str) -> tuple[bytes, bytes]:
    """The event and its three or four decisions."""
    name, household = f"r{partition}-{number:07d}", f"h{(number * 7919) % 50_000:05d}"
    item, area = ("rice", "milk", "eggs", "insulin")[number % 4], f"sh/pd/s{number % 12:02d}"
    need, lot, quantity = f"{name}:{item}", f"lot-{number % 997:04d}", 1 + number % 9
    event = {
        "kind": "request_filed", "event_id": f"e-{name}", "occurred_at": at, "source": "hotline", "area": area,
        "request_id": name, "requester_id": household, "lines": [{"item": item, "quantity": quantity}],
        "taken_by": f"grid-{number % 300}",
    }  # fmt: skip
    line = {"allocation_id": f"{need}:1", "need_id": need, "lot_id": lot, "item": item, "quantity": quantity}
    decisions = [
        {"type": "request_recorded", "request_id": name, "requester_id": household, "area": area,
         "responsible": f"grid-{number % 300}", "reported_at": at, "life_threatening": False},
        {"type": "need_opened", "need_id": need, "request_id": name, "requester_id": household, "area": area,
         "grid": f"{area}/g{number % 30}", "item": item, "quantity": quantity, "assumed": False,
         "need_class": "sealed", "mode": "door", "reported_at": at, "due_at": at},
        {"type": "allocation_made", **line, "rule": "priority", "skipped": []},
    ]  # fmt: skip
    if number % 2:
        decisions.append(
            {"type": "dispatch_ordered", "dispatch_id": f"d{number}", "requester_id": household, "area": area,
             "grid": area, "team": f"t{number % 40}", "mode": "door", "ordered_at": at, "deadline": at, "lines": [line]}
        )  # fmt: skip
    return tuple(json.dumps(part, separators=(",", ":")).encode() for part in (event, decisions))  # type: ignore[return-value]


def publish(kafka: str, records: int) -> int:
    """Append the ledgers; returns their bytes."""
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(TOPIC.name, PARTITIONS, 1)])
    admin.close()
    producer, size = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=20, batch_size=1 << 20), 0
    for partition in range(PARTITIONS):
        for value in ledger(partition, records // PARTITIONS):
            producer.send(TOPIC.name, value=value, partition=partition)
            size += len(value)
    producer.flush()
    producer.close()
    return size


def trickle(kafka: str, seconds: float, rate: int) -> None:
    """So many bytes-that-are-no-record a second: they are fenced, and their rows take the same way."""
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=1)
    started = time.monotonic()
    for number in range(int(seconds * rate)):
        time.sleep(max(0.0, started + number / rate - time.monotonic()))
        producer.send(TOPIC.name, value=b"x" * 1000, partition=number % PARTITIONS)
    producer.flush()
    producer.close()


def sink_main(kafka: str, url: str) -> None:
    """The sink's process, set as `baogong sink` sets its own."""
    gc.set_threshold(100_000, 50, 1000)
    asyncio.run(run_sink(kafka, url, asyncio.Event(), ledgers={"supply": TOPIC}))


def wait_for(client: Client, rows: int) -> None:
    """Until ClickHouse has so many records."""
    deadline = time.monotonic() + 600
    while client.rows("SELECT count() FROM ledger_records")[0][0] < rows:
        if time.monotonic() > deadline:
            sys.exit("the sink did not get there in ten minutes")
        time.sleep(0.2)


def measure(kafka: str, url: str, records: int) -> dict[str, float | int | str]:
    """Catching up with a full ledger, then keeping up with 500 records a second."""
    with connect(url) as client:
        migrate(client)
        size = publish(kafka, records)
        child = multiprocessing.get_context("spawn").Process(target=sink_main, args=(kafka, url), daemon=True)
        child.start()
        wait_for(client, 1)
        head = client.rows("SELECT count() FROM ledger_records")[0][0]
        started = time.monotonic()
        wait_for(client, records)
        took = time.monotonic() - started
        begun = client.rows("SELECT now64(3, 'UTC')")[0][0]
        trickle(kafka, 20, 500)
        wait_for(client, records + 10_000)
        child.terminate()
        child.join()
        rows = client.rows("SELECT uniqExact(partition, offset), countIf(accepted) FROM ledger_records FINAL")[0]
        decisions = client.rows("SELECT count() FROM decisions FINAL")[0][0]
        delays = client.rows(
            "SELECT quantiles(0.5, 0.99)(dateDiff('ms', timestamp, inserted_at)) FROM ledger_records "
            "WHERE timestamp >= %(begun)s AND NOT accepted",
            {"begun": begun},
        )[0][0]
    return {
        "records": records,
        "bytes_per_record": size // records,
        "decisions": decisions,
        "rows": rows[0],
        "accepted": rows[1],
        "seconds": round(took, 2),
        "records_per_second": round((records - head) / took),
        "visible_after_ms_p50": round(delays[0]),
        "visible_after_ms_p99": round(delays[1]),
        "cores": os.cpu_count() or 0,
    }


@contextmanager
def servers(kafka: str | None, clickhouse: str | None) -> Iterator[tuple[str, str]]:
    """The servers named, or embedded ones."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="baogong-bench-")))
        (root / "logs").mkdir()
        broker = kafka or stack.enter_context(EmbeddedKafka(root / "kafka", root / "logs")).address
        url = clickhouse or stack.enter_context(EmbeddedClickHouse(root / "clickhouse", root / "logs")).url
        yield broker, url


def figures(quick: bool = False) -> list[Figure]:
    """Rate of catching up with a full ledger."""
    with servers(None, None) as (kafka, url):
        found = measure(kafka, url, 20_000 if quick else 200_000)
    rate = float(found["records_per_second"])
    name = f"audit sink over {found['records']:,} records of {found['bytes_per_record']:,} bytes"
    return [Figure(name, f"{rate:,.0f} records/s", "≥ 20,000", rate >= 20_000)]


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--kafka")
    parser.add_argument("--clickhouse")
    wanted = parser.parse_args()
    with servers(wanted.kafka, wanted.clickhouse) as (kafka, url):
        print(json.dumps(measure(kafka, url, wanted.records), indent=1))


if __name__ == "__main__":
    main()
