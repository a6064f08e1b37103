"""The data directory: made, locked, refused in words; and the ports beside it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.datadir import LOOPBACK, DataDir, free_port
from schemas.errors import BaogongError

HOLDER = """
import sys, time
from deploy.local.datadir import DataDir
with DataDir(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_it_is_made_with_its_folders(tmp_path: Path) -> None:
    with DataDir(tmp_path / "some" / "where") as data:
        assert data.kafka == tmp_path / "some" / "where" / "kafka"
        assert all(folder.is_dir() for folder in (data.kafka, data.clickhouse, data.logs, data.snapshots))


def test_what_it_holds_survives_and_it_can_be_taken_again(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        (data.kafka / "message").write_text("kept")
    with DataDir(tmp_path) as data:
        assert (data.kafka / "message").read_text() == "kept"


def test_a_second_instance_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with DataDir(tmp_path), pytest.raises(BaogongError, match=rf"in use by another baogong \(process {os.getpid()}\)"):
        DataDir(tmp_path).acquire()
    DataDir(tmp_path).acquire().release()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BaogongError, match=f"process {holder.pid}"):
            DataDir(tmp_path).acquire()
        holder.kill()
    DataDir(tmp_path).acquire().release()


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BaogongError, match="is not a directory") as refusal:
        DataDir(tmp_path / "file").acquire()
    assert refusal.value.code == 2
    with pytest.raises(BaogongError, match="can't hold the data"):
        DataDir(tmp_path / "file" / "below").acquire()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place where even root can't write")
def test_a_place_that_can_not_be_written_to_is_said() -> None:
    with pytest.raises(BaogongError, match=r"can't (be written to|hold the data)"):
        DataDir("/proc/baogong").acquire()


def test_a_full_disk_is_said_and_the_lock_given_back(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match=r"only \d+ MiB left and baogong needs 1099511627776"):
        DataDir(tmp_path, min_free=1 << 60).acquire()
    DataDir(tmp_path).acquire().release()


def test_free_ports_can_be_listened_on_and_are_not_for_outgoing_connections() -> None:
    port = free_port()
    assert 20_000 <= port < 32_000
    with socket.create_server((LOOPBACK, port)):
        pass


def test_a_named_port_is_taken_as_it_is() -> None:
    port = free_port()
    assert free_port(port) == port


def test_a_port_in_use_is_refused() -> None:
    with (
        socket.create_server((LOOPBACK, 0)) as server,
        pytest.raises(BaogongError, match=r"Port \d+ on 127.0.0.1 can't be used \(Address already in use\)"),
    ):
        free_port(server.getsockname()[1])


@pytest.mark.parametrize("number", [0, -1, 65536])
def test_what_is_no_port_is_refused(number: int) -> None:
    with pytest.raises(BaogongError, match="is not a port"):
        free_port(number)
