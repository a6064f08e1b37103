"""The embedded ClickHouse: chDB, the ClickHouse engine in a library, behind a small server of its native protocol."""

from deploy.local.clickhouse.embedded import EmbeddedClickHouse

__all__ = ["EmbeddedClickHouse"]
