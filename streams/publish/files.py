"""Files as rows with their line numbers: CSV as warehouses write it, JSON lines, JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from schemas.errors import USAGE, BaogongError
from streams.epcis.text import XML, looks_like_xml
from streams.loggers.tree import is_export
from streams.publish.csv_rows import csv_rows, records
from streams.publish.json_rows import json_rows, jsonl_rows
from streams.publish.row import Row

STDIN: Final = "-"
REJECTED: Final = ".rejected.csv"
"""What is added to a file's name for its refused rows."""
REFUSED: Final = "refused"
"""Heading of the reason in a rejected file; ignored when such a file is published again."""
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
            return csv_rows(self.text, self.delimiter, self.headings or ())
        return jsonl_rows(self.text) if self.format is Format.JSONL else json_rows(self.name, self.text)


def open_source(name: str, stdin: BinaryIO, said: Format | None = None) -> Source:
    """Read a file (or standard input, '-') whole; raises BaogongError where it can't be read or understood."""
    form = said or _BY_SUFFIX.get(Path(name).suffix.lower())
    if form is None and name == STDIN:
        raise BaogongError("Say how standard input is written: --format csv, jsonl or json.", USAGE)
    data = _read(name, stdin)
    if looks_like_xml(data):
        raise BaogongError(f"{name} {XML}.", USAGE)
    if form is Format.JSON and len(data) > JSON_LIMIT:
        raise BaogongError(
            f"{name} has {len(data) / 2**20:,.0f} MiB, and a JSON document may have {JSON_LIMIT // 2**20}: "
            "split it, or write it as JSON lines.",
            USAGE,
        )
    text, encoding = decoded(name, data)
    if not text.strip():
        raise BaogongError(f"{name} is empty: there is nothing to publish.", USAGE)
    if form in (None, Format.CSV) and is_export(text):
        return Source(name, Format.LOGGER, text, encoding)
    if form is None:
        raise BaogongError(f"Say how {name} is written: --format csv, jsonl or json.", USAGE)
    if form is not Format.CSV:
        if form is Format.JSON and (_EPCIS.search(text) or name.lower().endswith(".jsonld")):
            return Source(name, Format.EPCIS, text, encoding)
        if form is Format.JSON:
            for _ in json_rows(name, text):
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


def _csv_source(name: str, text: str, encoding: str) -> Source:
    header = {d: next(records(text.lstrip("\r\n"), d)) for d in (",", ";", "\t")}
    delimiter = max(header, key=lambda d: len(header[d][1]) or header[d][2].partition("\n")[0].count(d) + 1)
    _, cells, raw, wrong = header[delimiter]
    if wrong:
        raise BaogongError(f"{name}: the heading line can't be read: {wrong}.", USAGE)
    return Source(name, Format.CSV, text, encoding, delimiter, tuple(cell.strip() for cell in cells), raw)
