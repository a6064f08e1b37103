"""The audit trail in ClickHouse."""
