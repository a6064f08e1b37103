"""A database of its own, with tables and views, for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate

_NUMBERS = count(1)


def in_database(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture
def empty_database(clickhouse_url: str) -> Iterator[str]:
    """URL of a database without tables."""
    name = f"test_{next(_NUMBERS)}"
    with connect(clickhouse_url) as client:
        client.run(f"CREATE DATABASE {name}")
        yield in_database(clickhouse_url, name)
        client.run(f"DROP DATABASE {name}")


@pytest.fixture
def database(empty_database: str) -> str:
    """URL of a database with tables and views."""
    with connect(empty_database) as client:
        migrate(client)
    return empty_database


@pytest.fixture
def client(database: str) -> Iterator[Client]:
    """A client on `database`."""
    with connect(database) as connected:
        yield connected
