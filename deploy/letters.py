"""Dead letters on a broker: read, and sent again to where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.errors import BaogongError
from schemas.topics import DEAD_LETTERS, TOPIC_LIMIT
from streams.broker import reach
from streams.ledger.letters import PREFIX, Letter, Selection, distinct, read_letter
from streams.ledger.reader import KafkaReader

REPLAYED: Final = "replayed.from"
"""Header of a message that is sent again: topic, partition and offset of the one that was refused."""
SEND_SECONDS: Final = 60.0


def read_letters(kafka: str, selection: Selection, *, keep_values: bool = False) -> list[Letter]:
    """Every selected refused message once; raises BaogongError where no broker answers or a topic is not declared."""
    with KafkaReader(kafka) as reader:
        return distinct(_letters(reader, selection, keep_values))


def _letters(reader: KafkaReader, selection: Selection, keep_values: bool) -> Iterator[Letter]:
    there = reader.topics()
    for declared in DEAD_LETTERS:
        topic = declared.name.removeprefix(PREFIX)
        if selection.topics and topic not in selection.topics:
            continue
        for partition in there.get(declared.name, ()):
            for message in reader.open(declared.name, partition):
                letter = read_letter(topic, message, keep_value=keep_values)
                if letter is not None and selection.takes(letter):
                    yield letter


def replay(kafka: str, letters: Iterable[Letter]) -> int:
    """Send letters again: same bytes, key, partition and time as the refused message. Gives their number.

    Each is acknowledged by all replicas before this returns; raises BaogongError where one is not.
    """
    reach(kafka)
    sent = 0
    try:
        producer = KafkaProducer(
            bootstrap_servers=kafka,
            acks="all",
            enable_idempotence=True,
            max_request_size=TOPIC_LIMIT,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        try:
            for letter in letters:
                headers = [(REPLAYED, letter.place.encode())]
                future = producer.send(
                    letter.topic, letter.value, letter.key, headers, letter.partition, letter.timestamp_ms
                )
                future.get(SEND_SECONDS)
                sent += 1
        finally:
            producer.close(timeout=10)
    except KafkaError as error:
        raise BaogongError(
            f"Kafka did not take message {sent + 1} ({type(error).__name__}); {sent} were sent again. Running the same "
            "command once more is safe: what was taken already has no second effect."
        ) from error
    return sent
