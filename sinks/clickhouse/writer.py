"""Batches into ClickHouse: what to do with each kind of refusal (docs/decisions/0004-audit-sink.md)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

from schemas.errors import BaogongError
from sinks.clickhouse import rows
from sinks.clickhouse.client import Client, QueryFailed
from sinks.clickhouse.follower import Batch
from sinks.clickhouse.rows import LedgerRow

ASIDE: Final = "rows_set_aside"
ASIDE_LIMIT: Final = 1000
"""So many refused rows in one run mean that tables and program don't fit each other: then the sink stops."""
_HERE: Final = """
SELECT
    (SELECT uniqExact(offset) FROM ledger_records
     WHERE stage = %(stage)s AND partition = %(partition)s AND offset BETWEEN %(lo)s AND %(hi)s),
    (SELECT uniqExact(offset, idx) FROM decisions
     WHERE stage = %(stage)s AND partition = %(partition)s AND offset BETWEEN %(lo)s AND %(hi)s)"""
ATTEMPTS: Final = 3
"""To bring in rows that a server lost; what is still missing then is no loss of that kind, and 'verify' names it."""
_ASIDE_COLUMNS: Final = ("stage", "partition", "offset", "accepted", "reason", "timestamp", "value")


class Answer(Enum):
    """What a refusal calls for."""

    RETRY = "retry"
    """It may pass: the same batch again."""
    DATA = "data"
    """A row is at fault: find it and put it aside."""
    OPERATOR = "operator"
    """Only a person can mend it: stop and say so."""


_OPERATOR: Final = {
    60: "run 'baogong migrate'",
    81: "make the database, then run 'baogong migrate'",
    8: "run 'baogong migrate'",
    10: "run 'baogong migrate'",
    16: "run 'baogong migrate'",
    20: "run 'baogong migrate'",
    47: "run 'baogong migrate'",
    48: "use a version that knows it",
    62: "use a version that knows it",
    115: "use a version that knows it",
    164: "give its user the right to write",
    192: "name a user that exists in the URL",
    193: "check the password in the URL",
    194: "put the password into the URL",
    497: "grant its user INSERT and SELECT on the database",
    516: "check user and password in the URL",
}
"""UNKNOWN_TABLE, UNKNOWN_DATABASE, columns that don't fit, NOT_IMPLEMENTED, SYNTAX_ERROR, UNKNOWN_SETTING, READONLY,
users and passwords, ACCESS_DENIED."""

_DATA: Final = frozenset(
    (6, 7, 26, 27, 33, 38, 41, 43, 53, 69, 70, 72, 117, 125, 131, 190, 321, 349, 395, 407, 441, 467, 469, 691, 1001)
)
"""Values that can't be parsed, converted or kept, a violated CONSTRAINT, a view's throwIf; 1001: an exception of C++'s
own library, such as a string that is too long."""


def answer_to(number: int) -> Answer:
    """What an error code of ClickHouse calls for; unknown ones are retried."""
    if number in _OPERATOR:
        return Answer.OPERATOR
    return Answer.DATA if number in _DATA else Answer.RETRY


class Part(NamedTuple):
    """Rows of one ledger partition, in order and at least one. `prefix` names the log that they are of."""

    prefix: str
    rows: Sequence[LedgerRow]

    @property
    def token(self) -> str:
        """The same rows of the same log have the same name."""
        return f"{self.prefix}/{self.rows[0].offset}-{self.rows[-1].offset}"


class Writer:
    """One connection's side of writing. Blocking; for one thread at a time."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.set_aside = 0
        """Rows put aside so far."""
        self._unsure = True
        """Whether what was sent before may have had an outcome that nobody knows: of this run, or of one before it."""

    def write(self, batches: Sequence[tuple[str, Batch]]) -> None:
        """Bring batches of different ledger partitions in, each with the name of its log; returns once every row is in.

        Raises ServerAway or QueryFailed where all of them are to be tried again (which doubles nothing), and a plain
        BaogongError where a person has to mend something.
        """
        for prefix, batch in batches:
            first = batch.rows[0]
            for offset in batch.missing:
                row = first._replace(offset=offset, accepted=False, value=b"", timestamp=first.timestamp)
                self._put_aside(row, "Kafka does not have this offset", prefix)
        self._insert([Part(prefix, batch.rows) for prefix, batch in batches])

    def _insert(self, parts: Sequence[Part]) -> None:
        """As one insert: it has effect on each partition whole or not at all, and none when it comes again."""
        unsure, self._unsure = self._unsure, True
        try:
            self._send([row for part in parts for row in part.rows], "+".join(part.token for part in parts))
            for part in parts if unsure else ():
                self._make_sure(part)
            self._unsure = False
        except QueryFailed as refusal:
            answer = answer_to(refusal.number)
            if answer is Answer.OPERATOR:
                raise operator_error(refusal) from refusal
            if answer is Answer.RETRY:
                raise
            self._bisect(parts, refusal)

    def _send(self, waiting: Sequence[LedgerRow], name: str) -> None:
        self.client.insert(rows.TABLE, rows.COLUMNS, list(zip(*waiting, strict=True)), name)

    def _make_sure(self, part: Part) -> None:
        """A server that was killed may remember an insert by its token and not have its rows, or not those of a view.

        Then the rows go in again under a name of their own: what comes twice counts once in these tables.
        """
        first, last = part.rows[0], part.rows[-1]
        where = {"stage": first.stage, "partition": first.partition, "lo": first.offset, "hi": last.offset}
        wanted = (len(part.rows), sum(row.decision_count for row in part.rows if row.accepted))
        for attempt in range(ATTEMPTS):
            if self.client.rows(_HERE, where) == [wanted]:
                return
            self._send(part.rows, f"{part.token}/again-{attempt}")

    def _bisect(self, parts: Sequence[Part], refusal: QueryFailed) -> None:
        """Down to the row at fault."""
        if len(parts) == 1 and len(parts[0].rows) == 1:
            self._put_aside(parts[0].rows[0], str(refusal), parts[0].prefix)
            return
        for half in _halves(parts):
            self._insert(half)

    def _put_aside(self, row: LedgerRow, reason: str, prefix: str) -> None:
        if self.set_aside >= ASIDE_LIMIT:
            raise BaogongError(
                f"ClickHouse refused {self.set_aside} rows, the last one because: {reason} "
                "The tables don't fit this version: run 'baogong migrate', then start the sink again."
            )
        values = (row.stage, row.partition, row.offset, row.accepted, reason, row.timestamp, row.value)
        name = Part(f"{prefix}/aside", [row]).token
        try:
            self.client.insert(ASIDE, _ASIDE_COLUMNS, [[value] for value in values], name)
        except QueryFailed as refusal:
            if answer_to(refusal.number) is Answer.RETRY:
                raise
            raise operator_error(refusal) from refusal
        self.set_aside += 1


def _halves(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """Of the partitions, and of the rows where there is one partition only."""
    if len(parts) > 1:
        middle = len(parts) // 2
        return parts[:middle], parts[middle:]
    ((prefix, inner),) = parts
    middle = len(inner) // 2
    return [Part(prefix, inner[:middle])], [Part(prefix, inner[middle:])]


def operator_error(refusal: QueryFailed) -> BaogongError:
    """The sentence for what only a person can mend."""
    advice = _OPERATOR.get(refusal.number, "see the server's log")
    return BaogongError(f"The audit sink can't write to ClickHouse: {refusal} To mend it, {advice}.")
