"""The ledger rule: records, acceptance, reading and writing."""
