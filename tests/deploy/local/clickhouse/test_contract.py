"""What the product relies on in a ClickHouse, on the embedded one and, where an address is given, on a real one."""

import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

pytestmark = pytest.mark.servers
Connect = Callable[..., Client]
REAL = os.environ.get("BAOGONG_TEST_CLICKHOUSE")
LONG = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"


def code_of(run: Callable[[], Any]) -> int:
    with pytest.raises(ServerException) as failure:
        run()
    return int(failure.value.code)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TYPES: dict[str, list[Any]] = {
    "UInt8": [0, 255],
    "UInt16": [0, 65535],
    "UInt32": [0, 2**32 - 1],
    "UInt64": [0, 2**64 - 1],
    "UInt128": [0, 2**128 - 1],
    "UInt256": [0, 2**256 - 1],
    "Int8": [-128, 127],
    "Int16": [-(2**15), 2**15 - 1],
    "Int32": [-(2**31), 2**31 - 1],
    "Int64": [-(2**63), 2**63 - 1],
    "Int128": [-(2**127), 2**127 - 1],
    "Int256": [-(2**255), 2**255 - 1],
    "Float32": [0.0, -1.5, math.inf],
    "Float64": [5e-324, 1.7976931348623157e308, -math.inf],
    "Bool": [True, False],
    "Date": [date(1970, 1, 1), date(2149, 6, 6)],
    "Date32": [date(1900, 1, 1), date(2299, 12, 31)],
    "DateTime('UTC')": [moment("1970-01-01"), moment("2106-02-07 06:28:15")],
    "DateTime64(6, 'UTC')": [
        moment("1900-01-01"),
        moment("2022-03-28 05:00:00.000001"),
        moment("2200-12-31 23:59:59.5"),
    ],
    "String": ["", "保供", "a\0b\n'\\", "x" * 100_000],
    "FixedString(3)": ["abc", "保"],
    "UUID": [UUID(int=0), UUID(int=2**128 - 1)],
    "IPv4": [IPv4Address("0.0.0.0"), IPv4Address("255.255.255.255")],
    "IPv6": [IPv6Address("::"), IPv6Address("2001:db8::1")],
    "Enum8('low' = -128, 'it''s, (ok)' = 127)": ["low", "it's, (ok)"],
    "Enum16('a' = 1, 'b' = 30000)": ["a", "b"],
    "Decimal(9, 2)": [Decimal("-9999999.99"), Decimal("0.01")],
    "Decimal(18, 4)": [Decimal("-99999999999999.9999"), Decimal("0.0001")],
    "Decimal(38, 10)": [Decimal("9999999999999999999999999999.9999999999"), Decimal("-0.0000000001")],
    "Decimal(76, 1)": [Decimal("1" * 74 + ".5"), Decimal("-0.1")],
    "Nullable(String)": [None, "", "x"],
    "Nullable(DateTime64(6, 'UTC'))": [None, moment("2022-03-28")],
    "LowCardinality(String)": ["", "rice", "rice", "oil"],
    "LowCardinality(Nullable(String))": [None, "", "rice", None],
    "LowCardinality(FixedString(2))": ["ab", "cd", "ab"],
    "Array(String)": [[], ["", "a", "保供"]],
    "Array(Array(Nullable(UInt16)))": [[], [[]], [[1, None], [], [65535]]],
    "Array(LowCardinality(String))": [[], ["a", "b", "a"]],
    "Tuple(String, UInt8)": [("", 0), ("x", 255)],
    "Array(Tuple(Enum8('a' = 1, 'b' = 2), Array(String)))": [[], [("a", []), ("b", ["x", "y"])]],
    "Map(String, UInt64)": [{}, {"a": 1, "": 2**64 - 1}],
    "Map(LowCardinality(String), Array(Nullable(String)))": [{}, {"a": [], "b": [None, "x"]}],
    "SimpleAggregateFunction(sum, UInt64)": [0, 2**64 - 1],
}


@pytest.mark.parametrize("spec", TYPES)
def test_values_come_back_as_they_went(spec: str, client: Client) -> None:
    client.execute(f"CREATE TABLE t (n UInt32, before String, v {spec}, after String) ENGINE = MergeTree ORDER BY n")
    rows = [(n, f"<{n}", value, f"{n}>") for n, value in enumerate(TYPES[spec])]

    assert client.execute("INSERT INTO t VALUES", rows) == len(rows)

    result, columns = client.execute("SELECT * FROM t ORDER BY n", with_column_types=True)
    assert result == rows
    assert columns[2] == ("v", spec.replace("''", "\\'"))


