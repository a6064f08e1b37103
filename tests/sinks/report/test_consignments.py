"""Which consignments concern an area: those on the papers of its lots, and those that its lots came from."""

from __future__ import annotations

import datetime as dt

import pytest

from sinks.clickhouse import queries
from sinks.clickhouse.client import Client

pytestmark = pytest.mark.servers
SO = "'2022-04-01 06:00:00'::DateTime64(6, 'UTC'), '2200-01-01 00:00:00'::DateTime64(6, 'UTC'), 1"


def test_what_is_on_papers_alone_counts_and_a_lot_of_no_consignment_stands_for_none(client: Client) -> None:
    lot = "INSERT INTO lot_spans (lot_id, area, consignment_id, known_as, valid_from, valid_until, sign) SELECT"
    client.run(f"{lot} 'l1', 'sh/pd/a1', 'on-paper', ['l1'], {SO}")
    client.run(f"{lot} 'l2', 'sh/pd/b1', 'other-paper', ['l2', 'l9'], {SO}")
    consignment = "INSERT INTO consignment_spans (consignment_id, lots, valid_from, valid_until, sign) SELECT"
    client.run(f"{consignment} 'declared', ['l9'], {SO}")

    asked = queries.load_part("consignments_listed")
    for area, expected in (("sh/pd/a1", ["on-paper"]), ("sh/pd/b1", ["declared", "other-paper"]), ("sh/pd/c1", [])):
        at = dt.datetime(2022, 4, 2, tzinfo=dt.UTC)
        found = client.rows(queries.bind(asked, {"as_of": at, "areas": [area]}))
        assert [each for (each,) in found] == expected
