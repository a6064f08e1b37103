"""Files as rows with their line numbers: CSV as warehouses write it, JSON lines, JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from schemas.errors import USAGE, BaogongError
from streams.loggers.tree import is_export
from streams.publish.refusal import Problem

STDIN: Final = "-"
REJECTED: Final = ".rejected.csv"
"""What is added to a file's name for its refused rows."""
REFUSED: Final = "refused"
"""Heading of the reason in a rejected file; ignored when such a file is published again."""
_CELL_LIMIT: Final = 1_000_000
"""Characters of one cell: far above what a message takes, low enough that a quote left open is noticed."""
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"
    EPCIS = "epcis"
    """An EPCIS 2.0 document, or one event (GS1)."""
    LOGGER = "logger"
    """Readings of a temperature logger: a text export, or a CSV of times and values."""


SAYABLE: Final = (Format.CSV, Format.JSONL, Format.JSON)
"""What a call may say of a file; a logger's is known by what is in it."""
JSON_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one JSON document, which is held and checked as a whole; CSV and JSON lines have no limit."""
_EPCIS: Final = re.compile(
    r'"type"\s*:\s*"(EPCIS(Query)?Document|(Object|Aggregation|Association|Transaction|Transformation)Event)"'
    r"|epcis-context[a-z-]*\.jsonld"
)
"""What only EPCIS documents say."""
_BY_SUFFIX: Final = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".jsonld": Format.JSON,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: `line` is where it starts, `raw` its text as it came. With a `problem`, `cells` may lack some."""

    line: int
    cells: dict[str, Any]
    raw: str
    problem: Problem | None = None


@dataclass(frozen=True)
class Source:
    """A file that was read and can be understood. `headings` is None where rows name their own fields (JSON)."""

    name: str
    format: Format
    text: str
    encoding: str
    delimiter: str = ","
    headings: tuple[str, ...] | None = None
    header_raw: str = ""

    @property
    def guessed(self) -> bool:
        """Whether the encoding had to be guessed."""
        return self.encoding == "gb18030"

    @property
    def about(self) -> int:
        """About how many rows there are, for a progress bar."""
        return self.text.count("\n")

    def doubled(self) -> dict[str, list[int]]:
        """Headings that stand more than once, with their column numbers; those without words don't count."""
        counts = Counter(heading for heading in self.headings or () if heading)
        columns = list(enumerate(self.headings or (), 1))
        return {h: [n for n, other in columns if other == h] for h, count in counts.items() if count > 1}

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, in order."""
        if self.format is Format.CSV:
            return _csv_rows(self)
        return _jsonl_rows(self.text) if self.format is Format.JSONL else _json_rows(self.name, self.text)


def open_source(name: str, stdin: BinaryIO, said: Format | None = None) -> Source:
    """Read a file (or standard input, '-') whole; raises BaogongError where it can't be read or understood."""
    form = said or _BY_SUFFIX.get(Path(name).suffix.lower())
    if form is None and name == STDIN:
        raise BaogongError("Say how standard input is written: --format csv, jsonl or json.", USAGE)
    data = _read(name, stdin)
    if form is Format.JSON and len(data) > JSON_LIMIT:
        raise BaogongError(
            f"{name} has {len(data) / 2**20:,.0f} MiB, and a JSON document may have {JSON_LIMIT // 2**20}: "
            "split it, or write it as JSON lines.",
            USAGE,
        )
    text, encoding = decoded(name, data)
    if not text.strip():
        raise BaogongError(f"{name} is empty: there is nothing to publish.", USAGE)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise BaogongError(
            f"{name} is XML, which is not read here: EPCIS 2.0 documents come as JSON or JSON-LD.", USAGE
        )
    if form in (None, Format.CSV) and is_export(text):
        return Source(name, Format.LOGGER, text, encoding)
    if form is None:
        raise BaogongError(f"Say how {name} is written: --format csv, jsonl or json.", USAGE)
    if form is not Format.CSV:
        if form is Format.JSON and (_EPCIS.search(text) or name.lower().endswith(".jsonld")):
            return Source(name, Format.EPCIS, text, encoding)
        if form is Format.JSON:
            for _ in _json_rows(name, text):
                pass  # all of it must be understood before any of it is sent
        return Source(name, form, text, encoding)
    return _csv_source(name, text, encoding)


def _read(name: str, stdin: BinaryIO) -> bytes:
    try:
        return stdin.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise BaogongError(f"Cannot read {name}: {error.strerror}.", USAGE) from error


def decoded(name: str, data: bytes) -> tuple[str, str]:
    """Text and its encoding: by its mark, else UTF-8, else GB18030 (国标), in which Excel saves CSV in China."""
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
    for attempt in (encoding,) if encoding else ("utf-8", "gb18030"):
        try:
            return data.decode(attempt), attempt
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
    raise BaogongError(f"{name}: line {line} is neither UTF-8 nor GB18030 text: save the file as UTF-8.", USAGE)


