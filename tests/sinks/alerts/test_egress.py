"""Connections go where the settings allow, and nowhere else."""

from __future__ import annotations

import asyncio

import pytest

from sinks.alerts.config import Egress
from sinks.alerts.egress import Post, Refused, Undelivered, check_address, check_url
from tests.sinks.alerts.kit import serving


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/",
        "http://hooks.example:81/",
        "https://hooks.example/",
        "ftp://hooks.example:80/",
        "http://hooks.example.evil.example:80/",
        "http://evil@other.example/",
    ],
)
def test_only_what_is_listed_is_allowed(url: str) -> None:
    egress = Egress(allow=("hooks.example:80",))
    check_url("http://hooks.example/path", egress)
    with pytest.raises(Refused):
        check_url(url, egress)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fe80::1", "::ffff:10.0.0.1", "0.0.0.0"],
)
def test_an_inner_address_is_refused_unless_its_host_is_listed(address: str) -> None:
    with pytest.raises(Refused):
        check_address("hooks.example", address, Egress(allow=("hooks.example",)))
    check_address("hooks.example", address, Egress(allow=("hooks.example",), private=("hooks.example",)))


def test_loopback_is_refused_where_it_is_not_listed_as_private() -> None:
    async def run() -> None:
        async with serving() as server:
            async with Post(Egress(allow=(server.host,))) as sender:
                with pytest.raises(Refused):
                    await sender.send(server.url, b"{}", {})
            assert server.bodies == []

    asyncio.run(run())


def test_a_name_that_leads_inside_is_refused_at_the_address_that_is_dialled() -> None:
    async def run() -> None:
        async with serving() as server:
            port = server.host.rpartition(":")[2]
            async with Post(Egress(allow=("localhost",))) as sender:
                with pytest.raises(Refused):
                    await sender.send(f"http://localhost:{port}/", b"{}", {})
            assert server.bodies == []

    asyncio.run(run())


def test_a_redirect_is_not_followed() -> None:
    async def run() -> None:
        async with serving() as target, serving() as server:
            server.status, server.headers = 307, {"Location": target.url}
            both = Egress(allow=(server.host, target.host), private=("127.0.0.1",))
            async with Post(both) as sender:
                with pytest.raises(Undelivered, match="redirect"):
                    await sender.send(server.url, b"{}", {})
            assert target.bodies == []

    asyncio.run(run())


def test_an_endless_answer_is_cut() -> None:
    async def run() -> None:
        async with serving() as server:
            server.answer = b"x" * 20_000
            async with Post(server.egress) as sender:
                with pytest.raises(Undelivered, match="longer"):
                    await sender.send(server.url, b"{}", {})

    asyncio.run(run())


@pytest.mark.parametrize(("status", "lasting"), [(400, True), (422, True), (401, False), (429, False), (503, False)])
def test_what_is_wrong_with_the_message_is_told_from_what_is_wrong_with_the_receiver(
    status: int, lasting: bool
) -> None:
    async def run() -> None:
        async with serving() as server:
            server.status = status
            async with Post(server.egress) as sender:
                with pytest.raises(Undelivered) as caught:
                    await sender.send(server.url, b"{}", {})
            assert caught.value.lasting is lasting

    asyncio.run(run())
