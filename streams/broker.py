"""A Kafka broker's address: whether anything answers there, and what is said where nothing does."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from schemas.errors import USAGE, BaogongError

CONNECT_SECONDS: Final = 5.0


class NoBroker(BaogongError):
    """No broker answers: those who can wait for one may catch it."""


def no_broker(kafka: str) -> NoBroker:
    """What is said where no broker answers."""
    return NoBroker(
        f"No Kafka broker answers at {kafka}: start one with 'baogong up', or name another with --kafka HOST:PORT."
    )


def addresses(kafka: str) -> list[tuple[str, int]]:
    """Host and port of every server in HOST:PORT[,HOST:PORT...]; raises BaogongError for what is neither."""
    found = []
    for part in kafka.split(","):
        host, colon, port = part.strip().rpartition(":")
        if not (host and colon and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise BaogongError(f"'{kafka}' is not the address of a Kafka broker: write it as HOST:PORT.", USAGE)
        found.append((host.strip("[]"), int(port)))
    return found


def reach(kafka: str) -> None:
    """Return when any of the servers takes a connection; raises BaogongError where none does.

    Cheaper than the client's own attempt, which tries again for as long as it may.
    """
    quiet_client()
    for address in addresses(kafka):
        try:
            socket.create_connection(address, CONNECT_SECONDS).close()
        except (OSError, UnicodeError):
            continue
        return
    raise no_broker(kafka)


def quiet_client() -> None:
    """Keep the client's own log lines off stderr unless the program has set up logging."""
    logger = logging.getLogger("kafka")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


@contextmanager
def connecting(kafka: str) -> Iterator[Callable[..., Any]]:
    """Around the making of a kafka-python producer or admin client, which takes what is yielded as `kafka_client`.

    Raises BaogongError where no broker answers, and closes what the unfinished client opened: it would leave it open.
    """
    reach(kafka)
    opened: list[Any] = []

    def client(**config: Any) -> Any:
        opened.append(KafkaNetClient(**config))
        return opened[-1]

    try:
        yield client
    except (KafkaError, ValueError, OSError) as error:
        for one in opened:
            one.close()
        raise no_broker(kafka) from error
