"""Settings of a run: flags first, then the environment (BAOGONG_...), then what a running `baogong up` wrote down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import BaogongError

ADDRESSES = "addresses.json"
VERIFIED = "verified.json"
"""In the data directory: what `baogong verify` found last."""


class Settings(BaseSettings):
    """Where the servers are and what the domain's data files are. Every field can be set as BAOGONG_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="BAOGONG_", frozen=True)

    data: Path = Path(".baogong")
    """Directory of the embedded servers, logs and snapshots."""
    kafka: str | None = None
    """HOST:PORT of a Kafka broker; None: the embedded one that `baogong up` runs on `data`."""
    clickhouse: str | None = None
    """URL of a ClickHouse server, clickhouse://user:password@host:port/database; None: the embedded one."""
    items: Path = Path(__file__).parent / "items.toml"
    """The item catalogue."""
    rules: Path | None = None
    """TOML file with the city's rules, a table a stage ([supply]: clock_hours, critical_groups, wave_minutes, ...)."""
    profiles: Path = Path(__file__).parent / "profiles.toml"
    """The temperature profiles of the cold chain."""

    receivers: Path | None = None
    """TOML file with those who are told of alerts, and where connections may go; None: nobody is told."""

    def kafka_address(self) -> str:
        """The broker to talk to; raises BaogongError where there is none."""
        return self.kafka or self._from_running("kafka", "--kafka HOST:PORT", "BAOGONG_KAFKA")

    def clickhouse_url(self) -> str:
        """The ClickHouse to talk to; raises BaogongError where there is none."""
        return self.clickhouse or self._from_running("clickhouse", "--clickhouse URL", "BAOGONG_CLICKHOUSE")

    def running(self) -> dict[str, Any]:
        """The addresses that a running `baogong up` wrote into `data`; empty where none runs."""
        try:
            found: dict[str, Any] = json.loads((self.data / ADDRESSES).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def _from_running(self, what: str, flag: str, variable: str) -> str:
        address = self.running().get(what)
        if not address:
            raise BaogongError(
                f"No {what} found: start 'baogong up' in this directory, or name one with {flag} or {variable}."
            )
        return str(address)


def load_settings(**flags: Any) -> Settings:
    """Settings with the flags that were given (None: not given)."""
    return Settings(**{name: value for name, value in flags.items() if value is not None})
