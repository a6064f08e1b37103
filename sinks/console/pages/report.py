"""Report (日报): the daily situation report as page, print view, Markdown and CSV."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from sinks.console.asked import Asked, BadRequest, NotKnownYet
from sinks.console.desk import Desk, Linker
from sinks.report import Reader, Report, render_csv, render_html, render_markdown
from sinks.report.html import style


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
    own = replace(asked, as_of=whole.as_of)
    return desk.render("report.html", own, bare, body=Markup(body), table=table, at=at)


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
    areas = tuple(asked.user.areas)
    if asked.place and asked.user.may_see(asked.place):
        areas = (asked.place,)
    if not asked.past:
        return desk.reports.newest(areas)
    if asked.as_of > (until := desk.reports.until(asked.as_of)):
        raise NotKnownYet(until)
    return desk.reports.of(asked.as_of, areas)
