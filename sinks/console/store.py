"""ClickHouse for the console: a few connections, read-only, and every question bound to what its user may see."""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from sinks.clickhouse import queries
from sinks.clickhouse.client import Client, Row, ServerAway, connect
from sinks.console.asked import Asked

CONNECTIONS: Final = 3
"""Statements that are asked beside each other, each by one thread of the server: together they cost it least so."""
SETTINGS: Final = {
    "readonly": 1,
    "max_threads": 1,
    "use_uncompressed_cache": 1,
    "merge_tree_max_rows_to_use_cache": 1_000_000_000,
    "merge_tree_max_bytes_to_use_cache": 1_000_000_000_000,
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
"""What pages read they read again and again, and it is little: kept unpacked where the server has room for it, of long
tables too. A compiled statement makes whoever asks it for the third time wait for tenths of a second, and is not
faster afterwards."""
FRESH: Final = 0.8
"""Seconds for which the same statement has the same answer: many who look at one page ask once."""
MOST_KEPT: Final = 500
WITHOUT_AREAS: Final = frozenset(
    {
        "console_moment",
        "console_flow",
        "console_chain",
        "console_rejected",
        "console_rejected_records",
        "console_record",
        "console_hold_reasons",
    }
)
"""Questions about the ledgers as a whole: counts and times, or, but for the first two, for auditors of all areas.
The last one gives other words for reasons that whoever asks has read already."""


class Store:
    """Asks questions; one call at a time on each of its connections. Raises ServerAway or QueryFailed as the client."""

    def __init__(self, url: str, fresh: float = FRESH) -> None:
        self._url, self._fresh = url, fresh
        self._idle: queue.LifoQueue[Client | None] = queue.LifoQueue()
        self._answers: OrderedDict[str, tuple[float, list[dict[str, Any]]]] = OrderedDict()
        self._keeping = threading.Lock()
        self._pool = ThreadPoolExecutor(CONNECTIONS, "console")
        for _ in range(CONNECTIONS):
            self._idle.put(None)

    def ask(self, name: str, asked: Asked, **more: Any) -> list[dict[str, Any]]:
        """Rows of a question as of the time and within the areas of whoever asks; nothing in `more` can widen that."""
        sql = queries.load(name)
        if name not in WITHOUT_AREAS and "areas" not in queries.parameters(sql):
            raise ValueError(f"{name} is not bound to areas")
        params = {**more, "as_of": asked.as_of, "areas": list(asked.user.areas)}
        statement = queries.bind(sql, {"place": asked.place, **params})
        kept = self._answers.get(statement)
        if kept is not None and time.monotonic() - kept[0] < self._fresh:
            return kept[1]
        with self.client() as client:
            columns, _, rows = client.table(statement)
        answer = [dict(zip(columns, row, strict=True)) for row in rows]
        self._keep(statement, answer)
        return answer

    def _keep(self, statement: str, answer: list[dict[str, Any]]) -> None:
        with self._keeping:
            self._answers[statement] = (time.monotonic(), answer)
            self._answers.move_to_end(statement)
            while len(self._answers) > MOST_KEPT:
                self._answers.popitem(last=False)

    def ask_all(self, asked: Asked, *questions: tuple[str, Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
        """Rows of several questions, asked beside each other; the longest ones first is fastest."""
        return self.begin(asked, *questions)()

    def begin(
        self, asked: Asked, *questions: tuple[str, Mapping[str, Any]]
    ) -> Callable[[], list[list[dict[str, Any]]]]:
        """The same, while the caller does something else; what it gets waits for the answers."""
        waiting = [self._pool.submit(self.ask, name, asked, **more) for name, more in questions]
        return lambda: [each.result() for each in waiting]

    def tables(self, statements: Iterable[str]) -> Iterator[tuple[list[str], list[str], list[Row]]]:
        """Names, types and rows of whole statements, asked beside each other; an answer comes once those before it did.

        What is in them is the caller's care.
        """
        return self._pool.map(self._table, statements)

    def _table(self, statement: str) -> tuple[list[str], list[str], list[Row]]:
        with self.client() as client:
            return client.table(statement)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Rows of a question without parameters."""
        if name not in WITHOUT_AREAS:
            raise ValueError(f"{name} is not bound to areas")
        with self.client() as client:
            return queries.run(client, name, {}).dicts()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A connection for a while; a broken one is not used again."""
        found = self._idle.get()
        try:
            client = found or connect(self._url, **SETTINGS)
        except BaseException:
            self._idle.put(None)
            raise
        try:
            yield client
        except ServerAway:
            client.close()
            self._idle.put(None)
            raise
        except BaseException:
            self._idle.put(client)
            raise
        self._idle.put(client)

    def close(self) -> None:
        """Close what is idle."""
        self._pool.shutdown()
        while not self._idle.empty():
            client = self._idle.get()
            if client is not None:
                client.close()
