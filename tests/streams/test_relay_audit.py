"""What `baogong verify` says of holds that did not travel: missing, made up, altered, out of order, not yet there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.ledger.findings import Code, Findings, Message
from streams.relay_audit import RelayAudit
from streams.relay_messages import Told
from tests.streams.test_relay_messages import Ledger, ordered, withdrawn

TARGETS = (0, 1)
Lie = Callable[[list[Told]], list[Told]]


def whole() -> Ledger:
    return Ledger(2).decided(ordered("h1")).decided(withdrawn("h1"), ordered("h2"))


def audit(ledger: Ledger, lie: Lie = lambda told: told, until: int | None = None) -> tuple[bool, list[Code]]:
    """Partition 0 of the target is as it should be, partition 1 as `lie` makes it; only `until` records are read."""
    found, (_, told) = RelayAudit(2, TARGETS), ledger.walk()
    for offset, value in enumerate(ledger.values[:until]):
        found.take(Message(offset, 0, None, value))
    for target, messages in ((0, told), (1, lie(told))):
        for number, one in enumerate(messages):
            found.take_target(target, Message(number, 0, None, one.value, tuple(one.headers)))
    findings = Findings("coldchain.ledger.v1", 2)
    found.finish(findings)
    return found.behind(), [one.code for one in findings.found]


def altered(told: list[Told]) -> list[Told]:
    other = Told(told[0].partition, told[0].place, 0, told[0].value.replace(b"L-1", b"L-2"))
    return [other, *told[1:]]


def made_up(told: list[Told]) -> list[Told]:
    return [*told, Told(2, told[1].place._replace(nth=7), 0, told[0].value)]


@pytest.mark.parametrize(
    ("lie", "codes"),
    [
        (lambda told: told, []),
        (lambda told: [*told[:2], *told], []),
        (lambda told: told[1:], [Code.HOLD_MISSING]),
        (lambda told: told[:1], [Code.RELAY_BEHIND, Code.RELAY_BEHIND]),
        (lambda told: [told[1], told[0], told[2]], [Code.HOLD_DIFFERS]),
        (altered, [Code.HOLD_DIFFERS]),
        (made_up, [Code.HOLD_DIFFERS]),
    ],
    ids=["all", "told again", "missing", "not yet", "out of order", "altered", "made up"],
)
def test_what_lies_on_a_target_is_compared_with_what_was_ordered(lie: Lie, codes: list[Code]) -> None:
    assert audit(whole(), lie) == (Code.RELAY_BEHIND in codes, codes)


def test_what_was_ordered_after_the_ledger_was_read_is_no_finding() -> None:
    assert audit(whole(), until=3) == (False, [])


def test_messages_that_no_relay_wrote_are_left_to_the_stages() -> None:
    found = RelayAudit(2, TARGETS)
    found.take_target(0, Message(0, 0, None, b"poison"))
    findings = Findings("coldchain.ledger.v1", 2)
    found.finish(findings)
    assert findings.found == []
