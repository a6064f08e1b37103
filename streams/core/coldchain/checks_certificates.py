"""Certificates (三证一码) at each step that needs them, and the supervised warehouse (集中监管仓) on the way."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.coldchain import Rule
from schemas.consignment import CertificateIssued, CertificateType, Step
from streams.core.coldchain.checks import Check, broken, scope_of
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.steps import SUPERVISED, Route
from streams.core.coldchain.story import Lots, Story, Visit
from streams.core.instants import to_us


def certificates(story: Story, rules: Rules) -> Iterator[Check]:
    """At each step the lots that came to it are covered by every certificate that the step needs, and it is valid."""
    needed = rules.certificates if story.declared.imported else rules.certificates_domestic
    for visit in story.visits:
        for kind in needed.get(visit.step, ()):
            yield from _needs(story, rules, visit, kind)


def _needs(story: Story, rules: Rules, visit: Visit, kind: CertificateType) -> Iterator[Check]:
    """What is not covered at all is missing; what was covered by a certificate that ended before is expired."""
    issued = [one for one in begun(story, visit.at) if counts(one, kind, rules)]
    missing: list[str] = []
    expired: dict[str, list[str]] = {}
    for lot_id in story.here(visit):
        covering = [one for one in issued if covers(story, one, lot_id)]
        if not covering:
            missing.append(lot_id)
        elif not any(is_valid(one, visit.at) for one in covering):
            expired.setdefault(covering[-1].certificate_id, []).append(lot_id)
    words = {"step": visit.step.value, "certificate": kind.value}
    if missing:
        scope = scope_of(story, missing, visit.at, whole=visit.whole)
        yield broken(Rule.CERTIFICATE_MISSING, f"{kind.value} {visit.event_id}", scope, visit.at, **words)
    for number, lots in sorted(expired.items()):
        subject = f"{kind.value} {visit.event_id} {number}"
        yield broken(
            Rule.CERTIFICATE_EXPIRED,
            subject,
            scope_of(story, lots, visit.at, whole=visit.whole),
            visit.at,
            number=number,
            **words,
        )


def warehouse_bypassed(story: Story, rules: Rules) -> Iterator[Check]:
    """An imported lot is stored or issued only after a supervised warehouse, or with a recognised exit certificate."""
    if not story.declared.imported:
        return
    for visit in story.visits:
        if visit.step in SUPERVISED:
            lots = [
                lot_id
                for lot_id in story.here(visit)
                if not _was_warehoused(story, lot_id, visit.at)
                and route_of(story, rules, lot_id, visit.at) is Route.IMPORTED
            ]
            if lots:
                scope = scope_of(story, lots, visit.at, whole=visit.whole)
                yield broken(Rule.WAREHOUSE_BYPASSED, visit.event_id, scope, visit.at, step=visit.step.value)


def _was_warehoused(story: Story, lot_id: str, at: int) -> bool:
    return any(visit.step is Step.WAREHOUSED and visit.at <= at for visit in story.route(lot_id))


def route_of(story: Story, rules: Rules, lot_id: str, at: int) -> Route:
    """The table of steps that a lot goes by at a time."""
    if not story.declared.imported:
        return Route.DOMESTIC
    elsewhere = (one for one in begun(story, at) if recognised(one, rules) and is_valid(one, at))
    return Route.RECOGNISED if any(covers(story, one, lot_id) for one in elsewhere) else Route.IMPORTED


def counts(certificate: CertificateIssued, kind: CertificateType, rules: Rules) -> bool:
    """Whether a certificate serves where one of this type is needed."""
    return certificate.type is kind or (kind is CertificateType.EXIT and recognised(certificate, rules))


def recognised(certificate: CertificateIssued, rules: Rules) -> bool:
    """An exit certificate of another province with which mutual recognition (互认) is agreed."""
    elsewhere = certificate.type is CertificateType.EXIT_ELSEWHERE
    return elsewhere and certificate.province in rules.mutual_recognition


def begun(story: Story, at: int) -> list[CertificateIssued]:
    """Certificates whose validity had begun."""
    return [one for one in story.certificates if to_us(one.valid_from) <= at]


def is_valid(certificate: CertificateIssued, at: int) -> bool:
    """Whether a certificate that has begun has not ended; its last moment counts."""
    return certificate.valid_until is None or at <= to_us(certificate.valid_until)


def covers(story: Story, certificate: CertificateIssued, lot_id: str) -> bool:
    """Whether a certificate covers a lot, or everything of this consignment that the lot was made of."""
    return not certificate.lot_ids or _covers(story, story.concerned(certificate.lot_ids), lot_id, frozenset())


def _covers(story: Story, covered: Lots, lot_id: str, seen: Lots) -> bool:
    if lot_id in covered:
        return True
    sources = (story.lineage.sources.get(lot_id, set()) & story.lots) - seen
    return bool(sources) and all(_covers(story, covered, source, seen | {lot_id}) for source in sources)
