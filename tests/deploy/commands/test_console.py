"""`baogong console` opens itself to others only with users and TLS."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.commands.console import _secure, command, loopback
from schemas.errors import USAGE, BaogongError
from sinks.console.users import LOCAL


@pytest.mark.parametrize(("listen", "is_loopback"), [
    ("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.8.9.1", True), ("0.0.0.0", False), ("::", False),
    ("10.0.0.5", False), ("console.example", False),
])  # fmt: skip
def test_what_is_loopback(listen: str, is_loopback: bool) -> None:
    assert loopback(listen) is is_loopback


def test_another_address_wants_users_and_tls(tmp_path: Path) -> None:
    users = {"local": LOCAL}
    assert _secure("127.0.0.1", None, None, None, False) is False
    with pytest.raises(BaogongError, match="--users"):
        _secure("0.0.0.0", None, None, None, True)
    with pytest.raises(BaogongError, match="--certificate"):
        _secure("0.0.0.0", users, None, None, False)
    with pytest.raises(BaogongError, match="go together"):
        _secure("0.0.0.0", users, tmp_path, None, False)
    assert _secure("0.0.0.0", users, None, None, True) and _secure("0.0.0.0", users, tmp_path, tmp_path, False)


@pytest.mark.parametrize("flags", [
    ("--behind-proxy",), ("--host", "console.city.example"), ("--host", "localhost", "--host", "10.0.0.5"),
    ("--behind-proxy", "--host", "console.city.example"), ("--listen", "::1", "--host", "console"),
])  # fmt: skip
def test_loopback_that_others_reach_through_a_proxy_wants_users_too(flags: tuple[str, ...]) -> None:
    """nginx on the same machine hands on whoever comes: without users each of them would be a duty officer."""
    nowhere = ["--kafka", "127.0.0.1:1", "--clickhouse", "clickhouse://127.0.0.1:1/x", "--clock", "none"]
    result = CliRunner().invoke(command, [*nowhere, *flags])
    assert isinstance(result.exception, BaogongError) and result.exception.code == USAGE
    assert "--users" in str(result.exception)


def test_names_of_this_machine_alone_want_no_users() -> None:
    assert (
        _secure("127.0.0.1", None, None, None, False, ("localhost", "127.0.0.1", "::1", "[::1]", "LOCALHOST")) is False
    )
    users = {"local": LOCAL}
    assert _secure("127.0.0.1", users, None, None, True, ("console.city.example",)) is True


def test_a_hash_is_printed_and_not_the_password() -> None:
    result = CliRunner().invoke(command, ["--hash"], input="secret words\nsecret words\n")
    assert result.exit_code == 0 and "$argon2id$" in result.output and "secret words" not in result.output


def test_help_has_an_example() -> None:
    assert "baogong console --port 8600" in CliRunner().invoke(command, ["--help"]).output
