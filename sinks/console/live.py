"""What moves on a page, as server-sent events: its part anew when it has changed, and that the connection is alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schemas.errors import BaogongError
from sinks.console import asked as asking
from sinks.console.asked import Asked
from sinks.console.desk import Desk
from sinks.console.gate import Gate
from sinks.console.sessions import Session

PULSE: Final = 1.0
"""Seconds between two looks of a live page."""
QUIET: Final = 15.0
"""Seconds after which a live page hears that the connection is alive."""
MOST: Final = 200
"""Pages that move at a time."""
Page = Callable[..., str]


class Live:
    """Streams of pages; `asked` makes of a request what is asked, by whom, as of which time."""

    def __init__(self, desk: Desk, gate: Gate, asked: Callable[[Request, Session], Awaitable[Asked]]) -> None:
        self._desk, self._gate, self._asked = desk, gate, asked
        self._open = 0

    async def open(self, page: Page, request: Request, session: Session) -> Response:
        """The stream of a page; of a past time nothing moves. Raises BadRequest where the page would."""
        past = asking.time_of(request.query_params, asking.SHANGHAI) is not None
        if past or self._open >= MOST:
            return Response(status_code=204)  # tells the browser not to come again
        found = await self._moving(page, request, session)  # what is no question never becomes one: no stream for it
        return StreamingResponse(self._events(page, request, found), media_type="text/event-stream")

    async def _events(self, page: Page, request: Request, found: dict[str, str]) -> AsyncIterator[str]:
        """What has changed, as long as the session lasts and somebody listens; at times, that nothing has."""
        before, silent, self._open = dict[str, str](), 0.0, self._open + 1
        try:
            while True:
                news = {name: html for name, html in found.items() if before.get(name) != html}
                if not news and silent >= QUIET:
                    news = {"alive": ""} if "part" in found else found
                if news:
                    silent = 0.0
                    yield "".join(f"event: {name}\ndata: {json.dumps(html)}\n\n" for name, html in news.items())
                before, silent = found, silent + PULSE
                await asyncio.sleep(PULSE)
                session = self._gate.session(request, touch=False)
                if session is None or await request.is_disconnected():
                    return
                found = await self._moving(page, request, session)
        finally:
            self._open -= 1

    async def _moving(self, page: Page, request: Request, session: Session) -> dict[str, str]:
        """Events by name: a page's moving part and the time of its figures, or that they can't be read."""
        try:
            asked = await self._asked(request, session)
            html = await run_in_threadpool(page, self._desk, asked, True)
        except BaogongError:
            return {"away": ""}
        return {"part": html, "figures": self._desk.render("figures.html", asked)}
