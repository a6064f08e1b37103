"""/livez, /readyz and /metrics on loopback, for any process that says how it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

LOOPBACK: Final = "127.0.0.1"
Metrics = Callable[[], Iterable[Metric]]
Check = Callable[[], str | None]
"""Says in one sentence what is wrong, or None."""


class Vitals(Protocol):
    """What a process offers to its health server."""

    def alive(self) -> str | None:
        """Why the process should be restarted; None: it lives."""
        ...

    def ready(self) -> str | None:
        """Why it does not do its work right now; None: it does."""
        ...

    def metrics(self) -> Iterable[Metric]:
        """Its figures of this moment."""
        ...


class _Collector(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics()


class HealthServer:
    """Serves the vitals of one process; `port` 0 takes a free one."""

    def __init__(self, vitals: Vitals, port: int = 0) -> None:
        self._vitals, self._port = vitals, port
        self._registry = CollectorRegistry()
        self._registry.register(_Collector(vitals.metrics))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """http://127.0.0.1:PORT."""
        return f"http://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Listen on loopback."""
        app = web.Application()
        app.add_routes(
            [web.get("/livez", self._live), web.get("/readyz", self._ready), web.get("/metrics", self._figures)]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return _verdict(self._vitals.alive())

    async def _ready(self, _: web.Request) -> web.Response:
        return _verdict(self._vitals.ready())

    async def _figures(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _verdict(wrong: str | None) -> web.Response:
    return web.Response(text="ok\n") if wrong is None else web.Response(text=wrong + "\n", status=503)


def counter(name: str, text: str, labels: list[str], values: dict[tuple[str, ...], float]) -> Metric:
    """A counter family with its values by label."""
    family = CounterMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def gauge(name: str, text: str, labels: list[str], values: dict[tuple[str, ...], float]) -> Metric:
    """A gauge family with its values by label."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
