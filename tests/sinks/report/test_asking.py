"""What several tables of the report read is read once, and each table says what its own statement says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from sinks.clickhouse.client import Client
from sinks.report import Report, Table, asking, build_of, known_until
from tests.sinks.report.town import A1

ABOUT_CONSIGNMENTS = {"coldchain", "checks", "breaches", "temperature"}


class Listener:
    """Asks ClickHouse, and keeps what was asked."""

    def __init__(self, client: Client) -> None:
        self._client, self.statements = client, list[str]()

    def ask(self, statements: Iterable[str]) -> Iterator[Table]:
        """Each statement when its answer is wanted."""
        for statement in statements:
            self.statements.append(statement)
            yield self._client.table(statement)

    def report(self, areas: list[str] | None) -> Report:
        """As the console makes one."""
        return build_of(self.ask, known_until(self._client), areas=areas)

    def reading(self, words: str) -> int:
        """How many statements say these words."""
        return sum(words in statement for statement in self.statements)


@pytest.mark.parametrize("areas", [None, [A1]])
def test_stock_and_consignments_are_read_once(town_client: Client, areas: list[str] | None) -> None:
    listener = Listener(town_client)
    report = listener.report(areas)
    assert listener.reading("reserve_facts") == 1
    assert listener.reading("known_as") == (0 if areas is None else 1)
    for section in report.sections:
        asked_again = town_client.table(section.question.sql)[2]
        assert [tuple(row) for row in section.rows] == asked_again, section.key


def test_too_many_consignments_are_not_told_by_name(town_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Listener(town_client).report([A1])
    monkeypatch.setattr(asking, "MOST_LISTED", 0)
    listener = Listener(town_client)
    assert listener.report([A1]) == few
    assert listener.reading("known_as") == 1 + len(ABOUT_CONSIGNMENTS)
    assert all(few.section(key).rows for key in ABOUT_CONSIGNMENTS)
