"""One call of publish: every file's rows built, sent in order, refused rows written, all of it counted."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from schemas.errors import BaogongError
from schemas.topics import Topic
from streams.publish.kinds import all_kinds
from streams.publish.producer import Publisher
from streams.publish.rejected import RejectedFile, rejected_path
from streams.publish.report import FileReport, Report
from streams.publish.run import Built, Input, Known, Refusal, results
from streams.topics import Found, inspect_topics

Tick = Callable[[], None]


def check_topics(kafka: str, inputs: Sequence[Input]) -> None:
    """Raise BaogongError where a topic that these files may need is not on the broker."""
    needed: dict[str, Topic] = {}
    for one in inputs:
        kinds = [one.rules.kind] if one.rules.kind else all_kinds().values()
        needed.update((kind.topic.name, kind.topic) for kind in kinds)
    for state in inspect_topics(kafka, list(needed.values())):
        if state.found is Found.MISSING:
            raise BaogongError(f"The topic {state.topic.name} is not there: make it with 'baogong topics --create'.")


def publish(
    inputs: Sequence[Input], out: Publisher | None, *, merge: bool, folder: Path | None, tick: Tick = lambda: None
) -> Report:
    """Send every good row and write down every bad one; without `out`, only say what would happen.

    Refused rows are written when all messages are acknowledged; where sending fails nothing is written. With
    `merge`, the messages of all files go out in the order of their `occurred_at`.
    """
    report = Report(
        [FileReport(one.source, rejected_path(one.source, folder) if out else None, notes=one.notes) for one in inputs],
        dry=out is None,
    )
    with ExitStack() as stack:
        rejected = {}
        for one in report.files:
            if out is not None and one.rejected is not None:
                rejected[id(one)] = stack.enter_context(RejectedFile(one.rejected))
        for built in _in_order(inputs, report, merge, tick):
            if out is not None:
                out.send(built.message, built.kind.topic)
        if out is not None:
            out.flush()
        for one in report.files:
            if id(one) in rejected:
                rejected[id(one)].write(one.source, one.refusals)
    return report


def _in_order(inputs: Sequence[Input], report: Report, merge: bool, tick: Tick) -> Iterator[Built]:
    known = Known()
    streams = [_sendable(one, told, known, tick) for one, told in zip(inputs, report.files, strict=True)]
    if not merge:
        for stream in streams:
            yield from stream
        return
    yield from heapq.merge(*(sorted(stream, key=_moment) for stream in streams), key=_moment)


def _moment(built: Built) -> Any:
    return built.message.occurred_at  # type: ignore[attr-defined]


def _sendable(one: Input, told: FileReport, known: Known, tick: Tick) -> Iterator[Built]:
    for result in results(one, known, tick):
        told.note(result)
        if isinstance(result, Refusal) or result.repeats:
            continue
        yield result
