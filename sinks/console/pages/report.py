"""Report (日报): the daily situation report as page, print view, Markdown and CSV."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from typing import Any, Final

from markupsafe import Markup

from sinks.console.asked import Asked, BadRequest
from sinks.console.desk import Desk, Linker
from sinks.report import Reader, Report, build, known_until, render_csv, render_html, render_markdown
from sinks.report.html import style

MOST_KEPT: Final = 20
_MAKING: Final = threading.Lock()
"""A report asks for much: one is made at a time."""
_KEPT: Final[OrderedDict[Any, Report]] = OrderedDict()
"""A report of a time never changes; that of now is of the newest time of which everything is known."""


def report(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The page: the beginning of each table, or with `table` all of that one."""
    whole, table = _built(desk, asked), asked.word("table")
    shown = tuple(section for section in whole.sections if table in ("", section.key))
    if not shown:
        raise BadRequest("table")
    link, at = Linker(asked), whole.as_of.isoformat()
    body = render_html(
        whole.model_copy(update={"sections": shown}),
        reader=_reader(desk, asked),
        alone=False,
        **{"at_first": None} if table else {"more": lambda key: link("/report", at=at, table=key)},
    )
    return desk.render("report.html", asked, bare, body=Markup(body), table=table)


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
    with _MAKING:
        with desk.store.client() as client:
            at = asked.as_of if asked.past else known_until(client)
        kept = _KEPT.get(key := (id(desk), at, tuple(areas or ())))
        if kept is None:
            kept = _KEPT[key] = _made(desk, at, areas)
            while len(_KEPT) > MOST_KEPT:
                _KEPT.popitem(last=False)
    return kept


def _made(desk: Desk, at: dt.datetime, areas: list[str] | None) -> Report:
    with desk.store.client() as client:
        return build(client, at, areas, desk.alert_settings, ask=desk.store.tables)
