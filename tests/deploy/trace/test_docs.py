"""The examples of docs/tracing.md work as they stand."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import cli
from deploy.settings import load_settings
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]
PAGE = (Path(__file__).parents[3] / "docs" / "tracing.md").read_text()


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [text for said, text in found if said == language]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What each command of the page prints."""
    directory = tmp_path_factory.mktemp("docs")
    (rows,) = blocks("jsonl")
    (directory / "fish.jsonl").write_text(rows)
    lines = [line for block in blocks("sh")[1:] for line in block.splitlines()]
    with started(load_settings(data=directory / "data"), "replayed") as stack:
        printed = {}
        for line in lines:
            program, *arguments = shlex.split(line.replace("fish.jsonl", str(directory / "fish.jsonl")))
            assert program == "baogong"
            servers = {"publish": ["--kafka", stack.kafka], "sql": ["--clickhouse", stack.clickhouse]}
            both = ["--kafka", stack.kafka, "--clickhouse", stack.clickhouse]
            options = servers.get(arguments[0], both)
            result = CliRunner().invoke(cli, [*arguments, *options], standalone_mode=False)
            assert (result.exception, result.return_value or 0) == (None, 0), (line, result.output)
            printed[line] = result.stdout
            if arguments[0] == "publish":
                stack.drain(60)
        yield printed


def test_the_examples_say_what_the_page_says(run: dict[str, str]) -> None:
    tree = next(block for block in blocks("") if "去向" in block).strip().splitlines()
    shown = run["baogong trace consignment csw-1"]
    for line in tree:
        assert line.rstrip() in shown, (line, shown)
    assert "temperature breach" in run["baogong trace household h-1 --lang en"]
    told = json.loads(run["baogong trace lot pallet-7 --json"])
    assert {node["id"] for node in told["down"]["nodes"] if node["kind"] == "household"} == {"h-1"}
    assert told["up"]["nodes"]


def test_the_views_answer(run: dict[str, str]) -> None:
    answers = {line: text for line, text in run.items() if line.startswith("baogong sql")}
    assert len(answers) == 5
    for line, words in (("breaches", "g-1"), ("readings", "-6.5"), ("consignments", "temperature_breach"),
                        ("coldchain_holds", "packs")):  # fmt: skip
        assert any(f"FROM {line}" in asked and words in text for asked, text in answers.items()), (line, answers)
