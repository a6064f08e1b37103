"""Servers for tests: real Kafka, real ClickHouse engine, started once a session; only marked tests get them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sinks.clickhouse.client import Client
    from tests.databases import Databases

SERVER_FIXTURES = {"kafka_address", "clickhouse_url", "embedded_kafka", "embedded_clickhouse"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What uses a server is marked so, and nothing else can reach one: addresses come by fixtures alone."""
    for item in items:
        if SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA", "CLICKHOUSE", "DATA", "ITEMS"):
        monkeypatch.delenv(f"BAOGONG_{name}", raising=False)


@pytest.fixture(scope="session")
def embedded_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The session's broker."""
    from deploy.local.kafka import EmbeddedKafka

    root = tmp_path_factory.mktemp("kafka")
    with EmbeddedKafka(root / "data", _made(root / "logs")) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_address(embedded_kafka: object) -> str:
    """HOST:PORT of the session's broker."""
    return str(embedded_kafka.address)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def embedded_clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The session's ClickHouse."""
    from deploy.local.clickhouse.embedded import EmbeddedClickHouse

    root = tmp_path_factory.mktemp("clickhouse")
    with EmbeddedClickHouse(root / "data", _made(root / "logs")) as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse_url(embedded_clickhouse: object) -> str:
    """URL of the session's ClickHouse."""
    return str(embedded_clickhouse.url)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def databases(clickhouse_url: str) -> Databases:
    """Databases of the session's ClickHouse, to be taken by a test and given back."""
    from tests.databases import Databases

    return Databases(clickhouse_url)


@pytest.fixture(scope="session")
def town_url(databases: Databases) -> Iterator[str]:
    """A database that holds the town's ledgers to their end, the decisions written twice: for those who only look."""
    from tests.sinks.report.town import load_until, town

    def fill(client: Client) -> None:
        load_until(client, town(), 1000)
        client.run("INSERT INTO decisions SELECT * FROM decisions")

    with databases.filled(fill) as url:
        yield url


@pytest.fixture(scope="session")
def city_url(databases: Databases) -> Iterator[str]:
    """A database that holds the console's city: for those who only look."""
    from tests.sinks.console.city import City

    with databases.filled(City().load) as url:
        yield url


@pytest.fixture(scope="session")
def evil_url(databases: Databases) -> Iterator[str]:
    """The same city, where every publisher is hostile."""
    from tests.sinks.console.city import EVIL, City

    with databases.filled(City(EVIL, households=40, requests=80).load) as url:
        yield url


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
