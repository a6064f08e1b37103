"""One insert for several ledger partitions: as if each had come by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.ledger import RecordKind
from sinks.clickhouse.client import Client
from sinks.clickhouse.follower import Batch, Follower
from sinks.clickhouse.position import Held
from sinks.clickhouse.writer import Writer
from streams.ledger.accept import Head
from streams.ledger.record import Draft
from tests.sinks.clickhouse.book import Book, needs_book
from tests.sinks.clickhouse.running import assert_equal

PARTITIONS = 5


def batch_of(book: Book) -> Batch:
    """Its whole ledger."""
    follower = Follower(book.stage, "book", book.partition, Held(Head(book.stage, book.partition), 0, -1, None))
    follower.take([(offset, 1_650_000_000_000 + offset, value) for offset, value in enumerate(book.values)], 0.0)
    return follower.cut()


def named(books: list[Book]) -> list[tuple[str, Batch]]:
    return [(f"log/{book.partition}", batch_of(book)) for book in books]


@pytest.fixture
def books() -> list[Book]:
    return [needs_book(20 + number, number) for number in range(PARTITIONS)]


def counts(client: Client, table: str) -> list[tuple[int, int]]:
    """Rows as they lie there, without FINAL, by partition."""
    return client.rows(f"SELECT partition, count() FROM {table} GROUP BY partition ORDER BY partition")


def test_rows_and_decisions_of_all_are_there(client: Client, database: str, books: list[Book]) -> None:
    Writer(client).write(named(books))
    assert_equal(database, {book.partition: book.values for book in books})


def test_the_same_insert_again_adds_no_row(client: Client, database: str, books: list[Book]) -> None:
    writer = Writer(client)
    writer.write(named(books))
    once = counts(client, "ledger_records"), counts(client, "decisions")
    writer.write(named(books))
    assert (counts(client, "ledger_records"), counts(client, "decisions")) == once
    assert once[0] == [(book.partition, len(book.values)) for book in books]


@pytest.mark.parametrize("table", ["ledger_records", "decisions"])
def test_what_a_killed_server_lost_of_one_partition_is_written_again(
    client: Client, database: str, books: list[Book], table: str
) -> None:
    Writer(client).write(named(books))
    client.run(f"ALTER TABLE {table} DELETE WHERE partition = 3 AND offset > 5 SETTINGS mutations_sync = 1")
    Writer(client).write(named(books))
    assert_equal(database, {book.partition: book.values for book in books})
    lying = dict(counts(client, "ledger_records"))
    assert [lying[book.partition] for book in books if book.partition != 3] == [20, 21, 22, 24]


def test_a_row_that_is_refused_keeps_back_no_other(client: Client, database: str, books: list[Book]) -> None:
    book = books[2]
    source = book.source("supply.requests.v1").model_copy(update={"offset": 2**80, "gap": 2**80, "topic": "other.v1"})
    book.accepted(Draft(RecordKind.DECIDED, source, book.now))
    writer = Writer(client)
    writer.write(named(books))
    assert writer.set_aside == 1
    assert client.rows("SELECT partition, offset FROM rows_set_aside FINAL") == [(2, len(book.values) - 1)]
    books[2] = replace(book, values=book.values[:-1])
    assert_equal(database, {each.partition: each.values for each in books})
