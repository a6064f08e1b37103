"""The console as an ASGI application: routes, who may use them, forms that prove where they come from, live parts."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from schemas.errors import BaogongError
from sinks.console import asked as asking
from sinks.console.asked import Asked, BadRequest, NotKnownYet
from sinks.console.desk import Desk, Forbidden, Missing
from sinks.console.gate import Gate
from sinks.console.known import EPOCH
from sinks.console.pages import alerts, audit, coldchain, needs, now, report, stock
from sinks.console.sessions import Session
from sinks.console.shield import Shield
from sinks.console.users import User

PULSE: Final = 1.0
"""Seconds between two looks of a live page."""
QUIET: Final = 15.0
"""Seconds after which a live page hears that the connection is alive."""
MOST_LIVE: Final = 200
Page = Callable[..., str]
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Place:
    """One page. `may`: which users; `live`: it moves by itself."""

    path: str
    page: Page
    may: Callable[[User], bool]
    live: bool = False


def _anybody(_user: User) -> bool:
    return True


def _households(user: User) -> bool:
    return user.may_see_households


def _auditing(user: User) -> bool:
    return user.may_audit


def _acting(user: User) -> bool:
    return user.may_act


PLACES: Final = (
    Place("/", now.now, _anybody, live=True),
    Place("/needs", needs.needs, _households, live=True),
    Place("/need", needs.need, _households),
    Place("/household", needs.household, _households),
    Place("/stock", stock.stock, _anybody),
    Place("/lot", stock.lot, _anybody),
    Place("/coldchain", coldchain.coldchain, _anybody),
    Place("/consignment", coldchain.consignment, _anybody),
    Place("/alerts", alerts.alerts, _anybody, live=True),
    Place("/alert", alerts.alert, _anybody),
    Place("/audit", audit.audit, _auditing),
    Place("/record", audit.record, _auditing),
    Place("/report", report.report, _anybody),
)
DOWNLOADS: Final = {
    "/report.md": (report.as_markdown, "text/markdown"),
    "/report.csv": (report.as_csv, "text/csv"),
}
ACTIONS: Final = {
    "/alert/acknowledge": alerts.acknowledge,
    "/alert/silence": alerts.silence,
    "/alerts/unsilence": alerts.unsilence,
}


def create_app(desk: Desk, hosts: Iterable[str] = ("127.0.0.1", "localhost", "::1")) -> Starlette:
    """The application; `hosts` are the names by which it may be called."""
    return _Console(desk).app(hosts)


def collect_seldom() -> None:
    """For a process that is a console: full collections of garbage, a pause of 50 ms each, come seldom.

    What it keeps between requests, reports above all, is large and has no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class _Console:
    """Requests become what is asked, by whom; answers become responses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._gate = Gate(desk)
        self._live = 0

    def app(self, hosts: Iterable[str]) -> Starlette:
        routes: list[Route | Mount] = [
            Mount("/static", StaticFiles(packages=[("sinks.console", "static")])),
            Route("/static-report.css", self._report_css),
            Route("/livez", self._alive),
            Route("/readyz", self._ready),
            Route("/healthz", self._ready),
            Route("/login", self._gate.login, methods=["GET", "POST"]),
            Route("/logout", self._guarded(self._gate.logout), methods=["POST"]),
        ]
        for place in PLACES:
            routes.append(Route(place.path, self._guarded(self._page(place))))
            if place.live:
                routes.append(Route(f"/live{place.path}", self._guarded(self._stream(place))))
        routes += [Route(path, self._guarded(self._download(path))) for path in DOWNLOADS]
        routes += [Route(path, self._guarded(self._action(path)), methods=["POST"]) for path in ACTIONS]
        return Starlette(
            routes=routes, middleware=[Middleware(Shield, hosts=list(hosts), secure=self._desk.secure)],
            exception_handlers={404: self._not_found}, lifespan=self._lifespan,
        )  # fmt: skip

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        with self._desk.reports.ahead():
            yield

    # -- who asks what

    async def _asked(self, request: Request, session: Session) -> Asked:
        query = dict(request.query_params)
        lang = asking.language_of(query, request.cookies.get("lang"), request.headers.get("accept-language", ""))
        at, still = asking.time_of(query, asking.SHANGHAI), None
        past = at is not None
        if at is None:
            known = await run_in_threadpool(self._desk.known)
            at, still = known.at, known if self._desk.watch.stands_still(known) else None
        else:
            await run_in_threadpool(self._desk.insist_known, at)
        return Asked(
            user=session.user,
            as_of=at,
            past=past,
            still=still,
            place=asking.place_of(query),
            lang=lang,
            query=query,
            csrf=session.csrf,
            path=request.url.path.removeprefix("/live") or "/",
        )

    def _guarded(self, inner: Callable[[Request, Session], Awaitable[Response]]) -> Handler:
        """Only with a session; what goes wrong becomes a page that says so."""

        async def handler(request: Request) -> Response:
            session, fresh = self._gate.session(request), False
            if session is None:
                session, fresh = self._gate.begin_local(), True
            if session is None:
                return self._gate.to_login(request)
            try:
                response = await inner(request, session)
            except NotKnownYet as error:
                key = "error.400.at" if error.until > EPOCH else "error.400.nothing"
                response = self._error(request, session, 400, key, until=error.until)
            except BadRequest as error:
                response = self._error(request, session, 400, "error.400", part=str(error))
            except Missing:
                response = self._error(request, session, 404, "error.404")
            except Forbidden as error:
                response = self._error(request, session, 403, str(error) or "error.403")
            except BaogongError as error:
                response = self._error(request, session, 503, "error.503", reason=str(error))
            if fresh:
                self._gate.remember(response, session)
            if (lang := request.query_params.get("lang")) in asking.LANGUAGES:
                response.set_cookie("lang", str(lang), max_age=31536000, samesite="lax", secure=self._desk.secure)
            return response

        return handler

    def _error(self, request: Request, session: Session, status: int, key: str, **values: str | datetime) -> Response:
        query = dict(request.query_params)
        lang = asking.language_of(query, request.cookies.get("lang"), request.headers.get("accept-language", ""))
        known = Asked(session.user, EPOCH, lang=lang, csrf=session.csrf, path="/")
        say = self._desk.speaker(known)
        told = {name: say.time(value, True) if isinstance(value, datetime) else value for name, value in values.items()}
        if "part" in told:
            told["part"] = say.part(told["part"])
        text = say(key, **told)
        return HTMLResponse(self._desk.render("error.html", known, text=text, status=status), status)

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        return Response("not found", 404)

    # -- routes

    def _page(self, place: Place) -> Callable[[Request, Session], Awaitable[Response]]:
        async def page(request: Request, session: Session) -> Response:
            if not place.may(session.user):
                raise Forbidden
            asked = await self._asked(request, session)
            return HTMLResponse(await run_in_threadpool(place.page, self._desk, asked))

        return page

    def _download(self, path: str) -> Callable[[Request, Session], Awaitable[Response]]:
        make, kind = DOWNLOADS[path]

        async def download(request: Request, session: Session) -> Response:
            asked = await self._asked(request, session)
            text = await run_in_threadpool(make, self._desk, asked)
            name = f"baogong-{asked.as_of.astimezone(asked.zone):%Y%m%d-%H%M}{path.removeprefix('/report')}"
            data = text.encode("utf-8-sig" if path.endswith(".csv") else "utf-8")
            return Response(data, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type=kind)

        return download

    def _action(self, path: str) -> Callable[[Request, Session], Awaitable[Response]]:
        act = ACTIONS[path]

        async def action(request: Request, session: Session) -> Response:
            fields = await self._gate.form(request, session)
            if not _acting(session.user):
                raise Forbidden
            asked = await self._asked(request, session)
            if asked.past:
                raise BadRequest("at")
            done = await run_in_threadpool(act, self._desk, asked, fields)
            back = "/alerts" if path == "/alerts/unsilence" else "/alert"
            link = f"{back}?{request.url.query}" if request.url.query else f"{back}?"
            return RedirectResponse(f"{link}&done={done}", 303)

        return action

    def _stream(self, place: Place) -> Callable[[Request, Session], Awaitable[Response]]:
        async def stream(request: Request, session: Session) -> Response:
            if not place.may(session.user):
                raise Forbidden
            past = asking.time_of(request.query_params, asking.SHANGHAI) is not None
            if past or self._live >= MOST_LIVE:
                return Response(status_code=204)  # tells the browser not to come again
            with suppress(BaogongError):  # what is away may come back; what is no question never becomes one
                await run_in_threadpool(place.page, self._desk, await self._asked(request, session), True)
            return StreamingResponse(self._events(place, request), media_type="text/event-stream")

        return stream

    async def _events(self, place: Place, request: Request) -> AsyncIterator[str]:
        """What has changed of a page, as long as the session lasts and somebody listens; at times, that nothing has."""
        before, silent, self._live = dict[str, str](), 0.0, self._live + 1
        try:
            while (session := self._gate.session(request, touch=False)) is not None:
                if await request.is_disconnected():
                    return
                found = await self._moving(place, request, session)
                news = {name: html for name, html in found.items() if before.get(name) != html}
                if not news and silent >= QUIET:
                    news = {"alive": ""} if "part" in found else found
                if news:
                    silent = 0.0
                    yield "".join(f"event: {name}\ndata: {json.dumps(html)}\n\n" for name, html in news.items())
                before, silent = found, silent + PULSE
                await asyncio.sleep(PULSE)
        except BadRequest:
            return  # the page itself was never shown
        finally:
            self._live -= 1

    async def _moving(self, place: Place, request: Request, session: Session) -> dict[str, str]:
        """Events by name: a page's moving part and the time of its figures, or that they can't be read."""
        try:
            asked = await self._asked(request, session)
            html = await run_in_threadpool(place.page, self._desk, asked, True)
        except BaogongError:
            return {"away": ""}
        return {"part": html, "figures": self._desk.render("figures.html", asked)}

    async def _report_css(self, _request: Request) -> Response:
        return Response(report.css(), media_type="text/css")

    async def _alive(self, _request: Request) -> Response:
        """It answers at all."""
        return Response("ok")

    async def _ready(self, _request: Request) -> Response:
        """ClickHouse answers too; without figures, since nobody has logged in."""
        try:
            await run_in_threadpool(self._desk.now)
        except BaogongError:
            return Response("ClickHouse does not answer", 503)
        return Response("ok")
