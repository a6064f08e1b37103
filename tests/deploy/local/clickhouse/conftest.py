"""A ClickHouse for a whole test module, a database of its own for each test, and clients that get closed."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from clickhouse_driver import Client

REAL = os.environ.get("BAOGONG_TEST_CLICKHOUSE")
Connect = Callable[..., Client]
_databases = count()


@pytest.fixture(params=["embedded", *(["real"] if REAL else [])])
def url(request: pytest.FixtureRequest) -> str:
    return REAL if request.param == "real" else request.getfixturevalue("clickhouse_url")


@pytest.fixture
def database(url: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_databases)}"
    with Client.from_url(url) as client:
        client.execute(f"CREATE DATABASE {name}")
        yield name
        client.execute(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture
def connect(url: str, database: str) -> Iterator[Connect]:
    clients: list[Client] = []

    def connected(**options: Any) -> Client:
        parts = urlsplit(url)
        named = {"user": parts.username, "password": parts.password or "", "database": database} | options
        clients.append(Client(host=parts.hostname, port=parts.port, **named))
        return clients[-1]

    yield connected
    for client in clients:
        client.disconnect()


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()
