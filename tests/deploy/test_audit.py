"""`baogong verify` on a real broker: a true ledger, and three that are not, each on a partition of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from click.testing import CliRunner

from deploy.audit import Audit, audit
from deploy.commands.verify import command
from deploy.local.kafka import EmbeddedKafka
from streams.ledger.findings import Code, Finding
from streams.topics import create_topics
from tests.independent import verifier
from tests.streams.ledger.scribe import LEDGER, REQUESTS, STOCK, Scribe, honest, request

pytestmark = pytest.mark.servers
GAP = 1
"""The marker of a transaction: an offset that a source has and no reader sees."""
Header = tuple[str, bytes]


class Post:
    """Writes what a scribe wrote onto the broker, offset for offset."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def ledger(self, scribe: Scribe) -> None:
        for value in scribe.values:
            await self.send(LEDGER, scribe.partition, value, 0)

    async def sources(self, scribe: Scribe) -> None:
        for topic, log in scribe.sources.items():
            for message, after in zip(log, [*log[1:], None], strict=True):
                marked = after is not None and after.offset > message.offset + 1
                await self.send(topic, scribe.partition, message.value, message.timestamp, marked=marked)

    async def letter(self, scribe: Scribe, topic: str, offset: int) -> None:
        headers = [("source.offset", str(offset).encode())]
        await self.send(f"dlq.{topic}", scribe.partition, scribe.sources[topic][offset].value, 1, headers)

    async def send(
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        at: int,
        headers: list[Header] | None = None,
        marked: bool = False,
    ) -> None:
        producer = self._marking if marked else self._plain
        if marked:
            await producer.begin_transaction()
        sent = await producer.send_and_wait(topic, value, partition=partition, timestamp_ms=at, headers=headers)
        if marked:
            await producer.commit_transaction()
            await self._marker(TopicPartition(topic, partition), sent.offset + 2)

    async def _marker(self, where: TopicPartition, end: int) -> None:
        """The broker writes the marker some time after it has taken the commit."""
        while (await self._asking.end_offsets([where]))[where] < end:
            await asyncio.sleep(0.02)

    async def __aenter__(self) -> Post:
        self._plain = AIOKafkaProducer(bootstrap_servers=self.address, acks="all")
        self._marking = AIOKafkaProducer(bootstrap_servers=self.address, transactional_id="post")
        self._asking = AIOKafkaConsumer(bootstrap_servers=self.address)
        await self._asking.start()
        await self._plain.start()
        await self._marking.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._asking.stop()
        await self._plain.stop()
        await self._marking.stop()


async def write(address: str) -> None:
    """Partition 0 is true; 1 lost a record; 2 has a message that nobody took; 3 a refusal without its bytes."""
    true, lost, late, unkept = (honest(partition, GAP) for partition in range(4))
    del lost.values[4]
    late.published(REQUESTS, request(9))
    async with Post(address) as post:
        for scribe in (true, lost, late, unkept):
            await post.sources(scribe)
            await post.ledger(scribe)
        for scribe in (true, lost, late):
            await post.letter(scribe, STOCK, 0)


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of this module's own with the four ledgers."""
    root = tmp_path_factory.mktemp("audit")
    (root / "logs").mkdir()
    with EmbeddedKafka(root / "kafka", root / "logs") as broker:
        create_topics(broker.address)
        asyncio.run(write(broker.address))
        yield broker.address


@pytest.fixture(scope="module")
def result(ledgers: str) -> Audit:
    return audit(ledgers, None, wait=0.5)


def of(result: Audit, partition: int) -> list[Finding]:
    """Findings of a supply partition: no other stage has read anything here."""
    found = [finding for finding in result.findings if finding.partition == partition]
    return [finding for finding in found if finding.topic == LEDGER]


def test_the_true_ledger_holds(result: Audit) -> None:
    assert of(result, 0) == []
    report = result.reports[0]
    assert (report.records, report.accepted, report.head) == (16, 14, honest(0, GAP).prev)
    assert {one.topic: one.gaps for one in report.sources}[REQUESTS] == GAP


def test_the_lost_record_is_named(result: Audit) -> None:
    first = of(result, 1)[0]
    assert (first.code, first.offset, first.seq) == (Code.ALTERED, 4, 5)
    assert result.failures[0] == first
    assert not result.holds


def test_the_message_that_nobody_took_is_lag(result: Audit) -> None:
    assert [finding.code for finding in of(result, 2)] == [Code.BEHIND]


def test_the_refusal_without_its_bytes_is_named(result: Audit) -> None:
    assert [(finding.code, finding.offset) for finding in of(result, 3)] == [(Code.LETTER_MISSING, 7)]


def test_the_independent_verifier_agrees(ledgers: str) -> None:
    problems = verifier.check_kafka(ledgers, ("supply",))
    assert problems[0] == "partition 1 offset 4: it follows no record of this log"
    assert {problem.split()[1].rstrip(":") for problem in problems} == {"1", "2"}


def test_the_command_names_the_first_that_breaks(ledgers: str, tmp_path: Path) -> None:
    arguments = ["--kafka", ledgers, "--no-clickhouse", "--wait", "0"]
    shown = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert shown.return_value == 1
    assert (
        "验证失败 BROKEN: the first that does not fit is supply.ledger.v1 partition 1 offset 4 (seq 5)" in shown.stdout
    )
    said = CliRunner().invoke(command, [*arguments, "--json", "--allow-lag"], standalone_mode=False)
    plain = json.loads(said.stdout)
    assert (said.return_value, plain["holds"], plain["first"].split(": ")[0]) == (
        1,
        False,
        "supply.ledger.v1 partition 1 offset 4 (seq 5)",
    )
    (tmp_path / "heads.json").write_text(said.stdout)
    again = CliRunner().invoke(
        command, [*arguments, "--json", "--against", str(tmp_path / "heads.json")], standalone_mode=False
    )
    assert "head_differs" not in again.stdout


def test_heads_noted_earlier_must_still_be_there(ledgers: str) -> None:
    heads = {("supply", 0): {3: "ab" * 32, 99: "cd" * 32}}
    found = of(audit(ledgers, None, wait=0, heads=heads), 0)
    assert [(finding.code, finding.seq) for finding in found] == [(Code.HEAD_DIFFERS, 3), (Code.HEAD_DIFFERS, 99)]
