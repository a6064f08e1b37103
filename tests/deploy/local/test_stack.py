"""`baogong up` as its user meets it: everything runs, what is killed comes back, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(240)]

HEALTH = (
    "worker-supply_health",
    "worker-coldchain_health",
    "worker-alerts_health",
    "worker-transfers_health",
    "relay_health",
    "sink_health",
)


def until(check, seconds: float = 60.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


class Up:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.out = data.parent / "up.log"
        with self.out.open("ab") as out:
            command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data)]
            self.process = subprocess.Popen(command, stdout=out, stderr=out)

    def addresses(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads((self.data / "addresses.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    stack = Up(tmp_path / "data")
    try:
        until(lambda: "Stop: Ctrl-C" in stack.out.read_text() or stack.process.poll() is not None)
        assert stack.process.poll() is None, stack.out.read_text()
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.process.kill()
            stack.process.wait()


def command(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "deploy.cli", *arguments]
    return subprocess.run(
        line, capture_output=True, text=True, env={**os.environ, "BAOGONG_DATA": str(data)}, timeout=60
    )


def answers(address: str, path: str) -> bool:
    try:
        with urllib.request.urlopen(address + path, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_it_runs_recovers_refuses_a_second_and_leaves_nothing(up: Up, tmp_path: Path) -> None:
    found = up.addresses()
    assert set(found) == {"kafka", "clickhouse", "console", *HEALTH}
    for name in HEALTH:
        assert all(answers(found[name], path) for path in ("/livez", "/readyz", "/metrics"))
    metrics = urllib.request.urlopen(found["worker-supply_health"] + "/metrics", timeout=5).read().decode()
    assert "kafka_consumergroup_lag{" in metrics and "process_resident_memory_bytes" in metrics
    metrics = urllib.request.urlopen(found["relay_health"] + "/metrics", timeout=5).read().decode()
    assert 'kafka_consumergroup_lag{consumergroup="baogong.relay"' in metrics and "baogong_relay_told" in metrics

    second = command("up", "--data", str(up.data), data=up.data)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1 and "in use by another baogong" in second.stderr

    publish = ["publish", "examples/warehouse/stock.csv", "--mapping", "examples/warehouse/stock.toml"]
    assert command(*publish, "--rejected", str(tmp_path), data=up.data).returncode in (0, 1)

    for names in (("supply", "coldchain", "relay"), ("java",), ("deploy.local.clickhouse", "sink")):
        for name in names:
            kill_child(up, name)
        until(lambda: all(answers(found[part], "/readyz") for part in HEALTH), 90)
    verified = command("verify", "--json", data=up.data)
    assert verified.returncode == 0, verified.stdout + verified.stderr

    children = up.children()
    assert up.stop() == 0
    until(lambda: not any(child.is_running() for child in children), 10)
    assert not (up.data / "addresses.json").exists()


def test_kill_9_of_the_parent_leaves_no_orphan(up: Up) -> None:
    children = up.children()
    assert len(children) >= 4
    up.process.kill()
    up.process.wait()
    until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children), 10)


def kill_child(up: Up, word: str) -> None:
    """kill -9 of the process itself, not of its watchdog."""
    found = [child for child in up.children() if matches(child, word)]
    assert len(found) == 1, (word, [child.cmdline()[:6] for child in found])
    os.kill(found[0].pid, signal.SIGKILL)
    until(lambda: not found[0].is_running() or found[0].status() == "zombie", 10)


def matches(child: psutil.Process, word: str) -> bool:
    try:
        line = child.cmdline()
    except psutil.Error:
        return False
    if any("watchdog" in part for part in line):
        return False
    return line[0].endswith(word) if word == "java" else word in line
