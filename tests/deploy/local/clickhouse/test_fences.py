"""Client SQL reaches no file, no network and nothing of the server: each fence is tried without the others' help."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from deploy.local.clickhouse.sandbox import landlock_version
from deploy.local.datadir import free_port
from deploy.local.process import ChildProcess

pytestmark = pytest.mark.servers

SECRET = "the-secret-of-this-machine"
ACCESS_DENIED, NOT_IMPLEMENTED, LOCKED_SETTING = 497, 48, 452
SYNTAX_ERROR, NO_EXPRESSIONS, UNKNOWN_TABLE = 62, 344, 60

START = (
    "import sys; from deploy.local.clickhouse import guard, sandbox; {};"
    " from deploy.local.clickhouse.__main__ import main; sys.exit(main(sys.argv[1:]))"
)
WITHOUT_KERNEL = "sandbox.confine = lambda *_: False"
WITHOUT_GUARD = "guard._check_words = guard._check_statement = lambda *_: None; guard.LOCKED_SETTINGS.clear()"

PARTS = {
    "made": "CREATE TABLE made (a String) ENGINE = MergeTree ORDER BY a",
    "loaded": "LAYOUT(FLAT()) LIFETIME(0)",
    "dictionary": "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a",
    "eval": "allow_experimental_eval_table_function",
    "registry": "format_avro_schema_registry_url = 'http://127.0.0.1",
}
FILES = {
    "table function": "SELECT * FROM file('{file}', 'LineAsString')",
    "letter case": "SELECT * FROM FILE('{file}', LineAsString)",
    "comments": "SELECT * FROM /* x */ file /* ( */ ('{file}', 'LineAsString') -- file",
    "name with escapes": "SELECT `\\x66ile`('{file}')",
    "scalar function": "SELECT file('{file}')",
    "scalar with comment": "select\tfile/**/\n('{file}')",
    "scalar in quotes": "SELECT \"file\"('{file}')",
    "in a subquery": "SELECT (SELECT concat('a', (SELECT file('{file}')))) FROM system.one WHERE 1 IN (SELECT 1)",
    "in a WITH": "WITH x AS (SELECT file('{file}') AS f) SELECT f FROM x",
    "in a lambda": "SELECT arrayMap(p -> file(p), ['{file}'])",
    "as a function's name": "SELECT arrayMap(file, ['{file}'])",
    "APPLY": "SELECT * APPLY(file) FROM (SELECT '{file}')",
    "APPLY without brackets": "SELECT COLUMNS('a') APPLY file FROM (SELECT '{file}' AS a)",
    "APPLY of a lambda": "SELECT * APPLY(x -> file(x)) FROM (SELECT '{file}')",
    "default of a structure": "SELECT * FROM format(JSONEachRow, 'b String DEFAULT file(\\'{file}\\')', '{{}}')",
    "structure from pieces": "SELECT * FROM format(JSONEachRow, 'b String DEFAULT fi' || 'le(\\'{file}\\')', '{{}}')",
    "alias of a structure": "SELECT b FROM generateRandom('a String, b String ALIAS file(\\'{file}\\')') LIMIT 1",
    "alias of values": "SELECT b FROM values('a String, b String ALIAS file(\\'{file}\\')', 'x')",
    "alias of null": "SELECT b FROM null('a String, b String ALIAS file(\\'{file}\\')')",
    "SQL in a string": "SELECT * FROM eval('SELECT file(\\'{file}\\')') SETTINGS {eval} = 1",
    "expression in VALUES": "INSERT INTO t VALUES (file('{file}'))",
    "concealed expression in VALUES": "INSERT INTO t VALUES (concat(`\\x66ile`('{file}'), ''))",
    "filter in a setting": "SELECT 1 SETTINGS additional_result_filter = 'throwIf(file(\\'{file}\\') LIKE \\'the%\\')'",
    "filter in a map": "SELECT * FROM t SETTINGS additional_table_filters = {{'t': 'throwIf(1, file(\\'{file}\\'))'}}",
    "template": "SELECT formatRow('Template', 1) SETTINGS format_template_row = '{file}'",
    "schema": "SELECT formatRow('Protobuf', 1) SETTINGS format_schema = '{file}:M'",
    "file as a table": "SELECT * FROM default.`{file}`",
    "file as a table of our own": "SELECT * FROM `{file}`",
    "directory": "SELECT * FROM filesystem('{folder}')",
    "INFILE": "INSERT INTO t FROM INFILE '{file}' FORMAT LineAsString",
    "INFILE with comments": "INSERT INTO t FROM/**/infile '{file}' COMPRESSION 'none' FORMAT LineAsString",
    "INFILE with data": "INSERT INTO t FROM INFILE '{file}' VALUES",
    "INSERT SELECT": "INSERT INTO t SELECT * FROM file('{file}', 'LineAsString')",
    "CREATE TABLE AS": "CREATE TABLE made ENGINE = Memory AS SELECT * FROM file('{file}', 'LineAsString')",
    "CREATE TABLE AS function": "CREATE TABLE made AS file('{file}', 'LineAsString')",
    "view": "CREATE VIEW made AS SELECT * FROM file('{file}', 'LineAsString')",
    "view of a scalar": "CREATE VIEW made AS SELECT file('{file}') AS f",
    "column default": "CREATE TABLE made (a UInt8, b String DEFAULT file('{file}')) ENGINE = Memory",
    "changed default": "ALTER TABLE t ADD COLUMN b String DEFAULT file('{file}')",
    "update": "ALTER TABLE t UPDATE a = file('{file}') WHERE 1",
    "file engine": "CREATE TABLE made (a String) ENGINE = File('LineAsString', '{file}')",
    "sqlite": "SELECT * FROM sqlite('{file}', 't')",
    "explain": "EXPLAIN SELECT * FROM file('{file}', 'LineAsString')",
    "describe": "DESCRIBE TABLE file('{file}', 'CSV')",
    "dictionary": "{dictionary} SOURCE(FILE(path '{file}' format 'CSV')) {loaded}",
    "python": "SELECT * FROM Python(text)",
    "loaded database": "CREATE DATABASE made ENGINE = Filesystem('{folder}')",
    "attached directory": "ATTACH TABLE made FROM '{folder}' (a String) ENGINE = MergeTree ORDER BY a",
    "restore": "RESTORE TABLE t FROM File('{file}')",
}

WRITES = {
    "OUTFILE": "SELECT 1 INTO OUTFILE '{target}'",
    "OUTFILE with comments": "SELECT 1 into/**/outfile '{target}' TRUNCATE FORMAT CSV",
    "OUTFILE of an explanation": "EXPLAIN SELECT 1 INTO OUTFILE '{target}'",
    "OUTFILE of SHOW": "SHOW TABLES INTO OUTFILE '{target}'",
    "INSERT INTO FUNCTION": "INSERT INTO FUNCTION file('{target}', 'CSV', 'a String') SELECT 'x'",
    "INSERT INTO FUNCTION with data": "INSERT INTO TABLE FUNCTION file('{target}', 'CSV', 'a String') VALUES ('x')",
    "backup": "BACKUP TABLE t TO File('{target}')",
    "rocksdb": "CREATE TABLE made (a String) ENGINE = EmbeddedRocksDB(0, '{target}') PRIMARY KEY a",
    "disk": "{made} SETTINGS disk = disk(type = 'local', path = '{target}/')",
    "disk with escapes": "{made} SETTINGS `\\x64isk` = `d\\x69sk`(type = 'local', path = '{target}/')",
    "sqlite database": "CREATE DATABASE made ENGINE = SQLite('{target}')",
}

NETWORK = {
    "url": "SELECT * FROM url('http://127.0.0.1:{port}/', 'LineAsString')",
    "s3": "SELECT * FROM s3('http://127.0.0.1:{port}/bucket/key', 'CSV', 'a String')",
    "remote": "SELECT * FROM remote('127.0.0.1:{port}', system.one)",
    "remoteSecure": "SELECT * FROM remoteSecure('127.0.0.1:{port}', system.one)",
    "mysql": "SELECT * FROM mysql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
    "postgresql": "SELECT * FROM postgresql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
    "mongodb": "SELECT * FROM mongodb('127.0.0.1:{port}', 'a', 'b', 'c', 'd', 'a String')",
    "redis": "SELECT * FROM redis('127.0.0.1:{port}', 'k', 'k String')",
    "hdfs": "SELECT * FROM hdfs('hdfs://127.0.0.1:{port}/x', 'CSV', 'a String')",
    "iceberg": "SELECT * FROM icebergS3('http://127.0.0.1:{port}/bucket/key/')",
    "insert": "INSERT INTO FUNCTION url('http://127.0.0.1:{port}/', 'CSV', 'a String') SELECT 'x'",
    "kafka": "CREATE TABLE made (a String) ENGINE = Kafka('127.0.0.1:{port}', 't', 'g', 'JSONEachRow')",
    "url engine": "CREATE TABLE made (a String) ENGINE = URL('http://127.0.0.1:{port}/', 'CSV')",
    "mysql engine": "CREATE TABLE made (a String) ENGINE = MySQL('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
    "mysql database": "CREATE DATABASE made ENGINE = MySQL('127.0.0.1:{port}', 'a', 'b', 'c')",
    "view": "CREATE VIEW made AS SELECT * FROM url('http://127.0.0.1:{port}/', 'LineAsString')",
    "view's engine": "CREATE MATERIALIZED VIEW made ENGINE = URL('http://127.0.0.1:{port}/', 'CSV') AS SELECT a FROM t",
    "web disk": "{made} SETTINGS disk = disk(type = 'web', endpoint = 'http://127.0.0.1:{port}/')",
    "dictionary": "{dictionary} SOURCE(HTTP(url 'http://127.0.0.1:{port}/')) {loaded}",
    "restore": "RESTORE TABLE t FROM S3('http://127.0.0.1:{port}/bucket/key')",
    "schema registry": "SELECT * FROM format(AvroConfluent, 'x') SETTINGS {registry}:{port}/'",
}

SERVER = {
    "shutdown": "SYSTEM SHUTDOWN",
    "kill": "SYSTEM KILL",
    "merges": "SYSTEM STOP MERGES",
    "comment before": "/* SELECT */ SYSTEM SHUTDOWN",
    "two statements": "SELECT 1; SYSTEM SHUTDOWN",
    "parallel": "DROP TABLE IF EXISTS nothing PARALLEL WITH SYSTEM SHUTDOWN",
    "kill queries": "KILL QUERY WHERE 1",
    "user": "CREATE USER somebody",
    "grant": "GRANT ALL ON *.* TO default",
    "executable function": "CREATE FUNCTION f AS x -> x",
    "executable table": "SELECT * FROM executable('ls', 'TSV', 'a String')",
    "executable engine": "CREATE TABLE made (a String) ENGINE = Executable('ls', 'TSV')",
    "executable pool": "CREATE TABLE made (a String) ENGINE = ExecutablePool('ls', 'TSV')",
    "query runner": "CREATE TABLE made (query String) ENGINE = QueryRunner",
    "named collection": "CREATE NAMED COLLECTION c AS a = 1",
    "another dialect": "SET dialect = 'kusto'",
    "asynchronous inserts": "SET async_insert = 1",
    "fuzzer": "SELECT * FROM fuzzQuery('SELECT 1')",
    "system tables": "INSERT INTO system.one VALUES (1)",
    "another format": "SELECT 1 FORMAT JSON",
    "JSON": "CREATE TABLE made (a JSON) ENGINE = Memory",
    "Dynamic": "CREATE TABLE made (a UInt8, b Array(Dynamic)) ENGINE = Memory",
    "Variant": "ALTER TABLE t ADD COLUMN b Variant(UInt8, String)",
    "Variant from a cast": "SELECT 1::Variant(UInt8)",
    "replicated": "CREATE TABLE made (a String) ENGINE = ReplicatedMergeTree('/x', 'y') ORDER BY a",
    "distributed": "CREATE TABLE made (a String) ENGINE = Distributed('c', 'd', 't')",
    "totals": "SELECT number, count() FROM numbers(3) GROUP BY number WITH TOTALS",
    "python reader": "SELECT * FROM python('x')",
}


class Fenced:
    """A server that has only some of its fences, and what attacks aim at."""

    def __init__(self, folder: Path, change: str, listener: socket.socket) -> None:
        self.folder = folder
        self.file = folder / "secret.txt"
        self.file.write_text(SECRET)
        self.port = listener.getsockname()[1]
        self._own_port = free_port()
        code = START.format(change)
        arguments = ["--data", str(folder / "data"), "--port", str(self._own_port)]
        environment = {**os.environ, "BAOGONG_CLICKHOUSE_PASSWORD": "p"}
        argv = [sys.executable, "-c", code, *arguments]
        self.child = ChildProcess("ClickHouse", argv, folder / "log", env=environment)

    def start(self) -> None:
        self.child.start()
        self.child.wait_ready(lambda: not self._closed(), 30)
        with self.client() as client:
            client.execute("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")

    def client(self) -> Client:
        return Client("127.0.0.1", self._own_port, user="baogong", password="p", database="baogong")

    def attack(self, sql: str) -> tuple[int, str]:
        """The code with which it was refused (0 for not at all), and all that came back."""
        text = sql.format(file=self.file, folder=self.folder, target=self.folder / "target", port=self.port, **PARTS)
        with self.client() as client:
            try:
                return 0, repr(client.execute(text))
            except ServerException as error:
                return error.code, str(error)

    def _closed(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._own_port)) != 0


@pytest.fixture(scope="module")
def called() -> Iterator[tuple[socket.socket, list[bytes]]]:
    """A listener, and everything that anybody said to it."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                said.append(b"called")
                caller.close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener, said
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