def test_named_tuples_and_nested(client: Client) -> None:
    client.execute(
        "CREATE TABLE t (v Tuple(item String, `the qty` UInt32), lots Nested(id String, qty UInt32)) ENGINE = Memory"
    )

    client.execute(
        "INSERT INTO t (v, lots.id, lots.qty) VALUES", [(("rice", 5), ["l1", "l2"], [1, 2]), (("", 0), [], [])]
    )

    read = "SELECT v, lots.id, lots.qty FROM t"
    rows = client.execute(read, settings={"namedtuple_as_json": False})
    assert rows == [(("rice", 5), ["l1", "l2"], [1, 2]), (("", 0), [], [])]


def test_strings_hold_any_bytes(connect: Connect) -> None:
    client = connect(settings={"strings_as_bytes": True})
    client.execute("CREATE TABLE t (n UInt8, v String, f FixedString(4)) ENGINE = MergeTree ORDER BY n")
    rows = [(0, bytes(range(256)), b"\xff\x00\xfe\x01"), (1, b"\x80" * 70_000, b"\0\0\0\0")]

    client.execute("INSERT INTO t VALUES", rows)

    assert client.execute("SELECT * FROM t ORDER BY n") == rows


def test_statements_that_differ_in_their_strings_only_are_different(client: Client) -> None:
    for words in (("b", "a"), ("", "a"), ("b", ""), ("--", "a"), ("", ""), ("a", "it's"), ("a", "its")):
        first, second = (word.replace("'", "''") for word in words)
        assert client.execute(f"SELECT '{first}', '{second}'") == [words]
        assert client.execute(f"SELECT '{first}', '{second}' -- {first}") == [words]


def test_many_blocks_both_ways(client: Client) -> None:
    rows = 150_000
    client.execute(
        "CREATE TABLE t (n UInt32, kind LowCardinality(String), text Nullable(String)) ENGINE = MergeTree ORDER BY n"
    )
    columns = [
        list(range(rows)),
        [f"kind {n % 300}" for n in range(rows)],
        [None if n % 3 else str(n) for n in range(rows)],
    ]

    client.execute("INSERT INTO t VALUES", columns, columnar=True, settings={"insert_block_size": 40_000})

    read = client.execute("SELECT * FROM t ORDER BY n", columnar=True, settings={"max_block_size": 10_000})
    assert [list(column) for column in read] == columns
    assert client.execute("SELECT count() FROM system.parts WHERE database = currentDatabase() AND active") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT 1 AS a, 'x' AS b WHERE 0", [("a", "UInt8"), ("b", "String")]),
        (
            "WITH 2 AS two SELECT two, toLowCardinality('x') AS l LIMIT 0 -- nothing",
            [("two", "UInt8"), ("l", "LowCardinality(String)")],
        ),
        ("SELECT 1 AS a, 'x' AS b;", [("a", "UInt8"), ("b", "String")]),
        ("(SELECT 1 AS a) UNION ALL (SELECT 2)", [("a", "UInt8")]),
    ],
)
def test_columns_are_told_with_and_without_rows(sql: str, columns: list[tuple[str, str]], client: Client) -> None:
    assert client.execute(sql, with_column_types=True)[1] == columns


def test_statements_that_are_no_select(client: Client) -> None:
    client.execute("CREATE TABLE t (a UInt8 COMMENT 'the a') ENGINE = MergeTree ORDER BY a")

    assert client.execute("SHOW TABLES") == [("t",)]
    assert client.execute("EXISTS TABLE t") == [(1,)]
    assert client.execute("DESCRIBE TABLE t")[0][:2] == ("a", "UInt8")
    assert "MergeTree" in client.execute("SHOW CREATE TABLE t")[0][0]
    assert client.execute("EXPLAIN SYNTAX SELECT 1")
    assert client.execute("SHOW TABLES LIKE 'nothing'") == []
    assert client.execute("ALTER TABLE t ADD COLUMN b String DEFAULT 'x'") == []
    assert client.execute("SELECT b FROM t") == []


