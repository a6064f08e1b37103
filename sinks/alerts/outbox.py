"""What was read of the alert ledger and what still has to be told, in one SQLite file: both change together or not.

R8: the position lies beside what was made of it. For each receiver the file knows up to which revision of each alert it
was told, and whether it may take it for open. What is behind and still to be told (`address.to_tell`) is due: asked
anew when either changes. An alert that changes while a receiver is away is told once, as it is then.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from sinks.alerts.address import to_tell, wants
from sinks.alerts.config import Receiver
from sinks.alerts.notice import Notice
from streams.ledger.accept import Head

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS positions (
    partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL, head TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS notices (
    alert_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, open INTEGER NOT NULL, ended_at TEXT, body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS open_notices ON notices (open);
CREATE TABLE IF NOT EXISTS told (
    receiver TEXT NOT NULL, alert_id TEXT NOT NULL, revision INTEGER NOT NULL, open INTEGER NOT NULL,
    problem TEXT NOT NULL DEFAULT '', PRIMARY KEY (receiver, alert_id)
) STRICT;
CREATE TABLE IF NOT EXISTS due (
    receiver TEXT NOT NULL, alert_id TEXT NOT NULL, PRIMARY KEY (receiver, alert_id)
) STRICT;
"""
_NOT_DUE: Final = "DELETE FROM due WHERE receiver = ? AND alert_id = ?"


class Told(NamedTuple):
    """What became of telling a receiver of an alert at a revision. `problem`: why it will never take it, or ''."""

    alert_id: str
    revision: int
    open: bool
    problem: str = ""


