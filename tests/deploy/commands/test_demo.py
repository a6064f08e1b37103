"""`baogong demo` refuses what it can't do with one sentence, before it starts anything."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy import cli


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Call = Callable[..., Done]


@pytest.fixture
def baogong(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """`baogong demo ...` as `main` runs it."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["baogong", "demo", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return Done(int(stop.value.code or 0), *capfd.readouterr())

    return run


def test_a_directory_in_use_is_left_alone(baogong: Call, tmp_path: Path) -> None:
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
def test_a_wrong_argument_is_one_sentence_and_code_2(baogong: Call, arguments: list[str], words: str) -> None:
    done = baogong(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr


def test_a_picture_that_can_not_be_written_is_noticed_before_the_day_begins(baogong: Call, tmp_path: Path) -> None:
    done = baogong("--svg", str(tmp_path / "no" / "such" / "folder.svg"), "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "no/such" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