Start = Callable[[str], Fenced]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, called: tuple[socket.socket, list[bytes]]) -> Iterator[Start]:
    made: list[Fenced] = []

    def started(change: str) -> Fenced:
        made.append(Fenced(tmp_path_factory.mktemp("fenced"), change, called[0]))
        made[-1].start()
        return made[-1]

    yield started
    for fenced in made:
        fenced.child.stop()


@pytest.fixture(scope="module")
def guarded(start: Start) -> Fenced:
    """Grants and guard, but no help from the kernel, as on macOS."""
    return start(WITHOUT_KERNEL)


@pytest.fixture(scope="module")
def confined(start: Start) -> Fenced:
    """Grants and kernel, but no guard: as if somebody had found a way around it."""
    return start(WITHOUT_GUARD)


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_read(name: str, guarded: Fenced) -> None:
    code, said = guarded.attack(FILES[name])

    assert SECRET not in said
    assert code in (ACCESS_DENIED, NOT_IMPLEMENTED, LOCKED_SETTING, SYNTAX_ERROR, NO_EXPRESSIONS, UNKNOWN_TABLE), said
    with guarded.client() as client:
        assert SECRET not in str(client.execute("SELECT * FROM t"))
        assert client.execute("SHOW TABLES") == [("t",)]


@pytest.mark.parametrize("name", WRITES)
def test_no_file_is_written(name: str, guarded: Fenced) -> None:
    code, said = guarded.attack(WRITES[name])

    assert code in (ACCESS_DENIED, NOT_IMPLEMENTED, LOCKED_SETTING), said
    assert not (guarded.folder / "target").exists()


