"""Keeps spans up to the ledgers beside the sink that writes them; its position lies in ClickHouse (span_plans)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection
from typing import Final

import structlog

from sinks.clickhouse.client import QueryFailed, ServerAway, connect
from sinks.clickhouse.spans import STEP, SpanMaker
from sinks.clickhouse.status import SinkStatus
from sinks.clickhouse.writer import Answer, answer_to, operator_error

PAUSE: Final = 0.5
"""Seconds between two looks for new rows, or as many as the last look took: a step costs tenths of a second of the
server's processor however small it is, and rows and pages are to have their share."""
LONGEST_PAUSE: Final = 5.0
TELL_EVERY: Final = 5.0

log = structlog.get_logger("baogong.spans")


class SpanKeeper:
    """A thread's work: catch up, wait, again. A ClickHouse that is away is waited for.

    `only`: these ledger partitions (None: all of them); several keepers may run beside each other.
    """

    def __init__(self, url: str, status: SinkStatus, only: Collection[int] | None = None) -> None:
        self._url, self._status, self._only = url, status, only
        self._ending = threading.Event()
        self._told = time.monotonic()

    async def run(self) -> None:
        """Until `end`; raises BaogongError where a person has to mend something."""
        await asyncio.to_thread(self._keep)

    def end(self) -> None:
        """Stop after the step that is under way; what is left is made at the next start."""
        self._ending.set()

    def _keep(self) -> None:
        pause = PAUSE
        while not self._ending.is_set():
            try:
                with connect(self._url) as client:
                    self._keep_with(SpanMaker(client, STEP, self._only))
            except (ServerAway, QueryFailed) as error:
                pause = PAUSE if self._status.spans_problem == "" else min(pause * 2, LONGEST_PAUSE)
                self._wait_for_server(error, pause)

    def _keep_with(self, maker: SpanMaker) -> None:
        while not self._ending.is_set():
            began = time.monotonic()
            maker.catch_up(lambda made: self._note(maker, made), self._ending)
            self._note(maker, 0)
            self._ending.wait(max(PAUSE, time.monotonic() - began))

    def _note(self, maker: SpanMaker, made: int) -> None:
        """For health checks and metrics; while there is much to catch up with, also into the log."""
        self._status.spans_behind, self._status.spans_problem = maker.behind, ""
        self._status.records_in_spans += made
        if made and maker.behind > STEP and time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            log.info("spans_catch_up", made=self._status.records_in_spans, behind=maker.behind)

    def _wait_for_server(self, error: ServerAway | QueryFailed, pause: float) -> None:
        if isinstance(error, QueryFailed) and answer_to(error.number) is Answer.OPERATOR:
            raise operator_error(error) from error
        if self._status.spans_problem != str(error):
            log.warning("spans_wait", problem=str(error))
        self._status.spans_problem = str(error)
        self._ending.wait(pause)
