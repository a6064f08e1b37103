"""Databases with tables and views: making one takes a second, emptying one that a test has left takes a tenth of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate

_DEFINED = "SELECT name, engine, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"


def in_database(url: str, name: str) -> str:
    """URL of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{name}"


class Databases:
    """Gives each test a database that holds nothing but tables, views and the list of migrations."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = count(1)
        self._free: list[str] = []
        self._defined: dict[str, list[tuple[object, ...]]] = {}
        """What each database consists of when it is made."""

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """URL of a database that is as `migrate` makes it, for the time of the block."""
        name = self._free.pop() if self._free else self._make()
        self._empty(name)
        yield in_database(self._url, name)
        with connect(in_database(self._url, name)) as client:
            as_made = client.rows(_DEFINED) == self._defined[name]
        if as_made:
            self._free.append(name)
        else:  # a test that changes tables leaves them to nobody
            self._drop(name)

    @contextmanager
    def filled(self, fill: Callable[[Client], None]) -> Iterator[str]:
        """URL of such a database with what `fill` writes, for those who only look: at its end that is checked."""
        with self.migrated() as url:
            with connect(url) as client:
                fill(client)
                filled = self._counts(client, url)
            yield url
            with connect(url) as client:
                assert self._counts(client, url) == filled, "somebody wrote into what all look at"

    def _make(self) -> str:
        name = f"migrated_{next(self._numbers)}"
        with connect(self._url) as client:
            client.run(f"CREATE DATABASE {name}")
        with connect(in_database(self._url, name)) as client:
            migrate(client)
            self._defined[name] = client.rows(_DEFINED)
        return name

    def _empty(self, name: str) -> None:
        """Forgets rows, and with them the tokens of the inserts that wrote them."""
        with connect(in_database(self._url, name)) as client:
            for table in self._tables(name):
                client.run(f"TRUNCATE TABLE {table} SYNC")

    def _counts(self, client: Client, url: str) -> dict[str, int]:
        """Rows of each table; merges in the background don't change them."""
        tables = self._tables(url.rpartition("/")[2])
        last = {table: "" if engine == "MergeTree" else "FINAL" for table, engine in tables.items()}
        return {table: client.rows(f"SELECT count() FROM {table} {word}")[0][0] for table, word in last.items()}

    def _tables(self, name: str) -> dict[str, str]:
        """Engines of all tables that ledgers are written to."""
        tables = {str(table): str(engine) for table, engine, _ in self._defined[name]}
        return {
            name: engine for name, engine in tables.items() if engine.endswith("MergeTree") and name != "migrations"
        }

    def _drop(self, name: str) -> None:
        with connect(self._url) as client:
            client.run(f"DROP DATABASE {name}")
