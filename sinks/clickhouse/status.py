"""What the audit sink tells about itself, for health checks and metrics."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

STALLED_AFTER = 120.0
"""Seconds without progress after which the sink counts as unhealthy."""


@dataclass
class SinkStatus:
    """Written by the sink, read by anybody in the same process. `problem`, `kafka_problem`, `spans_problem`: ''
    while all is well."""

    ready: bool = False
    """Positions are known and rows flow."""
    rows_behind: int | None = None
    """Records in the ledgers that are not yet in ClickHouse; None: not known yet."""
    records_written: int = 0
    inserts: int = 0
    rows_set_aside: int = 0
    retries: int = 0
    last_insert_at: datetime | None = None
    last_insert_seconds: float = 0.0
    problem: str = ""
    kafka_problem: str = ""
    spans_behind: int | None = None
    """Records in ClickHouse that spans are not made of yet; None: not known yet."""
    records_in_spans: int = 0
    """Records of which spans were made."""
    spans_problem: str = ""
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    """Next offset that ClickHouse lacks, by ledger topic and partition."""
    lag: dict[tuple[str, int], int] = field(default_factory=dict)
    """Records that are not yet in ClickHouse, by ledger topic and partition."""
    progress: float = field(default_factory=time.monotonic)
    """Steady clock when rows were last written, or none was waiting."""

    def wrote(self, rows: int, at: datetime, seconds: float) -> None:
        """An insert was acknowledged."""
        self.records_written += rows
        self.inserts += 1
        self.last_insert_at, self.last_insert_seconds = at, seconds
        self.problem = ""
        self.progress = time.monotonic()

    def measured(self, lag: dict[tuple[str, int], int]) -> None:
        """The ends of the ledgers were asked for: so many records are not in ClickHouse."""
        self.lag, self.rows_behind, self.kafka_problem = lag, sum(lag.values()), ""
        if self.rows_behind == 0:
            self.progress = time.monotonic()

    @property
    def healthy(self) -> bool:
        """Whether it made progress, or had nothing to do, within STALLED_AFTER seconds."""
        return time.monotonic() - self.progress < STALLED_AFTER
