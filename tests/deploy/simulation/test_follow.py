"""The district believes only what acceptance lets count, and knows which messages have no record yet."""

import datetime as dt

import pytest

from deploy.simulation.follow import Chains, Decided
from schemas.ledger import GENESIS, RecordKind, Rejection, SourcePosition
from schemas.supply import HoldEnded
from schemas.topics import REQUESTS
from streams.ledger.record import Draft, digest, encode, preamble, signature

AT = dt.datetime(2022, 4, 14, tzinfo=dt.UTC)
MESSAGE = b"{not json"


class Log:
    """Writes records of partition 1 as a stage would."""

    def __init__(self) -> None:
        self.seq, self.prev, self.offset = 0, GENESIS, 0

    def record(self, kind: RecordKind, rejection: Rejection | None = None, *, fenced: bool = False) -> bytes:
        source = None
        if kind in (RecordKind.DECIDED, RecordKind.REJECTED):
            source = SourcePosition(topic=REQUESTS.name, partition=1, offset=self.offset, timestamp_ms=0)
        value = encode(
            Draft(kind, source, AT, b"{}", rejection, b'[{"type":"hold_ended","hold_id":"h"}]'),
            preamble=preamble("supply", 1),
            signature=signature("w", "0"),
            seq=self.seq + 7 * fenced,
            prev=self.prev,
        )
        if not fenced:
            self.seq, self.prev, self.offset = self.seq + 1, digest(value), self.offset + (source is not None)
        return value


@pytest.fixture
def log() -> Log:
    return Log()


def test_accepted_records_are_read_and_counted(log: Log) -> None:
    chains = Chains()
    rejection = Rejection(code="not_json", reason="no", size=len(MESSAGE), sha256=digest(MESSAGE))
    found = [
        chains.take(1, log.record(RecordKind.OPENED)),
        chains.take(1, log.record(RecordKind.DECIDED)),
        chains.take(1, log.record(RecordKind.REJECTED, rejection)),
    ]
    assert [isinstance(each, Decided) for each in found] == [True] * 3
    assert found[1] is not None and found[1].decisions == (HoldEnded(hold_id="h"),)
    assert chains.taken == {REQUESTS.name: 2}
    assert chains.refused == {digest(MESSAGE): 1}
    assert chains.kinds == {RecordKind.OPENED: 1, RecordKind.DECIDED: 1, RecordKind.REJECTED: 1}


def test_what_does_not_count_is_not_believed(log: Log) -> None:
    chains = Chains()
    chains.take(1, log.record(RecordKind.OPENED))
    assert chains.take(1, log.record(RecordKind.DECIDED, fenced=True)) is None
    assert chains.take(1, b"\x00") is None
    assert chains.take(0, log.record(RecordKind.DECIDED)) is None, "it is another partition's"
    assert (chains.records, chains.fenced, chains.taken) == (4, 3, {})


def test_it_knows_what_is_still_missing(log: Log) -> None:
    chains = Chains()
    ends = {(REQUESTS.name, 1): 2, (REQUESTS.name, 0): 0}
    assert chains.missing(ends) == 2
    chains.take(1, log.record(RecordKind.OPENED))
    chains.take(1, log.record(RecordKind.DECIDED))
    assert chains.missing(ends) == 1
    chains.take(1, log.record(RecordKind.DECIDED))
    assert chains.missing(ends) == 0
