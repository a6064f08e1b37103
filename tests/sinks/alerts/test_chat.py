"""Chat and mail, where apprise is installed: messages that fit, judged by what the room says, sent nowhere else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BaogongError
from sinks.alerts import chat, notifier
from sinks.alerts.chat import ChatTeller, chat_line, chat_text, fitting
from sinks.alerts.config import Egress, Receiver, ReceiverKind
from sinks.alerts.egress import Post, Refused, Undelivered
from sinks.alerts.notice import Notice
from sinks.alerts.notifier import Desk, Status
from sinks.alerts.outbox import Outbox
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import Server, notice, serving

needs_apprise = pytest.mark.skipif(
    importlib.util.find_spec("apprise") is None, reason="apprise is not installed (make chat)"
)
SECRET = "SEC0123456789abcdef"
ROOMS = {
    "wecombot://KEY": ("wecombot", "NotifyWeComBot", "send?key={key}"),
    f"dingtalk://{SECRET}@TOKEN": ("dingtalk", "NotifyDingTalk", "send?access_token={token}"),
    "feishu://TOKEN": ("feishu", "NotifyFeishu", "hook/{token}"),
}
"""URL, module, class, and what the address of a stand-in looks like."""


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses for tests."""
    monkeypatch.setattr(chat, "PACE_SECONDS", 0.0)
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE", "IDLE"):
        monkeypatch.setattr(notifier, pause, 0.01)


def receiver(url: str) -> Receiver:
    return Receiver(name="room", type=ReceiverKind.APPRISE, url=url)


def teller(url: str, *allowed: str) -> ChatTeller:
    egress = Egress(allow=allowed)
    return ChatTeller(receiver(url), Post(egress), egress)


def stand_in(monkeypatch: pytest.MonkeyPatch, server: Server, url: str) -> None:
    """Have the plugin of a room talk to a server of ours."""
    module, name, address = ROOMS[url]
    plugin = getattr(importlib.import_module(f"apprise.plugins.{module}"), name)
    monkeypatch.setattr(plugin, "notify_url", f"{server.url}/{address}")
    monkeypatch.setattr(plugin, "request_rate_per_sec", 0)


def text_of(body: bytes) -> str:
    said = json.loads(body)
    return str(said["text"]["content"] if "text" in said else said["content"]["text"])


def test_a_message_has_both_languages_and_whose_it_is() -> None:
    text = chat_text([notice(1), notice(2, ended_at="2022-04-01T09:00:00Z")])
    first, second = text.splitlines()
    assert "需求超时未满足 need overdue [sh/pd/a1]" in first
    assert first.endswith("→ grid1")
    assert "已解除 resolved" in second


def in_messages(notices: list[Notice], limit: int) -> list[str]:
    said = []
    while notices:
        count = fitting(notices, limit)
        assert count > 0
        said.append(chat_text(notices[:count], limit))
        notices = notices[count:]
    return said


@pytest.mark.parametrize("limit", [250, 2048, 16_000])
def test_messages_hold_whole_alerts_as_many_as_fit_counted_in_bytes(limit: int) -> None:
    alerts = [notice(number, owner=f"grid{number}") for number in range(100)]
    said = in_messages(alerts, limit)
    assert "\n".join(said) == chat_text(alerts, 10**6)
    sizes = [len(text.encode()) for text in said]
    one = len(chat_line(alerts[-1]).encode()) + 1
    assert max(sizes) <= limit
    assert all(size + one > limit for size in sizes[:-1])  # one more would not have fitted


def test_only_an_alert_that_alone_is_too_long_is_cut() -> None:
    alerts = [notice(1), notice(2, owner="长" * 400), notice(3)]
    said = in_messages(alerts, 1000)
    assert [len(text.splitlines()) for text in said] == [1, 1, 1]
    assert said[1].endswith("长…")
    assert 996 < len(said[1].encode()) <= 1000
    assert said[::2] == [chat_line(alerts[0]), chat_line(alerts[2])]
    assert fitting([], 1000) == 0


