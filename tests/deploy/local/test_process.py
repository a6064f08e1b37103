"""A child process: its end, its log, its readiness, and that it never outlives the process that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.local.process import ChildProcess
from schemas.errors import BaogongError

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
PARENT = """
import sys, time
from pathlib import Path
from deploy.local.process import ChildProcess
child = ChildProcess("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def up(child: ChildProcess) -> bool:
    return "up" in child.tail()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def test_pid_is_the_servers_own(log: Path) -> None:
    with ChildProcess("sleeper", SLEEPER, log) as child:
        assert child.alive
        assert psutil.Process(child.pid).cmdline()[1:] == SLEEPER[1:]
    assert gone(child.pid)


def test_output_goes_to_the_log_and_earlier_output_stays(log: Path) -> None:
    log.write_text("from the run before\n")
    child = ChildProcess("talker", [sys.executable, "-c", "import sys; print('one'); sys.stderr.write('two\\n')"], log)
    child.start()
    while child.alive:
        time.sleep(0.01)
    child.stop()
    assert child.tail(1) != child.tail(3)
    assert set(child.tail()) == {"from the run before", "one", "two"}


def test_stop_asks_first(log: Path) -> None:
    asked = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(60)"
    )
    child = ChildProcess("polite", [sys.executable, "-c", asked], log)
    child.start()
    child.wait_ready(lambda: up(child), 10)
    child.stop()
    assert child.returncode == 7


def test_stop_ends_a_stubborn_server_by_force(log: Path) -> None:
    child = ChildProcess("stubborn", STUBBORN, log)
    child.start()
    child.wait_ready(lambda: up(child), 10)
    child.stop(timeout=0.2)
    assert child.returncode == 128 + signal.SIGKILL
    assert gone(child.pid)


def test_a_killed_server_can_be_started_again(log: Path) -> None:
    child = ChildProcess("sleeper", SLEEPER, log)
    child.start()
    first = child.pid
    os.kill(first, signal.SIGKILL)
    while child.alive:
        time.sleep(0.01)
    assert child.returncode == 128 + signal.SIGKILL
    child.start()
    assert child.alive and child.pid != first
    child.kill()
    assert not child.alive and gone(child.pid)


def test_a_running_server_is_not_started_twice(log: Path) -> None:
    with ChildProcess("sleeper", SLEEPER, log) as child, pytest.raises(BaogongError, match="already running"):
        child.start()


def test_what_can_not_be_executed_is_said(log: Path) -> None:
    with pytest.raises(BaogongError, match="missing can't be started: No such file or directory: /nowhere/server"):
        ChildProcess("missing", ["/nowhere/server"], log).start()


def test_a_server_that_ends_while_it_starts_is_quoted(log: Path) -> None:
    broken = "import sys; print('starting'); print('ERROR the disk is on fire'); print('  at line 3'); sys.exit(3)"
    child = ChildProcess("broken", [sys.executable, "-c", broken], log)
    child.start()
    with pytest.raises(
        BaogongError, match=r"broken ended .*\(code 3\): ERROR the disk is on fire; its log is .*server"
    ):
        child.wait_ready(lambda: False, 10)
    child.stop()


def test_a_server_that_is_never_ready_is_said(log: Path) -> None:
    with ChildProcess("slow", SLEEPER, log) as child, pytest.raises(BaogongError, match=r"slow wasn't ready after 0 s"):
        child.wait_ready(lambda: False, 0.3)


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(log: Path) -> None:
    with ChildProcess("sleeper", SLEEPER, log) as child:
        assert os.getpgid(child.pid) != os.getpgid(0)
        assert os.getsid(child.pid) != os.getsid(0)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_dies_with_its_parent(log: Path, how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(log)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        server = int(parent.stdout.readline())
        watchdog = psutil.Process(server).ppid()
        assert psutil.pid_exists(server)
        parent.send_signal(how)
    assert gone(server)
    assert gone(watchdog)


def test_environment_and_directory_are_passed_on(log: Path, tmp_path: Path) -> None:
    told = [sys.executable, "-c", "import os; print(os.environ['WHO'], os.getcwd())"]
    child = ChildProcess("teller", told, log, env={"WHO": "me"}, cwd=tmp_path)
    child.start()
    while child.alive:
        time.sleep(0.01)
    child.stop()
    assert child.tail() == [f"me {tmp_path.resolve()}"]
