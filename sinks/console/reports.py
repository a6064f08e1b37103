"""Reports that the console keeps: those that were asked for, and the newest ones, which are made ahead of who asks."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from schemas.errors import BaogongError
from sinks.console.store import Store
from sinks.report import Ask, Report, Table, build_of, known_until
from streams.core.alerts.settings import AlertSettings

MOST_KEPT: Final = 20
EVERY: Final = 30.0
"""Seconds between two reports that are made ahead: what a page shows as newest is not much older, and says its time."""
ASKED_WITHIN: Final = 12 * 3600.0
"""Seconds for which the newest report of some areas is made ahead after somebody has asked for it."""
MOST_AHEAD: Final = 8
"""Choices of areas for which that is done: those that were asked for last."""

Areas = tuple[str, ...]
"""Places that a report is about; none: everywhere."""
log = structlog.get_logger("baogong.console")


@dataclass(slots=True)
class _Newest:
    report: Report
    made: float
    asked: float


class Reports:
    """A report asks for much, so of those that are waited for one is made at a time, and none ahead meanwhile.

    A report of a time never changes, so it is made once.
    """

    def __init__(self, store: Store, settings: AlertSettings) -> None:
        self._store, self._settings = store, settings
        self._making, self._idle, self._waiting = threading.Lock(), threading.Condition(), 0
        self._kept: OrderedDict[tuple[dt.datetime, Areas], Report] = OrderedDict()
        self._newest: dict[Areas, _Newest] = {}
        self._running = False
        self._known: dt.datetime | None = None

    def of(self, at: dt.datetime, areas: Areas) -> Report:
        """The report of a time; raises as `build` does."""
        with self._waited_for():
            return self._kept.get((at, areas)) or self._keep(areas, at, self._store.tables)

    def until(self, at: dt.datetime) -> dt.datetime:
        """Up to when all is known, at least as far as that matters for a report of `at`; raises as `known_until`."""
        if self._known is None or self._known < at:
            self._known = self._known_now()
        return self._known

    def newest(self, areas: Areas) -> Report:
        """The report as far as all is known; where they are made ahead, as far as it was known a moment ago."""
        found = self._newest.get(areas)
        if not self._running or found is None or time.monotonic() - found.made > 2 * EVERY:
            with self._waited_for():
                found = self._make_newest(areas, time.monotonic(), self._store.tables)
        found.asked = time.monotonic()
        return found.report

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """While this lasts, the newest reports are made ahead."""
        end, self._running = threading.Event(), True
        thread = threading.Thread(target=self._make_ahead, args=(end,), name="reports", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._running = False
            end.set()
            thread.join()

    def _make_ahead(self, end: threading.Event) -> None:
        problem = ""
        while not end.is_set():
            try:
                for areas, asked in self._wanted():
                    if not end.is_set():
                        self._make_newest(areas, asked, self._when_idle)
                problem = ""
            except BaogongError as error:  # nothing is known yet, or ClickHouse is away: whoever asks is told so
                if str(error) != problem:
                    problem = str(error)
                    log.info("reports_wait", problem=problem)
            end.wait(EVERY)

    def _wanted(self) -> list[tuple[Areas, float]]:
        """Whose newest report is to be made, and when it was asked for; that of all areas always is."""
        now = time.monotonic()
        asked = {areas: each.asked for areas, each in list(self._newest.items()) if now - each.asked < ASKED_WITHIN}
        return [((), asked.pop((), now)), *asked.items()]

    @contextmanager
    def _waited_for(self) -> Iterator[None]:
        with self._idle:
            self._waiting += 1
        try:
            with self._making:
                yield
        finally:
            with self._idle:
                self._waiting -= 1
                self._idle.notify_all()

    def _when_idle(self, statements: Iterable[str]) -> Iterator[Table]:
        """Answers one after the other, each asked for when nobody waits for a report."""
        for statement in statements:
            with self._idle:
                self._idle.wait_for(lambda: not self._waiting)
            yield from self._store.tables([statement])

    def _make_newest(self, areas: Areas, asked: float, ask: Ask) -> _Newest:
        self._known = at = self._known_now()
        report = self._kept.get((at, areas)) or self._keep(areas, at, ask)
        found = self._newest[areas] = _Newest(report, time.monotonic(), asked)
        for _, oldest in sorted((each.asked, areas) for areas, each in list(self._newest.items()))[:-MOST_AHEAD]:
            self._newest.pop(oldest, None)
        return found

    def _known_now(self) -> dt.datetime:
        with self._store.client() as client:
            return known_until(client)

    def _keep(self, areas: Areas, at: dt.datetime, ask: Ask) -> Report:
        report = build_of(ask, self.until(at), at, areas or None, self._settings)
        self._kept[at, areas] = report
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return report
