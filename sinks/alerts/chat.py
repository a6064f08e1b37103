"""Chat rooms and mail: which alerts fit one message, where apprise would connect to, and who sends it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from schemas.errors import USAGE, BaogongError
from sinks.alerts.config import Egress, Receiver
from sinks.alerts.egress import Post, Undelivered, check_place, dump, port_of
from sinks.alerts.notice import Notice
from sinks.alerts.words import KINDS, SEVERITIES, sentence

TITLE: Final = "保供 baogong"
LONGEST: Final = 16_000
"""Bytes of a message at most, whatever a plugin says of its service: that says nothing of what it wraps around."""
PACE_SECONDS = 3.1
"""Between two messages to a room of WeCom or DingTalk: a robot may send 20 a minute."""
_WRONG_MESSAGE: Final = frozenset({40058, 45002, 430101, 430102, 430103, 430104, 460101})
"""Codes that speak of the message: WeCom of its form and size, DingTalk of its words and size. Others may pass."""
_NOT_DIALLED: Final = ("service_url", "setup_url", "xsd_default_url")
_ELSEWHERE: Final = ("NotifyMailgun", "NotifySparkPost", "NotifyFluxer", "NotifyMatrix")
"""Plugins that dial other hosts than those that their URL names."""


def chat_line(notice: Notice) -> str:
    """One alert as a line, in both languages."""
    title, words, severity = KINDS[notice.kind], sentence(notice.kind, notice.detail), SEVERITIES[notice.severity]
    state = ("已解除 resolved", "✅") if notice.ended_at else (f"{severity.zh} {severity.en}", "⚠️")
    place = f" [{notice.place}]" if notice.place else ""
    owner = f" → {notice.owner}" if notice.owner and not notice.ended_at else ""
    return f"{state[1]} {state[0]} {title.zh} {title.en}{place}: {words.zh} / {words.en}{owner}"


def fitting(notices: Sequence[Notice], limit: int) -> int:
    """How many of these, from the first, one message of so many bytes (UTF-8) holds whole; one at least."""
    count, size = 0, -1
    for notice in notices:
        size += len(chat_line(notice).encode()) + 1
        if size > limit:
            break
        count += 1
    return max(count, min(len(notices), 1))


def chat_text(notices: Sequence[Notice], limit: int = LONGEST) -> str:
    """A message of so many bytes at most: one line an alert; one that is longer by itself is cut."""
    text = "\n".join(chat_line(notice) for notice in notices)
    whole = text.encode()
    return text if len(whole) <= limit else whole[: max(limit - 3, 0)].decode(errors="ignore") + "…"


class ChatTeller:
    """Chat and mail through apprise (Feishu, mail and many more): an extra, to be installed.

    Rooms of WeCom and DingTalk are posted to by ourselves: they say no in an answer of HTTP 200, at which their plugins
    do not look. What those know of the service (address, key, signature, size) is theirs.
    """

    repeat_seconds: float | None = None

    def __init__(self, receiver: Receiver, post: Post, egress: Egress) -> None:
        self._name, self._post = receiver.name, post
        self._room, self._server = _plugin(receiver)
        for host, port in _places(self._server, receiver.name):
            check_place(host, port, egress)
        self._limit = min(int(self._server.body_maxlen), LONGEST) - len(f"{TITLE}\r\n".encode())
        self._free_at = 0.0

    def fits(self, notices: Sequence[Notice]) -> int:
        """As many as one message holds."""
        return fitting(notices, self._limit)

    async def tell(self, notices: Sequence[Notice]) -> None:
        """One message for all of them; whole or not at all."""
        text = chat_text(notices, self._limit)
        request = _request(self._server, f"{TITLE}\n{text}")
        if request is not None:
            await self._say(*request)
        elif not await self._room.async_notify(title=TITLE, body=text):
            raise Undelivered(f"{self._name} did not take the message", unsure=True)

    async def _say(self, url: str, body: dict[str, Any]) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._free_at - clock()))
        self._free_at = clock() + PACE_SECONDS
        code = _code(await self._post.send(url, dump(body), {}))
        if code is None:
            raise Undelivered(f"{self._name} answers neither yes nor no", unsure=True)
        if code != 0:
            raise Undelivered(f"{self._name} did not take the message (errcode {code})", code in _WRONG_MESSAGE)


def _request(server: Any, content: str) -> tuple[str, dict[str, Any]] | None:
    """Address and body of a message to a room of WeCom or DingTalk; None for all that apprise sends."""
    body = {"msgtype": "text", "text": {"content": content}}
    match server.secure_protocol:
        case "wecombot":
            return server.api_url, body
        case "dingtalk":
            url = server.notify_url.format(token=server.token)
            if server.secret:
                url += "&timestamp={}&sign={}".format(*server.get_signature())
            return url, {**body, "at": {"atMobiles": server.targets, "isAtAll": False}}
    return None


def _code(answer: bytes) -> int | None:
    """What a room said: 0 is yes; None: nothing that can be understood."""
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, TypeError, KeyError):
        return None
    return code if isinstance(code, int) else None


def _plugin(receiver: Receiver) -> tuple[Any, Any]:
    """apprise with the one service that a receiver's url names, and its plugin; follows no redirects."""
    try:
        import apprise
    except ImportError as error:
        raise BaogongError(f"Receiver {receiver.name} needs apprise: install it with 'make chat'.", USAGE) from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs keys that are wrong, and what services answer
    room = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    if not room.add(receiver.url):
        raise BaogongError(f"The url of receiver {receiver.name} is none that apprise knows.", USAGE)
    if len(room) != 1:
        raise BaogongError(f"The url of receiver {receiver.name} names several: write a receiver for each.", USAGE)
    server = room[0]
    server.redirects = False  # a url may ask for them
    return room, server


def _places(server: Any, name: str) -> Iterator[tuple[str, int]]:
    """Every host and port that a plugin may connect to: fixed in it, or named in its URL; raises BaogongError."""
    if type(server).__name__ in _ELSEWHERE or getattr(server, "use_wkd", False):
        raise BaogongError(f"Receiver {name} connects to more than its url names: it is not used.", USAGE)
    if getattr(server, "smtp_host", None):
        yield server.smtp_host, server.port or 0
        return
    fixed = _fixed(type(server))
    named = any("{host}" in template for template in server.templates)
    if not fixed and not (named and server.host):
        raise BaogongError(f"Where receiver {name} connects to can't be told: it is not used.", USAGE)
    for url in fixed:
        parts = urlsplit(url)
        yield parts.hostname or "", port_of(parts)
    if named and server.host:
        yield server.host.strip("[]"), server.port or (443 if server.secure else 80)


def _fixed(plugin: type) -> list[str]:
    """The addresses that are written in a plugin, at whatever class of it."""
    names = [name for name in dir(plugin) if name.endswith("url") and name not in _NOT_DIALLED]
    values = [value for name in names if isinstance(value := getattr(plugin, name), str)]
    return [url for url in values if url.startswith(("http://", "https://")) and "{" not in urlsplit(url).netloc]
