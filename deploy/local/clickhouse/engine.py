"""The ClickHouse engine in this process (chDB) and one session of it for each client."""

import fcntl
import json
import re
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from deploy.local.clickhouse import guard
from deploy.local.clickhouse.blocks import Columns
from deploy.local.clickhouse.config import write_config
from deploy.local.clickhouse.guard import Insert, Refused, Statement
from deploy.local.clickhouse.inserted import Blocks
from schemas.errors import BaogongError

UNKNOWN_SETTING, NO_SUCH_COLUMN, QUERY_WAS_CANCELLED, UNKNOWN_EXCEPTION = 115, 16, 394, 1002
_FAILURE = re.compile(r"Code: (\d+)\. DB::Exception: (.*)", re.DOTALL)
_CACHED_STATEMENTS = 2048
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Settings = Sequence[tuple[str, str, bool]]
"""Name, value, and whether an unknown name is an error."""


class EngineError(Exception):
    """The engine's refusal, with ClickHouse's code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """The engine over one data directory; one a process, since chDB knows only one.

    Raises BaogongError when the directory is in use or can't be opened.
    """

    def __init__(self, data: Path, config: Path, database: str) -> None:
        if set("?&") & set(str(data)):
            raise BaogongError(f"{data} can't hold ClickHouse's data: name a directory without ? and &")
        self.data = data
        self.database = database
        self._statements: dict[str, Statement] = {}
        self._columns: dict[Hashable, Columns] = {}
        self._lock = threading.Lock()
        _refuse_second_owner(data / "status")
        self._address = f"{data}?config-file={write_config(config, _free_text_settings())}"
        self._control = self.connect()
        self._run(f"CREATE DATABASE IF NOT EXISTS {quote_name(database)}")
        self.settings = frozenset(self._run("SELECT name FROM system.settings").split("\n"))
        self.table_functions = frozenset(self._run("SELECT lower(name) FROM system.table_functions").split("\n"))
        self.version = _version(self._run("SELECT version()"))

    def connect(self) -> Any:
        """A connection of chDB's; each keeps its own current database and settings."""
        return _connect(self._address)

    def kill(self, mark: str) -> None:
        """End what the session with this mark runs; harmless when it runs nothing."""
        self._run(f"KILL QUERY WHERE Settings['log_comment'] = {quote(mark)} ASYNC")

    def close(self) -> None:
        """Close the engine; sessions are closed before it."""
        self._control.close()

    def examine(self, text: str, session: "Session") -> Statement:
        """What `text` is, from memory where one that differs in its strings only has been seen.

        Raises EngineError (no SQL) and Refused.
        """
        found = _remembered(
            self._statements,
            guard.shape(text),
            lambda: guard.examine(text, session.canonical(text), self.table_functions),
        )
        return found if found.text == text else replace(found, text=text)

    def columns(self, key: Hashable, describe: Callable[[], Columns]) -> Columns:
        """Columns of a result, from memory where those of such a one have been asked for since the schema changed."""
        return _remembered(self._columns, key, describe)

    def forget_columns(self) -> None:
        """The schema changes: nothing that is being described at this moment is kept either."""
        self._columns = {}

    def _run(self, sql: str) -> str:
        with self._lock, engine_errors():
            return str(self._control.query(sql, "TSVRaw").bytes().decode()).rstrip("\n")


