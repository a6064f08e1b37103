"""`baogong topics`: exit codes and what is printed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from deploy import cli
from schemas.topics import ALL_TOPICS


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["baogong", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def test_topics_are_created_and_listed(
    kafka_address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(monkeypatch, capsys, "topics", "--create", "--kafka", kafka_address)
    assert code == 0
    assert all(topic.name in out for topic in ALL_TOPICS)
    code, out, _ = call(monkeypatch, capsys, "topics", "--json", "--kafka", kafka_address)
    assert code == 0
    listed = json.loads(out)
    assert [one["topic"] for one in listed] == [topic.name for topic in ALL_TOPICS]
    assert {one["state"] for one in listed} == {"exists"}


def test_a_topic_that_differs_is_an_error(
    kafka_address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = dataclasses.replace(ALL_TOPICS[0], name="odd.v1", partitions=1)
    missing = dataclasses.replace(odd, name="missing.v1")
    call(monkeypatch, capsys, "topics", "--create", "--kafka", kafka_address)
    monkeypatch.setattr("streams.topics.inspect_topics.__defaults__", ((odd, missing),))
    monkeypatch.setattr("streams.topics.make_topics.__defaults__", ((odd,),))
    assert call(monkeypatch, capsys, "topics", "--create", "--kafka", kafka_address)[0] == 0
    changed = dataclasses.replace(odd, partitions=2)
    monkeypatch.setattr("streams.topics.inspect_topics.__defaults__", ((changed, missing),))
    code, out, err = call(monkeypatch, capsys, "topics", "--kafka", kafka_address)
    assert code == 1
    assert "differs; partitions: 1" in out
    assert "baogong topics --create" in err
    assert "A topic that differs is not changed" in err
    _, out, _ = call(monkeypatch, capsys, "topics", "--json", "--kafka", kafka_address)
    assert [(one["state"], one["differences"]) for one in json.loads(out)] == [
        ("differs", ["partitions: 1 instead of 2"]),
        ("missing", []),
    ]


def test_no_broker_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(monkeypatch, capsys, "topics", "--kafka", "127.0.0.1:1")
    assert (code, out) == (1, "")
    assert err == (
        "baogong: No Kafka broker answers at 127.0.0.1:1: start one with 'baogong up', "
        "or name another with --kafka HOST:PORT.\n"
    )
    code, _, err = call(monkeypatch, capsys, "topics", "--data", str(tmp_path))
    assert code == 1
    assert err.count("\n") == 1
