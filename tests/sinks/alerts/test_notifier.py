"""The notifier as a whole, where there is no broker: what it does by what it knows already."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from sinks.alerts.config import NotifySettings, Receiver, ReceiverKind
from sinks.alerts.notifier import Notifier
from sinks.alerts.outbox import Outbox, Told
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import notice, serving

HEAD = Head("alerts", 0)
NOBODY = "127.0.0.1:9"


def test_a_receiver_that_is_added_is_told_of_what_is_open(tmp_path: Path) -> None:
    old, new = (Receiver(name=name, type=ReceiverKind.WEBHOOK, url="http://hooks.example/") for name in ("old", "new"))
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.take(HEAD, 1, "", [notice(1)], [old])
    outbox.settle(old, [Told("al1", 1, True)])

    async def run() -> None:
        stop = asyncio.Event()
        stop.set()
        await Notifier(NOBODY, "ledger", 1, outbox, NotifySettings(receiver=(old, new))).run(stop)

    asyncio.run(run())
    assert [one.alert_id for one in outbox.due("new", 10)] == ["al1"]
    assert outbox.waiting("old") == 0
    outbox.close()


def test_what_stands_is_told_again_while_there_is_no_broker(tmp_path: Path) -> None:
    """And what is due is not: it may be over."""

    async def run() -> list[str]:
        outbox, stop = Outbox(tmp_path / "outbox.db"), asyncio.Event()
        async with serving() as server, asyncio.timeout(20):
            am = Receiver(name="am", type=ReceiverKind.ALERTMANAGER, url=server.url)
            outbox.take(HEAD, 1, "", [notice(1), notice(2)], [am])
            outbox.settle(am, [Told("al1", 1, True)])
            settings = NotifySettings(receiver=(am,), egress=server.egress)
            notifier = Notifier(NOBODY, "ledger", 1, outbox, settings)
            work = asyncio.create_task(notifier.run(stop))
            while not (server.bodies and notifier.status.problem):
                await asyncio.sleep(0.01)
            stop.set()
            await work
            assert "does not answer" in notifier.status.problem
            assert outbox.waiting("am") == 1
        outbox.close()
        return [one["labels"]["alert_id"] for body in server.bodies for one in json.loads(body)]

    assert asyncio.run(run()) == ["al1"]
