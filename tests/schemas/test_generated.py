"""Generated files are fresh, the same everywhere, and their check says which file is stale and what mends it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.generate import GENERATED, main, render, stale, write
from schemas.topics import DECLARED


def test_committed_files_are_what_the_models_say() -> None:
    assert stale() == [], "run 'make generate' and commit what it writes"


def test_there_is_a_schema_for_every_topic_with_models_and_one_asyncapi_document() -> None:
    assert {path.name for path in GENERATED.iterdir()} == {f"{topic.name}.json" for topic in DECLARED} | {
        "asyncapi.json"
    }


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_another_process_writes_the_same_bytes(seed: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-m", "schemas.generate", "--folder", str(tmp_path / "out")]
    subprocess.run(command, env=environment, check=True, timeout=60, cwd=GENERATED.parent.parent)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        path.name: path.read_bytes() for path in GENERATED.iterdir()
    }


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    assert write(tmp_path) == sorted(render())
    assert write(tmp_path) == []


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["--check", "--folder", str(folder)])
    return code, capsys.readouterr().err


def test_the_check_passes_on_fresh_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert check(tmp_path, capsys) == (0, "")


@pytest.mark.parametrize("harm", ["changed", "missing", "left over"])
def test_the_check_names_a_stale_file_and_the_command_that_mends_it(
    harm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    victim = tmp_path / ("old.topic.v1.json" if harm == "left over" else "supply.requests.v1.json")
    if harm == "missing":
        victim.unlink()
    else:
        victim.write_text('{"type": "object"}', encoding="utf-8")
    code, words = check(tmp_path, capsys)
    assert code == 1
    assert words.count("\n") == 1
    assert f"{tmp_path.name}/{victim.name}:" in words
    assert "make generate" in words
    assert main(["--folder", str(tmp_path)]) == 0
    assert check(tmp_path, capsys) == (0, "")
    assert victim.exists() == (harm != "left over")


def test_a_folder_that_is_not_there_has_only_stale_files(tmp_path: Path) -> None:
    assert stale(tmp_path / "nowhere") == sorted(render())


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["--folder", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
