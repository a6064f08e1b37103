"""Topics on a real broker: made once, compared, never changed."""

from __future__ import annotations

import pytest

from schemas.errors import BaogongError
from schemas.topics import Topic
from streams.topics import Found, create_topics, inspect_topics, make_topics


def topic(name: str, partitions: int = 2, **config: str) -> Topic:
    return Topic(name, "A topic of this test", "area", None, "test", (), partitions=partitions, config=config)


def found(states: list[object]) -> list[Found]:
    return [state.found for state in states]  # type: ignore[attr-defined]


def test_topics_are_made_once_as_declared(kafka_address: str) -> None:
    declared = [topic("made.one"), topic("made.two", 3, **{"segment.bytes": "1048576"})]
    assert found(inspect_topics(kafka_address, declared)) == [Found.MISSING, Found.MISSING]
    assert found(make_topics(kafka_address, declared[:1])) == [Found.CREATED]
    assert found(make_topics(kafka_address, declared)) == [Found.EXISTS, Found.CREATED]
    assert found(make_topics(kafka_address, declared)) == [Found.EXISTS, Found.EXISTS]
    assert all(state.good for state in create_topics(kafka_address, declared))


def test_what_differs_is_named_and_left_alone(kafka_address: str) -> None:
    make_topics(kafka_address, [topic("differs.one")])
    other = topic("differs.one", 5, **{"segment.bytes": "2097152"})
    (state,) = make_topics(kafka_address, [other])
    assert state.found is Found.DIFFERS
    assert not state.good
    assert state.differences == (
        "partitions: 2 instead of 5",
        "segment.bytes is 1073741824 instead of 2097152",
    )
    with pytest.raises(BaogongError, match=r"The topic differs\.one is not as declared \(partitions: 2 instead of 5"):
        create_topics(kafka_address, [other])
    assert found(inspect_topics(kafka_address, [topic("differs.one")])) == [Found.EXISTS]


def test_a_setting_that_the_broker_refuses_is_said(kafka_address: str) -> None:
    with pytest.raises(BaogongError, match=r"The topic refused\.one could not be made: .*no\.such\.setting"):
        make_topics(kafka_address, [topic("refused.one", **{"no.such.setting": "1"})])
