"""The notifier as a whole, where there is no broker: what it does by what it knows already."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sinks.alerts.config import NotifySettings, Receiver, ReceiverKind
from sinks.alerts.notifier import Notifier
from sinks.alerts.outbox import Outbox, Told
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import notice

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
