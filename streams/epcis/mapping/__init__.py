"""EPCIS events become cold-chain records; docs/epcis.md has the tables."""
