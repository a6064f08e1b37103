"""A server of ClickHouse's native protocol on loopback, for one user: a thread for each client."""

import hmac
import itertools
import logging
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from deploy.local.clickhouse import protocol
from deploy.local.clickhouse.blocks import (
    Columns,
    Cursor,
    UnsupportedType,
    header_block,
    retyped,
    split_blocks,
    walk_block,
)
from deploy.local.clickhouse.engine import QUERY_WAS_CANCELLED, Blocks, Engine, EngineError, Session
from deploy.local.clickhouse.guard import NOT_IMPLEMENTED, Insert, Kind, Refused, Statement
from deploy.local.clickhouse.protocol import Client, ProtocolError, Query, SocketCursor

AUTHENTICATION_FAILED = 516
_log = logging.getLogger(__name__)
_FLUSH_AT = 256 * 1024
_LOOK_EVERY = 0.05
"""Seconds between two looks at whether a client has cancelled or gone."""


@dataclass(frozen=True)
class Account:
    """The only user."""

    user: str
    password: str


class Server:
    """Serves `engine` to whoever connects to `listener` with the right password, from `start` to `stop`."""

    def __init__(self, engine: Engine, listener: socket.socket, account: Account) -> None:
        self.engine = engine
        self.account = account
        self.version = _version(engine.version)
        self._listener = listener
        self._clients: dict[threading.Thread, Connection] = {}
        self._running: set[Connection] = set()
        self._busy = threading.Event()
        self._stopping = False

    def start(self) -> None:
        """Accept clients from now on."""
        self._listener.listen(128)
        for work in (self._accept, self._watch):
            threading.Thread(target=work, daemon=True).start()

    def stop(self, timeout: float = 5.0) -> None:
        """Accept nobody more, end what runs, wait for the clients' threads, close the engine."""
        self._stopping = True
        self._busy.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        deadline = time.monotonic() + timeout
        for thread, client in list(self._clients.items()):
            client.hang_up()
            thread.join(max(0.0, deadline - time.monotonic()))
        self.engine.close()

    def runs(self, client: "Connection") -> None:
        """From now on look whether the client cancels or goes."""
        self._running.add(client)
        if not self._busy.is_set():
            self._busy.set()

    def rests(self, client: "Connection") -> None:
        """The client's statement has ended."""
        self._running.discard(client)

    def _accept(self) -> None:
        for number in itertools.count():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return  # the listener was closed
            client = Connection(self, accepted, f"client {number}")
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._clients[thread] = client
            thread.start()

    def _serve(self, client: "Connection") -> None:
        try:
            client.serve()
        except (EOFError, OSError):
            return  # the client has gone
        except ProtocolError as error:
            _log.warning("%s closed: %s", client.mark, error)
        finally:
            client.close()
            self._clients.pop(threading.current_thread(), None)

    def _watch(self) -> None:
        while not self._stopping:
            self._busy.wait()
            time.sleep(_LOOK_EVERY)
            for client in list(self._running):
                if client.interrupted():
                    self.engine.kill(client.mark)
            if not self._running:
                self._busy.clear()
            if self._running:  # one that came between the two lines above
                self._busy.set()


