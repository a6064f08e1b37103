"""The receivers' file: the example is one, and what is wrong is named in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.commands.publish import command as publish
from schemas.errors import BaogongError
from sinks.alerts.config import ReceiverKind, load_notify

EXAMPLES = Path(__file__).parents[3] / "examples" / "alerts"


def test_the_example_is_a_receivers_file() -> None:
    found = load_notify(EXAMPLES / "receivers.toml")
    assert [one.type for one in found.receiver] == [ReceiverKind.ALERTMANAGER, ReceiverKind.WEBHOOK]
    assert found.egress.private == ("127.0.0.1",)


def test_the_example_of_a_roster_can_be_published() -> None:
    said = ["--kind", "duty_assigned", "--source", "office", "--occurred-at", "2022-04-01T07:00:00+08:00"]
    call = [str(EXAMPLES / "roster.csv"), *said, "--dry-run"]
    done = CliRunner().invoke(publish, call, catch_exceptions=False, standalone_mode=False)
    assert "3" in done.output
    assert done.return_value in (0, None)


RECEIVER = '[[receiver]]\nname = "a"\ntype = "webhook"\nurl = "http://h.example/"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[receiver]]\n", "receiver.0.name"),
        (RECEIVER.replace("webhook", "pigeon"), "receiver.0.type"),
        (RECEIVER.replace("http://", "http://user:secret@"), "without user and password"),
        (RECEIVER.replace("http://", "file://"), "url is http"),
        (RECEIVER + RECEIVER, "same name"),
        ('[egress]\nallow = ["*.example"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nprivate = ["a.example:http"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["a.example:0"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["a.example:70000"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["user@a.example"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["a.example "]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["[2001:db8::1"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["[1.2.3.4]:80"]\n', "not HOST or HOST:PORT"),
        ('[egress]\nallow = ["a.example:"]\n', "not HOST or HOST:PORT"),
        (RECEIVER.replace("h.example", "h.example:70000"), "url is http"),
        ("[egress]\ntimeout_seconds = 0\n", "egress.timeout_seconds"),
        ("[[", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "receivers.toml"
    path.write_text(text)
    with pytest.raises(BaogongError, match="receivers") as caught:
        load_notify(path)
    assert words in str(caught.value)
    assert caught.value.code == 2
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match="--receivers"):
        load_notify(tmp_path / "none.toml")
