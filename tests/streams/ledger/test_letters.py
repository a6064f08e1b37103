"""Dead letters as they lie in Kafka, and which of them are meant."""

from __future__ import annotations

import pytest

from streams.ledger.findings import Message
from streams.ledger.letters import Letter, Selection, by_message, distinct, read_letter

HEADERS = (
    ("source.topic", b"supply.requests.v1"),
    ("source.partition", b"2"),
    ("source.offset", b"17"),
    ("source.timestamp", b"1648801798000"),
    ("code", b"not_json"),
    ("reason", "不是 JSON".encode()),
)
TOPIC = "supply.requests.v1"


def message(*headers: tuple[str, bytes], value: bytes | None = b"{]") -> Message:
    return Message(5, 1, b"key", value, headers or HEADERS)


def test_a_letter_says_what_was_refused_and_why() -> None:
    letter = read_letter(TOPIC, message())
    assert letter == Letter(TOPIC, 2, 17, 1648801798000, "not_json", "不是 JSON", 2, b"key", b"{]")
    assert letter.place == "supply.requests.v1/2:17"


def test_values_are_left_out_unless_wanted() -> None:
    letter = read_letter(TOPIC, message(), keep_value=False)
    assert letter is not None
    assert (letter.value, letter.size) == (None, 2)


def test_a_message_without_value_is_a_letter_of_no_bytes() -> None:
    letter = read_letter(TOPIC, message(value=None))
    assert letter is not None
    assert (letter.value, letter.size) == (None, 0)


@pytest.mark.parametrize("offset", [b"", b"x", b"\xff", b"1.5", "²".encode()])
def test_what_does_not_say_its_place_is_no_letter(offset: bytes) -> None:
    assert read_letter(TOPIC, message(("source.partition", b"1"), ("source.offset", offset))) is None
    assert read_letter(TOPIC, message(("x", b""))) is None


def test_missing_reasons_are_said_to_be_unknown() -> None:
    letter = read_letter(TOPIC, message(("source.partition", b"1"), ("source.offset", b"3")))
    assert letter is not None
    assert (letter.code, letter.reason, letter.timestamp_ms) == ("unknown", "", None)


def letter(
    topic: str = TOPIC, partition: int = 0, offset: int = 0, code: str = "not_json", stage: str = "supply"
) -> Letter:
    return Letter(topic, partition, offset, None, code, "", 0, None, None, stage)


def test_a_letter_that_was_written_twice_is_one() -> None:
    found = distinct([letter(offset=2), letter(offset=1), letter(offset=2), letter(partition=1, offset=1)])
    assert [(one.partition, one.offset) for one in found] == [(0, 1), (0, 2), (1, 1)]


def test_a_letter_says_which_stage_refused() -> None:
    said = read_letter(TOPIC, message(*HEADERS, ("stage", b"coldchain")))
    silent = read_letter(TOPIC, message())
    assert (said and said.stage, silent and silent.stage) == ("coldchain", "supply")


def test_a_message_that_two_stages_refused_is_two_letters_and_is_sent_again_once() -> None:
    both = [letter(offset=1), letter(offset=1, stage="coldchain"), letter(offset=2)]
    assert [(one.offset, one.stage) for one in distinct([*both, *both])] == [
        (1, "coldchain"),
        (1, "supply"),
        (2, "supply"),
    ]
    assert [one.offset for one in by_message(both)] == [1, 2]
    chosen = Selection(stages=frozenset({"coldchain"}))
    assert chosen and [chosen.takes(one) for one in both] == [False, True, False]


def test_each_criterion_narrows() -> None:
    assert not Selection()
    assert Selection().takes(letter())
    chosen = Selection(frozenset({TOPIC}), frozenset({"not_json"}), frozenset({(1, 2)}))
    assert chosen
    assert chosen.takes(letter(partition=1, offset=2))
    for other in (letter("stock.events.v1", 1, 2), letter(partition=1, offset=2, code="x"), letter(offset=2)):
        assert not chosen.takes(other)
