"""What tests of the notifier share: notices, and a web server that writes down what it gets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from yarl import URL

from schemas.alert import AlertKind, AlertSeverity
from sinks.alerts.config import Egress
from sinks.alerts.notice import Notice


def notice(number: int = 1, **more: Any) -> Notice:
    """An open alert about a need."""
    plain: dict[str, Any] = {
        "alert_id": f"al{number}",
        "kind": AlertKind.NEED_OVERDUE,
        "subject": f"r{number}:rice",
        "place": "sh/pd/a1",
        "severity": AlertSeverity.CRITICAL,
        "level": "grid",
        "owner": "grid1",
        "episode": 1,
        "since": "2022-04-01T08:00:00Z",
        "raised_at": "2022-04-01T08:00:01Z",
        "detail": {"item": "rice", "requester_id": "h1", "due_at": "2022-04-01T08:00:00Z"},
    }
    return Notice(**(plain | more))


@dataclass
class Server:
    """Answers as told and keeps what it got."""

    url: str = ""
    host: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    bodies: list[bytes] = field(default_factory=list)
    got: list[dict[str, str]] = field(default_factory=list)
    asked: list[URL] = field(default_factory=list)
    refuses: str = ""
    """Bodies with these words are answered with 400."""

    async def take(self, request: web.Request) -> web.Response:
        """One post."""
        body = await request.read()
        if self.refuses and self.refuses.encode() in body:
            return web.Response(status=400, text="that alert is wrong")
        if self.status < 300:
            self.bodies.append(body)
            self.got.append(dict(request.headers))
            self.asked.append(request.url)
        return web.Response(status=self.status, headers=self.headers, body=self.answer)

    @property
    def egress(self) -> Egress:
        """Settings under which it may be reached."""
        return Egress(allow=(self.host,), private=("127.0.0.1",), timeout_seconds=2, limit_bytes=10_000)


@asynccontextmanager
async def serving(port: int = 0) -> AsyncIterator[Server]:
    """A server on loopback while the context lasts."""
    server = Server()
    app = web.Application()
    app.router.add_post("/{path:.*}", server.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = runner.addresses[0]
    server.host = f"127.0.0.1:{address[1]}"
    server.url = f"http://{server.host}"
    try:
        yield server
    finally:
        await runner.cleanup()
