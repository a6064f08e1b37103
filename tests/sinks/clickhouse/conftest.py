"""A database of its own, with tables and views, for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from sinks.clickhouse.client import Client, connect
from tests.databases import Databases, in_database

_NUMBERS = count(1)


@pytest.fixture
def empty_database(clickhouse_url: str) -> Iterator[str]:
    """URL of a database without tables."""
    name = f"test_{next(_NUMBERS)}"
    with connect(clickhouse_url) as client:
        client.run(f"CREATE DATABASE {name}")
        yield in_database(clickhouse_url, name)
        client.run(f"DROP DATABASE {name}")


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """URL of a database with tables and views."""
    with databases.migrated() as url:
        yield url


@pytest.fixture
def client(database: str) -> Iterator[Client]:
    """A client on `database`."""
    with connect(database) as connected:
        yield connected
