"""Dead letters: messages that a stage refused, as they lie on `dlq.<source topic>` with their reason in the headers.

A worker writes a letter before the record that refuses the message, so a letter may lie there twice, or without record.
A topic that several stages read (holds) may have a letter of each of them for the same message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from streams.ledger.draft import DeadLetter
from streams.ledger.findings import Message

PREFIX: Final = "dlq."
FIRST_STAGE: Final = "supply"
"""Letters that do not say which stage refused are from when there was but one."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One refused message by its coordinates, with why. `value` is None where it had none, or was not asked for."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None
    code: str
    reason: str
    size: int
    key: bytes | None
    value: bytes | None
    stage: str = FIRST_STAGE
    """Who refused it."""

    @property
    def place(self) -> str:
        """The source message's coordinates in words."""
        return f"{self.topic}/{self.partition}:{self.offset}"


def read_letter(topic: str, message: Message, *, keep_value: bool = True) -> Letter | None:
    """The letter that a message on a dead-letter topic is; None where its headers do not say which message it was."""
    headers = dict(message.headers)
    partition, offset, timestamp = (
        _number(headers.get(f"source.{name}")) for name in ("partition", "offset", "timestamp")
    )
    if partition is None or offset is None:
        return None
    return Letter(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp_ms=timestamp,
        code=_text(headers.get("code")) or "unknown",
        reason=_text(headers.get("reason")) or "",
        size=len(message.value or b""),
        key=message.key,
        value=message.value if keep_value else None,
        stage=_text(headers.get("stage")) or FIRST_STAGE,
    )


def letter_bytes(stage: str, letter: DeadLetter) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value and headers of the letter that a stage writes."""
    message: Any = letter.message
    headers = {
        "stage": stage,
        "source.topic": letter.topic,
        "source.partition": str(letter.partition),
        "source.offset": str(message.offset),
        "source.timestamp": str(message.timestamp),
        "code": letter.rejection.code,
        "reason": letter.rejection.reason,
    }
    return message.key, message.value, [(name, text.encode()) for name, text in headers.items()]


def distinct(letters: Iterable[Letter]) -> list[Letter]:
    """Each refusal once, in the order of topic, partition, offset and stage."""
    found = {(letter.topic, letter.partition, letter.offset, letter.stage): letter for letter in letters}
    return [letter for _, letter in sorted(found.items())]


def by_message(letters: Iterable[Letter]) -> list[Letter]:
    """One letter for each refused message, whoever refused it."""
    return list({letter.place: letter for letter in letters}.values())


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters are meant; what is empty does not narrow. `places`: source partition and offset."""

    topics: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    places: frozenset[tuple[int, int]] = frozenset()
    stages: frozenset[str] = frozenset()

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is meant."""
        return (
            (not self.topics or letter.topic in self.topics)
            and (not self.stages or letter.stage in self.stages)
            and (not self.codes or letter.code in self.codes)
            and (not self.places or (letter.partition, letter.offset) in self.places)
        )

    def __bool__(self) -> bool:
        return bool(self.topics or self.stages or self.codes or self.places)


def _number(value: bytes | None) -> int | None:
    text = _text(value)
    return int(text) if text and text.isascii() and text.lstrip("-").isdigit() else None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
