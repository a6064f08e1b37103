"""Migrations: once each, readable, refused where one was changed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from schemas.errors import BaogongError
from sinks.clickhouse import migrations
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import Target, available, migrate, render, script, split, status


def test_twice_changes_nothing(empty_database: str) -> None:
    with connect(empty_database) as client:
        told: list[str] = []
        done = migrate(client, applied=lambda each: told.append(each.name))
        assert [each.name for each in done] == told == [each.name for each in available()]
        before = client.rows("SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase()")
        assert migrate(client) == []
        after = client.rows("SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase()")
        assert sorted(before) == sorted(after)
        assert all(entry.at is not None for entry in status(client))


def test_status_and_script_change_nothing(empty_database: str) -> None:
    with connect(empty_database) as client:
        pending = [entry.migration for entry in status(client) if entry.at is None]
        assert pending == available()
        assert "CREATE TABLE IF NOT EXISTS ledger_records" in script(pending, "embedded")
        assert client.rows("SELECT count() FROM system.tables WHERE database = currentDatabase()") == [(0,)]


def test_a_changed_migration_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = available()
    changed = replace(first, text=first.text + "-- more\n")
    monkeypatch.setattr(migrations, "available", lambda: [changed, *rest])
    with pytest.raises(BaogongError, match=r"0001_ledger\.sql was changed after it was applied"):
        migrate(client)


def test_a_database_of_a_newer_version_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = available()[:-1]
    monkeypatch.setattr(migrations, "available", lambda: fewer)
    with pytest.raises(BaogongError, match="use a newer baogong"):
        status(client)


def test_a_migration_that_broke_off_is_applied_again(empty_database: str) -> None:
    with connect(empty_database) as client:
        for statement in available()[0].statements(Target.EMBEDDED)[:1]:
            client.run(statement)
        assert len(migrate(client)) == len(available())


def test_an_unknown_target(client: Client) -> None:
    with pytest.raises(BaogongError, match="say embedded or cluster") as caught:
        migrate(client, "moon")
    assert caught.value.code == 2


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    text = "-- a comment; with one\nSELECT ';', 1\nFROM t;\n\nSELECT 2;\n"
    assert split(text) == ["SELECT ';', 1\nFROM t", "SELECT 2"]


def test_the_cluster_has_replicas_and_the_embedded_server_none() -> None:
    cluster, embedded = script(available(), "cluster"), script(available(), "embedded")
    statements = [render(one, Target.CLUSTER) for each in available() for one in split(each.text)]
    defining = [
        statement for statement in statements if not statement.startswith("INSERT INTO")
    ]  # rows go to all anyway
    assert len(defining) > 40 and all(re.search(r"ON CLUSTER '\{cluster\}'", statement) for statement in defining)
    tables = len(re.findall(r"^CREATE TABLE", cluster, flags=re.MULTILINE))
    assert (
        len(re.findall(r"ENGINE = Replicated\w*MergeTree", cluster)) == tables > 0 and "non_replicated" not in cluster
    )
    assert "CLUSTER" not in embedded and "Replicated" not in embedded and "$" not in embedded + cluster


def test_every_table_column_and_every_view_is_described(client: Client) -> None:
    bare = client.rows(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = '' AND table IN "
        "(SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')"
    )
    assert bare == []
    assert (
        client.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = '' AND engine = 'View'"
        )
        == []
    )
