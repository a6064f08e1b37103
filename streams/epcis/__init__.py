"""EPCIS 2.0 documents (GS1): checked against the standard, mapped onto cold-chain records, and written. Pure."""
