"""Report (日报): the daily situation report as page, print view, Markdown and CSV."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from sinks.console.asked import Asked
from sinks.console.desk import Desk
from sinks.report import Reader, build, render_csv, render_html, render_markdown
from sinks.report.html import style


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


def _built(desk: Desk, asked: Asked) -> Any:
    areas = list(asked.user.areas) or None
    if asked.place and asked.user.may_see(asked.place):
        areas = [asked.place]
    with desk.store.client() as client:
        return build(client, asked.as_of if asked.past else None, areas, desk.alert_settings)
