"""What a client's SQL may not reach, and what kind of statement it is.

Everything is judged on the canonical text that the engine's own parser gives (`formatQuery`): comments, letter case of
keywords, escapes in names and heredocs are gone, so words can be compared. Grants (`config`) and the kernel (`sandbox`)
are the other two fences; this one is for what grants don't cover, and for what this server can't do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

ACCESS_DENIED, NOT_IMPLEMENTED = 497, 48
"""Codes of ClickHouse's: reaching out is denied, what only a real server has is not implemented."""

TABLE_FUNCTIONS = frozenset({"numbers", "numbers_mt", "zeros", "zeros_mt", "primes", "view", "merge"}) | frozenset(
    {"generateseries", "generate_series"}
)
"""Table functions that compute and nothing else; those that take a structure don't: its DEFAULTs are expressions."""

ENGINES = frozenset({"Memory", "Null", "Atomic"}) | frozenset(
    f"{kind}MergeTree" for kind in ("", "Replacing", "Summing", "Aggregating", "Collapsing", "VersionedCollapsing")
)

LOCKED_SETTINGS = {
    "dialect": "clickhouse",
    "implicit_select": "0",
    "async_insert": "0",
    "input_format_values_interpret_expressions": "0",
    "input_format_values_deduce_templates_of_expressions": "0",
    "allow_experimental_eval_table_function": "0",
    "allow_introspection_functions": "0",
}
"""Settings that a client can't change: they hide statements from the parser, or acknowledge inserts too early."""

FREE_TEXT_SETTINGS = frozenset(
    {"insert_deduplication_token", "log_comment", "session_timezone", "workload", "database"}
)
"""Settings of type String or Map that can be set; the others hold expressions, paths or addresses: locked."""

_READING = frozenset({"SELECT", "WITH", "("})
_STATEMENTS = (
    _READING
    | {"EXPLAIN", "SHOW", "DESCRIBE", "EXISTS", "CHECK", "INSERT", "DELETE", "UPDATE", "OPTIMIZE"}
    | {*("CREATE", "REPLACE", "ALTER", "DROP", "TRUNCATE", "RENAME", "EXCHANGE", "USE", "SET")}
)
_OF_SCHEMA = frozenset({"CREATE", "REPLACE", "ALTER", "DROP", "RENAME", "EXCHANGE"})
_CREATED = frozenset({"DATABASE", "TABLE", "VIEW", "MATERIALIZED"})
_FUNCTIONS = re.compile(r"file|formatrow\w*|ai(redact|similarity|filter|classify|embed|extract|generate|translate)")
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"|\w+|[^\w\s]", re.DOTALL)
_AWAITS_DATA = re.compile(r"(?:\bvalues|\bformat\s+\w+)[\s;]*$", re.IGNORECASE)
_COMMENT = r"--[^\n\0]*(?:\n|\Z)"
_PLAIN = re.compile(
    rf"(?:\s|{_COMMENT})*+(?:SELECT|WITH)\b"
    rf"(?:[\w\s()\[\]{{}}.,:;=<>!*+%?|&]++|-(?!-)|/(?!\*)|'[^'\\\0]*'|{_COMMENT})*+",
    re.ASCII,
)
_MOMENT = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?'")
_STRING_OR_COMMENT = re.compile(r"'[^']*'|--[^\n]*")
_NAME = r"(?:`(?:[^`\\]|\\.)*`|\w+)"
_INSERT = re.compile(
    rf"INSERT INTO (?P<table>(?:{_NAME}\.)?{_NAME})(?: \((?P<columns>.*?)\))?(?P<settings> SETTINGS .*)? FORMAT \w+",
    re.DOTALL,
)


class Refused(Exception):
    """A statement that isn't run; `code` is ClickHouse's."""

    def __init__(self, message: str, code: int = ACCESS_DENIED) -> None:
        super().__init__(message)
        self.code = code


class Kind(Enum):
    """What the server does with a statement."""

    READ = auto()
    """Its result is streamed."""
    INSERT = auto()
    """The client's blocks follow: `Statement.insert` says where to."""
    SESSION = auto()
    """USE and SET: it lasts until the client leaves."""
    SCHEMA = auto()
    """Afterwards names may mean other tables, and tables have other columns."""
    OTHER = auto()


