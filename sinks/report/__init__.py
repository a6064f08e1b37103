"""The daily situation report (每日会商): one page that nobody had to assemble, the same whenever it is asked again."""

from sinks.report.asking import Ask
from sinks.report.build import build, build_of, known_until
from sinks.report.html import render_html, style
from sinks.report.markdown import render_markdown
from sinks.report.model import Report, Section
from sinks.report.needs import Table
from sinks.report.tabular import render_csv, render_table
from sinks.report.terminal import print_report
from sinks.report.text import Reader

__all__ = [
    "Ask",
    "Reader",
    "Report",
    "Section",
    "Table",
    "build",
    "build_of",
    "known_until",
    "print_report",
    "render_csv",
    "render_html",
    "render_markdown",
    "render_table",
    "style",
]
