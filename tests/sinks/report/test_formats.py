"""Every format says the same, in both languages, and what publishers wrote stays text in each."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console

from schemas import coldchain, consignment, delivery, household
from schemas.alert import AlertKind, AlertSeverity
from schemas.duty import Level
from schemas.item import Item
from schemas.stock import TemperatureClass
from schemas.temperature import BreachKind
from sinks.clickhouse import queries
from sinks.report import (
    Reader,
    Report,
    Section,
    print_report,
    render_csv,
    render_html,
    render_markdown,
    render_table,
    style,
    words,
)
from sinks.report.markdown import escape
from sinks.report.model import Behind, Column, Kind, Question
from sinks.report.sections import PLANS
from sinks.report.tabular import safe
from streams.core.supply.releasing import Why

NOON = dt.datetime(2022, 4, 2, 4, 0, tzinfo=dt.UTC)
CODES = {
    *household.Group, *delivery.Outcome, *delivery.FailureReason, *consignment.Step, *coldchain.Rule,
    *coldchain.Severity, *AlertSeverity, *AlertKind, *BreachKind, *Level, *TemperatureClass, *get_args(Why),
    "none", "institution", "missing", "late", "in_time", "supply", "coldchain", "alerts", "transfers",
}  # fmt: skip
"""What columns of codes can hold: enums of the contracts, and what the questions say themselves."""
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1", "<script>alert(1)</script>", '"><img src=x onerror=y>',
        "a|b", "`x`", "[x](javascript:y)", "\x1b[31mred", "‮gnp", "' OR 1=1", "{{ 7*7 }}", "http://x")  # fmt: skip


def value_of(kind: Kind, text: str) -> Any:
    """A value of a kind; words are `text`."""
    plain: dict[Kind, Any] = {Kind.FLAG: True, Kind.TIME: NOON, Kind.DATE: dt.date(2022, 5, 1), Kind.MONEY: 650}
    if kind in (Kind.AREA, Kind.ITEM, Kind.CODE, Kind.TEXT):
        return text
    if kind in plain:
        return plain[kind]
    return 1.5 if kind in (Kind.HOURS, Kind.DAYS, Kind.RATE, Kind.MINUTES, Kind.PERCENT, Kind.CELSIUS) else 1234


def a_report(*texts: str) -> Report:
    """Every table with a row for each text, written into all its words."""
    sections = []
    for plan in PLANS:
        question = Question(name=plan.question, params={"areas": texts}, sql=f"SELECT 1 -- ``` {texts}")
        rows = [tuple(value_of(column.kind, text) for column in plan.columns) for text in texts]
        rows = rows[:1] if plan.key == "needs" else rows
        sections.append(Section(key=plan.key, columns=plan.columns, rows=tuple(rows), question=question))
    behind = (Behind(stage="supply", partition=1, known_until=NOON - dt.timedelta(hours=2)),)
    return Report(as_of=NOON, since=NOON - dt.timedelta(days=1), areas=texts, behind=behind, sections=tuple(sections))


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and the text of each cell."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.figures: list[dict[str, str | None] | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "td" and "figure" in (dict(attrs).get("class") or ""):
            self.figures.append(None)
        if tag == "a" and self.figures and self.tags[-2][0] == "td":
            self.figures[-1] = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_every_column_table_and_code_has_words_in_both_languages() -> None:
    for plan in PLANS:
        assert words.SECTIONS[plan.key].zh and words.SECTIONS[plan.key].en
        for column in plan.columns:
            assert words.COLUMNS[column.name].zh != words.COLUMNS[column.name].en
    for code in CODES:
        assert re.search(r"[\u4e00-\u9fff]", words.code_words(code).zh), code
        assert "_" not in words.code_words(code).en
    assert words.code_words("new_code") == ("new code", "new code")


def test_every_table_has_its_question_and_every_question_its_table() -> None:
    asked = {plan.question for plan in PLANS} | {"report_known"}
    assert asked == set(queries.names("report_"))
    for plan in PLANS:
        taken = queries.parameters(queries.load(plan.question))
        assert "as_of" in taken and (plan.citywide or plan.key == "positions" or "areas" in taken), plan.key


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_html_keeps_what_publishers_wrote_as_text(lang: words.Lang) -> None:
    page = Page(render_html(a_report(*EVIL), lang))
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "link"} == set()
    attributes = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    text = "".join(page.text)
    for evil in EVIL:
        assert evil in text, evil


def test_every_figure_links_to_the_statement_that_gave_it() -> None:
    page = Page(render_html(a_report("a", "b"), "en"))
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert len(page.figures) > 100
    assert all(figure is not None and (figure["href"] or "").removeprefix("#") in ids for figure in page.figures)
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    assert all(link.removeprefix("#") in ids for link in links), "nothing leads out of the page"


def test_the_article_alone_brings_no_style_of_its_own() -> None:
    body = render_html(a_report("a"), "zh", alone=False)
    assert body.startswith("<article") and "<style" not in body and "<html" not in body
    rules = re.sub(r"@media print \{|@page \{[^}]*\}", "", style())
    selectors = [each.strip() for rule in re.findall(r"([^{}]+)\{", rules) for each in rule.split(",")]
    assert selectors and all(selector.startswith(".report") for selector in selectors)


def test_a_long_table_shows_its_beginning_and_unfolds() -> None:
    many = [f"place-{number}" for number in range(30)]
    html = render_html(a_report(*many), "en")
    at_first, _, folded = html.partition("</section>")[2].partition(
        '<details class="report-more"><summary>18 more rows'
    )
    assert [name for name in many if f">{name}<" in at_first] == many[:12]
    assert [name for name in many if f">{name}<" in folded.partition("</details>")[0]] == many[12:]
    assert "more rows" not in render_html(a_report(*many[:12]), "en")


def test_the_rest_of_a_long_table_can_lie_on_a_page_of_its_own() -> None:
    many = [f"place-{number}" for number in range(30)]
    report = a_report(*many)
    page = render_html(report, "en", alone=False, more=lambda key: f"/report?table={key}")
    links = re.findall(r'<a href="/report\?table=(\w+)">18 more rows', page)
    assert links == [section.key for section in report.sections if len(section.rows) == 30 and section.key != "needs"]
    assert f">{many[11]}<" in page and f">{many[12]}<" not in page and "<summary>18 more" not in page
    whole = render_html(report, "en", at_first=None)
    assert f">{many[29]}<" in whole and "more rows" not in whole


def test_what_is_missing_of_a_stage_is_one_line() -> None:
    report = a_report("x")
    parts = [Behind(stage="supply", partition=n, known_until=NOON - dt.timedelta(hours=n)) for n in (1, 3, 2)]
    cautions = list(Reader("en").cautions(report.model_copy(update={"behind": tuple(parts)})))
    assert cautions == ["Incomplete: supply (partition 1, 2, 3) is known only until 2022-04-02 09:00:00"]
    (chinese,) = Reader("zh").cautions(report.model_copy(update={"behind": tuple(parts)}))
    assert chinese == "数据不全：供应（分区 1、2、3）只到 2022-04-02 09:00:00"


def test_a_single_row_more_is_one_row() -> None:
    for rows, said in ((13, "1 more row<"), (14, "2 more rows<")):
        assert f"<summary>{said}" in render_html(a_report(*map(str, range(rows))), "en")


def test_why_messages_were_refused_and_which_ledger_it_is_are_told_in_words() -> None:
    report, reader = a_report("absurd_quantity"), Reader("zh")
    columns = {(section.key, column.name): column for section in report.sections for column in section.columns}
    assert reader.value(columns["refused", "code"], "absurd_quantity") == "数量超出限额"
    assert reader.value(columns["refused", "code"], "invalid.missing") == "缺少字段"
    assert reader.value(columns["positions", "stage"], "coldchain") == "冷链"
    assert "数量超出限额" in render_markdown(report, reader) and "数量超出限额" in render_csv(report, reader)
    assert render_table(report.section("refused"), reader).endswith(
        '"absurd_quantity","absurd_quantity","1234","absurd_quantity"\r\n'
    )


def test_no_cell_of_a_spreadsheet_begins_a_formula() -> None:
    report = a_report(*EVIL)
    for text in (render_csv(report, Reader("zh")), *(render_table(each, Reader("en")) for each in report.sections)):
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not is_formula(cell), cell


@given(st.text(alphabet=st.sampled_from(';"=+-@\t\r\n ,|a'), max_size=12), st.sampled_from(";\t"))
@example("w1;=1+1", ";")
@example('w1;"=1+1', ";")
@example("w1\t=1+1\t", "\t")
@example("w1\r\n=1+1", ";")
def test_nor_where_a_spreadsheet_splits_at_another_separator(text: str, separator: str) -> None:
    """As one does whose system writes decimal commas, or whoever chose it the last time."""
    report = a_report(text)
    sheet = render_csv(report, Reader("en")) + render_table(report.section("failures"), Reader("en"))
    for row in csv.reader(io.StringIO(sheet, newline=""), delimiter=separator):
        for cell in row:
            assert not is_formula(cell.lstrip("\r\n")), cell


def test_a_separator_in_a_cell_of_a_spreadsheet_separates_nothing() -> None:
    """LibreOffice offers to split at commas, semicolons and tabs at once: each cell is in quotes."""
    report = a_report("w1;x\ty,z")
    for text in (render_csv(report, Reader("zh")), *(render_table(each, Reader("en")) for each in report.sections)):
        assert all(re.fullmatch(r'("([^"]|"")*"(,(?=")|$))*', line) for line in text.split("\r\n"))


def is_formula(cell: str) -> bool:
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", cell):  # a figure
        return False
    return cell.startswith(("\t", "\r", "\n")) or cell.strip(" \u3000\xa0").startswith(tuple("=+-@|%＝＋－＠"))


@given(st.text())
def test_safe_text_is_no_formula_and_comes_back(text: str) -> None:
    made = safe(text)
    assert made.replace("'", "") == text.replace("'", "")
    assert "\t" in text or ";" in text or "\r" in text or "\n" in text or made in (text, f"'{text}")
    assert not made.startswith(tuple("=+-@\t\r\n|%＝＋－＠"))
    assert not made.lstrip(" \u3000\xa0").startswith(tuple("=+-@\t\r\n|%＝＋－＠"))


def test_csv_of_one_table_is_for_programs() -> None:
    section = a_report("sh/pd/a1").section("prices")
    (row,) = csv.DictReader(io.StringIO(render_table(section, Reader("zh"))))
    assert row == {
        "area": "sh/pd/a1", "item": "sh/pd/a1", "last_fen": "650", "last_at": "2022-04-02T04:00:00+00:00",
        "observations": "1234", "lowest_fen": "650", "highest_fen": "650", "median_before_fen": "650",
        "change_percent": "1.5",
    }  # fmt: skip


def test_markdown_keeps_tables_whole() -> None:
    lines = render_markdown(a_report(*EVIL), Reader("en")).splitlines()
    widths: dict[int, int] = {}
    fenced = False
    for line in lines:
        fenced ^= line.startswith("````")
        if line.startswith("|"):
            assert not fenced
            cells = re.split(r"(?<!\\)\|", line)
            widths[len(cells)] = widths.get(len(cells), 0) + 1
        elif not fenced:
            assert not re.search(r"<(?!a id=)(?!/a>)", line), line
    assert set(widths) == {len(plan.columns) + 2 for plan in PLANS}


@given(st.text(alphabet=st.sampled_from("|`*_[]<>&\\ab \n")))
def test_markdown_text_has_nothing_left_that_means_something(text: str) -> None:
    made = escape(text)
    assert "\n" not in made and "<" not in made and ">" not in made
    assert not re.search(r"(?<!\\)(\\\\)*[|`*_\[\]]", made)


def test_a_terminal_gets_no_control_characters() -> None:
    text = io.StringIO()
    print_report(a_report(*EVIL), Reader("zh"), Console(file=text, highlight=False))
    shown = text.getvalue()
    assert "\x1b" not in shown and "\u202e" not in shown and "�[31mred" in shown
    assert "数据不全：供应（分区 1）只到 2022-04-02 10:00:00" in shown
    assert "<script>alert(1)</script>" in shown


def test_a_terminal_is_spared_reasons_that_nothing_has() -> None:
    report = a_report("a")
    section = report.section("needs_area")
    why = [column.name for column in section.columns].index("at_floor")
    row = tuple(0 if place == why else value for place, value in enumerate(section.rows[0]))
    text = io.StringIO()
    less = report.model_copy(update={"sections": (section.model_copy(update={"rows": (row,)}),)})
    print_report(less, Reader("en"), Console(file=text, highlight=False))
    assert "why: no stock" in text.getvalue() and "why: reserve floor" not in text.getvalue()


def test_people_read_names_and_units_of_their_language() -> None:
    catalogue = {"rice": Item(code="rice", name_zh="大米", name_en="Rice", unit="kg")}
    chinese, english = Reader("zh", catalogue=catalogue), Reader("en", catalogue=catalogue)

    def said(kind: Kind, value: Any) -> tuple[str, str]:
        column = Column(name="area", kind=kind)
        return chinese.value(column, value), english.value(column, value)

    assert said(Kind.ITEM, "rice") == ("大米", "Rice")
    assert said(Kind.ITEM, "gold") == ("gold", "gold")
    assert said(Kind.CODE, "not_home") == ("无人在家", "not home")
    assert said(Kind.HOURS, 42.0) == ("42 小时", "42 h")
    assert said(Kind.CHANGE, 1234) == ("+1,234", "+1,234")
    assert said(Kind.CHANGE, -3) == ("-3", "-3")
    assert said(Kind.MONEY, 123456) == ("¥1,234.56", "¥1,234.56")
    assert said(Kind.TIME, NOON) == ("2022-04-02 12:00:00", "2022-04-02 12:00:00")
    assert said(Kind.FLAG, True) == ("是", "yes")
    assert said(Kind.NUMBER, None) == ("", "")


def test_json_is_for_programs() -> None:
    found = json.loads(json.dumps(a_report("x").as_json()))
    assert found["as_of"] == "2022-04-02T04:00:00+00:00"
    assert found["behind"] == [{"stage": "supply", "partition": 1, "known_until": "2022-04-02T02:00:00Z"}]
    stock = found["sections"]["stock"]
    assert stock["rows"][0]["below_floor"] is True and stock["columns"]["below_floor"] == "flag"
    assert stock["question"]["name"] == "report_stock"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.NUMBER, "7"),
        (Kind.NUMBER, 7.5),
        (Kind.NUMBER, True),
        (Kind.TEXT, 7),
        (Kind.DATE, NOON),
        (Kind.TIME, NOON.date()),
        (Kind.FLAG, 1),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: Kind, value: Any) -> None:
    question = Question(name="q", params={}, sql="SELECT 1")
    with pytest.raises(ValidationError, match="is no"):
        Section(key="x", columns=(Column(name="x", kind=kind),), rows=((value,),), question=question)
    with pytest.raises(ValidationError, match="0 values in 1 columns"):
        Section(key="x", columns=(Column(name="x", kind=kind),), rows=((),), question=question)
