"""A console on a loopback port in a thread of this process, with a browser as small as http.client."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import uvicorn

from deploy.local.datadir import free_port
from schemas.alert import AlertMessage
from schemas.errors import BaogongError
from schemas.item import load_catalogue
from schemas.temperature import load_profiles
from sinks.console.app import create_app
from sinks.console.desk import Desk
from sinks.console.store import FRESH, Store
from sinks.console.users import User
from streams.ledger.clock import Clock, RealClock

DEPLOY = Path(__file__).parents[3] / "deploy"


@dataclass
class Kept:
    """Actions kept in a list; `broken`: none is acknowledged."""

    messages: list[AlertMessage] = field(default_factory=list)
    broken: bool = False

    def send(self, *messages: AlertMessage) -> None:
        if self.broken:
            raise BaogongError("Kafka does not answer.")
        self.messages += messages


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    text: str
    data: bytes


@dataclass
class Browser:
    """Keeps cookies, follows no redirects."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Reply:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body, sent["content-type"] = urlencode(form), "application/x-www-form-urlencoded"
        try:
            link.request(method, path, body, sent)
            answer = link.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            data = b"" if answer.getheader("content-type", "").startswith("text/event-stream") else answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, data.decode("utf-8", "replace"), data)
        finally:
            link.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, **headers)

    def first_part(self, path: str) -> str:
        """The first part that a live page sends; empty where it sends none."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            link.request("GET", path, None, {"cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())})
            answer = link.getresponse()
            if answer.status != 200:
                return ""
            while not (line := answer.readline().decode()).startswith("data: "):
                assert line, f"{path} ended without a part"
            return str(json.loads(line.removeprefix("data: ")))
        finally:
            link.close()

    def events(self, path: str, count: int, between: Callable[[], None] = lambda: None) -> dict[str, str]:
        """The first events of a live page by name, of two the later one; `between`: done before the last is read."""
        link, found = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), dict[str, str]()
        try:
            link.request("GET", path, None, {"cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())})
            answer = link.getresponse()
            assert answer.status == 200
            for number in range(count):
                if number == count - 1:
                    between()
                name, data, end = (answer.readline().decode().rstrip("\n") for _ in range(3))
                assert name and not end, f"{path} ended"
                found[name.removeprefix("event: ")] = json.loads(data.removeprefix("data: "))
        finally:
            link.close()
        return found

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/alert?id=al0").text + self.get("/alerts").text)
        return found[1] if found else ""

    def log_in(self, name: str, password: str) -> Reply:
        return self.ask("POST", "/login", {"name": name, "password": password})


def make_desk(
    url: str,
    actions: Kept,
    users: dict[str, User] | None = None,
    fresh: float = FRESH,
    clock: Clock | None = None,
    **more: object,
) -> Desk:
    return Desk(
        store=Store(url, fresh), actions=actions, clock=clock or RealClock(), users=users,
        catalogue=load_catalogue(DEPLOY / "items.toml"), profiles=load_profiles(DEPLOY / "profiles.toml"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


@contextmanager
def serving(desk: Desk) -> Iterator[int]:
    """The port of a running console."""
    port = free_port(None)
    config = uvicorn.Config(create_app(desk), host="127.0.0.1", port=port, log_level="error", lifespan="off",
                            timeout_graceful_shutdown=1, server_header=False)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the console did not start"
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)
        desk.store.close()
