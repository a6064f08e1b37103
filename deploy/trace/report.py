"""A trace as a person reads it: where from, where to, temperature, verdicts, exposure, and every step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deploy.trace.exposure import exposure
from deploy.trace.search import Story
from deploy.trace.steps import timeline
from deploy.trace.telling import Plain, holds, temperature
from deploy.trace.tree import KINDS, Branches
from deploy.trace.words import Words
from schemas.temperature import Profiles
from streams.lineage.graph import Kind
from streams.story.shares import shares
from streams.story.why import why_so_much

SHOWN: Final = 40
"""Rows of a table; the JSON has all."""


def show(story: Story, profiles: Profiles, words: Words, console: Console) -> None:
    """Print all of it."""
    kind = Kind(story.subject.value)
    console.print(Text(f"{words.say(*KINDS[kind])} {story.name}", style="bold"))
    _consignments(story, words, console)
    for down in (False, True):
        tree = Branches(story, words, down).tree()
        if tree is not None:
            console.print()
            console.print(tree)
    _temperature(temperature(story, profiles), words, console)
    _part(console, words.say("不合格与封存", "checks failed and holds"), _verdicts(story, words))
    _part(console, words.say("流向住户", "who has, or was to get, what"), _exposure(exposure(story), words))
    _part(console, words.say("所得与缘由", "what it got, and why so much"), _shares(story, words))
    if story.steps:
        _part(console, words.say("经过", "step by step"), timeline(story.steps, words))
    for letter in story.refusals:
        console.print(f"{words.say('拒收', 'refused')}: {letter.place}: {letter.reason} ({letter.code})", markup=False)


def _part(console: Console, title: str, table: Table) -> None:
    if table.row_count:
        console.print()
        console.print(Text(title, style="bold"))
        console.print(table)


def _table(headings: Iterable[str], rows: Sequence[Sequence[str | Text]], words: Words) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows[:SHOWN]:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    if len(rows) > SHOWN:
        more = len(rows) - SHOWN
        table.add_row(words.say(f"另有 {more} 行，见 --json", f"{more} more: see --json"))
    return table


def _consignments(story: Story, words: Words, console: Console) -> None:
    """Each consignment that the subject is or came from, in a line."""
    for name, file in sorted(story.dossiers.items()):
        declared, step = file.declared or {}, file.step or {}
        facts = [
            (words.say("产地", "from"), declared.get("origin")),
            (words.say("进口商", "importer"), declared.get("importer")),
            (words.say("温度要求", "profile"), words.code(file.profile) if file.profile else None),
            (words.say("环节", "step"), words.code(step["step"]) if step else None),
            (words.say("地点", "at"), step.get("facility")),
            (words.say("自", "since"), words.at(step.get("at"))),
        ]
        told = ", ".join(f"{what} {said}" for what, said in facts if said)
        console.print(Text(f"{words.say(*KINDS[Kind.CONSIGNMENT])} {name}: {told}"))


def _temperature(loggers: Sequence[Plain], words: Words, console: Console) -> None:
    if loggers:
        console.print()
        console.print(Text(words.say("温度记录", "temperature"), style="bold"))
    for logger in loggers[:SHOWN]:
        console.print(Text(_heading(logger, words)))
        curve = logger["sparkline"]
        scale = f"{logger['min_c']:g} … {logger['max_c']:g} °C"
        console.print(Padding(Text.assemble((curve["curve"], "cyan"), f"  {scale}"), (0, 0, 0, 2)))
        if curve["marks"]:
            out = words.say("超限", "out of range")
            console.print(Padding(Text.assemble((curve["marks"], "red"), f"  {out}"), (0, 0, 0, 2)))
        console.print(Padding(Text(_figures(logger, words)), (0, 0, 0, 2)))
        for line in _found(logger, words):
            console.print(Padding(line, (0, 0, 0, 2)))
    if len(loggers) > SHOWN:
        more = len(loggers) - SHOWN
        console.print(words.say(f"另有 {more} 个记录仪，见 --json", f"{more} more loggers: see --json"))


def _heading(logger: Plain, words: Words) -> str:
    lots = f" ({', '.join(logger['lot_ids'])})" if logger["lot_ids"] else ""
    place = f"{words.say('记录仪', 'logger')} {logger['logger_id']}, {logger['consignment_id']}{lots}"
    return f"{place}: {words.at(logger['first'])} – {words.at(logger['last'])}"


def _figures(logger: Plain, words: Words) -> str:
    every = logger["interval_minutes"]
    told = [
        f"{words.say('读数', 'readings')} {logger['readings']:,}",
        f"{words.say('间隔', 'every')} {every} min" if every else "",
        f"{words.say('超限', 'out of range')} {logger['out_minutes']:,.0f} min",
        f"{words.say('未知', 'unknown')} {logger['unknown_minutes']:,.0f} min",
        f"{words.say('平均动力学温度', 'mean kinetic')} {logger['mkt_c']:.1f} °C"
        if logger["mkt_c"] is not None
        else "",
    ]
    return ", ".join(part for part in told if part)


def _found(logger: Plain, words: Words) -> Iterable[Text]:
    """Breaches, unknown periods, flags and warnings, a line each; many alike are counted."""
    goes_on = words.say("持续", "goes on")
    for one in logger["breaches"]:
        span = f"{words.at(one['start'])} – {words.at(one['end']) or goes_on}"
        which = words.say("高温超限", "hot breach") if one["kind"] == "hot" else words.say("低温超限", "cold breach")
        worst = f"{one['minutes']:,.0f} min, {words.say('最差', 'worst')} {one['peak_c']:g} °C"
        yield Text(f"{which}: {span}, {worst}", style="red")
    for one in logger["gaps"]:
        span = f"{words.at(one['start'])} – {words.at(one['end']) or goes_on}"
        yield Text(f"{words.say('温度未知', 'unknown')}: {span}", style="yellow")
    for flag in sorted({one["flag"] for one in logger["flags"]}):
        ats = [one["at"] for one in logger["flags"] if one["flag"] == flag]
        yield Text(f"{words.code(flag)}: {len(ats)} ×, {words.at(ats[0])}", style="yellow")
    if logger["warnings"]:
        first, best = logger["warnings"][0]["at"], max(one["score"] for one in logger["warnings"])
        told = f"{words.say('预警', 'early warning')}: {len(logger['warnings'])} ×, {words.at(first)}, {best:.2f}"
        yield Text(told, style="yellow")


def _verdicts(story: Story, words: Words) -> Table:
    """Checks that fail still, and holds that stand, of the consignments and of the subject's own lots."""
    rows: list[tuple[str, ...]] = []
    for name, file in sorted(story.dossiers.items()):
        whole = words.say("整批", "all of it")
        for check in file.failed:
            said = words.say(check["reason_zh"], check["reason_en"], "\n")
            what = f"{words.code(check['severity'])}: {words.code(check['rule'])}"
            rows.append((name, ", ".join(check["lot_ids"]) or whole, what, said, words.at(check["since"])))
        for hold in file.standing:
            place = (name, ", ".join(hold["lot_ids"]) or whole)
            said = f"{hold['hold_id']}: {words.reason(hold['reason'])}"
            rows.append((*place, words.say("封存令", "hold"), said, words.at(hold["at"])))
    lineage, subjects = story.hunt.lineage, story.hunt.subjects
    for node in sorted({*subjects, *lineage.up(subjects), *lineage.down(subjects)}):
        for hold_id, reason in holds(lineage, node).items():
            rows.append(("", node.name, words.say("批次封存", "lot held"), f"{hold_id}: {words.reason(reason)}", ""))
    pairs = ("冷链批次", "consignment"), ("批次", "lots"), ("结论", "verdict"), ("理由", "reason"), ("自", "since")
    return _table([words.say(*pair) for pair in pairs], rows, words)


