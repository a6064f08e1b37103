"""Where this process may connect to: an allow-list, checked at the address that is really dialled; no redirects."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from sinks.alerts.config import Egress, place

_PORTS: Final = {"http": 80, "https": 443}
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6 for single hosts (RFC 4291); what lies outside is local, old, or many hosts at once."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""How a network of IPv6 alone reaches IPv4 (RFC 6052)."""
_PHRASES: Final = {one.value: one.phrase for one in HTTPStatus}
_WRONG_MESSAGE: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
"""Only these speak of the message itself; the others of addresses, rights, load, or a proxy whose backend is away."""


class Refused(Exception):
    """A connection that the settings do not allow: nothing was sent, and asking again will not help."""


class Undelivered(Exception):
    """A receiver did not take it: it is tried again later. `lasting`: it says that this very message is wrong.

    `unsure`: it may have taken it for all that, since its answer is missing or is that of a gateway before it.
    """

    def __init__(self, reason: str, lasting: bool = False, unsure: bool = False) -> None:
        super().__init__(reason)
        self.lasting, self.unsure = lasting, unsure


def check_url(url: str, egress: Egress) -> None:
    """Raise Refused where a URL's host and port are not on the list."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise Refused(f"{parts.scheme} is neither http nor https.")
    check_place(parts.hostname or "", port_of(parts), egress)


def port_of(parts: SplitResult) -> int:
    """The port of a URL of http or https, or that of its scheme."""
    return parts.port or _PORTS[parts.scheme]


def check_place(host: str, port: int, egress: Egress) -> None:
    """Raise Refused where a host is not on the list, neither with this port nor without any."""
    if not {place(host), place(host, port)} & set(egress.allow):
        raise Refused(f"{place(host, port)} is not on the list of allowed hosts: add it to [egress] allow.")


def check_address(host: str, port: int, address: str, egress: Egress) -> None:
    """Raise Refused where a name leads to an address inside (private, loopback, link-local) without being listed so."""
    if not _is_public(address) and not {place(host), place(host, port)} & set(egress.private):
        raise Refused(f"{host} leads to {address}, which is not a public address: list it in [egress] private.")


def _is_public(address: str) -> bool:
    """Whether it is one host's address in the public internet; of IPv4 inside IPv6, whether the inner one is."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            return found in _UNICAST and found.is_global
        found = inner
    return found.is_global and not found.is_multicast


class CheckedResolver(AbstractResolver):
    """Looks names up and checks the very addresses that are dialled, so that no second look-up can differ."""

    def __init__(self, egress: Egress) -> None:
        self._egress, self._inner = egress, ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of a host; raises Refused."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            check_address(host, port, one["host"], self._egress)
        return found

    async def close(self) -> None:
        """Nothing to close."""
        await self._inner.close()


class Post:
    """Posts JSON to allowed hosts only. One for all receivers; use it as an async context manager."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(resolver=CheckedResolver(self._egress), use_dns_cache=False, limit=8)
        timeout = aiohttp.ClientTimeout(total=self._egress.timeout_seconds)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Post bytes; gives the beginning of the answer's body. Raises Refused or Undelivered."""
        check_url(url, self._egress)
        parts = urlsplit(url)
        host = parts.hostname or ""
        if _is_address(host):  # no name is looked up for an address, so the resolver never sees it
            check_address(host, port_of(parts), host, self._egress)
        assert self._session is not None, "use it as a context manager"
        sent = {"Content-Type": "application/json", "User-Agent": "baogong", **headers}
        try:
            async with self._session.post(url, data=body, headers=sent, allow_redirects=False) as answer:
                _judge(answer.status)
                return await _beginning(answer, self._egress.limit_bytes)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            refused = _refusal(error)
            if refused is not None:
                raise refused from error
            sent_perhaps = not isinstance(error, aiohttp.ClientConnectorError)
            raise Undelivered(f"{host} does not answer ({type(error).__name__})", unsure=sent_perhaps) from error


def _refusal(error: BaseException | None) -> Refused | None:
    """The refusal that a client library wrapped, if it did."""
    while error is not None:
        if isinstance(error, Refused):
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _beginning(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """What comes of the body, up to a limit. The status said already that it was taken: here nothing can fail."""
    body = b""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        async for chunk in answer.content.iter_chunked(65536):
            body += chunk
            if len(body) >= limit:
                break
    return body[:limit]


def _judge(status: int) -> None:
    """By the status alone: services echo what they were sent, which belongs in no log."""
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Undelivered(f"the answer is a redirect (HTTP {status}), which is not followed")
    words, gateway = f"HTTP {status} {_PHRASES.get(status, '')}".strip(), status in (500, 502, 504)
    raise Undelivered(words, status in _WRONG_MESSAGE, unsure=gateway)


def dump(body: Any) -> bytes:
    """JSON as it is sent and signed."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
