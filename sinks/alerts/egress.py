"""Where this process may connect to: an allow-list, checked at the address that is really dialled; no redirects."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from sinks.alerts.config import Egress

_PORTS: Final = {"http": 80, "https": 443}


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
    host = (parts.hostname or "").lower()
    port = parts.port or _PORTS.get(parts.scheme, 0)
    if parts.scheme not in _PORTS or not ({host, f"{host}:{port}"} & set(egress.allow)):
        raise Refused(f"{host}:{port} is not on the list of allowed hosts: add it to [egress] allow.")


def check_address(host: str, address: str, egress: Egress) -> None:
    """Raise Refused where a name leads to an address inside (private, loopback, link-local) without being listed so."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    if not found.is_global and host.lower() not in egress.private:
        raise Refused(f"{host} leads to {address}, which is not a public address: list it in [egress] private.")


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
            check_address(host, one["host"], self._egress)
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
        """Post bytes; gives the answer's body. Raises Refused or Undelivered."""
        check_url(url, self._egress)
        host = urlsplit(url).hostname or ""
        if _is_address(host):  # no name is looked up for an address, so the resolver never sees it
            check_address(host, host, self._egress)
        assert self._session is not None, "use it as a context manager"
        sent = {"Content-Type": "application/json", "User-Agent": "baogong", **headers}
        try:
            async with self._session.post(url, data=body, headers=sent, allow_redirects=False) as answer:
                text = await _limited(answer, self._egress.limit_bytes)
                _judge(answer.status, text)
                return text
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


async def _limited(answer: Any, limit: int) -> bytes:
    body = b""
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > limit:
            raise Undelivered(f"the answer is longer than {limit} bytes")
    return body


def _judge(status: int, text: bytes) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Undelivered(f"the answer is a redirect (HTTP {status}), which is not followed")
    words = " ".join(text[:200].decode("utf-8", "replace").split())
    lasting = 400 <= status < 500 and status not in (401, 403, 404, 408, 425, 429)
    raise Undelivered(f"HTTP {status}: {words}", lasting, unsure=status in (500, 502, 504))


def dump(body: Any) -> bytes:
    """JSON as it is sent and signed."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
