"""A logger's file, whatever it is written in: the bytes in, readings or one clear sentence out."""

from __future__ import annotations

import datetime as dt
from typing import Final

from schemas.errors import FAILURE, BaogongError
from streams.loggers.export import read_export
from streams.loggers.model import LoggerFile
from streams.loggers.table import read_table
from streams.loggers.tree import is_export
from streams.publish.files import decoded

_SIGNATURES: Final = (
    (b"%PDF", "a PDF: take the text export that the device writes beside it"),
    (b"PK\x03\x04", "a workbook or an archive: save its sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old workbook: save its sheet as CSV"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "compressed: unpack it first"),
)
_WANTED: Final = "a CSV of times and values, or a logger's text export"


def read_logger(name: str, data: bytes, *, now: dt.datetime, timezone: dt.tzinfo | None = None) -> LoggerFile:
    """Read a file; raises BaogongError where nothing of it can be read. `now`: no reading lies ahead of it.

    A row that is no reading does not stop the rest: it is in `refused` with its line and reason.
    """
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise BaogongError(f"{name} is {what}; wanted is {_WANTED}.", FAILURE)
    if not data.strip():
        raise BaogongError(f"{name} is empty: it has no readings.", FAILURE)
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BaogongError(f"{name} is not text: wanted is {_WANTED}.", FAILURE)
    return read_text(name, decoded(name, data)[0], now=now, timezone=timezone)


def read_text(name: str, text: str, *, now: dt.datetime, timezone: dt.tzinfo | None = None) -> LoggerFile:
    """The same of a text."""
    head = text.lstrip("\ufeff \t\r\n")
    if not head:
        raise BaogongError(f"{name} is empty: it has no readings.", FAILURE)
    if head.startswith("<"):
        raise BaogongError(f"{name} is XML: wanted is {_WANTED}.", FAILURE)
    if head.startswith(("{", "[")):
        raise BaogongError(f"{name} is JSON: wanted is {_WANTED}.", FAILURE)
    if is_export(text):
        return read_export(name, text, now=now, timezone=timezone)
    return read_table(name, text, now=now, timezone=timezone)
