"""`baogong topics`: the declared topics beside what the broker has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands.options import DATA, KAFKA
from deploy.settings import load_settings
from schemas.errors import FAILURE

if TYPE_CHECKING:
    from streams.topics import TopicState


@click.command("topics")
@click.option("--create", is_flag=True, help="Make the topics that are missing; nothing that is there is changed.")
@KAFKA
@DATA
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(create: bool, kafka: str | None, data: Path | None, as_json: bool) -> int:
    """List the declared topics and whether the broker has them as declared; exit code 1 where it has not.

    Example: baogong topics --create
    """
    from streams.topics import inspect_topics, make_topics

    address = load_settings(kafka=kafka, data=data).kafka_address()
    states = make_topics(address) if create else inspect_topics(address)
    if as_json:
        click.echo(json.dumps([_as_json(state) for state in states], indent=1))
    else:
        _show(states)
    return 0 if all(state.good for state in states) else FAILURE


def _as_json(state: TopicState) -> dict[str, object]:
    topic = state.topic
    return {
        "topic": topic.name,
        "title": topic.title,
        "key": topic.key,
        "partitions": topic.partitions,
        "config": topic.broker_config,
        "state": str(state.found),
        "differences": list(state.differences),
    }


def _show(states: list[TopicState]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("topic", no_wrap=True)
    for heading in ("what", "key", "partitions", "state"):
        table.add_column(heading)
    for state in states:
        topic = state.topic
        words = "; ".join((str(state.found), *state.differences))
        table.add_row(topic.name, topic.title, topic.key or "-", str(topic.partitions), words)
    Console(highlight=False).print(table)
    if any(state.found == "missing" for state in states):
        click.echo("Make what is missing with 'baogong topics --create'.", err=True)
    if any(state.found == "differs" for state in states):
        click.echo(
            "A topic that differs is not changed: mend it with Kafka's own tools, or use a fresh broker.", err=True
        )
