"""A look at the database that holds the town's ledgers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.clickhouse.client import Client, connect


@pytest.fixture(scope="module")
def town_client(town_url: str) -> Iterator[Client]:
    """A client on a database that holds the town's ledgers to their end."""
    with connect(town_url) as connected:
        yield connected