def test_execute_iter_streams(client: Client) -> None:
    rows = client.execute_iter("SELECT number FROM numbers(300000)", settings={"max_block_size": 1000})

    assert sum(number for (number,) in rows) == 300_000 * 299_999 // 2


def test_parameters_are_escaped_by_the_driver(client: Client) -> None:
    nasty = "it's \\ \n\t \0 `\" 保供 --/*"

    assert client.execute("SELECT %(v)s, %(n)s", {"v": nasty, "n": 2**40}) == [(nasty, 2**40)]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELEC 1", 62),
        ("SELECT 'unclosed", 62),
        ("SELECT 1; SELECT 2", 62),
        ("SELECT * FROM nowhere", 60),
        ("SELECT nothing FROM system.one", 47),
        ("SELECT nofunction(1)", 46),
        ("SELECT 1 + 'x'", 43),
        ("SELECT throwIf(number = 100000) FROM numbers(200000) SETTINGS max_block_size = 1000", 395),
        ("SELECT intDiv(1, 0)", 153),
        ("CREATE TABLE nodatabase.t (a UInt8) ENGINE = Memory", 81),
        ("SELECT 1 SETTINGS nosuchsetting = 1", 115),
    ],
)
def test_errors_carry_their_code_and_the_client_goes_on(sql: str, code: int, client: Client) -> None:
    assert code_of(lambda: client.execute(sql)) == code
    assert client.execute("SELECT 1") == [(1,)]


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"user": "nobody"}, {"password": ""}])
def test_wrong_credentials_are_refused(change: dict[str, str], connect: Connect) -> None:
    assert code_of(lambda: connect(**change).execute("SELECT 1")) == 516


def test_an_unknown_database_is_refused(connect: Connect) -> None:
    assert code_of(lambda: connect(database="nowhere").execute("SELECT 1")) == 81


def test_failing_inserts_fail(client: Client) -> None:
    client.execute(
        "CREATE TABLE t (a Int32, CONSTRAINT positive CHECK a > 0) ENGINE = MergeTree ORDER BY a PARTITION BY a"
    )

    assert code_of(lambda: client.execute("INSERT INTO t VALUES", [(1,), (-1,)])) == 469
    assert code_of(lambda: client.execute("INSERT INTO t VALUES", [(n,) for n in range(1, 200)])) == 252
    assert code_of(lambda: client.execute("INSERT INTO nowhere VALUES", [(1,)])) == 60
    assert code_of(lambda: client.execute("INSERT INTO t (b) VALUES", [(1,)])) == 16
    assert client.execute("SELECT count() FROM t") == [(0,)]


def test_a_failing_view_fails_the_insert(client: Client) -> None:
    client.execute("CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a")
    client.execute("CREATE TABLE target (a Int32) ENGINE = MergeTree ORDER BY a")
    client.execute("CREATE MATERIALIZED VIEW v TO target AS SELECT a + throwIf(a = 13) AS a FROM t")

    assert code_of(lambda: client.execute("INSERT INTO t VALUES", [(1,), (13,)])) == 395
    client.execute("INSERT INTO t VALUES", [(2,)])
    assert client.execute("SELECT a FROM target") == [(2,)]


def test_views_aggregate_and_replace(client: Client) -> None:
    client.execute(
        "CREATE TABLE t (k String, v UInt32, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY k"
    )
    client.execute(
        "CREATE MATERIALIZED VIEW totals (k String, total UInt64) ENGINE = SummingMergeTree ORDER BY k"
        " AS SELECT k, sum(v) AS total FROM t GROUP BY k"
    )

    client.execute("INSERT INTO t VALUES", [("rice", 1, 1), ("oil", 5, 1)])
    client.execute("INSERT INTO t VALUES", [("rice", 2, 2)])

    assert client.execute("SELECT k, v FROM t FINAL ORDER BY k") == [("oil", 5), ("rice", 2)]
    assert client.execute("SELECT k, sum(total) FROM totals GROUP BY k ORDER BY k") == [("oil", 5), ("rice", 3)]


