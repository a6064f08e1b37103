"""Topics on a broker beside those declared in schemas/topics.py: compared, and made where missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.errors import BaogongError
from schemas.topics import ALL_TOPICS, Topic
from streams.broker import connecting


class Found(StrEnum):
    """How a declared topic stands on the broker."""

    EXISTS = "exists"
    CREATED = "created"
    MISSING = "missing"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class TopicState:
    """A declared topic, how it stands, and what differs, in words."""

    topic: Topic
    found: Found
    differences: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the topic is as declared."""
        return self.found in (Found.EXISTS, Found.CREATED)


def inspect_topics(kafka: str, topics: Sequence[Topic] = ALL_TOPICS) -> list[TopicState]:
    """How each topic stands; raises BaogongError where no broker answers."""
    with _admin(kafka) as admin:
        return _inspect(admin, topics)


def make_topics(kafka: str, topics: Sequence[Topic] = ALL_TOPICS) -> list[TopicState]:
    """Make the topics that are missing, change nothing that is there, and say how each stands."""
    with _admin(kafka) as admin:
        missing = {state.topic.name for state in _inspect(admin, topics) if state.found is Found.MISSING}
        if missing:
            _create(admin, [topic for topic in topics if topic.name in missing])
        states = _inspect(admin, topics)
        return [
            TopicState(state.topic, Found.CREATED) if state.topic.name in missing and state.good else state
            for state in states
        ]


def require_topics(kafka: str, topics: Sequence[Topic] = ALL_TOPICS) -> None:
    """Raise BaogongError where a declared topic is missing or differs: nothing can be decided without it."""
    for state in inspect_topics(kafka, topics):
        if not state.good:
            what = "; ".join(state.differences) or "it is missing"
            raise BaogongError(
                f"The topic {state.topic.name} is not as declared ({what}): run 'baogong topics --create'."
            )


def create_topics(kafka: str, topics: Sequence[Topic] = ALL_TOPICS) -> list[TopicState]:
    """`make_topics` for programs: raises BaogongError where a topic is not as declared afterwards."""
    states = make_topics(kafka, topics)
    for state in states:
        if not state.good:
            what = "; ".join(state.differences) or str(state.found)
            raise BaogongError(f"The topic {state.topic.name} is not as declared ({what}): see 'baogong topics'.")
    return states


@contextmanager
def _admin(kafka: str) -> Iterator[KafkaAdminClient]:
    with connecting(kafka) as client:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka, bootstrap_timeout_ms=10_000, request_timeout_ms=15_000, kafka_client=client
        )
    try:
        yield admin
    except KafkaError as error:
        raise BaogongError(f"Kafka at {kafka} could not do it: {error}.") from error
    finally:
        admin.close()


def _inspect(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[TopicState]:
    partitions = {one["name"]: len(one["partitions"]) for one in admin.describe_topics() if not one["error_code"]}
    present = [topic for topic in topics if topic.name in partitions]
    configs = _configs(admin, present) if present else {}
    return [_state(topic, partitions.get(topic.name), configs.get(topic.name, {})) for topic in topics]


def _configs(admin: KafkaAdminClient, topics: Sequence[Topic]) -> dict[str, dict[str, Any]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name, list(topic.broker_config)) for topic in topics]
    found: dict[str, dict[str, Any]] = admin.describe_configs(resources, config_filter="all")["topic"]
    return found


def _state(topic: Topic, partitions: int | None, config: dict[str, Any]) -> TopicState:
    if partitions is None:
        return TopicState(topic, Found.MISSING)
    differences = []
    if partitions != topic.partitions:
        differences.append(f"partitions: {partitions} instead of {topic.partitions}")
    for name, declared in topic.broker_config.items():
        value = config.get(name, {}).get("value")
        if value != declared:
            differences.append(f"{name} is {value} instead of {declared}")
    return TopicState(topic, Found.DIFFERS if differences else Found.EXISTS, tuple(differences))


def _create(admin: KafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Create topics with the broker's own replication factor; that another made one meanwhile is no error."""
    wanted = {topic.name: {"num_partitions": topic.partitions, "configs": topic.broker_config} for topic in topics}
    answer = admin.create_topics(wanted, raise_errors=False)
    for one in answer["topics"]:
        error = for_code(one["error_code"])
        if one["error_code"] and error is not TopicAlreadyExistsError:
            raise BaogongError(
                f"The topic {one['name']} could not be made: {one.get('error_message') or error.__name__}."
            )
    admin.wait_for_topics([topic.name for topic in topics])
