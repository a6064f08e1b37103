"""Writes schemas/generated from the models, or checks that it is fresh: `python -m schemas.generate [--check]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from schemas.asyncapi import document
from schemas.compatibility import breaks
from schemas.contract import STAGES, Json, models, name_of, topic_schema
from schemas.errors import FAILURE, BaogongError
from schemas.topics import ALL_TOPICS, DECLARED, Topic

HERE: Final = Path(__file__).parent
GENERATED: Final = HERE / "generated"
RELEASED: Final = HERE / "released"
"""The JSON Schemas that messages in the field were written to; compatibility is measured from here."""
EXAMPLES: Final = HERE / "examples"
MEND: Final = "make generate"


def example_folder(topic: Topic) -> Path:
    """Where the stored examples of a topic are: `supply.requests.v1` has `examples/supply.requests/v1`."""
    name, version = topic.name.rsplit(".", 1)
    return EXAMPLES / name / version


def decision_folder(topic: Topic) -> Path:
    """Where the stored examples of a ledger's decisions are: `supply.ledger.v1` has `examples/supply.decisions/v1`."""
    return EXAMPLES / f"{topic.writer}.decisions" / topic.name.rsplit(".", 1)[1]


def render() -> dict[str, str]:
    """The text of every generated file by its name; the same models give the same bytes."""
    schemas = {f"{topic.name}.json": topic_schema(topic) for topic in DECLARED}
    return {name: _text(value) for name, value in {**schemas, "asyncapi.json": _asyncapi()}.items()}


def stale(folder: Path = GENERATED) -> list[str]:
    """The generated files that are missing, differ from what the models say, or should not be there."""
    wanted = render()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*")} if folder.is_dir() else {}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def write(folder: Path = GENERATED) -> list[str]:
    """Bring the folder up to date; returns the names of the files changed or removed."""
    changed, wanted = stale(folder), render()
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()
    return changed


def incompatible(folder: Path = RELEASED) -> list[str]:
    """Why messages written to the released contracts would no longer be understood, one sentence a place."""
    problems: list[str] = []
    current = {topic.name: topic for topic in DECLARED}
    for path in sorted(folder.glob("*.json")):
        if path.stem in current:
            found = breaks(json.loads(path.read_text(encoding="utf-8")), topic_schema(current[path.stem]))
            problems += [f"{path.stem} {problem}" for problem in found]
        else:
            problems.append(f"{path.stem}: the topic was removed")
    return problems


def release(folder: Path = RELEASED) -> list[str]:
    """Make the contracts of today the released ones; raises BaogongError where old messages would break."""
    if problems := incompatible(folder):
        raise BaogongError(
            f"Not released: {problems[0]} ({len(problems)} in all). Give the changed message a topic of the next "
            "version, as docs/contracts.md says.",
            FAILURE,
        )
    folder.mkdir(parents=True, exist_ok=True)
    for topic in DECLARED:
        (folder / f"{topic.name}.json").write_text(_text(topic_schema(topic)), encoding="utf-8", newline="\n")
    return [topic.name for topic in DECLARED]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; fail where a file is stale")
    choice.add_argument("--release", action="store_true", help="make today's contracts the released ones")
    parser.add_argument("--folder", type=Path, help="another folder than the one in schemas/")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.release:
            release(chosen.folder or RELEASED)
        elif chosen.check:
            _check(chosen.folder or GENERATED)
        else:
            write(chosen.folder or GENERATED)
    except BaogongError as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    except OSError as error:
        sys.stderr.write(f"Cannot use {error.filename}: {error.strerror}; name a folder that can be written.\n")
        return FAILURE
    return 0


def _check(folder: Path) -> None:
    if names := stale(folder):
        files = ", ".join(f"{folder.name}/{name}" for name in names)
        raise BaogongError(f"{files}: not what the models say; run '{MEND}' and commit what it writes.", FAILURE)


def _asyncapi() -> Json:
    examples = {
        model.__name__: [value for value in _stored(topic) if _fits(value, model, topic)][:1]
        for topic in DECLARED
        for model in models(topic)
    }
    return document(ALL_TOPICS, examples)


def _stored(topic: Topic) -> list[Any]:
    return [json.loads(path.read_bytes()) for path in sorted(example_folder(topic).glob("*.json"))]


def _fits(value: Any, model: Any, topic: Topic) -> bool:
    return topic.name in STAGES or value["kind"] == name_of(model)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