class _Physical:
    """Physical lines of a text, remembering those taken since `taken` was asked last."""

    def __init__(self, text: str) -> None:
        self._lines, self._taken = io.StringIO(text, newline=""), list[str]()
        self.number = 0

    def __iter__(self) -> _Physical:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        self.number += 1
        return line

    def taken(self) -> str:
        """The text since the last call, without its line end."""
        text, self._taken = "".join(self._taken), []
        return text.removesuffix("\n").removesuffix("\r")


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str, str]]:
    """Line, cells, raw text and what is wrong with it (or '') of every record."""
    csv.field_size_limit(_CELL_LIMIT)
    physical = _Physical(text)
    reader = csv.reader(physical, delimiter=delimiter, strict=True)
    while True:
        line, wrong, cells = physical.number + 1, "", list[str]()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong = _said(str(error))
        yield line, cells, physical.taken(), wrong


def _said(error: str) -> str:
    if "unexpected end" in error:
        return "a quote is opened here and never closed"
    if "field limit" in error:
        return "a cell is too long; is a quote left open?"
    return "quotes don't match: a quote inside a quoted cell is written twice"


def _csv_source(name: str, text: str, encoding: str) -> Source:
    header = {d: next(records(text.lstrip("\r\n"), d)) for d in (",", ";", "\t")}
    delimiter = max(header, key=lambda d: len(header[d][1]) or header[d][2].partition("\n")[0].count(d) + 1)
    _, cells, raw, wrong = header[delimiter]
    if wrong:
        raise BaogongError(f"{name}: the heading line can't be read: {wrong}.", USAGE)
    return Source(name, Format.CSV, text, encoding, delimiter, tuple(cell.strip() for cell in cells), raw)


def _csv_rows(source: Source) -> Iterator[Row]:
    headings = source.headings or ()
    seen_header = False
    for line, cells, raw, wrong in records(source.text, source.delimiter):
        if not seen_header:
            seen_header = bool(cells or wrong)
            continue
        if wrong:
            yield Row(line, {}, raw, Problem("malformed", "", wrong))
            continue
        stripped = [cell.strip() for cell in cells]
        while len(stripped) > len(headings) and not stripped[-1]:
            stripped.pop()
        if any(stripped):
            yield Row(line, _named(headings, stripped), raw, _ragged(headings, stripped))


def _named(headings: tuple[str, ...], cells: list[str]) -> dict[str, Any]:
    """Cells by heading; the first of equal headings counts (files where that matters are refused beforehand)."""
    named: dict[str, Any] = {}
    for heading, cell in zip(headings, cells, strict=False):
        named.setdefault(heading, cell)
    return named


def _ragged(headings: tuple[str, ...], cells: list[str]) -> Problem | None:
    if len(cells) == len(headings):
        return None
    return Problem("ragged", "", f"has {len(cells)} cells, but the headings are {len(headings)}")


def _jsonl_rows(text: str) -> Iterator[Row]:
    for number, raw in enumerate(io.StringIO(text), 1):
        if not raw.strip():
            continue
        raw = raw.strip()
        try:
            yield _object_row(number, _loads(raw), raw)
        except (ValueError, RecursionError) as error:
            yield Row(number, {}, raw, Problem("malformed", "", f"is not valid JSON ({_why(error)})"))


def _json_rows(name: str, text: str) -> Iterator[Row]:
    """Objects of an array, or the one object that the text is; raises BaogongError where it is not valid JSON."""
    decoder, at = _DECODER, _skip(text, 0)
    array = text[at : at + 1] == "["
    at, line, counted = _skip(text, at + array), 1, 0
    try:
        while not (array and text[at : at + 1] == "]"):
            value, end = decoder.raw_decode(text, at)
            line, counted = line + text.count("\n", counted, at), at
            yield _object_row(line, value, text[at:end])
            at = _skip(text, end)
            if not array:
                break
            if text[at : at + 1] == ",":
                at = _skip(text, at + 1)
            elif text[at : at + 1] != "]":
                raise ValueError("a comma or ] is missing")
        if _skip(text, at + array) != len(text):
            raise ValueError("something follows its end")
    except (ValueError, RecursionError) as error:
        place = text.count("\n", 0, getattr(error, "pos", at)) + 1
        raise BaogongError(f"{name} is not valid JSON: line {place}: {_why(error)}.", USAGE) from error


def _skip(text: str, at: int) -> int:
    """The position of the next character that is not white space."""
    while at < len(text) and text[at] in " \t\r\n\ufeff":
        at += 1
    return at


def _object_row(line: int, value: Any, raw: str) -> Row:
    if isinstance(value, dict):
        return Row(line, {k: v.strip() if isinstance(v, str) else v for k, v in value.items()}, raw)
    return Row(line, {}, raw, Problem("malformed", "", "is not a JSON object"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_unique)


def _loads(text: str) -> Any:
    return _DECODER.decode(text)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "too deeply nested"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at column {error.colno}"
    return "a number has too many digits" if "integer string" in str(error) else str(error)
