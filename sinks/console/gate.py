"""The gate: who a browser is (session), logging in and out, and forms that prove where they come from."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sinks.console import asked as asking
from sinks.console.asked import Asked
from sinks.console.desk import Desk, Forbidden
from sinks.console.known import EPOCH
from sinks.console.sessions import Session, Sessions
from sinks.console.throttle import Throttle
from sinks.console.users import LOCAL, check_password

_OWN_SITE = ("same-origin", "none")
"""Sec-Fetch-Site of our own pages and of what somebody typed; browsers that send none are judged by the token alone."""


class Gate:
    """Keeps sessions; one of a console."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sessions, self._throttle = Sessions(), Throttle()
        self._cookie = "__Host-baogong" if desk.secure else "baogong"

    def session(self, request: Request, touch: bool = True) -> Session | None:
        """Whose request it is; None: nobody's."""
        return self._sessions.get(request.cookies.get(self._cookie), touch)

    def begin_local(self) -> Session | None:
        """A session without login, where the console has no users."""
        return self._sessions.begin(LOCAL) if self._desk.users is None else None

    def remember(self, response: Response, session: Session) -> None:
        """Let the browser keep the session's name."""
        response.set_cookie(
            self._cookie, session.name, httponly=True, samesite="strict", secure=self._desk.secure, path="/"
        )

    def to_login(self, request: Request) -> Response:
        """What somebody gets who is not logged in."""
        if request.method != "GET" or request.url.path.startswith("/live"):
            return Response("log in first", 401)
        return RedirectResponse("/login", 303)

    async def form(self, request: Request, session: Session) -> Mapping[str, str]:
        """The fields of a form of this session's own pages; raises Forbidden for any other."""
        fields = {name: str(value) for name, value in (await request.form()).items()}
        proven = session.proves(fields.pop("csrf", ""))
        if not proven or request.headers.get("sec-fetch-site", "same-origin") not in _OWN_SITE:
            raise Forbidden("error.403.csrf")
        return fields

    async def login(self, request: Request) -> Response:
        """The login page, and what it sends."""
        users = self._desk.users
        if users is None:
            return RedirectResponse("/", 303)
        if request.method == "GET":
            return self._page(request, 200)
        if request.headers.get("sec-fetch-site", "same-origin") not in _OWN_SITE:
            return self._page(request, 403, "error.403.csrf")
        fields = await request.form()
        name, password = str(fields.get("name", ""))[:128], str(fields.get("password", ""))[:1024]
        keys = (f"name {name}", f"address {self._address(request)}")
        if (wait := self._throttle.wait(*keys)) > 0:
            return self._page(request, 429, "login.wait", seconds=str(int(wait) + 1))
        self._throttle.failed(*keys)  # until it proves right: many tries at one moment are many tries
        user = await run_in_threadpool(check_password, users, name, password)
        if user is None:
            return self._page(request, 401, "login.wrong")
        self._throttle.passed(*keys)
        self._sessions.end(request.cookies.get(self._cookie))
        response = RedirectResponse("/", 303)
        self.remember(response, self._sessions.begin(user))
        return response

    def _address(self, request: Request) -> str:
        """Where somebody comes from. A proxy adds that at the end of a list of which its client wrote the rest."""
        told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() if self._desk.behind_proxy else ""
        return told or (request.client.host if request.client else "")

    async def logout(self, request: Request, session: Session) -> Response:
        """End the session."""
        await self.form(request, session)
        self._sessions.end(session.name)
        response = RedirectResponse("/login" if self._desk.users else "/", 303)
        response.delete_cookie(self._cookie, path="/", secure=self._desk.secure, httponly=True, samesite="strict")
        return response

    def _page(self, request: Request, status: int, key: str = "", **values: str) -> Response:
        query = dict(request.query_params)
        lang = asking.language_of(query, request.cookies.get("lang"), request.headers.get("accept-language", ""))
        known = Asked(LOCAL, EPOCH, lang=lang, path="/login")
        text = self._desk.speaker(known)(key, **values) if key else ""
        return HTMLResponse(self._desk.render("login.html", known, text=text), status)
