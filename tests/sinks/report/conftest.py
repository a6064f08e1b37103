"""A database of its own for each test that writes, and a look at the one that holds a whole town's ledgers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.clickhouse.client import Client, connect
from tests.databases import Databases


@pytest.fixture
def client(databases: Databases) -> Iterator[Client]:
    """A client on an empty database with tables and views."""
    with databases.migrated() as url, connect(url) as connected:
        yield connected


@pytest.fixture
def town_client(town_url: str) -> Iterator[Client]:
    """A client on a database that holds the town's ledgers to their end, the decisions written twice."""
    with connect(town_url) as connected:
        yield connected
