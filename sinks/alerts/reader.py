"""Reading the alert ledger for those who are told: accepted records to notices, beside the position, in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pydantic_core

from schemas.errors import BaogongError
from sinks.alerts.config import Receiver
from sinks.alerts.notice import Notice, take
from sinks.alerts.outbox import Outbox
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header

_NEEDLE: Final = b'"alert_'


def another_ledger(partition: int) -> BaogongError:
    """The outbox goes on from a record that the ledger does not have: whom was told of what can't be said."""
    return BaogongError(
        f"The outbox has read another alert ledger than this one (partition {partition}): move alerts/outbox.sqlite "
        "out of the data directory; what is open is told again then."
    )


class Reader:
    """Makes notices of the alert ledger's accepted records, and puts them into the outbox with the position."""

    def __init__(self, outbox: Outbox, receivers: Sequence[Receiver]) -> None:
        self._outbox, self._receivers = outbox, receivers
        self._heads: dict[int, tuple[Head, int, str]] = {}
        self._unproven: set[int] = set()

    def start(self, partition: int) -> int:
        """The first offset that is wanted of a partition: that of the last record looked at, which must be the same."""
        self._heads[partition] = self._outbox.position(partition)
        next_offset = self._heads[partition][1]
        if next_offset:
            self._unproven.add(partition)
        return max(next_offset - 1, 0)

    def take(self, partition: int, records: Sequence[Any]) -> None:
        """Records of a partition, in order. Raises BaogongError where the outbox tells of another ledger."""
        head, next_offset, last_hash = self._heads[partition]
        if partition in self._unproven and records:
            self._unproven.discard(partition)
            if (records[0].offset, digest(records[0].value or b"")) != (next_offset - 1, last_hash):
                raise another_ledger(partition)
        changed: dict[str, Notice] = {}
        for record in records:
            if record.offset < next_offset:
                continue
            value, next_offset = record.value or b"", record.offset + 1
            header, last_hash = read_header(value), digest(value)
            if header is None or head.judge(header) is not None:
                continue
            head.take(header, last_hash)
            if _NEEDLE in value:
                self._decisions(value, changed)
        self._heads[partition] = head, next_offset, last_hash
        self._outbox.take(head, next_offset, last_hash, changed.values(), self._receivers)

    def _decisions(self, value: bytes, changed: dict[str, Notice]) -> None:
        for said in pydantic_core.from_json(value)["decisions"]:
            alert_id = said.get("alert_id")
            if alert_id is None:
                continue
            known = changed.get(alert_id) or self._outbox.notice(alert_id)
            notice = take(known, said)
            if notice is not None:
                changed[alert_id] = notice
