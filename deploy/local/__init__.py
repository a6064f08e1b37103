"""Embedded servers for a laptop: real Kafka, real ClickHouse engine, nothing to install."""
