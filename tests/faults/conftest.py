"""A broker of its own for each fault test: it may be killed, and nothing of another test lies on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import EmbeddedKafka
from tests.faults.harness import prepare


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """A fresh broker with all topics."""
    (tmp_path / "logs").mkdir()
    with EmbeddedKafka(tmp_path / "kafka", tmp_path / "logs") as kafka:
        prepare(kafka.address)
        yield kafka
