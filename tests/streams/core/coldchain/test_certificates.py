"""Certificates at each step that needs them, and the supervised warehouse."""

from __future__ import annotations

import pytest

from schemas.coldchain import Rule
from schemas.consignment import CertificateType, Step
from streams.core.coldchain import ColdChainSettings
from tests.streams.core.coldchain.spec import (
    Scene,
    at,
    certificate,
    declared,
    disinfected,
    made,
    negative,
    papers,
    step,
    tick,
    way,
    way_in,
)

EXIT, ELSEWHERE, TRACE = CertificateType.EXIT, CertificateType.EXIT_ELSEWHERE, CertificateType.TRACE_CODE


def without(*kinds: CertificateType) -> list[object]:
    return [one for one in papers() if one.type not in kinds]


def test_missing_at_the_step_that_needs_it(later: Scene) -> None:
    later.given(declared(), *without(CertificateType.CUSTOMS_DECLARATION))
    later.when(step(Step.CLEARED, 1, "port")).then_fails(Rule.CERTIFICATE_MISSING)
    assert "customs declaration" in later.failing[next(iter(later.failing))].reason_en
    assert later.held() == {"*c1", "l1", "l2"}


def test_not_missing_before_the_step_that_needs_it(later: Scene) -> None:
    later.given(declared(), *without(TRACE), *way_in()[-2:], negative(3), disinfected(4, facility="csw"))
    later.when(step(Step.RELEASED, 5, "csw")).then_fails()
    later.when(step(Step.STORED, 7)).then_fails(Rule.CERTIFICATE_MISSING)


def test_mended_by_one_that_was_valid_then(later: Scene) -> None:
    later.given(declared(), *without(CertificateType.CUSTOMS_DECLARATION), step(Step.CLEARED, 1, "port"))
    later.when(certificate(CertificateType.CUSTOMS_DECLARATION, 2)).then_mends()
    later.when(certificate(CertificateType.CUSTOMS_DECLARATION, 1)).then_mends(Rule.CERTIFICATE_MISSING)
    assert later.held() == set()


def test_for_the_lots_that_it_covers(later: Scene) -> None:
    later.given(declared(), *without(CertificateType.CUSTOMS_DECLARATION))
    later.given(certificate(CertificateType.CUSTOMS_DECLARATION, 0, "l1"))
    later.when(step(Step.CLEARED, 1, "port")).then_fails(Rule.CERTIFICATE_MISSING)
    assert later.held() == {"l2"}


@pytest.mark.parametrize(("ends", "rules"), [(5, []), (4.99, [Rule.CERTIFICATE_EXPIRED])])
def test_its_last_moment_counts(later: Scene, ends: float, rules: list[Rule]) -> None:
    later.given(declared(), *without(EXIT), certificate(EXIT, 0, valid_until=at(ends)))
    later.given(*way_in()[-2:], negative(3), disinfected(4, facility="csw"))
    later.when(step(Step.RELEASED, 5, "csw")).then_fails(*rules)


def test_what_is_made_of_covered_lots_is_covered(later: Scene) -> None:
    given = without(CertificateType.QUARANTINE_INSPECTION)
    quarantine = certificate(CertificateType.QUARANTINE_INSPECTION, 0, "l1", "l2")
    later.given(declared(), quarantine, *given, *way()[-8:-1], made({"l1": 4, "l2": 1}, {"f1": 9}, 7.5))
    later.when(step(Step.ISSUED, 8, "wh-1", "f1")).then_fails()


def test_what_is_made_of_a_lot_not_covered_is_not(later: Scene) -> None:
    trace = certificate(TRACE, 0, "l1")
    later.given(declared(), trace, *without(TRACE), *way()[-8:-2], made({"l1": 4, "l2": 1}, {"f1": 9}, 6.5))
    later.when(step(Step.STORED, 8, "wh-1", "f1")).then_fails(Rule.CERTIFICATE_MISSING)


def test_bypassing_the_supervised_warehouse(later: Scene) -> None:
    later.given(declared(), *papers(), step(Step.CLEARED, 1, "port"), step(Step.TRANSPORTED, 2, "truck"))
    later.when(step(Step.STORED, 3)).then_fails(Rule.WAREHOUSE_BYPASSED)
    assert later.held() == {"*c1", "l1", "l2"}


def test_not_bypassed_where_it_was_there(later: Scene) -> None:
    later.given(*way())
    assert Rule.WAREHOUSE_BYPASSED not in [one.rule for one in later.failing.values()]


@pytest.mark.parametrize(
    ("province", "rules"),
    [("zj", []), ("xj", [Rule.CERTIFICATE_MISSING, Rule.STEP_OUT_OF_ORDER, Rule.WAREHOUSE_BYPASSED])],
)
def test_mutual_recognition_is_data(later: Scene, province: str, rules: list[Rule]) -> None:
    later.given(declared(), *without(EXIT), certificate(ELSEWHERE, 0, province=province))
    later.when(step(Step.STORED, 3)).then_fails(*rules)


def test_domestic_certificates_are_data() -> None:
    needed = {Step.ISSUED: (CertificateType.QUARANTINE_INSPECTION,)}
    scene = Scene(ColdChainSettings(certificates_domestic=needed)).given(tick(10), declared(imported=False))
    scene.when(step(Step.ISSUED, 1)).then_fails(Rule.CERTIFICATE_MISSING)
