"""The console: what supervisors and duty officers see, rendered on the server, over ClickHouse."""