class Connection:
    """One client, from its hello to its end."""

    def __init__(self, server: Server, connection: socket.socket, mark: str) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.mark = mark
        self._server = server
        self._socket = connection
        self._cursor = SocketCursor(connection)
        self._output = bytearray()
        self._session: Session | None = None
        self._cancelled = False

    def serve(self) -> None:
        """Answer the client until it goes; raises EOFError, OSError or ProtocolError at the end."""
        session = self._greet()
        while session:
            packet = self._cursor.varint()
            match packet:
                case Client.PING:
                    self._send(protocol.PONG)
                case Client.QUERY:
                    self._answer(session, protocol.read_query(self._cursor))
                case Client.CANCEL:
                    pass  # it came after the end of what it was meant for
                case _:
                    raise ProtocolError(f"packet {packet} isn't known")
            self._flush()
            self._cursor.release()

    def interrupted(self) -> bool:
        """Whether the client has cancelled its statement or gone (asked from another thread)."""
        if not self._cancelled:
            try:
                self._cancelled = self._cursor.next_byte() == Client.CANCEL
            except (EOFError, OSError):
                self._cancelled = True
        return self._cancelled

    def hang_up(self) -> None:
        """End the conversation from another thread."""
        self._cancelled = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give everything back."""
        if self._session:
            self._session.close()
        self._socket.close()

    def _greet(self) -> Session | None:
        if self._cursor.varint() != Client.HELLO:
            raise ProtocolError("the client didn't begin with a hello")
        hello = protocol.read_hello(self._cursor)
        account = self._server.account
        known = hmac.compare_digest(hello.password.encode(), account.password.encode()) and hello.user == account.user
        try:
            if not known:
                message = (
                    f"{hello.user}: Authentication failed: password is incorrect, or there is no user with such name."
                )
                raise EngineError(AUTHENTICATION_FAILED, f"{message} (AUTHENTICATION_FAILED)")
            self._session = Session(self._server.engine, hello.database, self.mark)
        except EngineError as error:
            self._send(protocol.exception(error.code, str(error)))
        else:
            self._send(protocol.hello(self._server.version))
        self._flush()
        return self._session

    def _answer(self, session: Session, query: Query) -> None:
        if query.compressed:
            raise ProtocolError("compression isn't supported: connect without it")
        self._cancelled = False
        try:
            self._refuse_external_tables()
            session.configure(query.settings)
            self._server.runs(self)
            statement = self._server.engine.examine(query.text, session)
            self._execute(session, statement)
        except (EngineError, Refused) as error:
            if not (self._cancelled and error.code == QUERY_WAS_CANCELLED):
                self._send(protocol.exception(error.code, str(error)))
                return
        finally:
            self._server.rests(self)
        self._send(protocol.END_OF_STREAM)

    def _refuse_external_tables(self) -> None:
        refused = False
        while protocol.read_data_head(self._cursor) or walk_block(self._cursor):
            refused = True
            walk_block(self._cursor)
        if refused:
            raise Refused("External tables aren't supported by the embedded ClickHouse", NOT_IMPLEMENTED)

    def _execute(self, session: Session, statement: Statement) -> None:
        match statement.kind:
            case Kind.READ:
                self._read(session, statement.text)
            case Kind.SESSION:
                session.run_lasting(statement.text)
            case Kind.INSERT if statement.insert:
                self._insert(session, statement.insert)
            case _:
                self._run(session, statement.text)

    def _read(self, session: Session, sql: str) -> None:
        rows = blocks = size = 0
        columns, named = [], []
        for chunk in session.stream(sql):
            block = chunk.bytes()
            if not blocks:
                named = _columns(block)
                columns = _with_time_zones(named, session, sql)
                self._send(protocol.data(header_block(columns)))
            self._send(protocol.data(block if columns == named else retyped(block, columns)))
            self._send(protocol.progress(chunk.storage_rows_read(), chunk.storage_bytes_read()))
            rows, blocks, size = rows + chunk.rows_read(), blocks + 1, size + len(block)
            if self._cancelled:
                return
        if not blocks:
            self._send(protocol.data(header_block(session.describe(sql))))
        self._send(protocol.profile(rows, blocks, size))

    def _run(self, session: Session, sql: str) -> None:
        result = session.run(sql)
        blocks = split_blocks(result.bytes())
        for number, block in enumerate(blocks):
            if number == 0:
                self._send(protocol.data(header_block(_columns(block))))
            self._send(protocol.data(block))
        self._send(protocol.progress(0, 0, result.rows_written(), result.bytes_written()))

    def _insert(self, session: Session, insert: Insert) -> None:
        columns = session.insert_columns(insert)
        self._server.rests(self)  # what comes next are blocks
        self._send(protocol.data(header_block(columns)))
        self._flush()
        with Blocks(self._server.engine.data) as blocks:
            self._receive(blocks)
            self._server.runs(self)
            if not blocks.size:
                return
            result = session.insert(insert, columns, blocks)
        self._send(protocol.progress(0, 0, result.rows_written(), result.bytes_written()))

    def _receive(self, blocks: Blocks) -> None:
        cursor = self._cursor
        while True:
            cursor.release()
            protocol.read_data_head(cursor)
            start = cursor.position
            try:
                columns = walk_block(cursor)
            except UnsupportedType as error:
                raise ProtocolError(f"type {error} isn't supported") from None
            if not columns:
                break
            with memoryview(cursor.data) as received:
                blocks.add(received[start : cursor.position])
        blocks.flush()

    def _send(self, packet: bytes) -> None:
        self._output += packet
        if len(self._output) > _FLUSH_AT:
            self._flush()

    def _flush(self) -> None:
        if self._output:
            self._socket.sendall(self._output)
            self._output.clear()


def _columns(block: bytes) -> Columns:
    try:
        return walk_block(Cursor(block))
    except UnsupportedType as error:
        raise Refused(f"Type {error} isn't supported by the embedded ClickHouse: convert it", NOT_IMPLEMENTED) from None


def _with_time_zones(columns: Columns, session: Session, sql: str) -> Columns:
    """The Native format drops the zone of a plain DateTime, without which a client makes times that know no zone."""
    return session.describe(sql) if "DateTime" in dict(columns).values() else columns


def _version(text: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in re.findall(r"\d+", text)[:3])
    return major, minor, patch
