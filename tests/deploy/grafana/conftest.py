"""The town's ledgers, once for all queries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.spans import SpanMaker
from tests.sinks.clickhouse.conftest import in_database
from tests.sinks.report.town import load_until, town


@pytest.fixture(scope="module")
def town_client(clickhouse_url: str) -> Iterator[Client]:
    """A client on a database that holds the town's ledgers to their end."""
    with connect(clickhouse_url) as control:
        control.run("CREATE DATABASE grafana_test")
        try:
            with connect(in_database(clickhouse_url, "grafana_test")) as connected:
                migrate(connected)
                load_until(connected, town(), 1000)
                SpanMaker(connected).catch_up()
                yield connected
        finally:
            control.run("DROP DATABASE grafana_test")
