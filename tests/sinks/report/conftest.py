"""A database of its own for each test, and one that holds a whole town's ledgers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from tests.sinks.clickhouse.conftest import in_database
from tests.sinks.report.town import load_until, town


@pytest.fixture
def client(clickhouse_url: str, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client on an empty database with tables and views."""
    with connect(clickhouse_url) as control:
        control.run("CREATE DATABASE report_test")
        try:
            with connect(in_database(clickhouse_url, "report_test")) as connected:
                migrate(connected)
                yield connected
        finally:
            control.run("DROP DATABASE report_test")


@pytest.fixture
def town_client(client: Client) -> Client:
    """A client on a database that holds the town's ledgers to their end, the decisions written twice."""
    load_until(client, town(), 1000)
    client.run("INSERT INTO decisions SELECT * FROM decisions")
    return client
