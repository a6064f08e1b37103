"""A server of ClickHouse's native protocol on loopback, for one user: a thread for each client."""

import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from deploy.local.clickhouse.connection import Account, Connection
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.protocol import ProtocolError

_log = logging.getLogger(__name__)
_LOOK_EVERY = 0.05
"""Seconds between two looks at whether a client has cancelled or gone."""


class Server:
    """Serves `engine` to whoever connects to `listener` with the right password, from `start` to `stop`."""

    def __init__(self, engine: Engine, listener: socket.socket, account: Account) -> None:
        self.engine = engine
        self.account = account
        self._listener = listener
        self._clients: dict[threading.Thread, Connection] = {}
        self._running: set[Connection] = set()
        self._busy = threading.Event()
        self._stopped = False

    def start(self) -> None:
        """Accept clients from now on."""
        self._listener.listen(128)
        for work in (self._accept, self._watch):
            threading.Thread(target=work, daemon=True).start()

    def stop(self, timeout: float = 5.0) -> None:
        """Accept nobody more, end what runs, wait for the clients' threads, close the engine."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        deadline = time.monotonic() + timeout
        for client in list(self._clients.values()):
            client.hang_up()
        for thread in list(self._clients):
            if thread.ident:  # one that hasn't begun finds its socket closed
                thread.join(max(0.0, deadline - time.monotonic()))
        self._stopped = True
        self._busy.set()
        self.engine.close()

    @contextmanager
    def watching(self, client: Connection) -> Iterator[None]:
        """Meanwhile look whether the client cancels or goes, and end its statement then."""
        self._running.add(client)
        self._busy.set()
        try:
            yield
        finally:
            with client.lock:  # or it may be the next statement that is ended
                self._running.discard(client)

    def _accept(self) -> None:
        for number in itertools.count():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return  # the listener was closed
            client = Connection(accepted, f"client {number}", self.engine, self.account, self.watching)
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._clients[thread] = client
            thread.start()

    def _serve(self, client: Connection) -> None:
        try:
            client.serve()
        except (EOFError, OSError):
            return  # the client has gone
        except ProtocolError as error:
            _log.warning("%s closed: %s", client.mark, error)
            client.say_goodbye(str(error))
        finally:
            client.close()
            self._clients.pop(threading.current_thread(), None)

    def _watch(self) -> None:
        while not self._stopped:
            self._busy.wait()
            time.sleep(_LOOK_EVERY)
            for client in list(self._running):
                with client.lock:
                    if client in self._running and client.interrupted():
                        self.engine.kill(client.mark)
            if not self._running:
                self._busy.clear()
            if self._running:  # one that came between the two lines above
                self._busy.set()
