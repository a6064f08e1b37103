"""How far a relay has walked along a ledger partition, on its own disk: bounds the walk after a restart.

A cache only: it is used where the ledger and the target topic both agree with it, and ignored otherwise.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from schemas.base import Model
from streams.ledger.accept import Head
from streams.relay_messages import Place, Walk
from streams.relay_routes import HOLDS


class _Kept(Model):
    """The file."""

    v: int = 1
    stage: str
    partition: int
    next_offset: int = Field(ge=1)
    last_hash: str
    seq: int
    hash: str
    positions: dict[str, int]
    ticked_at: datetime
    told: tuple[int, int, int, str] = Field(strict=False)


_KEPT: TypeAdapter[_Kept] = TypeAdapter(_Kept)


class RelayCache:
    """The files of one relay, one for each ledger partition."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def save(self, walk: Walk) -> None:
        """Write it whole or not at all; only after everything before it lies at its target."""
        head = walk.head
        kept = _Kept(
            stage=head.stage,
            partition=head.partition,
            next_offset=walk.next_offset,
            last_hash=walk.last_hash,
            seq=head.seq,
            hash=head.hash,
            positions=head.positions,
            ticked_at=walk.ticked_at,
            told=tuple(walk.told),
        )
        path = self._path(head.stage, head.partition)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(_KEPT.dump_json(kept))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def load(self, stage: str, partition: int) -> Walk | None:
        """The walk, or None where there is none that can be read."""
        try:
            kept = _KEPT.validate_json(self._path(stage, partition).read_bytes())
        except (OSError, ValidationError):
            return None
        if (kept.v, kept.stage, kept.partition) != (1, stage, partition):
            return None
        head = Head(stage, partition, kept.seq, kept.hash, dict(kept.positions))
        return Walk(head, kept.next_offset, kept.last_hash, kept.ticked_at, Place(*kept.told))

    def _path(self, stage: str, partition: int) -> Path:
        name = f"relay-{partition}.walk" if stage == HOLDS.stage else f"relay-{stage}-{partition}.walk"
        return self._directory / name
