"""Report (日报): the daily situation report as page, print view, Markdown and CSV."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any, Final

from markupsafe import Markup

from sinks.console.asked import Asked
from sinks.console.desk import Desk
from sinks.report import Reader, Report, build, render_csv, render_html, render_markdown
from sinks.report.html import style

FRESH: Final = 60.0
"""Seconds for which a report of now is shown again; one of the past never changes."""
MOST_KEPT: Final = 20
_MAKING: Final = threading.Lock()
"""A report asks for much: one is made at a time."""
_KEPT: Final[OrderedDict[Any, tuple[float, Report]]] = OrderedDict()


def report(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The page."""
    return desk.render(
        "report.html",
        asked,
        bare,
        body=Markup(render_html(_built(desk, asked), reader=_reader(desk, asked), alone=False)),
    )


def as_markdown(desk: Desk, asked: Asked) -> str:
    """The same as Markdown."""
    return render_markdown(_built(desk, asked), _reader(desk, asked))


def as_csv(desk: Desk, asked: Asked) -> str:
    """The same as CSV."""
    return render_csv(_built(desk, asked), _reader(desk, asked))


def css() -> str:
    """The report's style sheet."""
    return style()


def _reader(desk: Desk, asked: Asked) -> Reader:
    return Reader("en" if asked.lang == "en" else "zh", asked.zone, desk.catalogue)


def _built(desk: Desk, asked: Asked) -> Report:
    areas = list(asked.user.areas) or None
    if asked.place and asked.user.may_see(asked.place):
        areas = [asked.place]
    at = asked.as_of if asked.past else None
    with _MAKING:
        kept = _KEPT.get(key := (id(desk), at, tuple(areas or ())))
        if kept is None or (at is None and time.monotonic() - kept[0] > FRESH):
            with desk.store.client() as client:
                kept = (time.monotonic(), build(client, at, areas, desk.alert_settings))
            _KEPT[key] = kept
            _KEPT.move_to_end(key)
            while len(_KEPT) > MOST_KEPT:
                _KEPT.popitem(last=False)
    return kept[1]
