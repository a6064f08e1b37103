"""The packets of ClickHouse's native protocol that one client, clickhouse-driver, sends and reads.

The revision is 54453: the newest at which a block on the wire is, byte for byte, what the engine's Native format reads
and writes. The next one puts a byte before every column; server-side query parameters would come with 54459.
"""

import socket
from dataclasses import dataclass
from enum import IntEnum

from clickhouse_driver.protocol import ClientPacketTypes, ServerPacketTypes
from clickhouse_driver.settings.writer import SettingsFlags

from deploy.local.clickhouse.blocks import Cursor, text_bytes, varint_bytes

REVISION = 54453
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Field 1 (is_overflows) 0, field 2 (bucket_num) -1, end: what every ordinary block carries."""
_CHUNK = 256 * 1024


class Client(IntEnum):
    """What a client sends."""

    HELLO = ClientPacketTypes.HELLO
    QUERY = ClientPacketTypes.QUERY
    DATA = ClientPacketTypes.DATA
    CANCEL = ClientPacketTypes.CANCEL
    PING = ClientPacketTypes.PING


class ProtocolError(Exception):
    """The client sent what this server doesn't understand: the connection can only be closed."""


class SocketCursor(Cursor):
    """A cursor over what a socket delivers; `release` forgets what is behind."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(bytearray())
        self._socket = connection

    def fill(self, upto: int) -> None:
        """Receive until `upto` bytes are there; raises EOFError when the client has gone."""
        assert isinstance(self.data, bytearray)
        while len(self.data) < upto:
            received = self._socket.recv(max(_CHUNK, upto - len(self.data)))
            if not received:
                raise EOFError("the client has gone")
            self.data += received

    def release(self) -> None:
        """Forget the bytes behind the position."""
        assert isinstance(self.data, bytearray)
        del self.data[: self.position]
        self.position = 0

    def next_byte(self) -> int | None:
        """The next byte without taking or awaiting it; None where there is none yet. Raises EOFError at the end."""
        if self.position < len(self.data):
            return self.data[self.position]
        try:
            peeked = self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        if not peeked:
            raise EOFError("the client has gone")
        return peeked[0]


@dataclass(frozen=True)
class Hello:
    """Who connects, and to which database ('' is the server's own)."""

    database: str
    user: str
    password: str


@dataclass(frozen=True)
class Query:
    """One statement with its settings: (name, value, whether the client insists on it)."""

    text: str
    settings: tuple[tuple[str, str, bool], ...]
    compressed: bool


def read_hello(cursor: Cursor) -> Hello:
    """The client's first packet, whose type has been read."""
    cursor.text()
    cursor.varint(), cursor.varint()
    revision = cursor.varint()
    if revision < REVISION:
        raise ProtocolError(f"the client speaks revision {revision} of the protocol: {REVISION} is needed")
    return Hello(database=cursor.text(), user=cursor.text(), password=cursor.text())


def read_query(cursor: Cursor) -> Query:
    """A query packet, whose type has been read, up to the block of external tables."""
    cursor.text()  # query_id: nothing here records queries
    _skip_client_info(cursor)
    settings = []
    while name := cursor.text():
        important = bool(cursor.take(1)[0] & SettingsFlags.IMPORTANT)
        settings.append((name, cursor.text(), important))
    cursor.text()  # secret between servers
    cursor.varint()  # stage
    compressed = bool(cursor.varint())
    return Query(text=cursor.text(), settings=tuple(settings), compressed=compressed)


def _skip_client_info(cursor: Cursor) -> None:
    if cursor.take(1)[0] == 0:  # no information follows
        return
    for _ in range(3):
        cursor.text()  # initial user, query id, address
    cursor.skip(8 + 1)  # start time, interface
    for _ in range(3):
        cursor.text()  # system user, host, client name
    for _ in range(3):
        cursor.varint()  # version, revision
    cursor.text()  # quota key
    cursor.varint(), cursor.varint()  # distributed depth, patch
    if cursor.take(1)[0]:  # OpenTelemetry
        cursor.skip(16 + 8)
        cursor.text()
        cursor.skip(1)
    for _ in range(3):
        cursor.varint()  # parallel replicas


def read_data_head(cursor: Cursor) -> str:
    """The head of a data packet, type included: the name of the table; the block itself follows."""
    packet = cursor.varint()
    if packet != Client.DATA:
        raise ProtocolError(f"packet {packet} came where a block of data was due")
    name = cursor.text()
    while field := cursor.varint():
        cursor.skip(1 if field == 1 else 4)
    return name


def hello(version: tuple[int, int, int]) -> bytes:
    """The server's answer to a hello."""
    major, minor, patch = version
    numbers = varint_bytes(major) + varint_bytes(minor) + varint_bytes(REVISION)
    names = text_bytes("UTC") + text_bytes("baogong")
    return varint_bytes(ServerPacketTypes.HELLO) + text_bytes("ClickHouse") + numbers + names + varint_bytes(patch)


def data(block: bytes) -> bytes:
    """A block for the client."""
    return varint_bytes(ServerPacketTypes.DATA) + text_bytes("") + BLOCK_INFO + block


def progress(rows: int, size: int, written_rows: int = 0, written_bytes: int = 0) -> bytes:
    """What has been read and written since the progress before (bytes in `size`); no total is known."""
    numbers = (ServerPacketTypes.PROGRESS, rows, size, 0, written_rows, written_bytes)
    return b"".join(map(varint_bytes, numbers))


def profile(rows: int, blocks: int, size: int) -> bytes:
    """What a result came to; limits are not told."""
    numbers = (ServerPacketTypes.PROFILE_INFO, rows, blocks, size, 0, 0, 0)
    return b"".join(map(varint_bytes, numbers))


def exception(code: int, message: str) -> bytes:
    """A failure, with ClickHouse's code."""
    texts = text_bytes("DB::Exception") + text_bytes(f"DB::Exception: {message}") + text_bytes("")
    return varint_bytes(ServerPacketTypes.EXCEPTION) + code.to_bytes(4, "little", signed=True) + texts + b"\x00"


PONG = varint_bytes(ServerPacketTypes.PONG)
END_OF_STREAM = varint_bytes(ServerPacketTypes.END_OF_STREAM)
