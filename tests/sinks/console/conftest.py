"""A console over the session's small city, with users and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.console.users import Role, User, hash_password
from tests.sinks.console.city import AREAS
from tests.sinks.console.serving import Browser, Kept, make_desk, serving

PASSWORD = "correct horse battery staple"


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
