"""Connections go where the settings allow, and nowhere else."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

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


INNER = [
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "255.255.255.255"),
    *("224.0.0.1", "239.1.2.3", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1"),
    *("::ffff:10.0.0.1", "::127.0.0.1", "::8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "2002:7f00:1::"),
    "::ffff:0:10.0.0.1",
]
OUTER = ["8.8.8.8", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_refused_unless_its_host_is_listed(address: str) -> None:
    with pytest.raises(Refused):
        check_address("hooks.example", 80, address, Egress(allow=("hooks.example",)))
    check_address("hooks.example", 80, address, Egress(private=("hooks.example",)))


@pytest.mark.parametrize("address", OUTER)
def test_a_public_address_is_none_to_refuse(address: str) -> None:
    check_address("hooks.example", 80, address, Egress(allow=("hooks.example",)))


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("hooks.example", "http://hooks.example:81/"),
        ("Hooks.Example:81", "http://hooks.example:81/"),
        ("10.0.0.5:9093", "http://10.0.0.5:9093/"),
        ("[2001:db8::1]:9093", "http://[2001:db8::1]:9093/"),
        ("[2001:db8::1]", "http://[2001:DB8:0::1]:9093/"),
        ("2001:DB8::0:1", "http://[2001:db8::1]/"),
    ],
)
def test_both_lists_take_a_host_with_and_without_its_port(listed: str, url: str) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    check_url(url, Egress(allow=(listed,)))
    check_address(host, port, "10.0.0.1", Egress(private=(listed,)))
    if listed.endswith(f":{port}"):
        with pytest.raises(Refused):
            check_url(url.replace(f":{port}", ":1"), Egress(allow=(listed,)))
        with pytest.raises(Refused):
            check_address(host, 1, "10.0.0.1", Egress(private=(listed,)))


def test_a_host_that_is_listed_as_private_with_its_port_is_reached() -> None:
    async def run() -> None:
        async with serving() as server:
            port = server.host.rpartition(":")[2]
            for host in (server.host, f"localhost:{port}"):
                async with Post(Egress(allow=(host,), private=(host,))) as sender:
                    await sender.send(f"http://{host}/", b"{}", {})
            assert len(server.bodies) == 2

    asyncio.run(run())


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


@pytest.mark.parametrize("length", [20_000, 3_000_000])
def test_what_was_taken_is_told_however_long_the_answer_is(length: int) -> None:
    """It would be posted again and again otherwise; no more than the limit is read."""

    async def run() -> bytes:
        async with serving() as server:
            server.answer = b"x" * length
            async with Post(server.egress) as sender:
                return await sender.send(server.url, b"{}", {})

    assert asyncio.run(run()) == b"x" * 10_000


def test_what_was_taken_is_told_although_the_answer_breaks_off() -> None:
    """The status is the answer; a proxy that never ends the body changes nothing in that."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async def run() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Post(Egress(allow=(host,), private=("127.0.0.1",))) as sender:
            return await sender.send(f"http://{host}/", b"{}", {})

    assert b"half".startswith(asyncio.run(run()))


def test_an_answer_that_says_no_is_judged_by_its_status_however_long_it_is() -> None:
    async def run() -> None:
        async with serving() as server:
            server.status, server.answer = 422, b"x" * 20_000
            async with Post(server.egress) as sender:
                with pytest.raises(Undelivered, match="422") as caught:
                    await sender.send(server.url, b"{}", {})
        assert caught.value.lasting

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "words"), [(422, "HTTP 422 Unprocessable"), (503, "HTTP 503 Service"), (599, "599")]
)
def test_nothing_of_the_answers_text_is_repeated(status: int, words: str) -> None:
    """Services echo what they got: a household's pseudonym and an officer's comment belong in no log."""

    async def run() -> str:
        async with serving() as server:
            server.status, server.answer = status, b"comment: grandma Wang is ill, h1"
            async with Post(server.egress) as sender:
                with pytest.raises(Undelivered) as caught:
                    await sender.send(server.url, b"{}", {})
            return str(caught.value)

    said = asyncio.run(run())
    assert words in said
    assert "Wang" not in said


WRONG_MESSAGE, LATER = (400, 413, 422), (401, 403, 404, 405, 408, 409, 410, 421, 425, 429, 431, 451, 500, 503)


@pytest.mark.parametrize(
    ("status", "lasting"), [*((one, True) for one in WRONG_MESSAGE), *((one, False) for one in LATER)]
)
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
