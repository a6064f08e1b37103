"""The whole audit: every ledger in Kafka, its sources and dead letters, and the same ledgers in ClickHouse."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.errors import USAGE, BaogongError
from schemas.topics import LEDGERS, SOURCES, Topic, sources_at
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.verify import RowsAudit, check_decisions, extent, insist_on_tables, read_rows
from streams.ledger.accept import Head
from streams.ledger.conservation import Conservation
from streams.ledger.findings import Code, Finding, Findings, PartitionReport
from streams.ledger.reader import KafkaReader, PartitionLog
from streams.ledger.source import Source
from streams.ledger.verify import Walk, check_letters
from streams.relay_audit import RelayAudit
from streams.relay_routes import ROUTES

Heads = Mapping[tuple[str, int], Mapping[int, str]]
"""Chain heads noted earlier, by stage and partition: hash by seq."""
Progress = Callable[[str, int, int], None]
"""Told what is being read, how much of it is done, and how much there is."""
STEP: Final = 5000
TALLIES: Final[Mapping[str, Callable[[], Conservation]]] = {"supply": Conservation}
"""Stages that move units, with the tally of R7."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at and found. `holds`: nothing was found that counts."""

    reports: tuple[PartitionReport, ...]
    findings: tuple[Finding, ...]
    """The first of each place, in the order of reading."""
    lag_allowed: bool
    seconds: float

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that make the audit fail: those that break a rule first, then (unless allowed) lag."""
        broken = [finding for finding in self.findings if not finding.code.lag]
        lag = [] if self.lag_allowed else [finding for finding in self.findings if finding.code.lag]
        return tuple(broken + lag)

    @property
    def holds(self) -> bool:
        """The verdict."""
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        plain = dataclasses.asdict(self)
        return {"holds": self.holds, "first": str(self.failures[0]) if self.failures else None, **plain}


def audit(
    kafka: str,
    clickhouse: str | None,
    *,
    wait: float = 10.0,
    allow_lag: bool = False,
    heads: Heads | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Audit:
    """Audit every ledger. What was published before the call is given `wait` seconds to be decided and stored.

    `clickhouse` None: only Kafka is looked at. Raises BaogongError where a server, a topic or a table is missing.
    """
    began = time.monotonic()
    reports: list[PartitionReport] = []
    with KafkaReader(kafka) as reader:
        client = None if clickhouse is None else connect(clickhouse)
        try:
            if client is not None:
                insist_on_tables(client)
            for stage, ledger in LEDGERS.items():
                run = _StageAudit(reader, client, stage, ledger, began + wait, heads or {}, progress)
                reports += run.reports()
        finally:
            if client is not None:
                client.close()
    findings = tuple(finding for report in reports for finding in report.findings)
    return Audit(tuple(reports), findings, allow_lag, time.monotonic() - began)


class _StageAudit:
    """The audit of one stage's ledger."""

    def __init__(
        self,
        reader: KafkaReader,
        client: Client | None,
        stage: str,
        ledger: Topic,
        deadline: float,
        heads: Heads,
        progress: Progress,
    ) -> None:
        self._reader, self._client, self._stage, self._ledger = reader, client, stage, ledger
        self._deadline, self._heads, self._progress = deadline, heads, progress
        self._sources = [topic.name for topic in SOURCES[stage]]
        self._known = reader.topics()
        self._targets = {topic: reader.bounds(topic) for topic in self._sources}
        self._partitions = reader.partitions(ledger.name)
        self._route = next((route for route in ROUTES if route.stage == stage), None)
        self._handed: RelayAudit | None = None

    def reports(self) -> Iterator[PartitionReport]:
        """Kafka's and then ClickHouse's report of each partition."""
        for partition in self._partitions:
            walk, report = self._kafka(partition)
            yield report
            if self._client is not None:
                yield self._clickhouse(self._client, partition, walk)

    def _kafka(self, partition: int) -> tuple[Walk, PartitionReport]:
        log = self._reader.open(self._ledger.name, partition)
        beside = [topic.name for topic in sources_at(SOURCES[self._stage], partition)]
        sources = {topic: self._reader.open(topic, partition) for topic in beside}
        walk = Walk(
            "kafka",
            self._stage,
            self._ledger.name,
            partition,
            sources={topic: _source(opened) for topic, opened in sources.items()},
            conservation=TALLIES[self._stage]() if self._stage in TALLIES else None,
            heads=self._heads.get((self._stage, partition)),
        )
        targets = {topic: self._targets[topic][partition][1] for topic in beside}
        told = self._targets_of(partition)
        self._walk(walk, log)
        while not walk.covers(targets) and time.monotonic() < self._deadline:
            time.sleep(0.2)
            log.extend()
            for opened in sources.values():
                opened.extend()
            self._walk(walk, log)
        self._check_handed(told, walk.findings)
        check_letters(walk.refused, self._letters(partition), walk.findings)
        self._never_read(partition, walk.findings)
        report = walk.finish(targets)
        for opened in sources.values():
            opened.close()
        return walk, report

    def _walk(self, walk: Walk, log: PartitionLog) -> None:
        what = f"{self._ledger.name} partition {log.partition}"
        for message in log:
            walk.take(message)
            if self._handed is not None:
                self._handed.take(message)
            if message.offset % STEP == 0:
                self._progress(what, message.offset, log.end)
        self._progress(what, log.end, log.end)

    def _targets_of(self, partition: int) -> dict[int, PartitionLog]:
        """What the relay wrote, where decisions of this stage are handed on; its audit begins."""
        if self._route is None:
            return {}
        target = self._route.target.name
        numbers = self._reader.partitions(target)
        self._handed = RelayAudit(partition, numbers, self._route)
        return {number: self._reader.open(target, number) for number in numbers}

    def _check_handed(self, told: Mapping[int, PartitionLog], findings: Findings) -> None:
        if self._handed is None:
            return
        while True:
            for target, log in told.items():
                log.extend()
                for message in log:
                    self._handed.take_target(target, message)
            if not self._handed.behind() or time.monotonic() >= self._deadline:
                break
            time.sleep(0.2)
        self._handed.finish(findings)

    def _letters(self, partition: int) -> dict[str, PartitionLog]:
        names = {topic: f"dlq.{topic}" for topic in self._sources}
        return {
            topic: self._reader.open(name, partition)
            for topic, name in names.items()
            if partition in self._known.get(name, ())
        }

    def _never_read(self, partition: int, findings: Findings) -> None:
        """Source partitions beyond the ledger's are nobody's; they are told once, with the first partition."""
        if partition != self._partitions[0]:
            return
        for topic, bounds in self._targets.items():
            for number, (first, end) in bounds.items():
                if number not in self._partitions and end > first:
                    why = (
                        f"{end - first} messages lie in {topic} partition {number}, which no ledger partition decides."
                    )
                    findings.add(Code.NEVER_READ, why)

    def _clickhouse(self, client: Client, partition: int, kafka: Walk) -> PartitionReport:
        rows = RowsAudit(self._stage, self._ledger.name, partition, kafka, self._heads.get((self._stage, partition)))
        what, end = f"ClickHouse {self._stage} partition {partition}", kafka.next_offset
        start = 0
        while True:
            held = extent(client, self._stage, partition)[1]
            # Rows newer than what was read of Kafka are looked at only where Kafka does not have them any more.
            known = self._reader.bounds(self._ledger.name, (partition,))[partition][1]
            until = held if held > known else min(held, end)
            for row in read_rows(client, self._stage, partition, start, until):
                rows.take(row)
                if row.offset % STEP == 0:
                    self._progress(what, row.offset, end)
            start = max(start, until)
            if start >= end or time.monotonic() >= self._deadline:
                break
            time.sleep(0.2)
        for offset, why in check_decisions(client, self._stage, partition, start):
            rows.walk.findings.add(Code.ROW_DIFFERS, why, offset)
        self._progress(what, end, end)
        return rows.finish()


def _source(log: PartitionLog) -> Source:
    stage = next((name for name, topic in LEDGERS.items() if topic.name == log.topic), None)
    return Source(log.topic, log, log.first, None if stage is None else Head(stage, log.partition))


def read_heads(path: Path) -> Heads:
    """Heads from an earlier `baogong verify --json`; raises BaogongError for a file that is none."""
    found: dict[tuple[str, int], dict[int, str]] = {}
    try:
        for report in json.loads(path.read_text(encoding="utf-8"))["reports"]:
            if report["seq"] >= 0:
                found.setdefault((report["stage"], report["partition"]), {})[report["seq"]] = str(report["head"])
    except OSError as error:
        raise BaogongError(f"Cannot read {path}: {error.strerror}.", USAGE) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaogongError(f"{path} is not the output of an earlier 'baogong verify --json'.", USAGE) from error
    return found
