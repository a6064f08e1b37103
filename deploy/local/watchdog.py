"""Runs one server and kills it when the process that asked for it is gone; standard library only, run by path.

Standard input is a pipe whose other end the parent holds: the kernel closes it when the parent ends, whatever ended
it, `kill -9` included. That works on every Unix, needs no signal to arrive, and has no race at the start (a parent
that is dead already has closed the pipe already).
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

SIGNALLED = 128
"""Exit codes above this say which signal ended the server, as a shell says it."""


def main(argv: list[str]) -> int:
    """Run `argv`, say its process id (or why it can't run) on standard output, and return its exit code."""
    try:
        # close_fds: what the parent handed over explicitly (a lock) goes on to the server
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr, close_fds=False)
    except OSError as error:
        _say(f"error {error.strerror}: {argv[0]}")
        return 127

    def pass_on(number: int, _frame: FrameType | None) -> None:
        server.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGHUP, pass_on)
    _say(f"pid {server.pid}")
    threading.Thread(target=_kill_group_at_end_of_parent, daemon=True).start()
    code = server.wait()
    return code if code >= 0 else SIGNALLED - code


def _say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())
    os.close(sys.stdout.fileno())


def _kill_group_at_end_of_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.killpg(0, signal.SIGKILL)  # the parent made this process the leader of its group: the server dies with it


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # the reading thread may hold the interpreter up otherwise
