"""The key of a webhook: text as an editor leaves it, or bytes as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import BaogongError
from sinks.alerts.config import Receiver, ReceiverKind
from sinks.alerts.receivers import read_key

RAW = b"\x0b\xff" + bytes(range(128, 156)) + b"\xfe\n"
"""Made by chance, with bytes at both ends that would be white space in a text."""


def hook(tmp_path: Path, key: bytes) -> Receiver:
    path = tmp_path / "hook.key"
    path.write_bytes(key)
    return Receiver(name="hook", type=ReceiverKind.WEBHOOK, url="http://hooks.example/", secret_file=path)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (b"0123456789abcdef\n", b"0123456789abcdef"),
        (b"  0123456789abcdef\r\n\n", b"0123456789abcdef"),
        ("保供保供保供保供\n".encode(), "保供保供保供保供".encode()),
        (RAW, RAW),
    ],
)
def test_only_of_a_text_the_white_space_around_it_is_left_out(tmp_path: Path, written: bytes, key: bytes) -> None:
    assert read_key(hook(tmp_path, written)) == key


def test_a_receiver_without_a_key_has_none_and_a_short_one_is_refused(tmp_path: Path) -> None:
    assert read_key(Receiver(name="hook", type=ReceiverKind.WEBHOOK, url="http://hooks.example/")) == b""
    with pytest.raises(BaogongError, match="16 bytes") as caught:
        read_key(hook(tmp_path, b"short" + b" " * 20))
    assert caught.value.code == 2
    with pytest.raises(BaogongError, match="Cannot read"):
        read_key(hook(tmp_path, b"").model_copy(update={"secret_file": tmp_path / "none.key"}))