def test_codecs_and_defaults(client: Client) -> None:
    client.execute(
        "CREATE TABLE t (n UInt64 CODEC(Delta, ZSTD(1)), raw String CODEC(ZSTD(3)),"
        " note LowCardinality(String) DEFAULT 'none', size UInt64 MATERIALIZED length(raw),"
        " twice UInt64 ALIAS n * 2) ENGINE = MergeTree ORDER BY n"
    )

    client.execute("INSERT INTO t VALUES", [(1, "abc", "said")])
    client.execute("INSERT INTO t (raw, n) VALUES", [("defg", 2)])

    assert client.execute("SELECT n, raw, size, note, twice FROM t ORDER BY n") == [
        (1, "abc", 3, "said", 2),
        (2, "defg", 4, "none", 4),
    ]


def test_a_deduplication_token_makes_a_retry_harmless(client: Client) -> None:
    window = "SETTINGS non_replicated_deduplication_window = 100"
    client.execute(f"CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a {window}")
    client.execute(f"CREATE TABLE target (a UInt32) ENGINE = MergeTree ORDER BY a {window}")
    client.execute("CREATE MATERIALIZED VIEW v TO target AS SELECT a FROM t")

    def insert(token: str, rows: list[tuple[int]]) -> None:
        settings = {"insert_deduplication_token": token, "deduplicate_blocks_in_dependent_materialized_views": 1}
        client.execute("INSERT INTO t VALUES", rows, settings=settings)

    insert("cluster/topic/0/0-2", [(1,), (2,)])
    insert("cluster/topic/0/0-2", [(1,), (2,)])
    insert("it's 'another' \\ token", [(1,), (2,)])

    assert client.execute("SELECT count() FROM t") == [(4,)]
    assert client.execute("SELECT count() FROM target") == [(4,)]


def test_settings_last_for_one_query(client: Client) -> None:
    read = "SELECT getSetting('max_threads'), getSetting('max_block_size')"
    ((threads, size),) = client.execute(read)

    assert client.execute(read, settings={"max_threads": 7, "max_block_size": 123}) == [(7, 123)]
    assert client.execute(read, settings={"max_threads": 8}) == [(8, size)]
    assert client.execute(read) == [(threads, size)]
    assert code_of(lambda: client.execute("SELECT number FROM numbers(10)", settings={"max_result_rows": 5})) == 396
    assert len(client.execute("SELECT number FROM numbers(10)")) == 10


def test_set_and_use_last_for_the_connection(client: Client, database: str) -> None:
    client.execute("SET max_block_size = 77")
    client.execute("SELECT 1", settings={"max_threads": 1})
    assert client.execute("SELECT getSetting('max_block_size')") == [(77,)]
    client.execute("USE system")
    client.execute("SELECT 1", settings={"max_threads": 1})
    assert client.execute("SELECT currentDatabase()") == [("system",)]


def test_unknown_settings(connect: Connect) -> None:
    settings = {"no_such_setting": 1}

    assert connect().execute("SELECT 1", settings=settings) == [(1,)]
    insisting = connect(settings_is_important=True)
    assert code_of(lambda: insisting.execute("SELECT 1", settings=settings)) == 115
    assert insisting.execute("SELECT 1", settings={"max_threads": 1}) == [(1,)]


def test_columns_of_a_result_without_rows(client: Client) -> None:
    """Also of one that differs in a point of time from one before, and after a table has changed."""
    client.execute("CREATE TABLE t (a UInt8, at DateTime('UTC')) ENGINE = Memory")
    asked = "SELECT a, at FROM t WHERE at > '2022-03-28 00:00:0{}'"

    for second in (1, 2):
        _, columns = client.execute(asked.format(second), with_column_types=True)
        assert columns == [("a", "UInt8"), ("at", "DateTime('UTC')")]
    client.execute("DROP TABLE t")
    client.execute("CREATE TABLE t (a String, at DateTime('UTC')) ENGINE = Memory")
    _, columns = client.execute(asked.format(3), with_column_types=True)
    assert columns == [("a", "String"), ("at", "DateTime('UTC')")]
    for name in ("1", "2"):
        sql = f"SELECT tupleElement((a, at), '{name}') AS x FROM t WHERE at > '2022-03-28 00:00:00'"
        _, columns = client.execute(sql, with_column_types=True)
        assert columns == [("x", {"1": "String", "2": "DateTime('UTC')"}[name])]