class Outbox:
    """One file, one process, one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def position(self, partition: int) -> tuple[Head, int, str]:
        """Chain and next offset of a partition of the alert ledger, and the hash of the record before that offset."""
        row = self._db.execute("SELECT next_offset, head FROM positions WHERE partition = ?", (partition,)).fetchone()
        if row is None:
            return Head("alerts", partition), 0, ""
        head = json.loads(row[1])
        return Head("alerts", partition, head["seq"], head["hash"], head["positions"]), int(row[0]), head["last"]

    def notice(self, alert_id: str) -> Notice | None:
        """The alert as it is known."""
        row = self._db.execute("SELECT body FROM notices WHERE alert_id = ?", (alert_id,)).fetchone()
        return None if row is None else Notice.model_validate_json(row[0])

    def take(
        self,
        head: Head,
        next_offset: int,
        last_hash: str,
        notices: Iterable[Notice],
        receivers: Sequence[Receiver],
    ) -> None:
        """Alerts as they are now, who may have to be told, and how far the ledger was read: all or nothing."""
        place = json.dumps({"seq": head.seq, "hash": head.hash, "positions": head.positions, "last": last_hash})
        with self._transaction():
            for notice in notices:
                open_now = notice.ended_at is None
                self._db.execute(
                    "INSERT OR REPLACE INTO notices VALUES (?, ?, ?, ?, ?)",
                    (notice.alert_id, notice.revision, open_now, notice.ended_at, notice.model_dump_json()),
                )
                for receiver in receivers:
                    self._address(receiver, notice)
            self._db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", (head.partition, next_offset, place))

    def address(self, receivers: Sequence[Receiver]) -> None:
        """Ask anew what is due, at the start: there may be other receivers than before, and ask for other alerts.

        Nothing waits for one that is no longer named; what it was told is kept as long as the alerts are, for if it is
        named again, it must hear what ended.
        """
        known = self._db.execute(
            "SELECT body FROM notices WHERE open OR alert_id IN (SELECT alert_id FROM due) "
            "OR alert_id IN (SELECT alert_id FROM told WHERE open)"
        )
        notices = [Notice.model_validate_json(body) for (body,) in known]
        notices.sort(key=lambda notice: notice.raised_at)
        names = json.dumps([receiver.name for receiver in receivers])
        with self._transaction():
            self._db.execute("DELETE FROM due WHERE receiver NOT IN (SELECT value FROM json_each(?))", (names,))
            for notice in notices:
                for receiver in receivers:
                    self._address(receiver, notice)

    def due(self, receiver: str, limit: int) -> list[Notice]:
        """Alerts that a receiver has not been told of as they are now, the longest open first."""
        rows = self._db.execute(
            "SELECT body FROM due JOIN notices USING (alert_id) WHERE receiver = ? ORDER BY due.rowid LIMIT ?",
            (receiver, limit),
        )
        return [Notice.model_validate_json(body) for (body,) in rows]

    def waiting(self, receiver: str) -> int:
        """How many alerts wait to be told."""
        (count,) = self._db.execute("SELECT count(*) FROM due WHERE receiver = ?", (receiver,)).fetchone()
        return int(count)

    def offer(self, receiver: Receiver, notices: Iterable[Notice]) -> list[str]:
        """These are about to be posted: the receiver may take open ones for open from now on. Gives the new ones."""
        new = [one for one in notices if one.ended_at is None and not self._told(receiver, one.alert_id)[1]]
        if new:
            with self._transaction():
                self._db.executemany(
                    "INSERT OR REPLACE INTO told VALUES (?, ?, 0, TRUE, '')",
                    [(receiver.name, one.alert_id) for one in new],
                )
        return [one.alert_id for one in new]

    def retract(self, receiver: Receiver, offered: Sequence[str]) -> None:
        """The receiver did not get what was offered, for certain: what ended meanwhile is not to be told."""
        if offered:
            with self._transaction():
                for alert_id in offered:
                    self._db.execute(
                        "UPDATE told SET open = FALSE WHERE receiver = ? AND alert_id = ?", (receiver.name, alert_id)
                    )
                    self._address_now(receiver, alert_id)

    def settle(self, receiver: Receiver, told: Iterable[Told]) -> None:
        """A receiver took these, or will never; what changed meanwhile stays due. A refusal leaves there what stood."""
        with self._transaction():
            for one in told:
                open_there = self._told(receiver, one.alert_id)[1] if one.problem else one.open
                self._db.execute(
                    "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?)",
                    (receiver.name, one.alert_id, one.revision, open_there, one.problem),
                )
                self._address_now(receiver, one.alert_id)

    def _told(self, receiver: Receiver, alert_id: str) -> tuple[int, bool]:
        """Up to which revision a receiver was told of an alert (0: none), and whether it may take it for open."""
        row = self._db.execute(
            "SELECT revision, open FROM told WHERE receiver = ? AND alert_id = ?", (receiver.name, alert_id)
        ).fetchone()
        return (0, False) if row is None else (int(row[0]), bool(row[1]))

    def _address(self, receiver: Receiver, notice: Notice) -> None:
        """Make an alert due for a receiver, or no longer; what was due keeps its place."""
        revision, stands = self._told(receiver, notice.alert_id)
        due = revision < notice.revision and to_tell(notice, wanted=wants(receiver, notice), stands=stands)
        change = "INSERT OR IGNORE INTO due VALUES (?, ?)" if due else _NOT_DUE
        self._db.execute(change, (receiver.name, notice.alert_id))

    def _address_now(self, receiver: Receiver, alert_id: str) -> None:
        notice = self.notice(alert_id)
        if notice is not None:
            self._address(receiver, notice)

    def standing(self, receiver: str) -> list[Notice]:
        """Open alerts that a receiver took: for those that forget what is not repeated."""
        rows = self._db.execute(
            "SELECT body FROM told JOIN notices USING (alert_id) WHERE receiver = ? AND told.open AND notices.open "
            "AND told.revision > 0 AND told.problem = '' ORDER BY alert_id",
            (receiver,),
        )
        return [Notice.model_validate_json(body) for (body,) in rows]

    def forget(self, before: str) -> int:
        """Drop alerts that ended before a time (ISO, UTC) and of which nobody has still to be told; gives how many."""
        with self._transaction():
            dropped = self._db.execute(
                "DELETE FROM notices WHERE NOT open AND ended_at < ? AND alert_id NOT IN (SELECT alert_id FROM due)",
                (before,),
            ).rowcount
            self._db.execute("DELETE FROM told WHERE alert_id NOT IN (SELECT alert_id FROM notices)")
        return int(dropped)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """All or nothing."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
