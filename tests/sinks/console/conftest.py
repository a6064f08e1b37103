"""A console over a small city: one for everybody who only looks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from sinks.clickhouse.client import connect
from sinks.clickhouse.migrations import migrate
from sinks.console.users import Role, User, hash_password
from tests.sinks.clickhouse.conftest import in_database
from tests.sinks.console.city import AREAS, City
from tests.sinks.console.serving import Browser, Kept, make_desk, serving

PASSWORD = "correct horse battery staple"
EVIL = "\"'><img/src=x/onerror=alert(1)><svg/onload=alert(2)>{{7*7}}${7*7}</title></textarea>"
"""Fits an identifier: no white space."""


@pytest.fixture(scope="session")
def city_url(clickhouse_url: str) -> Iterator[str]:
    """A ClickHouse database that holds the city."""
    yield from made_city(clickhouse_url, "console_city", City())


@pytest.fixture(scope="session")
def evil_url(clickhouse_url: str) -> Iterator[str]:
    """The same city, where every publisher is hostile."""
    yield from made_city(clickhouse_url, "console_evil", City(EVIL, households=40, requests=80))


_NUMBERS = count(1)


def made_city(clickhouse_url: str, name: str, city: City) -> Iterator[str]:
    name = f"{name}_{next(_NUMBERS)}"
    with connect(clickhouse_url) as client:
        client.run(f"CREATE DATABASE {name}")
        with connect(in_database(clickhouse_url, name)) as inside:
            migrate(inside)
            city.load(inside)
        yield in_database(clickhouse_url, name)
        client.run(f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def users() -> dict[str, User]:
    hashed = hash_password(PASSWORD)
    people = (
        ("ann", Role.DUTY_OFFICER, ()),
        ("bo", Role.DUTY_OFFICER, (AREAS[0],)),
        ("vi", Role.VIEWER, ()),
        ("au", Role.AUDITOR, ()),
    )
    return {name: User(name=name, password_hash=hashed, role=role, areas=areas) for name, role, areas in people}


@pytest.fixture
def actions() -> Kept:
    return Kept()


@pytest.fixture
def local(city_url: str, actions: Kept) -> Iterator[Browser]:
    """A console on loopback without users."""
    with serving(make_desk(city_url, actions)) as port:
        yield Browser(port)


@pytest.fixture
def guarded(city_url: str, actions: Kept, users: dict[str, User]) -> Iterator[Browser]:
    """A console with users; nobody is logged in."""
    with serving(make_desk(city_url, actions, users)) as port:
        yield Browser(port)
