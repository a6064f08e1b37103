"""`baogong notify` where no broker answers."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from deploy import cli
from sinks.alerts.config import Receiver, ReceiverKind
from sinks.alerts.outbox import Outbox, Told
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import Server, notice, serving

NOBODY = "127.0.0.1:9"


def arguments(folder: Path, server: Server) -> list[str]:
    receivers = folder / "receivers.toml"
    receivers.write_text(
        f'[egress]\nallow = ["{server.host}"]\nprivate = ["127.0.0.1"]\n'
        f'[[receiver]]\nname = "am"\ntype = "alertmanager"\nurl = "{server.url}"\n'
    )
    return ["notify", "--receivers", str(receivers), "--kafka", NOBODY, "--data", str(folder / "data")]


def test_a_first_start_without_a_broker_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["baogong", *arguments(tmp_path, Server("http://127.0.0.1:9", NOBODY))])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 1
    assert "No Kafka broker answers" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_one_that_knows_of_alerts_tells_them_again_while_it_waits_for_the_broker(tmp_path: Path) -> None:
    async def run() -> list[str]:
        async with serving() as server, asyncio.timeout(60):
            receiver = Receiver(name="am", type=ReceiverKind.ALERTMANAGER, url=server.url)
            outbox = Outbox(tmp_path / "data" / "alerts" / "outbox.sqlite")
            outbox.take(Head("alerts", 0), 1, "", [notice(1)], [receiver])
            outbox.settle(receiver, [Told("al1", 1, True)])
            outbox.close()
            command = [sys.executable, "-m", "deploy.cli", *arguments(tmp_path, server)]
            process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
            try:
                while not server.bodies and process.returncode is None:
                    await asyncio.sleep(0.05)
            finally:
                if process.returncode is None:
                    process.terminate()
                code = await process.wait()
            assert code == 0
        return [one["labels"]["alert_id"] for body in server.bodies for one in json.loads(body)]

    assert asyncio.run(run()) == ["al1"]
