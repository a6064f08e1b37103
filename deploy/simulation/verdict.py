"""The verdict of `baogong verify` as one of the claims."""

from __future__ import annotations

from deploy.audit import audit
from deploy.simulation.claims import Check

NAME = "verify: every chain, source, unit and row is accounted for"


def verified(kafka: str, clickhouse: str) -> Check:
    """Audit everything, as `baogong verify` does; the detail names the first thing that does not fit."""
    result = audit(kafka, clickhouse)
    records = sum(report.records for report in result.reports)
    if result.holds:
        return Check(NAME, True, f"{records:,} records looked at in {result.seconds:.1f} s")
    return Check(NAME, False, str(result.failures[0]))
