"""The sink between a real broker and the real engine: equal row by row, whatever is killed."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from deploy.local.datadir import free_port
from schemas.errors import BaogongError
from schemas.ledger import RecordKind
from schemas.topics import Topic
from sinks.clickhouse import follower, queue, session
from sinks.clickhouse.client import connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.position import Held
from streams.ledger.accept import Head
from streams.ledger.record import Draft
from tests.forked import FORKS
from tests.sinks.clickhouse.book import Book, load, make_topic, needs_book, publish
from tests.sinks.clickhouse.running import assert_equal, child_main, copy, running

_NUMBERS = count(1)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (follower, queue, session):
        monkeypatch.setattr(module, "CHUNK", 64)


@pytest.fixture
def topic(kafka_address: str) -> Topic:
    """A ledger topic with one partition."""
    return make_topic(kafka_address, f"sink.test.{next(_NUMBERS)}.v1")


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[EmbeddedClickHouse]:
    """A ClickHouse that may be killed, with tables."""
    with EmbeddedClickHouse(tmp_path / "data", tmp_path / "logs") as server:
        with connect(server.url) as client:
            migrate(client)
        yield server


def with_zombies(records: int, partition: int = 0) -> list[bytes]:
    """A ledger with what a late owner and others left in it."""
    values = needs_book(records, partition).values
    chance = random.Random(partition)
    for _ in range(records // 20):
        place = chance.randrange(1, len(values))
        values.insert(place, chance.choice([values[place - 1], values[0], b"", b"no record", b"\xff\x00{"]))
    return values


def test_every_row_is_there_and_equal(kafka_address: str, database: str) -> None:
    topic = make_topic(kafka_address, f"sink.test.{next(_NUMBERS)}.v1", 2)
    books = {0: with_zombies(500, 0), 1: with_zombies(130, 1)}
    for partition, values in books.items():
        publish(kafka_address, topic, values, partition)
    status = copy(kafka_address, database, topic, {number: len(values) for number, values in books.items()})
    assert_equal(database, books)
    assert status.records_written == sum(map(len, books.values()))
    assert (status.rows_set_aside, status.retries, status.problem) == (0, 0, "")


def test_it_keeps_up_and_says_how_far_it_is(kafka_address: str, database: str, topic: Topic) -> None:
    values = needs_book(40).values
    with running(kafka_address, database, topic) as state:
        for start in range(0, 40, 10):
            publish(kafka_address, topic, values[start : start + 10])
            state.wait_for(topic, {0: start + 10}, timeout=5)
        deadline = time.monotonic() + 5
        while state.status.rows_behind != 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert state.status.ready and state.status.healthy and state.status.rows_behind == 0
        assert state.status.last_insert_at is not None
    assert not state.status.ready
    assert_equal(database, {0: values})


def test_killed_at_random_points_it_loses_and_doubles_nothing(kafka_address: str, database: str, topic: Topic) -> None:
    values, chance = with_zombies(1500), random.Random(7)
    publish(kafka_address, topic, values)
    held = 0
    with connect(database) as client:
        for _ in range(3):
            child = FORKS.Process(target=child_main, args=(kafka_address, database, topic.name, 32))
            child.start()
            until, deadline = held + chance.randrange(1, 400), time.monotonic() + 20
            while held < until and time.monotonic() < deadline:
                time.sleep(0.03)
                held = client.rows("SELECT count() FROM ledger_records FINAL")[0][0]
            child.kill()
            child.join()
            child.close()
        assert 0 < held < len(values)
    copy(kafka_address, database, topic, {0: len(values)})
    assert_equal(database, {0: values})


def test_clickhouse_killed_in_the_middle_and_away_for_a_while(
    kafka_address: str, mortal: EmbeddedClickHouse, topic: Topic
) -> None:
    values = with_zombies(2500)
    publish(kafka_address, topic, values[:2000])
    with running(kafka_address, mortal.url, topic) as state:
        state.wait_for(topic, {0: 500})
        mortal.kill()
        publish(kafka_address, topic, values[2000:])
        deadline = time.monotonic() + 20
        while state.status.retries < 3:
            assert time.monotonic() < deadline, state.status
            time.sleep(0.05)
        assert state.status.positions[(topic.name, 0)] < 2000, "it was to be killed in the middle"
        assert "does not answer" in state.status.problem
        mortal.start()
        state.wait_for(topic, {0: len(values)})
        assert state.status.problem == ""
    assert_equal(mortal.url, {0: values})


def test_clickhouse_comes_back_from_an_old_copy(
    kafka_address: str, mortal: EmbeddedClickHouse, topic: Topic, tmp_path: Path
) -> None:
    values = needs_book(300).values
    publish(kafka_address, topic, values[:100])
    copy(kafka_address, mortal.url, topic, {0: 100})
    mortal.stop()
    shutil.copytree(tmp_path / "data", tmp_path / "copy", symlinks=True)
    mortal.start()
    publish(kafka_address, topic, values[100:200])
    with running(kafka_address, mortal.url, topic) as state:
        state.wait_for(topic, {0: 200})
        mortal.kill()
        shutil.rmtree(tmp_path / "data")
        shutil.copytree(tmp_path / "copy", tmp_path / "data", symlinks=True)
        publish(kafka_address, topic, values[200:])
        mortal.start()
        state.wait_for(topic, {0: 300})
    assert_equal(mortal.url, {0: values})


@pytest.mark.parametrize("table", ["ledger_records", "decisions"])
def test_a_hole_is_mended_at_the_next_start(kafka_address: str, database: str, topic: Topic, table: str) -> None:
    values = needs_book(150).values
    publish(kafka_address, topic, values)
    copy(kafka_address, database, topic, {0: 150})
    with connect(database) as client:
        client.run(f"ALTER TABLE {table} DELETE WHERE offset BETWEEN 120 AND 130 SETTINGS mutations_sync = 1")
    with pytest.raises(AssertionError):
        assert_equal(database, {0: values})
    with running(kafka_address, database, topic) as state:
        state.wait_for(topic, {0: 150})
    assert_equal(database, {0: values})


@pytest.mark.parametrize("table", ["ledger_records", "decisions"])
def test_rows_of_which_a_killed_server_knows_only_the_name_are_written_again(database: str, table: str) -> None:
    book = needs_book(200)
    with connect(database) as client:
        load(client, book)
        before = client.rows(f"SELECT count() FROM {table} FINAL")
        client.run(f"ALTER TABLE {table} DELETE WHERE offset < 100 SETTINGS mutations_sync = 1")
        assert client.rows(f"SELECT count() FROM {table} FINAL") < before
        load(client, book, since=Held(Head(book.stage, book.partition), 0, -1, None))
        assert client.rows(f"SELECT count() FROM {table} FINAL") == before


def test_a_row_that_clickhouse_refuses_is_put_aside(kafka_address: str, database: str, topic: Topic) -> None:
    book = needs_book(100)
    source = book.source("supply.requests.v1")
    huge = Draft(
        RecordKind.DECIDED, source.model_copy(update={"topic": "other.v1", "offset": 2**80, "gap": 2**80}), book.now
    )
    book.accepted(huge).ticked()
    fenced = replace(book, values=[], seq=-1, prev="0" * 64, partition=0).accepted(huge).values
    values = [*book.values, *fenced, *book.ticked().values[-1:]]
    asides = 0
    for start, end in ((0, 101), (101, 103), (103, 104)):  # a restart right behind the row that counts, and later
        publish(kafka_address, topic, values[start:end])
        asides += copy(kafka_address, database, topic, {0: end}).rows_set_aside
    assert asides == 2
    with connect(database, strings_as_bytes=True) as client:
        aside = client.rows("SELECT offset, accepted, value, reason FROM rows_set_aside FINAL ORDER BY offset")
        assert [row[:3] for row in aside] == [(100, True, values[100]), (102, False, fenced[0])]
        assert b"does not fit its column" in aside[0][3]
        rest = client.rows("SELECT offset, value, accepted FROM ledger_records FINAL ORDER BY offset")
    expected = [(offset, value, True) for offset, value in enumerate(values) if offset not in (100, 102)]
    assert rest == expected, "the chain goes on over a row that was put aside, after a restart too"


def test_missing_tables_stop_it_with_a_sentence(kafka_address: str, empty_database: str, topic: Topic) -> None:
    with pytest.raises(BaogongError, match="run 'baogong migrate'"):
        copy(kafka_address, empty_database, topic, {0: 1})


def test_a_table_dropped_under_it_stops_it_with_a_sentence(kafka_address: str, database: str, topic: Topic) -> None:
    values = needs_book(20).values
    publish(kafka_address, topic, values[:10])
    with running(kafka_address, database, topic) as state:
        state.wait_for(topic, {0: 10})
        with connect(database) as client:
            client.run("DROP TABLE decisions_of_records SYNC")
            client.run("DROP TABLE ledger_records SYNC")
        publish(kafka_address, topic, values[10:])
        with pytest.raises(BaogongError, match="run 'baogong migrate'"):
            state.wait_for(topic, {0: 20})


def test_another_ledger_is_not_mixed_in(kafka_address: str, database: str, topic: Topic) -> None:
    publish(kafka_address, topic, needs_book(30).values)
    copy(kafka_address, database, topic, {0: 30})
    other = make_topic(kafka_address, f"sink.test.{next(_NUMBERS)}.v1")
    for part in (slice(0, 10), slice(10, 60)):
        publish(kafka_address, other, Book().at(5).opened().values + needs_book(60).values[part])
        with pytest.raises(BaogongError, match="holds another ledger"):
            copy(kafka_address, database, other, {0: 100})


def test_servers_that_are_not_there(kafka_address: str, database: str, topic: Topic) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(BaogongError, match=f"No Kafka broker answers at {nobody}"):
        copy(nobody, database, topic, {0: 1})
    with pytest.raises(BaogongError, match=f"ClickHouse at {nobody} does not answer"):
        copy(kafka_address, f"clickhouse://u:p@{nobody}/d", topic, {0: 1})
    with pytest.raises(BaogongError, match="baogong topics --create"):
        copy(kafka_address, database, replace(topic, name="no.such.ledger.v1"), {0: 1})
