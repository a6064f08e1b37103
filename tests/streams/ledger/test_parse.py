"""Which partition a message belongs on: that of its topic's key, whichever field it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.topics import COLDCHAIN, DRIVERS, INSPECTIONS, PARTITIONS, REQUESTS, Topic
from streams.core.decider import Rejected
from streams.ledger.keys import partition_of
from streams.ledger.parse import Parser

NAME = "n-1"
HOME = partition_of(NAME.encode(), PARTITIONS)
AT = "2022-04-14T08:00:00+08:00"


def message(kind: str, **fields: Any) -> bytes:
    return json.dumps({"kind": kind, "event_id": "e", "occurred_at": AT, "source": "s", **fields}).encode()


KEYED = [
    (REQUESTS, "area", message("request_cancelled", area=NAME, request_id="r")),
    (COLDCHAIN, "consignment_id", message("lots_observed", consignment_id=NAME, facility="f")),
    (INSPECTIONS, "premises_id", message("finding_mended", premises_id=NAME, finding_id="f")),
]


@pytest.mark.parametrize(("topic", "key", "value"), KEYED, ids=lambda one: one.name if isinstance(one, Topic) else "")
def test_a_message_on_the_partition_of_another_key_is_refused(topic: Topic, key: str, value: bytes) -> None:
    assert getattr(Parser([topic], HOME).parse(topic.name, value), key) == NAME
    with pytest.raises(Rejected, match=f"key it by {key}") as refused:
        Parser([topic], (HOME + 1) % PARTITIONS).parse(topic.name, value)
    assert (refused.value.code, refused.value.field) == ("wrong_partition", key)


@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_what_has_no_key_is_taken_on_every_partition(partition: int) -> None:
    value = message("driver_tested", driver_id=NAME, result="negative")
    assert Parser([DRIVERS], partition).parse(DRIVERS.name, value).driver_id == NAME
