"""Numbered migrations: SQL files rendered for a target, each applied once, refused where an applied one was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from string import Template
from typing import Final

from schemas.errors import USAGE, BaogongError
from sinks.clickhouse.client import Client

_WINDOW: Final = 10_000
"""Inserts whose tokens a table remembers: far more than can be under way."""
_FOLDER: Final = "migrations"

_MIGRATIONS_TABLE: Final = """CREATE TABLE IF NOT EXISTS migrations $on_cluster
(
    number UInt32 COMMENT 'Number of the migration',
    name String COMMENT 'File name',
    checksum String COMMENT 'SHA-256 of the file',
    target String COMMENT 'What it was rendered for',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was applied'
)
ENGINE = $replacing
ORDER BY number
COMMENT 'Migrations that were applied'"""


class Target(StrEnum):
    """What a migration is rendered for."""

    EMBEDDED = "embedded"
    """One server without replication: the embedded one, or any single ClickHouse."""
    CLUSTER = "cluster"
    """One shard with replicas, named by the server's macros {cluster}, {shard} and {replica}."""


_WORDS: Final = {
    Target.EMBEDDED: {
        "on_cluster": "",
        "replacing": "ReplacingMergeTree",
        "aggregating": "AggregatingMergeTree",
        "collapsing": "CollapsingMergeTree(sign)",
        "merge": "MergeTree",
        "window": f"non_replicated_deduplication_window = {_WINDOW}",
    },
    Target.CLUSTER: {
        "on_cluster": "ON CLUSTER '{cluster}'",
        "replacing": "ReplicatedReplacingMergeTree",
        "aggregating": "ReplicatedAggregatingMergeTree",
        "collapsing": "ReplicatedCollapsingMergeTree(sign)",
        "merge": "ReplicatedMergeTree",
        "window": f"replicated_deduplication_window = {_WINDOW}",
    },
}


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file, as it lies in the package."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, by which a later change is noticed."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, target: Target) -> list[str]:
        """Its SQL statements for a target."""
        return [render(statement, target) for statement in split(self.text)]


@dataclass(frozen=True, slots=True)
class Applied:
    """What the server says of a migration; `at` None: not applied."""

    migration: Migration
    at: datetime | None


def split(text: str) -> list[str]:
    """Statements of a file: each ends with a semicolon at the end of a line. Comment lines are left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    statements = "\n".join(lines).split(";\n")
    return [statement.strip().rstrip(";") for statement in statements if statement.strip()]


def render(statement: str, target: Target) -> str:
    """A statement with the words of a target; lines that end up empty of words stay as they are."""
    return Template(statement).substitute(_WORDS[target]).replace("  (", " (")


def available() -> list[Migration]:
    """All migrations, by number. Raises ValueError where two have one number (a defect)."""
    folder = resources.files("sinks.clickhouse") / _FOLDER
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    found = [Migration(int(entry.name[:4]), entry.name, entry.read_text(encoding="utf-8")) for entry in files]
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations are numbered 0001, 0002, ... without gaps")
    return found


def parse_target(name: str) -> Target:
    """A target by name; raises BaogongError for another."""
    try:
        return Target(name)
    except ValueError as error:
        raise BaogongError(f"'{name}' is not a target: say embedded or cluster.", USAGE) from error


def status(client: Client) -> list[Applied]:
    """Every migration and when the server had it. Raises BaogongError where an applied one was changed since."""
    applied = _applied(client)
    known = available()
    for migration in known:
        if migration.number in applied and applied[migration.number][0] != migration.checksum:
            raise BaogongError(
                f"Migration {migration.name} was changed after it was applied: put the old file back, and write the "
                "change as a new migration with the next number."
            )
    newest = max(applied, default=0)
    if newest > len(known):
        raise BaogongError(
            f"The database has migration {newest} and this version knows only {len(known)}: use a newer baogong."
        )
    return [Applied(each, applied[each.number][1] if each.number in applied else None) for each in known]


def migrate(
    client: Client, target: str = "embedded", applied: Callable[[Migration], None] | None = None
) -> list[Migration]:
    """Apply what the server does not have yet, in order; returns what was applied (`applied` is told each one).

    A migration that breaks off is applied again from its start next time: its statements bear that.
    """
    aim = parse_target(target)
    client.run(render(_MIGRATIONS_TABLE, aim))
    pending = [each.migration for each in status(client) if each.at is None]
    for migration in pending:
        for statement in migration.statements(aim):
            client.run(statement)
        data: list[list[object]] = [[migration.number], [migration.name], [migration.checksum], [aim.value]]
        client.insert("migrations", ("number", "name", "checksum", "target"), data, f"migration-{migration.number}")
        if applied is not None:
            applied(migration)
    return pending


def script(pending: list[Migration], target: str) -> str:
    """The SQL that `migrate` would run."""
    aim = parse_target(target)
    parts = [f"{render(_MIGRATIONS_TABLE, aim)};"]
    for migration in pending:
        parts.append(f"-- {migration.name}")
        parts.extend(f"{statement};" for statement in migration.statements(aim))
    return "\n\n".join(parts) + "\n"


def _applied(client: Client) -> dict[int, tuple[str, datetime]]:
    there = client.rows("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'")
    if not there[0][0]:
        return {}
    rows = client.rows("SELECT number, checksum, applied_at FROM migrations FINAL ORDER BY number")
    return {number: (checksum, at) for number, checksum, at in rows}
