"""One client of the server, from its hello to its end."""

import hmac
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
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
from deploy.local.clickhouse.engine import QUERY_WAS_CANCELLED, Engine, EngineError, Session
from deploy.local.clickhouse.guard import NOT_IMPLEMENTED, Insert, Kind, Refused, Statement
from deploy.local.clickhouse.inserted import Blocks
from deploy.local.clickhouse.protocol import Client, ProtocolError, Query, SocketCursor

AUTHENTICATION_FAILED, UNEXPECTED_PACKET = 516, 101
_FLUSH_AT = 256 * 1024


@dataclass(frozen=True)
class Account:
    """The only user."""

    user: str
    password: str


Watching = Callable[["Connection"], AbstractContextManager[None]]
"""While its context lasts, somebody looks whether the client has cancelled or gone."""


class Connection:
    """The conversation with one client; `mark` names its session in the engine."""

    def __init__(self, client: socket.socket, mark: str, engine: Engine, account: Account, watching: Watching) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.mark = mark
        self.lock = threading.Lock()
        self._engine, self._account = engine, account
        self._watching = watching
        self._socket = client
        self._cursor = SocketCursor(client)
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

    def say_goodbye(self, reason: str) -> None:
        """Tell the client why nothing more will come."""
        self._send(protocol.exception(UNEXPECTED_PACKET, f"The embedded ClickHouse closed the connection: {reason}"))
        with suppress(OSError):
            self._flush()

    def close(self) -> None:
        """Give everything back."""
        if self._session:
            self._session.close()
        self._socket.close()

    def _greet(self) -> Session | None:
        if self._cursor.varint() != Client.HELLO:
            raise ProtocolError("the client didn't begin with a hello")
        hello = protocol.read_hello(self._cursor)
        account = self._account
        right = hmac.compare_digest(
            *(password.encode(errors="replace") for password in (hello.password, account.password))
        )
        try:
            if not right or hello.user != account.user:
                message = "Authentication failed: password is incorrect, or there is no user with such name."
                raise EngineError(AUTHENTICATION_FAILED, f"{hello.user}: {message} (AUTHENTICATION_FAILED)")
            self._session = Session(self._engine, hello.database, self.mark)
        except EngineError as error:
            self._send(protocol.exception(error.code, str(error)))
        else:
            self._send(protocol.hello(self._engine.version))
        self._flush()
        return self._session

    def _answer(self, session: Session, query: Query) -> None:
        if query.compressed:
            raise ProtocolError("it doesn't support compression: connect without")
        self._cancelled = False
        try:
            self._refuse_external_tables()
            session.configure(query.settings)
            self._execute(session, self._engine.examine(query.text, session))
        except (EngineError, Refused) as error:
            if not (self._cancelled and error.code == QUERY_WAS_CANCELLED):
                self._send(protocol.exception(error.code, str(error)))
                return
        except UnsupportedType as error:
            message = f"Type {error} isn't supported by the embedded ClickHouse: convert it"
            self._send(protocol.exception(NOT_IMPLEMENTED, message))
            return
        self._send(protocol.END_OF_STREAM)

    def _refuse_external_tables(self) -> None:
        tables = 0
        while True:
            name, block = self._received()
            if not name and not block:
                break
            tables += 1
        if tables:
            raise Refused("External tables aren't supported by the embedded ClickHouse", NOT_IMPLEMENTED)

    def _execute(self, session: Session, statement: Statement) -> None:
        if statement.insert:
            self._insert(session, statement.insert)
            return
        with self._watching(self):
            match statement.kind:
                case Kind.READ:
                    self._read(session, statement.text)
                case Kind.SESSION:
                    session.run_lasting(statement.text)
                case Kind.SCHEMA:
                    try:
                        self._run(session, statement.text)
                    finally:
                        self._engine.forget_columns()
                case _:
                    self._run(session, statement.text)

    def _read(self, session: Session, sql: str) -> None:
        rows = blocks = size = 0
        columns, named = [], []
        for chunk in session.stream(sql):
            block = chunk.bytes()
            if not blocks:
                named = walk_block(Cursor(block))
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
                self._send(protocol.data(header_block(walk_block(Cursor(block)))))
            self._send(protocol.data(block))
        self._send(protocol.progress(0, 0, result.rows_written(), result.bytes_written()))

    def _insert(self, session: Session, insert: Insert) -> None:
        columns = session.insert_columns(insert)
        self._send(protocol.data(header_block(columns)))
        self._flush()
        with Blocks(self._engine.data) as blocks:
            self._receive(blocks)
            if not blocks.size:
                return
            with self._watching(self):
                result = session.insert(insert, columns, blocks)
        self._send(protocol.progress(0, 0, result.rows_written(), result.bytes_written()))

    def _receive(self, blocks: Blocks) -> None:
        while True:
            self._cursor.release()
            _, block = self._received()
            if not block:
                break
            with memoryview(self._cursor.data) as data:
                blocks.add(data[block])
        blocks.flush()

    def _received(self) -> tuple[str, slice | None]:
        """The next packet of data: its table's name, and where its block lies; None for the empty block at the end."""
        name = protocol.read_data_head(self._cursor)
        start = self._cursor.position
        try:
            columns = walk_block(self._cursor)
        except UnsupportedType as error:
            raise ProtocolError(f"it doesn't support type {error}") from None
        return name, slice(start, self._cursor.position) if columns else None

    def _send(self, packet: bytes) -> None:
        self._output += packet
        if len(self._output) > _FLUSH_AT:
            self._flush()

    def _flush(self) -> None:
        if self._output:
            self._socket.sendall(self._output)
            self._output.clear()


def _with_time_zones(columns: Columns, session: Session, sql: str) -> Columns:
    """The Native format drops the zone of a plain DateTime, without which a client makes times that know no zone."""
    return session.describe(sql) if "DateTime" in dict(columns).values() else columns
