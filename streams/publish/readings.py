"""Loggers' files (温度记录) as messages: one a reading, with an id that the same reading always gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from schemas.base import Identifier
from schemas.errors import USAGE, BaogongError
from schemas.temperature import TemperatureRead
from streams.loggers.model import LoggerFile, Reading
from streams.loggers.read import read_text
from streams.loggers.table import looks_like_readings
from streams.publish.build import Laid, Rules
from streams.publish.files import Format, Source
from streams.publish.kinds import find_kind
from streams.publish.mapping import OwnNames
from streams.publish.refusal import shown
from streams.publish.row import Row
from streams.publish.run import Input, Made, Refusal

_IDENTIFIER: Final[TypeAdapter[Any]] = TypeAdapter(Identifier)


def is_readings(source: Source) -> bool:
    """Whether a file is a logger's: a text export, or a CSV of times and values."""
    if source.format is Format.LOGGER:
        return True
    if source.format is not Format.CSV or _names_all(source):
        return False
    return looks_like_readings(source.headings or ()) or _bare(source)


def _names_all(source: Source) -> bool:
    """Whether each row of a CSV names its consignment itself: messages in our own names, which need no flag."""
    return "consignment_id" in map(OwnNames(fold=True).name, source.headings or ())


def _bare(source: Source) -> bool:
    """Whether a CSV has no headings, but two columns of which the first begins with a year."""
    first = source.headings or ()
    return len(first) == 2 and first[0][:4].isdigit()


def readings_input(source: Source, rules: Rules) -> Input:
    """How a logger's file is published; raises BaogongError where the call does not say enough for it."""
    file = _read(source, rules)
    if rules.laid is None:
        what = f"the export of a {file.device.model}" if file.device and file.device.model else "a logger's readings"
        raise BaogongError(f"it is {what}: say what the logger lay with, with --consignment ID.", USAGE)
    if any(note.code == "timezone_assumed" for note in file.notes):
        raise BaogongError("no time in it has an offset: name the zone with --timezone, such as Asia/Shanghai.", USAGE)
    reader = LoggerReader(file, rules.laid, rules.source)
    shown_as = replace(source, format=Format.LOGGER, header_raw=file.header, delimiter=file.delimiter)
    return Input(shown_as, OwnNames(fold=True), replace(rules, kind=find_kind("temperature_read")), reader)


def _read(source: Source, rules: Rules) -> LoggerFile:
    """The file; what is said of it leaves its name to the caller."""
    try:
        return read_text(source.name, source.text, now=rules.now, timezone=rules.timezone)
    except BaogongError as error:
        raise BaogongError(str(error).removeprefix(source.name).lstrip(":, "), error.code) from error


class LoggerReader:
    """Makes the messages of one logger's file."""

    def __init__(self, file: LoggerFile, laid: Laid, source: str | None = None) -> None:
        """Raises BaogongError where an id of the call, or the device's serial number, can't be one."""
        serial = file.device.serial if file.device else ""
        self._file, self._laid, self._logger = file, laid, laid.logger_id or serial
        self._source = source or self._logger
        if not self._logger:
            raise BaogongError("it does not say which logger it is of: name it with --logger ID.", USAGE)
        self._check_ids()

    def _check_ids(self) -> None:
        laid = self._laid
        said = {"--consignment": (laid.consignment_id,), "--logger": (self._logger,), "--lot": laid.lot_ids}
        for flag, ids in {**said, "--source": (self._source,)}.items():
            for one in ids:
                try:
                    _IDENTIFIER.validate_python(one)
                except ValidationError as error:
                    reason = f"{flag} {shown(one)} can't be an id: at most 128 characters, without white space."
                    raise BaogongError(reason, USAGE) from error

    def made(self) -> Iterator[Made | Refusal]:
        """Readings and refused rows in the order of their lines."""
        found = [(one.line, one) for one in self._file.readings] + [(one.row.line, one) for one in self._file.refused]
        for _, one in sorted(found, key=lambda pair: pair[0]):
            yield self._made(one) if isinstance(one, Reading) else Refusal(one.row, (one.problem,))

    def _made(self, reading: Reading) -> Made:
        """A reading's id comes from what was measured where and when; who says so, and how often, adds nothing."""
        where = (self._laid.consignment_id, self._logger, *sorted(self._laid.lot_ids))
        digest = hashlib.sha256("\n".join((*where, reading.at.isoformat(), repr(reading.celsius))).encode()).hexdigest()
        message = TemperatureRead(
            kind="temperature_read",
            event_id=f"log-{digest[:32]}",
            occurred_at=reading.at,
            source=self._source,
            consignment_id=self._laid.consignment_id,
            logger_id=self._logger,
            celsius=reading.celsius,
            interval_minutes=self._file.interval_minutes,
            lot_ids=self._laid.lot_ids,
        )
        return Made(message, (Row(reading.line, {}, ""),), says=digest)
