"""The walker finds the end of what clickhouse-driver writes, whatever the type."""

from typing import Any

import pytest
from clickhouse_driver.block import ColumnOrientedBlock
from clickhouse_driver.bufferedwriter import BufferedSocketWriter
from clickhouse_driver.context import Context
from clickhouse_driver.streams.native import BlockOutputStream
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.local.clickhouse.blocks import (
    Columns,
    Cursor,
    UnsupportedType,
    header_block,
    retyped,
    split_arguments,
    split_blocks,
    walk_block,
    walker_for,
)
from deploy.local.clickhouse.protocol import BLOCK_INFO, REVISION


class _Collector:
    """The end of a writer: keeps what would be sent."""

    def __init__(self) -> None:
        self.data = b""

    def sendall(self, data: bytes) -> None:
        self.data += bytes(data)


class _Server:
    used_revision = REVISION

    def get_timezone(self) -> str:
        return "UTC"


def written(columns: Columns, values: list[list[Any]]) -> bytes:
    """The block as clickhouse-driver writes it, without its info."""
    context = Context()
    context.server_info = _Server()
    context.settings = {}
    context.client_settings = {"strings_as_bytes": False, "strings_encoding": "utf-8", "use_numpy": False}
    context.client_settings |= {"input_format_null_as_default": False, "namedtuple_as_json": False}
    buffer = _Collector()
    BlockOutputStream(BufferedSocketWriter(buffer, 1 << 20), context).write(ColumnOrientedBlock(columns, values))
    assert buffer.data.startswith(BLOCK_INFO)
    return buffer.data[len(BLOCK_INFO) :]


def a_type() -> st.SearchStrategy[tuple[str, st.SearchStrategy[Any]]]:
    """A type's name and values of it."""
    text = st.text(max_size=200).filter(lambda value: "\0" not in value)
    plain: list[tuple[str, st.SearchStrategy[Any]]] = [
        ("UInt8", st.integers(0, 255)),
        ("Int64", st.integers(-(2**63), 2**63 - 1)),
        ("Int128", st.integers(-(2**127), 2**127 - 1)),
        ("String", text),
        ("Enum8('a' = 1, 'b' = 2)", st.sampled_from(["a", "b"])),
        ("Decimal(18, 3)", st.decimals(-(10**9), 10**9, places=3)),
        ("UUID", st.uuids()),
    ]
    keys = [("LowCardinality(String)", text), ("LowCardinality(Nullable(String))", st.none() | text)]
    nullable = [(f"Nullable({name})", st.none() | values) for name, values in plain]

    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        many = inner.map(lambda one: (f"Array({one[0]})", st.lists(one[1], max_size=4)))
        pair = st.tuples(inner, inner).map(
            lambda two: (f"Tuple({two[0][0]}, {two[1][0]})", st.tuples(two[0][1], two[1][1]))
        )
        # clickhouse-driver can't split a Map of more, and writes a dictionary for no values at all
        simple = inner.filter(lambda one: "," not in one[0] and "LowCardinality(Nullable" not in one[0])
        table = simple.map(lambda one: (f"Map(String, {one[0]})", st.dictionaries(text, one[1], max_size=3)))
        return many | pair | table

    return st.recursive(st.sampled_from(plain + keys + nullable), deeper, max_leaves=4)


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_every_block_ends_where_it_ends(data: st.DataObject) -> None:
    types = data.draw(st.lists(a_type(), min_size=1, max_size=4))
    rows = data.draw(st.integers(1, 5))
    columns = [(f"c{number}", name) for number, (name, _) in enumerate(types)]
    block = written(columns, [data.draw(st.lists(values, min_size=rows, max_size=rows)) for _, values in types])

    cursor = Cursor(block + b"what follows")
    assert walk_block(cursor) == columns
    assert cursor.position == len(block)
    assert split_blocks(block + block) == [block, block]
    assert retyped(block, columns) == block
    with pytest.raises(EOFError):
        walk_block(Cursor(block[:-1]))


def test_retyped_changes_names_and_types_only() -> None:
    block = written([("a", "String"), ("t", "UInt32"), ("b", "String")], [["x", "yy"], [1, 2], ["", "z"]])

    changed = retyped(block, [("a", "String"), ("t", "DateTime('UTC')"), ("b", "String")])

    assert changed == block.replace(b"\x06UInt32", b"\x0fDateTime('UTC')")
    assert walk_block(Cursor(changed))[1] == ("t", "DateTime('UTC')")


def test_a_header_has_no_rows() -> None:
    columns = [("a", "String"), ("保", "Array(UInt8)")]

    assert walk_block(Cursor(header_block(columns))) == columns


@pytest.mark.parametrize(
    "spec", ["JSON", "Dynamic", "Variant(UInt8, String)", "AggregateFunction(sum, UInt8)", "Array(JSON)"]
)
def test_unknown_types_are_named(spec: str) -> None:
    with pytest.raises(UnsupportedType):
        walker_for(spec)


def test_arguments_are_split_where_they_part() -> None:
    inner = "a Tuple(x UInt8, `b, c` String), Enum8('it\\'s, (x' = 1), Decimal(9, 2)"

    assert split_arguments(inner) == ["a Tuple(x UInt8, `b, c` String)", "Enum8('it\\'s, (x' = 1)", "Decimal(9, 2)"]
