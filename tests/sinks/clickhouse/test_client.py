"""The client: values both ways, and failures as sentences."""

from __future__ import annotations

import pytest

from deploy.local.datadir import free_port
from schemas.errors import BaogongError
from sinks.clickhouse.client import Client, QueryFailed, ServerAway, connect
from tests.databases import in_database


def test_rows_table_and_parameters(client: Client) -> None:
    assert client.rows("SELECT %(text)s, %(number)s", {"text": "it's 米 \\", "number": 7}) == [("it's 米 \\", 7)]
    assert client.table("SELECT 1 AS one, 'a' AS letter") == (["one", "letter"], ["UInt8", "String"], [(1, "a")])


def test_the_same_token_inserts_once(client: Client) -> None:
    client.run(
        "CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    for token in ("one", "one", "two"):
        client.insert("t", ("a", "b"), [[1, 2], ["x", "y"]], token)
    assert client.rows("SELECT count() FROM t") == [(4,)]


def test_bytes_come_back_as_they_were(database: str) -> None:
    value = bytes(range(256)) + "保供".encode()
    with connect(database, strings_as_bytes=True) as client:
        client.run("CREATE TABLE b (v String) ENGINE = MergeTree ORDER BY v")
        client.insert("b", ("v",), [[value]], "t")
        assert client.rows("SELECT v FROM b") == [(value,)]


def test_refusals_have_number_and_one_line(client: Client) -> None:
    with pytest.raises(QueryFailed, match=r"nothing_here") as caught:
        client.rows("SELECT * FROM nothing_here")
    assert caught.value.number == 60 and caught.value.code == 1
    assert "\n" not in str(caught.value) and "Stack trace" not in str(caught.value)


def test_a_value_that_does_not_fit_is_a_refusal_and_the_client_goes_on(client: Client) -> None:
    client.run("CREATE TABLE n (a UInt32) ENGINE = MergeTree ORDER BY a")
    for value in (-1, 2**40, "x", None):
        with pytest.raises(QueryFailed) as caught:
            client.insert("n", ("a",), [[value]], "t")
        assert caught.value.number == 53
    client.insert("n", ("a",), [[5]], "t")
    assert client.rows("SELECT a FROM n") == [(5,)]


def test_an_unknown_setting_is_refused_not_ignored(clickhouse_url: str) -> None:
    with pytest.raises(QueryFailed) as caught:
        connect(clickhouse_url, no_such_setting=1)
    assert caught.value.number == 115


def test_nobody_there() -> None:
    with pytest.raises(ServerAway, match=r"does not answer.*--clickhouse") as caught:
        connect(f"clickhouse://baogong:secret@127.0.0.1:{free_port()}/baogong")
    assert "secret" not in str(caught.value) and caught.value.code == 1


@pytest.mark.parametrize("url", ["", "localhost:9000", "http://host/db", "clickhouse://", "clickhouse://u:pw@h:port/d"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(BaogongError, match="clickhouse://user:password@host:port/database") as caught:
        connect(url)
    assert caught.value.code == 2 and "pw" not in str(caught.value)


def test_a_wrong_password_is_told_without_it(clickhouse_url: str) -> None:
    where = clickhouse_url.rpartition("@")[2]
    with pytest.raises(QueryFailed, match="refuses user 'baogong'") as caught:
        connect(f"clickhouse://baogong:wrongpass@{where}")
    assert "wrongpass" not in str(caught.value)


def test_a_missing_database(clickhouse_url: str) -> None:
    with pytest.raises(QueryFailed, match="CREATE DATABASE"):
        connect(in_database(clickhouse_url, "nowhere"))