def test_readonly_refuses_writes(client: Client) -> None:
    client.execute("CREATE TABLE t (a UInt8) ENGINE = Memory")
    readonly = {"readonly": 1, "max_threads": 1}

    for threads in (1, 1, 2, 1):
        asked = readonly | {"max_threads": threads}
        assert client.execute("SELECT getSetting('max_threads')", settings=asked) == [(threads,)]
    for sql in ("INSERT INTO t SELECT 1", "DROP TABLE t", "CREATE TABLE u (a UInt8) ENGINE = Memory"):
        assert code_of(lambda sql=sql: client.execute(sql, settings=readonly)) == 164  # type: ignore[misc]
    assert code_of(lambda: client.execute("INSERT INTO t VALUES", [(1,)], settings=readonly)) == 164
    assert client.execute("INSERT INTO t VALUES", [(1,)]) == 1


def test_progress_of_reading_and_writing(client: Client) -> None:
    client.execute("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")

    client.execute("INSERT INTO t VALUES", [(n,) for n in range(1000)])
    assert client.last_query.progress.written_rows == 1000
    progress = client.execute_with_progress("SELECT a FROM t")
    assert progress.get_result() == [(n,) for n in range(1000)]
    assert client.last_query.progress.rows == 1000


def cancelled(client: Client) -> None:
    """A real server may say that the query was cancelled (394, 735); what counts is that it ends."""
    try:
        client.cancel()
    except ServerException as error:
        assert error.code in (394, 735)
        client.disconnect()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it didn't come true"
        time.sleep(0.02)


def running(client: Client, part: str) -> bool:
    found = client.execute("SELECT count() FROM system.processes WHERE position(query, %(part)s) = 1", {"part": part})
    return bool(found[0][0])


@pytest.mark.parametrize("sql", [LONG, "SELECT number FROM numbers(1000000000000)"])
def test_cancel_ends_a_query(sql: str, connect: Connect) -> None:
    client, observer = connect(), connect()
    client.execute_iter(sql)
    wait_until(lambda: running(observer, sql))

    started = time.monotonic()
    cancelled(client)

    assert time.monotonic() - started < 5
    wait_until(lambda: not running(observer, sql))
    assert client.execute("SELECT 1") == [(1,)]


def test_a_client_that_goes_takes_its_query_along(connect: Connect) -> None:
    client, observer = connect(), connect()
    client.execute_iter(LONG)
    wait_until(lambda: running(observer, LONG))

    client.disconnect()

    wait_until(lambda: not running(observer, LONG))


def test_a_long_query_blocks_nobody(connect: Connect) -> None:
    busy, quick = connect(), connect()
    busy.execute_iter(LONG)
    wait_until(lambda: running(quick, LONG))

    started = time.monotonic()
    for _ in range(20):
        assert quick.execute("SELECT 1") == [(1,)]

    assert time.monotonic() - started < 5
    assert running(quick, LONG)
    busy.disconnect()


def test_several_clients_write_and_read_at_once(connect: Connect, client: Client) -> None:
    client.execute("CREATE TABLE t (writer UInt8, n UInt32) ENGINE = MergeTree ORDER BY (writer, n)")
    seen: list[int] = []
    stop = threading.Event()

    def write(writer: int, one: Client) -> None:
        for n in range(10):
            one.execute("INSERT INTO t VALUES", [(writer, n * 10 + k) for k in range(10)])

    def read(one: Client) -> None:
        while not stop.is_set():
            seen.append(one.execute("SELECT count() FROM t")[0][0])

    with ThreadPoolExecutor(7) as pool:
        reading = pool.submit(read, connect())
        for writing in [pool.submit(write, writer, connect()) for writer in range(6)]:
            writing.result()
        stop.set()
        reading.result()

    assert client.execute("SELECT count(), uniqExact(writer, n) FROM t") == [(600, 600)]
    assert seen == sorted(seen)
    assert all(count % 10 == 0 for count in seen)


def test_external_tables_are_refused_or_read(client: Client, url: str) -> None:
    table = {"name": "ext", "structure": [("a", "UInt8")], "data": [{"a": 1}]}

    if REAL and url == REAL:
        assert client.execute("SELECT a FROM ext", external_tables=[table]) == [(1,)]
    else:
        assert code_of(lambda: client.execute("SELECT a FROM ext", external_tables=[table])) == 48
    assert client.execute("SELECT 1") == [(1,)]
