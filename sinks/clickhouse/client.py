"""ClickHouse over its native protocol: the only place that imports clickhouse_driver (but for the embedded server)."""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import clickhouse_driver
from clickhouse_driver import errors as driver_errors
from clickhouse_driver.util.helpers import parse_url

from schemas.errors import FAILURE, USAGE, BaogongError

Row = tuple[Any, ...]

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 60.0
"""Longest silence of a server in the middle of a statement; then the connection is given up."""

_LONGEST_MESSAGE: Final = 600
_UNWRITABLE: Final = (TypeError, ValueError, OverflowError, AttributeError, struct.error)
"""What the driver raises for a value that does not fit its column's type."""
_DATABASE_UNKNOWN, _TYPE_MISMATCH, _REFUSED = 81, 53, frozenset({192, 193, 194, 516})

logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)  # failures are raised; it would log tracebacks too


class ServerAway(BaogongError):
    """No server answered, or it went away in the middle: what it did with the statement is unknown."""


class QueryFailed(BaogongError):
    """The server (or the driver, for a value that does not fit its column) refused a statement.

    `number` is ClickHouse's error code, https://clickhouse.com/docs (system.errors).
    """

    def __init__(self, message: str, number: int, code: int = FAILURE) -> None:
        super().__init__(message, code)
        self.number = number


class Client:
    """One connection: blocking, for one thread at a time. It reconnects by itself after a failure."""

    def __init__(self, url: str, settings: Mapping[str, Any]) -> None:
        host, options = _options(url)
        merged = {**options.pop("settings", {}), **settings}
        timeouts = {"connect_timeout": CONNECT_SECONDS, "send_receive_timeout": ANSWER_SECONDS}
        self._user = options.get("user", "default")
        self._where = f"{host}:{options.get('port', 9440 if options.get('secure') else 9000)}"
        self._driver = clickhouse_driver.Client(
            host, **{**timeouts, "client_name": "baogong", **options}, settings=merged, settings_is_important=True
        )

    def rows(self, sql: str, params: Mapping[str, Any] | None = None, **settings: Any) -> list[Row]:
        """All rows of a SELECT; `params` are put in as `%(name)s`. Raises ServerAway or QueryFailed."""
        with self._errors():
            found: list[Row] = self._driver.execute(sql, params, settings=settings or None)
            return found

    def table(self, sql: str) -> tuple[list[str], list[str], list[Row]]:
        """Names, types and rows of a SELECT. Raises ServerAway or QueryFailed."""
        with self._errors():
            rows, columns = self._driver.execute(sql, with_column_types=True)
            return [name for name, _ in columns], [kind for _, kind in columns], list(rows)

    def run(self, sql: str) -> None:
        """A statement without a result. Raises ServerAway or QueryFailed."""
        with self._errors():
            self._driver.execute(sql)

    def insert(
        self, table: str, columns: Sequence[str], data: Sequence[Sequence[Any]], token: str, **settings: Any
    ) -> None:
        """Insert columns (`data[i]` holds the values of `columns[i]`) as one block; returns once the server has it.

        The same `token` again is ignored by a table with a deduplication window. Raises ServerAway (outcome unknown)
        or QueryFailed.
        """
        used = {"insert_deduplication_token": token, "async_insert": 0, **settings}
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
        with self._errors():
            try:
                self._driver.execute(statement, list(data), columnar=True, settings=used)
            except _UNWRITABLE as error:
                raise QueryFailed(f"a value does not fit its column: {error}", _TYPE_MISMATCH) from error

    def close(self) -> None:
        """Close the connection; harmless when closed."""
        self._driver.disconnect()

    @contextmanager
    def _errors(self) -> Any:
        try:
            yield
        except driver_errors.TypeMismatchError as error:
            raise QueryFailed(f"a value does not fit its column: {error.message}", _TYPE_MISMATCH) from error
        except driver_errors.ServerException as error:
            raise self._failed(error) from error
        except (driver_errors.Error, OSError, EOFError) as error:
            why = _first_line(getattr(error, "message", None) or str(error) or type(error).__name__)
            raise ServerAway(
                f"ClickHouse at {self._where} does not answer ({why}): start it, or name another with --clickhouse URL."
            ) from error

    def _failed(self, error: Any) -> QueryFailed:
        words, number = _first_line(error.message or ""), int(error.code or 0)
        if number in _REFUSED:
            words = f"ClickHouse at {self._where} refuses user '{self._user}': check user and password in the URL"
        elif number == _DATABASE_UNKNOWN:
            words = f"{words.rstrip('.')}; make it with CREATE DATABASE, or name another in the URL"
        return QueryFailed(f"{words.rstrip('.')}. (ClickHouse error {number})", number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(url: str, **settings: Any) -> Client:
    """A client on clickhouse://user:password@host:port/database that has reached its server.

    `settings` go with every statement; `strings_as_bytes=True` gives and takes strings as bytes. Raises BaogongError
    with code 2 for a URL that is none, ServerAway where nobody answers, QueryFailed where the user is refused.
    """
    client = Client(url, settings)
    try:
        client.rows("SELECT 1")
    except BaogongError:
        client.close()
        raise
    return client


def _options(url: str) -> tuple[str, dict[str, Any]]:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("clickhouse", "clickhouses") or not parts.hostname:
            raise ValueError("no clickhouse:// address")
        host, options = parse_url(url)
    except (ValueError, TypeError) as error:  # the URL itself is not shown: it holds a password
        raise BaogongError(
            "The ClickHouse URL is not one: write it as clickhouse://user:password@host:port/database.", USAGE
        ) from error
    return host, options


def _first_line(message: str) -> str:
    """The server's words without its stack and without the list of everything that a parser would have taken."""
    words = message.split("Stack trace:", 1)[0].removeprefix("DB::Exception:").split("Expected one of:", 1)[0]
    return " ".join(words.split()).removeprefix("default: ")[:_LONGEST_MESSAGE]
