"""`baogong demo` refuses what it can't do with one sentence, before it starts anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def baogong(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "demo", *arguments], capture_output=True, text=True, env=dict(os.environ)
    )


def test_a_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    done = baogong("--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not empty" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--households", "0"], "households"),
        (["--items", "/nowhere.toml"], "Cannot read the item catalogue"),
        (["--speed", "-1"], "speed"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_code_2(arguments: list[str], words: str) -> None:
    done = baogong(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr


def test_a_picture_that_can_not_be_written_is_noticed_before_the_day_begins(tmp_path: Path) -> None:
    done = baogong("--svg", str(tmp_path / "no" / "such" / "folder.svg"), "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "no/such" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
