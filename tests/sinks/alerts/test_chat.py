"""Chat and mail through apprise, where it is installed; it connects by itself, so its hosts are checked before."""

from __future__ import annotations

import asyncio
import importlib.util
import json

import pytest

from schemas.errors import BaogongError
from sinks.alerts.config import Egress, Receiver, ReceiverKind
from sinks.alerts.egress import Refused, Undelivered
from sinks.alerts.receivers import ChatTeller, chat_text
from tests.sinks.alerts.kit import notice, serving

needs_apprise = pytest.mark.skipif(
    importlib.util.find_spec("apprise") is None, reason="apprise is not installed (make chat)"
)


def receiver(url: str) -> Receiver:
    return Receiver(name="room", type=ReceiverKind.APPRISE, url=url)


def test_a_message_has_both_languages_and_whose_it_is() -> None:
    text = chat_text([notice(1), notice(2, ended_at="2022-04-01T09:00:00Z")])
    first, second = text.splitlines()
    assert "需求超时未满足 need overdue [sh/pd/a1]" in first
    assert first.endswith("→ grid1")
    assert "已解除 resolved" in second


@needs_apprise
@pytest.mark.filterwarnings("default")
def test_a_room_is_told_and_one_that_does_not_answer_is_tried_again() -> None:
    async def run() -> None:
        async with serving() as server:
            teller = ChatTeller(receiver(f"json://{server.host}/room"), Egress(allow=(server.host,)))
            await teller.tell([notice(1)])
            assert "need overdue" in json.loads(server.bodies[0])["message"]
            server.status = 503
            with pytest.raises(Undelivered):
                await teller.tell([notice(1)])

    asyncio.run(run())


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("url", ["wecombot://KEY", "dingtalk://TOKEN", "feishu://TOKEN", "json://other.example/"])
def test_a_host_that_is_not_listed_is_refused(url: str) -> None:
    with pytest.raises((Refused, BaogongError)):
        ChatTeller(receiver(url), Egress(allow=("hooks.example",)))


@needs_apprise
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("wecombot://KEY", "qyapi.weixin.qq.com"),
        ("dingtalk://TOKEN", "oapi.dingtalk.com"),
        ("feishu://TOKEN", "open.feishu.cn"),
    ],
)
def test_the_rooms_of_the_field_can_be_listed(url: str, host: str) -> None:
    ChatTeller(receiver(url), Egress(allow=(host,)))
