"""Finding the end of a native block without decoding it: blocks go through the server untouched.

The native protocol gives a block no length, so whoever wants to know where it ends has to walk its columns. See "Native
format" and the serialisations of each type in ClickHouse's documentation.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from clickhouse_driver.varint import make_varint

Columns = list[tuple[str, str]]
"""Names and types of a block's columns, in order."""

_INDEX_WIDTH = (1, 2, 4, 8)
_WORD = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "Decimal32", "IPv4", "Time"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "Decimal128", "UUID", "IPv6"), 16),
    **dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32),
}
_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^'`(),]+", re.DOTALL)
_NAMED = re.compile(r"(?:`(?:[^`\\]|\\.)*`|\w+) +(?=[A-Z])", re.DOTALL)


class UnsupportedType(Exception):
    """A column's type that this server can't carry."""


class Cursor:
    """A position in bytes; `fill` is where a subclass gets more of them."""

    def __init__(self, data: bytes | bytearray = b"") -> None:
        self.data = data
        self.position = 0

    def fill(self, upto: int) -> None:
        """Have at least `upto` bytes; raises EOFError when there are no more."""
        if len(self.data) < upto:
            raise EOFError("the data ends in the middle of a block")

    def skip(self, size: int) -> None:
        """Go on by `size` bytes."""
        self.position += size
        if self.position > len(self.data):
            self.fill(self.position)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.position
        self.skip(size)
        return bytes(self.data[start : self.position])

    def uint64(self) -> int:
        """The next eight bytes as a number."""
        return int.from_bytes(self.take(8), "little")

    def varint(self) -> int:
        """The next number of variable length (LEB128)."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def text(self) -> str:
        """The next string, as UTF-8 (bytes that aren't are kept, as surrogates)."""
        return self.take(self.varint()).decode(errors="surrogateescape")

    def skip_strings(self, count: int) -> None:
        """Go on by `count` strings. The one loop over values: everything else is arithmetic."""
        data, position = self.data, self.position
        for _ in range(count):
            if position >= len(data):
                self.fill(position + 1)
            size = data[position]
            position += 1
            shift = 0
            while size >> shift > 127:  # the number goes on; the 1 takes off the bit that said so
                if position >= len(data):
                    self.fill(position + 1)
                shift += 7
                size += (data[position] - 1) << shift
                position += 1
            position += size
        self.position = position
        self.fill(position)


class Walker(Protocol):
    """How to get over a column of one type."""

    @property
    def prefix(self) -> int:
        """Bytes before the column's values, whatever their number (above zero)."""

    def walk(self, cursor: Cursor, rows: int) -> None:
        """Move the cursor over `rows` values."""


@dataclass(frozen=True)
class _Fixed:
    size: int
    prefix: int = 0

    def walk(self, cursor: Cursor, rows: int) -> None:
        cursor.skip(rows * self.size)


@dataclass(frozen=True)
class _Text:
    prefix: int = 0

    def walk(self, cursor: Cursor, rows: int) -> None:
        cursor.skip_strings(rows)


@dataclass(frozen=True)
class _Together:
    """Tuple, and with a mask of nulls before it (`lead` bytes a row) Nullable."""

    inner: tuple[Walker, ...]
    lead: int = 0

    @property
    def prefix(self) -> int:
        return sum(walker.prefix for walker in self.inner)

    def walk(self, cursor: Cursor, rows: int) -> None:
        cursor.skip(rows * self.lead)
        for walker in self.inner:
            walker.walk(cursor, rows)


@dataclass(frozen=True)
class _Many:
    """Array, Map and Nested: the end of each row's values, then all values."""

    inner: Walker

    @property
    def prefix(self) -> int:
        return self.inner.prefix

    def walk(self, cursor: Cursor, rows: int) -> None:
        if rows:
            cursor.skip((rows - 1) * 8)
            self.inner.walk(cursor, cursor.uint64())


@dataclass(frozen=True)
class _LowCardinality:
    keys: Walker
    prefix: int = 8

    def walk(self, cursor: Cursor, rows: int) -> None:
        if rows:
            width = _INDEX_WIDTH[cursor.uint64() & 3]
            self.keys.walk(cursor, cursor.uint64())
            cursor.skip(cursor.uint64() * width)


def split_arguments(inner: str) -> list[str]:
    """The arguments between a type's brackets: commas in deeper brackets or in quotes don't part them."""
    parts, depth, current = [], 0, ""
    for piece in _PIECE.findall(inner):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += piece
    return [*parts, current.strip()]


@lru_cache(maxsize=4096)
def walker_for(spec: str) -> Walker:
    """The walker of a type as ClickHouse writes it; raises UnsupportedType."""
    name, bracket, rest = spec.partition("(")
    inner = rest[:-1]
    if name in _WORD:
        return _Fixed(_WORD[name])
    if name.startswith("Interval"):
        return _Fixed(8)
    if name == "String":
        return _Text()
    if not bracket:
        raise UnsupportedType(spec)
    return _composite(name, inner, spec)


def _composite(name: str, inner: str, spec: str) -> Walker:
    parts = split_arguments(inner)
    match name:
        case "FixedString":
            return _Fixed(int(inner))
        case "Decimal":
            return _Fixed(
                next(size for size, digits in ((4, 9), (8, 18), (16, 38), (32, 76)) if int(parts[0]) <= digits)
            )
        case "Nullable":
            return _Together((walker_for(inner),), lead=1)
        case "LowCardinality":
            return _LowCardinality(walker_for(inner[len("Nullable(") : -1] if inner.startswith("Nullable(") else inner))
        case "SimpleAggregateFunction":
            return walker_for(parts[-1])
        case "Array":
            return _Many(walker_for(inner))
        case "Map" | "Nested":
            return _Many(_Together(_elements(parts)))
        case "Tuple":
            return _Together(_elements(parts))
    raise UnsupportedType(spec)


def _elements(parts: Iterable[str]) -> tuple[Walker, ...]:
    named = ((part, _NAMED.match(part)) for part in parts)
    return tuple(walker_for(part[name.end() :] if name else part) for part, name in named)


def walk_block(cursor: Cursor) -> Columns:
    """Move the cursor over one block (without its block info) and say which columns it has.

    Raises UnsupportedType, with the cursor somewhere in the block, and EOFError.
    """
    width, rows = cursor.varint(), cursor.varint()
    columns = []
    for _ in range(width):
        name, spec = cursor.text(), cursor.text()
        if rows:
            walker = walker_for(spec)
            cursor.skip(walker.prefix)
            walker.walk(cursor, rows)
        columns.append((name, spec))
    return columns


def retyped(block: bytes, columns: Columns) -> bytes:
    """The block with these names and types in place of its own, which are laid out the same."""
    cursor = Cursor(block)
    rows = (cursor.varint(), cursor.varint())[1]
    pieces = [varint_bytes(len(columns)), varint_bytes(rows)]
    for name, spec in columns:
        cursor.text(), cursor.text()
        start = cursor.position
        walker = walker_for(spec)
        cursor.skip(walker.prefix)
        walker.walk(cursor, rows)
        pieces += (text_bytes(name), text_bytes(spec), block[start : cursor.position])
    return b"".join(pieces)


def split_blocks(data: bytes) -> list[bytes]:
    """The blocks that were written one after the other into `data`."""
    cursor, blocks = Cursor(data), []
    while cursor.position < len(data):
        start = cursor.position
        walk_block(cursor)
        blocks.append(data[start : cursor.position])
    return blocks


def text_bytes(value: str) -> bytes:
    """A string as the protocol writes it."""
    data = value.encode(errors="surrogateescape")
    return varint_bytes(len(data)) + data


def varint_bytes(value: int) -> bytes:
    """A number of variable length as the protocol writes it."""
    return bytes(make_varint(value))


def header_block(columns: Columns) -> bytes:
    """A block of no rows: it tells a client names and types."""
    names = b"".join(text_bytes(part) for column in columns for part in column)
    return varint_bytes(len(columns)) + varint_bytes(0) + names
