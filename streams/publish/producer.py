"""Messages to Kafka, each acknowledged by all replicas before it counts as sent."""

from __future__ import annotations

import datetime as dt
from collections import deque
from types import TracebackType
from typing import Any, Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from pydantic import BaseModel

from schemas.errors import BaogongError
from schemas.topics import BY_NAME, Topic
from streams.broker import connecting
from streams.ledger.keys import partition_of
from streams.publish.kinds import all_kinds

IN_FLIGHT: Final = 20_000
"""Messages on their way before `send` waits: bounds memory, since kafka-python's own buffer has no limit."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


class Publisher:
    """An idempotent producer with acks=all; a context manager.

    `send` returns before the message is acknowledged and blocks only while IN_FLIGHT messages are on their way;
    `flush` waits for all and raises BaogongError if any was not acknowledged. Leaving the context flushes. Messages
    of one key keep their order. After a failure the publisher sends nothing more.
    """

    def __init__(self, kafka: str, *, timeout: float = 60.0, connect_timeout: float = 10.0, linger_ms: int = 5) -> None:
        """Connect; raises BaogongError where no broker answers within `connect_timeout` seconds.

        `timeout`: seconds after which a message without acknowledgement counts as failed. `linger_ms`: how long a
        message waits for others to travel with.
        """
        self.acknowledged = self.sent = 0
        self._timeout = timeout
        self._waiting: deque[Any] = deque()
        self._topics: dict[str, int] = {}
        with connecting(kafka) as client:
            self._producer = KafkaProducer(
                bootstrap_servers=kafka,
                acks="all",
                enable_idempotence=True,
                linger_ms=linger_ms,
                batch_size=256 * 1024,
                max_request_size=32 * 1024 * 1024,
                max_block_ms=int(connect_timeout * 1000),
                bootstrap_timeout_ms=int(connect_timeout * 1000),
                request_timeout_ms=int(min(30.0, timeout * 0.9) * 1000),
                delivery_timeout_ms=int(timeout * 1000),
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
                kafka_client=client,
            )

    def send(
        self,
        message: BaseModel | bytes,
        topic: Topic | None = None,
        *,
        key: str | None = None,
        timestamp_ms: int | None = None,
        partition: int | None = None,
    ) -> None:
        """Hand a message over; raises BaogongError where an earlier one failed.

        A model needs nothing else. Bytes need their `topic` and, unless that topic has no key, `key` or `partition`.
        A message for a topic without a key goes to every partition.
        """
        if isinstance(message, bytes):
            if topic is None:
                raise ValueError("bytes need their topic")
            value = message
        else:
            topic = topic or all_kinds()[message.kind].topic  # type: ignore[attr-defined]
            key = key or (getattr(message, topic.key) if topic.key else None)
            timestamp_ms = timestamp_ms or milliseconds(message.occurred_at)  # type: ignore[attr-defined]
            value = message.model_dump_json().encode()
        self._send(topic, value, None if key is None else key.encode(), timestamp_ms, partition)

    def _send(self, topic: Topic, value: bytes, key: bytes | None, timestamp_ms: int | None, said: int | None) -> None:
        count = self._topics.get(topic.name) or self._partitions(topic)
        if said is not None:
            partitions = [said]
        elif topic.key:
            if key is None:
                raise ValueError(f"a message for {topic.name} needs a key")
            partitions = [partition_of(key, count)]
        else:
            partitions = list(range(count))
        try:
            for partition in partitions:
                self._waiting.append(self._producer.send(topic.name, value, key, None, partition, timestamp_ms))
        except (KafkaError, AssertionError) as error:
            raise self._failed(error) from error
        self.sent += len(partitions)
        if len(self._waiting) > IN_FLIGHT:
            self._settle(IN_FLIGHT // 2)

    def flush(self) -> None:
        """Wait until everything sent is acknowledged; raises BaogongError where something was not."""
        self._settle(0)

    def _settle(self, leave: int) -> None:
        """Check the oldest messages until no more than `leave` are on their way."""
        while len(self._waiting) > leave:
            try:
                self._waiting[0].get(self._timeout + 10)
            except KafkaError as error:
                self._count_done()
                raise self._failed(error) from error
            self._waiting.popleft()
            self.acknowledged += 1

    def _count_done(self) -> None:
        """After a failure: what else was acknowledged."""
        self.acknowledged += sum(1 for future in self._waiting if future.succeeded())
        self._waiting.clear()

    def _failed(self, error: BaseException) -> BaogongError:
        what = "did not answer in time" if isinstance(error, KafkaTimeoutError) else f"refused it ({error})"
        return BaogongError(
            f"A message could not be published: Kafka {what}. {self.acknowledged} of {self.sent} were acknowledged; "
            "running the same command again is safe, since what is known already has no second effect."
        )

    def _partitions(self, topic: Topic) -> int:
        """How many partitions the broker has of a topic; raises BaogongError where they are not as declared."""
        try:
            found = self._producer.partitions_for(topic.name)
        except KafkaError as error:
            raise BaogongError(
                f"Kafka does not know the topic {topic.name}, or stopped answering: "
                "see 'baogong topics', and make topics with 'baogong topics --create'."
            ) from error
        if topic.name in BY_NAME and len(found) != topic.partitions:
            raise BaogongError(
                f"The topic {topic.name} has {len(found)} partitions instead of {topic.partitions}: "
                "see 'baogong topics'."
            )
        self._topics[topic.name] = len(found)
        return len(found)

    def close(self) -> None:
        """Let the connection go; what is still on its way is given up."""
        try:
            self._producer.close(timeout=0 if self._waiting else 10)
        except KafkaTimeoutError:
            # kafka-python gives up closing when something is unsent; its sender must end all the same
            self._producer._sender.force_close()
            self._producer._sender.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self.close()


def milliseconds(moment: dt.datetime) -> int:
    """Kafka's timestamp of a time: whole milliseconds since 1970 (UTC), rounded down."""
    return (moment - _EPOCH) // _MILLISECOND