@dataclass(frozen=True)
class Insert:
    """An insert whose rows come as blocks: names as they stand in SQL, columns None where all are meant."""

    table: str
    columns: tuple[str, ...] | None
    settings: str


@dataclass(frozen=True)
class Statement:
    """A statement that may run."""

    kind: Kind
    text: str
    insert: Insert | None = None


def shape(text: str) -> str:
    """The same for statements that differ in strings and comments only, for which `examine` says the same.

    Only where it is plain what is a string: a SELECT without escapes, names in quotes, heredocs, comments in blocks or
    other letters than ASCII outside strings. Any other text is its own shape.
    """
    return _STRING_OR_COMMENT.sub(_without_content, text) if _PLAIN.fullmatch(text) else text


def timeless(text: str) -> str:
    """The same for statements that differ in points of time only: their results have the same columns."""
    return _MOMENT.sub("''", text)


def _without_content(found: re.Match[str]) -> str:
    return "''" if found[0].startswith("'") else ""


def examine(text: str, canonical: str, table_functions: frozenset[str]) -> Statement:
    """The statement in `text`, whose canonical form is `canonical`; raises Refused.

    `table_functions` are all that the engine has, in small letters.
    """
    tokens = _TOKEN.findall(canonical)
    first = tokens[0]
    _check_statement(tokens)
    _check_words(tokens, table_functions)
    if first in _READING:
        return Statement(Kind.READ, text)
    if first == "INSERT" and _AWAITS_DATA.search(text):
        return Statement(Kind.INSERT, text, _insert(canonical))
    if first in _OF_SCHEMA:
        return Statement(Kind.SCHEMA, text)
    return Statement(Kind.SESSION if first in ("USE", "SET") else Kind.OTHER, text)


def _check_statement(tokens: list[str]) -> None:
    first = tokens[0]
    if first not in _STATEMENTS:
        raise Refused(f"{first} statements are out of reach in the embedded ClickHouse")
    if first == "CREATE":
        what = next(token for token in tokens[1:] if token not in ("OR", "REPLACE"))
        if what not in _CREATED:
            raise Refused(f"CREATE {what} isn't supported by the embedded ClickHouse", NOT_IMPLEMENTED)
    if first != "INSERT" and "FORMAT" in tokens[:-1]:
        raise Refused("A FORMAT clause isn't supported by the embedded ClickHouse: leave it out", NOT_IMPLEMENTED)


def _check_words(tokens: list[str], table_functions: frozenset[str]) -> None:
    for token, following, after in _threes(tokens):
        word = token.strip('`"')
        name = word.lower()
        if token in ("INFILE", "OUTFILE") or _FUNCTIONS.fullmatch(name):
            raise Refused(f"{word}: files and services are out of reach in the embedded ClickHouse")
        if following == "(" and (name == "disk" or (name in table_functions and name not in TABLE_FUNCTIONS)):
            raise Refused(f"{word}(): this function is out of reach in the embedded ClickHouse")
        if token == "ENGINE" and following == "=" and after.strip("`") not in ENGINES:
            raise Refused(f"Engine {after} isn't supported by the embedded ClickHouse", NOT_IMPLEMENTED)
        if (token, following) in (("PARALLEL", "WITH"), ("WITH", "TOTALS")):
            raise Refused(f"{token} {following} isn't supported by the embedded ClickHouse", NOT_IMPLEMENTED)
        if tokens[0] in ("CREATE", "ALTER", "REPLACE") and token in ("JSON", "Dynamic", "Variant", "Object"):
            raise Refused(f"Type {token} isn't supported by the embedded ClickHouse", NOT_IMPLEMENTED)


def _threes(tokens: list[str]) -> Iterator[tuple[str, str, str]]:
    return zip(tokens, [*tokens[1:], ""], [*tokens[2:], "", ""], strict=False)


def _insert(canonical: str) -> Insert:
    found = _INSERT.fullmatch(canonical)
    if not found:
        raise Refused("The embedded ClickHouse takes INSERT INTO table (columns) VALUES", NOT_IMPLEMENTED)
    columns = found["columns"]
    names = None if columns is None else tuple(re.findall(rf"{_NAME}(?:\.{_NAME})*|\*", columns))
    return Insert(found["table"], names, found["settings"] or "")