@pytest.mark.parametrize("name", NETWORK)
def test_nobody_is_called(name: str, guarded: Fenced, called: tuple[socket.socket, list[bytes]]) -> None:
    code, said = guarded.attack(NETWORK[name])

    assert code in (ACCESS_DENIED, NOT_IMPLEMENTED, LOCKED_SETTING), said
    assert called[1] == []


@pytest.mark.parametrize("name", SERVER)
def test_the_server_is_not_touched(name: str, guarded: Fenced) -> None:
    code, said = guarded.attack(SERVER[name])

    assert code in (ACCESS_DENIED, NOT_IMPLEMENTED, LOCKED_SETTING, SYNTAX_ERROR), said
    assert guarded.attack("SELECT 1") == (0, "[(1,)]")


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel can't keep a process off the network")
@pytest.mark.parametrize("name", FILES)
def test_the_kernel_keeps_files_away(name: str, confined: Fenced) -> None:
    code, said = confined.attack(FILES[name])

    assert SECRET not in said
    assert code or name in ("filter in a setting", "filter in a map"), said
    with confined.client() as client:
        assert SECRET not in str(client.execute("SELECT * FROM t"))


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel can't keep a process off the network")
def test_the_kernel_lets_nothing_be_written(confined: Fenced) -> None:
    assert [confined.attack(sql)[0] for sql in WRITES.values()].count(0) == 0
    assert not (confined.folder / "target").exists()


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel can't keep a process off the network")
def test_the_kernel_lets_nobody_be_called(confined: Fenced, called: tuple[socket.socket, list[bytes]]) -> None:
    for sql in NETWORK.values():
        confined.attack(sql)

    assert called[1] == []


def test_harmless_words_are_let_through(guarded: Fenced) -> None:
    for sql in (
        "SELECT 'file(1)', 'INTO OUTFILE', 'ENGINE = Kafka' -- url('x')",
        "SELECT number AS url FROM numbers(3) WHERE url IN (1, 2)",
        "SELECT path(x), cutURLParameter(x, 'y') FROM (SELECT 'http://a/b' AS x)",
        "SELECT * FROM merge(currentDatabase(), 't') LIMIT 1",
        "SELECT dictionary FROM (SELECT 1 AS dictionary)",
    ):
        assert guarded.attack(sql)[0] == 0, sql
