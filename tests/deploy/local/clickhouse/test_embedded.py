"""The server's life: quick to start, keeps what it acknowledged through kill -9, owns its directory alone."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ServerException
from clickhouse_driver.protocol import Compression

from deploy.local.clickhouse import EmbeddedClickHouse
from schemas.errors import BaogongError

pytestmark = pytest.mark.servers

TABLE = (
    "CREATE TABLE t (writer UInt8, n UInt64, raw String) ENGINE = MergeTree ORDER BY (writer, n)"
    " SETTINGS non_replicated_deduplication_window = 1000"
)


def made(folder: Path, **options: str) -> EmbeddedClickHouse:
    return EmbeddedClickHouse(folder / "data", folder / "logs", **options)  # type: ignore[arg-type]


class Writer(threading.Thread):
    """Inserts batches of ten until it is stopped; the batch of an attempt that failed is tried again.

    As the audit sink does, it then makes sure: a server killed in the middle may know a token whose rows it lost.
    """

    def __init__(self, number: int, url: str) -> None:
        super().__init__()
        self.number, self.url = number, url
        self.acknowledged = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        client, unsure = Client.from_url(self.url), False
        while not self.stopped.is_set():
            low = self.acknowledged * 10
            rows = [(self.number, low + k, f"record {k} of {low}" * 20) for k in range(10)]
            settings = {"insert_deduplication_token": f"{self.number}/{low}"}
            try:
                client.execute("INSERT INTO t VALUES", rows, settings=settings)
                here = f"SELECT count() FROM t WHERE writer = {self.number} AND n >= {low}"
                if unsure and not client.execute(here)[0][0]:
                    client.execute("INSERT INTO t VALUES", rows)
                unsure = False
                self.acknowledged += 1
            except (Error, OSError, EOFError):
                unsure = True
                time.sleep(0.02)
        client.disconnect()


def test_kill_9_loses_and_doubles_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    server = made(tmp_path)
    with server:
        with Client.from_url(server.url) as client:
            client.execute(TABLE)
        writers = [Writer(number, server.url) for number in range(3)]
        for writer in writers:
            writer.start()
        before, acknowledged = 0, []
        for _ in range(3):
            while sum(writer.acknowledged for writer in writers) < before + 20:
                time.sleep(0.01)
            server.kill()
            server.start()
            before = sum(writer.acknowledged for writer in writers)
            acknowledged.append(before)
        for writer in writers:
            writer.stopped.set()
            writer.join()
        with Client.from_url(server.url) as client:
            kept = client.execute("SELECT writer, count(), uniqExact(n), max(n) FROM t GROUP BY writer ORDER BY writer")

    assert acknowledged[-1] >= 60
    for writer, (number, rows, different, last) in zip(writers, kept, strict=True):
        assert number == writer.number
        assert rows == different == last + 1
        # the last batch may have been kept without the client hearing of it
        assert rows in (writer.acknowledged * 10, writer.acknowledged * 10 + 10)


def test_it_starts_quickly_and_comes_back_where_it_was(tmp_path: Path) -> None:
    server = made(tmp_path)
    began = time.monotonic()
    server.start()
    took = time.monotonic() - began
    url, first = server.url, server.pid
    with Client.from_url(url) as client:
        client.execute(TABLE)
        client.execute("INSERT INTO t VALUES", [(1, 2, "x")])

    server.stop()
    assert not server.alive
    server.start()

    assert server.url == url
    assert server.pid != first
    with Client.from_url(url) as client:
        assert client.execute("SELECT * FROM t") == [(1, 2, "x")]
    server.stop()
    assert took < 10  # about one second on an idle machine; this one may be busy
    assert "Traceback" not in (tmp_path / "logs" / "clickhouse.log").read_text()


def test_the_password_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    with made(tmp_path) as server:
        url = server.url
    kept = tmp_path / "data" / "password"

    assert kept.stat().st_mode & 0o777 == 0o600
    assert f":{kept.read_text()}@" in url
    assert len(kept.read_text()) > 20
    with made(tmp_path, user="somebody", database="own") as server:
        assert re.fullmatch(r"clickhouse://somebody:.+@127\.0\.0\.1:\d+/own", server.url)
        assert kept.read_text() in server.url
        with Client.from_url(server.url) as client:
            assert client.execute("SELECT currentDatabase()") == [("own",)]


def test_one_process_a_directory(tmp_path: Path) -> None:
    with made(tmp_path) as first:
        with pytest.raises(BaogongError, match=f"in use by process {first.pid}"):
            made(tmp_path).start()
        with Client.from_url(first.url) as client:
            assert client.execute("SELECT 1") == [(1,)]


def test_a_stop_ends_what_runs(tmp_path: Path) -> None:
    with made(tmp_path) as server, Client.from_url(server.url) as client:
        client.execute_iter("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1")
        began = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        while server.alive:
            assert time.monotonic() - began < 10
            time.sleep(0.05)


def test_strangers_and_nonsense_do_no_harm(tmp_path: Path) -> None:
    with made(tmp_path) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x00", b"\x01" * 100, os.urandom(1000)):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(said)
        with Client.from_url(server.url) as client:
            assert client.execute("SELECT 1") == [(1,)]


def test_compression_is_refused_clearly(tmp_path: Path) -> None:
    with made(tmp_path) as server, Client.from_url(server.url) as client:
        client.connection.connect()
        client.connection.compression = Compression.ENABLED  # the driver itself would ask for one more package

        with pytest.raises(ServerException, match="doesn't support compression"):
            client.execute("SELECT 1")


def test_it_needs_a_password(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "BAOGONG_CLICKHOUSE_PASSWORD"}
    command = [sys.executable, "-m", "deploy.local.clickhouse", "--data", str(tmp_path), "--port", "1"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "BAOGONG_CLICKHOUSE_PASSWORD is missing" in done.stderr
