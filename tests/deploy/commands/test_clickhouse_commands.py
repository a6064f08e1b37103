"""`baogong sql`, `migrate` and `sink`: what they print, refuse and answer with."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import cli
from deploy.local.datadir import free_port
from schemas.errors import BaogongError
from schemas.topics import SUPPLY_LEDGER
from sinks.clickhouse.client import connect
from streams.topics import make_topics
from tests.databases import in_database
from tests.sinks.clickhouse.book import needs_book, publish


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=text, standalone_mode=False)


@pytest.fixture
def url(clickhouse_url: str) -> Iterator[str]:
    """An empty database of its own."""
    with connect(clickhouse_url) as client:
        client.run("CREATE DATABASE commands")
        yield in_database(clickhouse_url, "commands")
        client.run("DROP DATABASE commands")


ODD = (
    "SELECT 'a,\"b\"\nc' AS t, NULL AS n, [1, 2] AS l, toDateTime64('2022-04-01 08:00:00.5', 3, 'UTC') AS d, true AS b"
)


def test_csv_is_quoted(clickhouse_url: str) -> None:
    done = run("sql", ODD, "--format", "csv", "--clickhouse", clickhouse_url)
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows == [["t", "n", "l", "d", "b"], ['a,"b"\nc', "", "[1, 2]", "2022-04-01T08:00:00.500000Z", "true"]]


def test_json_is_json(clickhouse_url: str) -> None:
    found = json.loads(run("sql", ODD + ", nan AS x", "--format", "json", "--clickhouse", clickhouse_url).stdout)
    assert found == [
        {"t": 'a,"b"\nc', "n": None, "l": [1, 2], "d": "2022-04-01T08:00:00.500000Z", "b": True, "x": "nan"}
    ]


def test_a_table_is_whole_in_a_pipe(clickhouse_url: str) -> None:
    done = run("sql", "SELECT number, repeat('保', 60) AS word FROM numbers(3);", "--clickhouse", clickhouse_url)
    assert "保" * 60 in done.stdout and "number" in done.stdout and done.stderr == "3 rows\n"
    assert run("sql", "-", "--clickhouse", clickhouse_url, text="SELECT 41 + 1").stdout.split()[-1] == "42"


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE x (a Int8) ENGINE = Memory", "CREATE DATABASE y", "SELECT 1 SETTINGS readonly = 0"]
)
def test_it_only_reads(clickhouse_url: str, statement: str) -> None:
    done = run("sql", statement, "--clickhouse", clickhouse_url)
    assert isinstance(done.exception, BaogongError) and "only reads" in str(done.exception)


def test_a_wrong_question_is_one_sentence_and_no_traceback(clickhouse_url: str) -> None:
    command = [sys.executable, "-m", "deploy.cli", "sql", "SELEC 1", "--clickhouse", clickhouse_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("baogong: Syntax error") and done.stderr.count("\n") == 1


def test_nobody_there_and_no_url() -> None:
    done = run("sql", "SELECT 1", "--clickhouse", f"clickhouse://u:p@127.0.0.1:{free_port()}/d")
    assert isinstance(done.exception, BaogongError) and "does not answer" in str(done.exception)
    assert done.exception.code == 1
    done = run("sql", "SELECT 1", "--clickhouse", "localhost")
    assert isinstance(done.exception, BaogongError) and done.exception.code == 2


def test_migrate_shows_does_and_then_has_nothing_to_do(url: str) -> None:
    def migrate(*options: str) -> str:
        done = run("migrate", "--clickhouse", url, *options)
        assert done.exception is None, done.exception
        return done.stdout

    assert "pending" in migrate("--status") and "applied" not in migrate("--status")
    dry = migrate("--dry-run")
    assert "CREATE TABLE IF NOT EXISTS ledger_records" in dry and "CLUSTER" not in dry
    assert "ON CLUSTER '{cluster}'" in migrate("--dry-run", "--target", "cluster")
    assert "pending" in migrate("--status"), "a dry run changes nothing"
    assert "applied 0001_ledger.sql" in migrate()
    assert migrate() == "Nothing to do: the database is up to date.\n"
    assert migrate("--dry-run") == "-- Nothing to do.\n"
    assert "pending" not in migrate("--status")


def test_the_sink_runs_until_it_is_told_to_stop(url: str, kafka_address: str, tmp_path: Path) -> None:
    make_topics(kafka_address)
    run("migrate", "--clickhouse", url)
    health = tmp_path / "health"
    command = [sys.executable, "-m", "deploy.cli", "sink", "--kafka", kafka_address, "--health-file", str(health)]
    with (tmp_path / "log").open("wb") as log:
        sink = subprocess.Popen(command, env={**os.environ, "BAOGONG_CLICKHOUSE": url}, stderr=log)
    try:
        wait_until(lambda: health.exists() and get(health.read_text() + "/readyz") == "ok\n")
        publish(kafka_address, SUPPLY_LEDGER, needs_book(25).values)
        with connect(url) as client:
            wait_until(lambda: client.rows("SELECT count() FROM ledger_records WHERE accepted") == [(25,)])
        lag = 'kafka_consumergroup_lag{consumergroup="baogong.audit",partition="0",topic="supply.ledger.v1"} 0.0'
        wait_until(lambda: lag in get(health.read_text() + "/metrics"))
        assert get(health.read_text() + "/livez") == "ok\n"
    finally:
        sink.send_signal(signal.SIGTERM)
        assert sink.wait(timeout=30) == 0, (tmp_path / "log").read_text()


def test_a_sink_without_tables_ends_with_a_sentence(url: str, kafka_address: str) -> None:
    make_topics(kafka_address)
    command = [sys.executable, "-m", "deploy.cli", "sink", "--kafka", kafka_address, "--clickhouse", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and "run 'baogong migrate'" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_wrong_partitions(kafka_address: str, clickhouse_url: str) -> None:
    make_topics(kafka_address)
    done = run("sink", "--kafka", kafka_address, "--clickhouse", clickhouse_url, "--partitions", "0,x")
    assert "no list of partitions" in str(done.exception)
    done = run("sink", "--kafka", kafka_address, "--clickhouse", clickhouse_url, "--partitions", "9")
    assert isinstance(done.exception, BaogongError) and "no partition 9" in str(done.exception)
    assert done.exception.code == 2


def get(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()
    except urllib.error.URLError:
        return ""


def wait_until(check: object, timeout: float = 30.0) -> None:
    assert callable(check)
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.1)
