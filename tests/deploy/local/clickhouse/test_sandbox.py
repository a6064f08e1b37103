"""What the kernel keeps a process from; tried in a process of its own, because there is no way back."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.clickhouse.sandbox import landlock_version

pytestmark = pytest.mark.skipif(landlock_version() < 4, reason="this kernel has no Landlock for files and TCP")

TRY = """
import socket, sys
from pathlib import Path
from deploy.local.clickhouse.sandbox import confine
own, other, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
listener = socket.create_server(("127.0.0.1", 0))
def outcome(act):
    try:
        act()
        return "done"
    except OSError as error:
        return type(error).__name__
assert confine([Path(sys.prefix), Path("/nowhere")], [own])
(own / "made").write_text("x")
print(outcome((own / "made").read_text), outcome((other / "secret").read_text), outcome((other / "secret").unlink))
print(outcome(lambda: (other / "new").write_text("x")), outcome(lambda: list(other.iterdir())))
print(outcome(lambda: socket.create_connection(("127.0.0.1", port))), outcome(lambda: socket.create_server(("", 0))))
"""


def test_only_own_files_and_no_connections(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "secret").write_text("x")

    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = [str(own), str(other), str(listener.getsockname()[1])]
        done = subprocess.run([sys.executable, "-c", TRY, *arguments], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["done", *["PermissionError"] * 6]
    assert (other / "secret").exists()
