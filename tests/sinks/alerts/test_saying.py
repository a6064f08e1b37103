"""What officers say: named by its content, dated by the stage's clock, refused in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import BaogongError
from sinks.alerts.saying import ledger_time, message
from sinks.clickhouse.client import Client
from tests.sinks.clickhouse.book import START, Book, load
from tests.sinks.clickhouse.conftest import client, database, empty_database  # noqa: F401

NOW = datetime(2022, 4, 1, 9, tzinfo=UTC)


def test_the_same_said_twice_has_one_id() -> None:
    one, same, other = (
        message("alert_acknowledge", "boss", NOW, alert_id="al1", comment=comment) for comment in ("a", "a", "b")
    )
    assert one == same
    assert one.event_id != other.event_id


def test_a_silence_gets_a_name() -> None:
    made = message("alert_silence", "boss", NOW, place="sh/pd", until=NOW + timedelta(hours=1), comment="drill")
    assert made.model_dump()["silence_id"].startswith("s")


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        ("alert_acknowledge", {"alert_id": "al1", "comment": ""}, "comment"),
        ("alert_silence", {"until": NOW, "comment": "x"}, "a silence names"),
    ],
)
def test_what_is_wrong_is_one_sentence(kind: str, said: dict[str, object], words: str) -> None:
    with pytest.raises(BaogongError, match=words) as caught:
        message(kind, "boss", NOW, **said)
    assert caught.value.code == 2


def test_a_ledger_with_a_clock_of_its_own_dates_what_is_said(client: Client) -> None:  # noqa: F811
    wall = datetime(2030, 1, 1, tzinfo=UTC)
    assert ledger_time(client, wall) == wall
    load(client, Book(stage="alerts").opened().ticked())
    assert ledger_time(client, wall) == START
    assert ledger_time(client, START + timedelta(minutes=5)) == START + timedelta(minutes=5)