@needs_apprise
@pytest.mark.filterwarnings("default")
def test_a_room_is_told_and_one_that_does_not_answer_is_tried_again() -> None:
    async def run() -> None:
        async with serving() as server:
            room = teller(f"json://{server.host}/room", server.host)
            await room.tell([notice(1)])
            assert "need overdue" in json.loads(server.bodies[0])["message"]
            server.status = 503
            with pytest.raises(Undelivered):
                await room.tell([notice(1)])

    asyncio.run(run())


async def said_to(server: Server, url: str, answer: object) -> None:
    server.answer = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    async with Post(server.egress) as post:
        await ChatTeller(receiver(url), post, server.egress).tell([notice(1)])


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("url", ROOMS)
def test_a_room_that_says_yes_was_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    async def run() -> None:
        async with serving() as server:
            stand_in(monkeypatch, server, url)
            await said_to(server, url, {"errcode": 0, "code": 0, "errmsg": "ok"})
            (body,) = server.bodies
            assert text_of(body).split() == f"{chat.TITLE}\n{chat_line(notice(1))}".split()

    asyncio.run(run())


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("url", ROOMS)
@pytest.mark.parametrize(
    ("answer", "lasting"),
    [
        ({"errcode": 45009, "code": 9499, "errmsg": "Wang is ill", "msg": "Wang is ill"}, False),
        ({"errcode": 310000, "code": 19024, "errmsg": "Wang is ill", "msg": "Wang is ill"}, False),
        ({"errcode": 40058, "code": 9499, "errmsg": "Wang is ill", "msg": "Wang is ill"}, True),
    ],
)
def test_a_refusal_in_an_answer_of_http_200_is_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str, answer: dict[str, Any], lasting: bool
) -> None:
    async def run() -> None:
        async with serving() as server:
            stand_in(monkeypatch, server, url)
            with pytest.raises(Undelivered) as caught:
                await said_to(server, url, answer)
            assert caught.value.lasting == (lasting and not url.startswith("feishu"))
            assert "Wang" not in f"{caught.value} {caplog.text}"

    asyncio.run(run())


@needs_apprise
@pytest.mark.filterwarnings("default")
def test_a_url_that_is_none_puts_no_key_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BaogongError, match="receiver room") as caught:
        teller("wecombot://se$cret", "qyapi.weixin.qq.com")
    assert "cret" not in f"{caught.value} {caplog.text}"


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("url", [url for url in ROOMS if not url.startswith("feishu")])
@pytest.mark.parametrize("answer", [b"<html>welcome</html>", b"", b"[]", {"errmsg": "ok"}, {"errcode": "0"}])
def test_what_is_no_answer_of_a_room_is_no_yes(monkeypatch: pytest.MonkeyPatch, url: str, answer: object) -> None:
    """Such as the page of a proxy."""

    async def run() -> None:
        async with serving() as server:
            stand_in(monkeypatch, server, url)
            with pytest.raises(Undelivered, match="neither yes nor no"):
                await said_to(server, url, answer)

    asyncio.run(run())


@needs_apprise
@pytest.mark.filterwarnings("default")
def test_a_message_to_dingtalk_is_signed_and_names_whom_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with serving() as server:
            (url,) = (url for url in ROOMS if url.startswith("dingtalk"))
            stand_in(monkeypatch, server, url)
            await said_to(server, f"{url}/13800138000", {"errcode": 0})
            query = server.asked[0].query
            due = hmac.new(SECRET.encode(), f"{query['timestamp']}\n{SECRET}".encode(), hashlib.sha256).digest()
            assert (query["access_token"], query["sign"]) == ("TOKEN", base64.b64encode(due).decode())
            assert json.loads(server.bodies[0])["at"] == {"atMobiles": ["13800138000"], "isAtAll": False}

    asyncio.run(run())


