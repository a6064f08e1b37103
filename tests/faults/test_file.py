"""The same file published three times, through the command a warehouse uses, has one effect."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.kafka import EmbeddedKafka
from tests import wire
from tests.faults.harness import audit, pipeline, wait_decided
from tests.faults.test_broker import decisions_by_type

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(240)]


def publish(kafka: str, rejected: Path) -> None:
    file = ["examples/warehouse/stock.csv", "--mapping", "examples/warehouse/stock.toml"]
    command = [sys.executable, "-m", "deploy.cli", "publish", *file, "--kafka", kafka, "--rejected", str(rejected)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False)
    assert done.returncode in (0, 1), done.stderr


def test_three_times_one_file(broker: EmbeddedKafka, tmp_path: Path) -> None:
    with pipeline(broker.address, tmp_path) as crew:
        publish(broker.address, tmp_path)
        wait_decided(broker.address)
        once = decisions_by_type(broker.address)
        assert once["lot_recorded"] > 0
        for _ in range(2):
            publish(broker.address, tmp_path)
        wait_decided(broker.address)
        thrice = decisions_by_type(broker.address)
        lots = sum(len(part) for part in wire.read(broker.address, "stock.events.v1").values()) // 3
        assert thrice.pop("repeat_ignored") == 2 * lots
        assert thrice == once
        audit(broker.address)
        assert set(crew.stop()) == {0}