class Session:
    """What one client has of the engine: a connection with its database and settings. One thread at a time."""

    def __init__(self, engine: Engine, database: str, mark: str) -> None:
        self.mark = mark
        self._engine = engine
        self._lasting = [f"USE {quote_name(database or engine.database)}"]
        self._applied: dict[str, str] = {}
        self._connection: Any = None
        self._reconnect()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def configure(self, settings: Settings) -> None:
        """Have exactly these settings for the next statement; raises EngineError."""
        wanted = {name: value for name, value, _ in settings if name in self._engine.settings and name != "log_comment"}
        unknown = [name for name, _, important in settings if important and name not in self._engine.settings]
        if unknown:
            raise EngineError(UNKNOWN_SETTING, f"Unknown setting '{unknown[0]}'. (UNKNOWN_SETTING)")
        if self._connection is None or self._applied.keys() - wanted.keys() or self._is_stuck(wanted):
            self._reconnect()
        changed = [(name, value) for name, value in wanted.items() if self._applied.get(name) != value]
        changed.sort(key=lambda setting: setting[0] == "readonly")  # after it nothing can be set
        if changed:
            self._applied.update(changed)
            self.run(_set_clause(changed))

    def _is_stuck(self, wanted: dict[str, str]) -> bool:
        """Other settings are wanted, and those that were applied allow no change."""
        return self._applied.get("readonly", "0") != "0" and self._applied != wanted

    def canonical(self, text: str) -> str:
        """The statement as the engine's parser understands it; raises EngineError with code 62."""
        try:
            asked = {"text": _escape_parameter(text)}
            return str(self.run("SELECT formatQuerySingleLine({text:String})", "RawBLOB", asked).bytes().decode())
        except EngineError as error:
            raise EngineError(error.code, str(error).partition(": In scope SELECT")[0]) from None

    def run(self, sql: str, form: str = "Native", parameters: dict[str, str] | None = None) -> Any:
        """Run a statement to its end; raises EngineError, after which the connection is a new one."""
        with self._fresh_after_failure():
            return self._connection.query(sql, form, params=parameters)

    def run_lasting(self, sql: str) -> None:
        """Run USE or SET, and again whenever the connection has to be replaced."""
        self.run(sql)
        self._lasting.append(sql)

    def stream(self, sql: str) -> Iterator[Any]:
        """The result of a SELECT, one native block at a time; raises EngineError."""
        with self._fresh_after_failure():
            result = self._connection.send_query(sql, "Native")
            try:
                yield from result
            finally:
                result.close()

    def describe(self, select: str) -> Columns:
        """The columns of a SELECT's result."""
        key = (guard.timeless(select), tuple(self._lasting), tuple(sorted(self._applied.items())))
        return self._engine.columns(key, lambda: self._describe(select))

    def _describe(self, select: str) -> Columns:
        """Asked on a connection apart: the session's own may be streaming."""
        sql = f"DESCRIBE TABLE ({select.rstrip().rstrip(';')}\n)"
        with engine_errors(), closing(self._opened()) as connection:
            if self._applied:
                connection.query(_set_clause(self._applied.items()), "Native")
            names, types, *_ = json.loads(connection.query(sql, "JSONCompactColumns").bytes())
        return list(zip(names, types, strict=True))

    def insert_columns(self, insert: Insert) -> Columns:
        """The columns that an insert fills, in its order; raises EngineError."""
        rows = self.run(f"DESCRIBE TABLE {insert.table}", "JSONCompactColumns").bytes()
        return _chosen(rows, insert)

    def insert(self, insert: Insert, columns: Columns, blocks: Blocks) -> Any:
        """Insert what `blocks` holds: kept when this returns, refused when it raises EngineError.

        chDB's own insert calls (`send_insert`, `insert_done`) report success for inserts that failed: never those.
        """
        names = ", ".join(quote_name(name) for name, _ in columns)
        source = f"FROM INFILE {quote(blocks.path)} COMPRESSION 'none'"
        return self.run(f"INSERT INTO {insert.table} ({names}) {source}{insert.settings} FORMAT Native")

    def _reconnect(self) -> None:
        self.close()
        self._applied = {}
        with engine_errors():
            self._connection = self._opened()

    def _opened(self) -> Any:
        connection = self._engine.connect()
        for sql in (f"SET log_comment = {quote(self.mark)}", *self._lasting):
            connection.query(sql, "Native")
        return connection

    @contextmanager
    def _fresh_after_failure(self) -> Iterator[None]:
        try:
            with engine_errors():
                yield
        except EngineError:
            self.close()
            raise


def _remembered(memory: dict[Key, Value], key: Key, make: Callable[[], Value]) -> Value:
    """What was made for the key, or is made now; the memory is bounded, and begins anew when it is full."""
    found = memory.get(key)
    if found is None:
        found = make()
        if len(memory) >= _CACHED_STATEMENTS:
            memory.clear()
        memory[key] = found
    return found


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn chDB's errors into EngineError."""
    try:
        yield
    except (RuntimeError, UnicodeError) as error:
        found = _FAILURE.search(str(error))
        if not found:
            raise EngineError(UNKNOWN_EXCEPTION, str(error)) from None
        raise EngineError(int(found[1]), found[2].strip()) from None


def quote(value: str) -> str:
    """A value as a string of SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_name(name: str) -> str:
    """A name of SQL."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _version(text: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in text.split(".")[:3])
    return major, minor, patch


def _connect(address: str) -> Any:
    import chdb  # here, because importing it starts threads, which has to come after the sandbox

    connect: Any = chdb.connect
    return connect(address)


def _free_text_settings() -> list[str]:
    connection = _connect(":memory:")
    try:
        names: bytes = connection.query(
            "SELECT name FROM system.settings WHERE type IN ('String', 'Map')", "TSVRaw"
        ).bytes()
    finally:
        connection.close()
    return names.decode().split()


def _refuse_second_owner(status: Path) -> None:
    """Say clearly what the engine, which locks the same file, would say in a stack of errors."""
    status.parent.mkdir(parents=True, exist_ok=True)
    with status.open("ab+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = re.search(rb"PID: (\d+)", lock.read())
            holder = owner[1].decode() if owner else "unknown"
            raise BaogongError(
                f"ClickHouse's data in {status.parent} is in use by process {holder}: "
                "stop that one or name another directory"
            ) from None


def _escape_parameter(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0")):
        text = text.replace(plain, escaped)
    return text


def _set_clause(settings: Iterable[tuple[str, str]]) -> str:
    return "SET " + ", ".join(f"{quote_name(name)} = {quote(value)}" for name, value in settings)


def _chosen(described: bytes, insert: Insert) -> Columns:
    names, types, kinds, *_ = json.loads(described)
    if insert.columns is None:
        rows = zip(names, types, kinds, strict=True)
        return [(name, spec) for name, spec, kind in rows if kind not in ("MATERIALIZED", "ALIAS", "EPHEMERAL")]
    if "*" in insert.columns:
        raise Refused("The embedded ClickHouse takes the columns of an insert by name", guard.NOT_IMPLEMENTED)
    known = dict(zip(names, types, strict=True))
    wanted = [column.strip("`").replace("\\`", "`").replace("\\\\", "\\") for column in insert.columns]
    for name in wanted:
        if name not in known:
            message = f"No such column {name} in table {insert.table}. (NO_SUCH_COLUMN_IN_TABLE)"
            raise EngineError(NO_SUCH_COLUMN, message)
    return [(name, known[name]) for name in wanted]