def _exposure(rows: Sequence[Plain], words: Words) -> Table:
    pairs = (
        ("住户", "household"), ("批次", "lot"), ("品类", "item"), ("冷链批次", "consignment"), ("送达", "delivered"),
        ("在途", "in transit"), ("预留", "reserved"), ("收回", "taken back"), ("封存", "held"), ("告知", "contact"),
    )  # fmt: skip
    return _table([words.say(*pair) for pair in pairs], [_exposed(row, words) for row in rows], words)


def _exposed(row: Plain, words: Words) -> tuple[str | Text, ...]:
    def units(name: str) -> str:
        return str(row[name]) if row[name] else ""

    delivered = f"{row['delivered']}, {words.at(row['delivered_at'])}" if row["delivered"] else ""
    back = f"{row['taken_back']} ({words.codes(row['taken_back_for'])})" if row["taken_back"] else ""
    held = Text(words.say("封存", "held"), style="bold red") if row["held"] else words.say("否", "no")
    on_the_way = units("in_transit") + (f" ({words.say('已召回', 'recalled')})" if row["recalled"] else "")
    return (
        row["requester_id"], row["lot_id"], row["item"] or "", ", ".join(row["consignment_ids"]), delivered,
        on_the_way, units("reserved"), back, held, _contact(row, words),
    )  # fmt: skip


def _shares(story: Story, words: Words) -> Table:
    """Each need of a request or household: units, the rule behind them, what it would have needed for more."""
    rows: list[tuple[str, ...]] = []
    for share in shares(story.steps):
        now, said = share.now, why_so_much(share)
        told = (words.code(now.need_class), f"{now.people:,}", f"{now.got:,} / {now.asked:,}", f"{share.fill:.0%}")
        rows.append((share.need_id, *told, words.say(said.zh, said.en, "\n")))
    pairs = (
        ("缺口", "need"), ("类别", "class"), ("人数", "people"), ("得 / 要", "got / asked"), ("满足", "fill"),
        ("缘由", "why"),
    )  # fmt: skip
    return _table([words.say(*pair) for pair in pairs], rows, words)


def _contact(row: dict[str, Any], words: Words) -> str:
    states = {
        "open": ("待告知", "to be contacted"),
        "overdue": ("逾期未告知", "overdue"),
        "contacted": ("已告知", "contacted"),
        "lifted": ("已解除", "lifted"),
    }
    if row["contact"] is None:
        return ""
    due = f" {words.say('限', 'by')} {words.at(row['contact_due_at'])}" if row["contact_due_at"] else ""
    return words.say(*states[row["contact"]]) + due
