"""FILE.rejected.csv: the rows that were refused, as they came, with the reason as a last column."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import BaogongError
from streams.publish.files import REFUSED, REJECTED, STDIN, Format, Source
from streams.publish.run import Refusal


def rejected_path(source: Source, folder: Path | None) -> Path | None:
    """Where a file's refused rows go: beside it, or into `folder`; nowhere for standard input without a folder."""
    if source.name == STDIN:
        return folder / f"stdin{REJECTED}" if folder else None
    path = Path(source.name)
    return (folder or path.parent) / f"{path.name}{REJECTED}"


class RejectedFile:
    """Written whole or not at all: opened before anything is sent, so that it is known to be possible."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = Path()

    def __enter__(self) -> Self:
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", suffix=".tmp", dir=self.path.parent)
        except OSError as error:
            raise BaogongError(
                f"Refused rows can't be written to {self.path} ({error.strerror}): "
                "name a directory of yours with --rejected DIR."
            ) from error
        os.close(handle)
        self._temporary = Path(name)
        return self

    def write(self, source: Source, refusals: Sequence[Refusal]) -> None:
        """Replace the file by these rows or, where there are none, remove what an earlier run left."""
        try:
            if not refusals:
                self.path.unlink(missing_ok=True)
                return
            self._temporary.write_bytes(_text(source, refusals).encode(source.encoding, errors="replace"))
            if source.name != STDIN:
                shutil.copymode(source.name, self._temporary)
            os.replace(self._temporary, self.path)
        except OSError as error:
            raise BaogongError(
                f"What is good was published, but {self.path} can't be written ({error.strerror}): "
                "make room and run the same command again, which is safe."
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._temporary.unlink(missing_ok=True)


def _text(source: Source, refusals: Sequence[Refusal]) -> str:
    return "".join(f"{line}\r\n" for line in _lines(source, refusals))


def _lines(source: Source, refusals: Sequence[Refusal]) -> Iterator[str]:
    """Rows of a CSV keep their own bytes; what was JSON becomes a column of its own."""
    if source.format in (Format.CSV, Format.LOGGER):
        yield f"{source.header_raw}{source.delimiter}{REFUSED}"
        yield from (f"{one.row.raw}{source.delimiter}{_cell(reason(one), source.delimiter)}" for one in refusals)
        return
    yield f"json,{REFUSED}"
    yield from (f"{_cell(one.row.raw)},{_cell(reason(one))}" for one in refusals)


def reason(refusal: Refusal) -> str:
    """`line 7: quantity: is missing; ...`."""
    return f"line {refusal.row.line}: " + "; ".join(str(problem) for problem in refusal.problems)


def _cell(text: str, delimiter: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow([text])
    return buffer.getvalue()