@needs_apprise
@pytest.mark.filterwarnings("default")
def test_a_room_with_a_small_limit_gets_each_alert_once_in_messages_that_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where the room says in between that this is too fast."""

    async def run() -> list[bytes]:
        outbox, status = Outbox(tmp_path / "outbox.db"), Status()
        alerts = [notice(number, owner=f"grid{number}.") for number in range(100)]
        known = asyncio.Event()
        known.set()
        named = receiver("wecombot://KEY")
        outbox.take(Head("alerts", 0), 1, "", alerts, [named])
        async with serving() as server, Post(server.egress) as post:
            stand_in(monkeypatch, server, "wecombot://KEY")
            server.answer = b'{"errcode":0}'
            work = asyncio.create_task(
                Desk(named, ChatTeller(named, post, server.egress), outbox, status).run(known),
            )
            async with asyncio.timeout(20):
                while status.told < 40:
                    await asyncio.sleep(0.001)
                server.answer = b'{"errcode":45009}'
                while not status.problem:
                    await asyncio.sleep(0.001)
                taken = list(server.bodies[: _told_in(server.bodies, status.told)])
                server.bodies.clear()
                server.answer = b'{"errcode":0}'
                while status.told < 100:
                    await asyncio.sleep(0.001)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            bodies = taken + server.bodies
        outbox.close()
        assert status.waiting == 0
        return bodies

    said = [text_of(body) for body in asyncio.run(run())]
    assert max(len(text.encode()) for text in said) <= 2048
    assert len(said) > 10
    for number in range(100):
        assert sum(text.count(f"→ grid{number}.") for text in said) == 1


def _told_in(bodies: list[bytes], alerts: int) -> int:
    """How many messages hold so many alerts."""
    for count in range(len(bodies) + 1):
        if sum(text_of(body).count("→") for body in bodies[:count]) >= alerts:
            return count
    raise AssertionError("fewer were sent than told")


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("more", ["", "?redirect=yes"])
def test_a_redirect_is_not_followed(more: str) -> None:
    async def run() -> None:
        async with serving() as target, serving() as server:
            server.status, server.headers = 307, {"Location": target.url}
            room = teller(f"json://{server.host}/{more}", server.host)
            with pytest.raises(Undelivered):
                await room.tell([notice(1)])
            assert target.bodies == []

    asyncio.run(run())


HOOKS = "hooks.example"


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("wecombot://KEY", HOOKS),
        ("dingtalk://TOKEN", HOOKS),
        ("feishu://TOKEN", HOOKS),
        ("json://other.example/", HOOKS),
        ("json://hooks.example:81/", "hooks.example:80"),
        ("mailto://u:p@mail.example?smtp=10.0.0.5", "mail.example"),
        ("mailtos://u:p@gmail.com", "gmail.com"),
        ("mailto://u:p@mail.example?smtp=mail.example&wkd=yes", "mail.example"),
        ("notica://hooks.example/TOKEN", "notica.us"),
        ("mailgun://u@hooks.example/0123456789abcdef0123456789abcdef-01234567-01234567", HOOKS),
        ("json://hooks.example/, json://hooks.example/other", HOOKS),
        ("pagerduty://KEY@TOKEN", "token"),
        ("syslog://", ""),
    ],
)
def test_a_host_that_is_not_listed_is_refused(url: str, allowed: str) -> None:
    with pytest.raises((Refused, BaogongError)):
        teller(url, *filter(None, [allowed]))


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("wecombot://KEY", "qyapi.weixin.qq.com"),
        ("dingtalk://TOKEN", "oapi.dingtalk.com"),
        ("feishu://TOKEN", "open.feishu.cn"),
        ("json://hooks.example:81/", "hooks.example:81"),
        ("jsons://[2001:db8::1]:81/", "[2001:db8::1]:81"),
        ("mailto://u:p@mail.example?smtp=10.0.0.5", "10.0.0.5"),
        ("mailtos://u:p@gmail.com", "smtp.gmail.com:587"),
        ("mailtos://u:p@mail.example:465", "mail.example:465"),
    ],
)
def test_the_rooms_of_the_field_can_be_listed(url: str, host: str) -> None:
    teller(url, host)
