"""`python -m deploy.local.clickhouse`: the embedded ClickHouse as a process of its own."""

import argparse
import logging
import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from deploy.local.clickhouse.connection import Account
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.sandbox import confine
from deploy.local.clickhouse.server import Server
from schemas.errors import USAGE, BaogongError

PASSWORD = "BAOGONG_CLICKHOUSE_PASSWORD"
"""The environment variable that holds the password: arguments can be seen by everybody on the machine."""
_SYSTEM = ("/proc", "/sys", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/shm")
_SWITCH_EVERY = 0.001
"""Seconds a thread may hold the interpreter while others wait: a client's big block must not delay small queries."""


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C; the exit code."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    sys.setswitchinterval(_SWITCH_EVERY)
    os.environ["TZ"] = "UTC"
    data = options.data.absolute()
    try:
        account = Account(options.user, _password())
        data.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", options.port))
            _serve(data, options.database, listener, account)
    except (BaogongError, OSError) as error:
        logging.error("%s", error)
        return error.code if isinstance(error, BaogongError) else 1
    return 0


def _serve(data: Path, database: str, listener: socket.socket, account: Account) -> None:
    own = [data / name for name in ("engine", "config", "tmp")]  # but not the password beside them
    for folder in own:
        folder.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = os.environ["HOME"] = str(data / "tmp")
    os.chdir(data / "tmp")  # the engine would take a config.xml that lies in HOME or here
    engine_library = find_spec("chdb")
    assert engine_library and engine_library.origin
    installed = Path(engine_library.origin).parents[1]
    confined = confine([installed, *map(Path, (sys.prefix, sys.base_prefix, *_SYSTEM))], [*own, *map(Path, _DEVICES)])
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)  # in all threads, or one of the engine's may swallow the signal
    server = Server(Engine(data / "engine", data / "config", database), listener, account)
    server.start()
    kept = "the kernel keeps it to its files" if confined else "this kernel can't confine it"
    port, version = listener.getsockname()[1], ".".join(map(str, server.engine.version))
    logging.info("ClickHouse %s (chDB) on port %d; %s", version, port, kept)
    signal.sigwait(ending)
    server.stop()


def _password() -> str:
    if PASSWORD not in os.environ:
        raise BaogongError(f"The environment variable {PASSWORD} is missing: set it to the user's password", USAGE)
    return os.environ[PASSWORD]


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.clickhouse", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", default="baogong")
    parser.add_argument("--database", default="baogong")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
