"""Kinds are found from headings, or the question is asked; never a wrong guess."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from schemas.errors import USAGE, BaogongError
from schemas.topics import DECLARED
from streams.publish.kinds import GROUPED_BY, ONE_EFFECT, all_kinds, detect_kind, find_kind

COMMON = {"occurred_at", "source", "area"}


def _members(model: Any) -> tuple[Any, ...]:
    """The models of a topic: of `Annotated[A | B, ...]`, of `A | B`, or the one."""
    return _members(get_args(model)[0]) if hasattr(model, "__metadata__") else get_args(model) or (model,)


def test_every_kind_of_the_publishers_topics_is_known() -> None:
    models = [model for topic in DECLARED if topic.writer == "publishers" for model in _members(topic.model)]
    assert len(all_kinds()) == len(models) > 35
    assert {kind.topic.name for kind in all_kinds().values()} == {t.name for t in DECLARED if t.writer == "publishers"}
    assert set(GROUPED_BY) | set(ONE_EFFECT) <= all_kinds().keys()


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ("household_id grid adults elderly groups tier", "household_registered"),
        ("institution_id grid institution headcount", "institution_registered"),
        ("household_id tier", "tier_changed"),
        ("requester_id", "requester_removed"),
        ("household_id name phone door", "contact_recorded"),
        ("request_id requester_id item quantity taken_by", "request_filed"),
        ("request_id requester_id item taken_by note", "request_filed"),
        ("request_id item quantity", "request_amended"),
        ("request_id", "request_cancelled"),
        ("request_id to", "request_handed_over"),
        ("lot_id item warehouse quantity expires_on", "stock_received"),
        ("lot_id quantity", "stock_counted"),
        ("lot_id quantity reason", "stock_written_off"),
        ("lot_id quantity to_lot_id to_warehouse", "stock_transferred"),
        ("item warehouse fen", "price_observed"),
        ("dispatch_id outcome failure", "delivery_confirmed"),
        ("dispatch_id outcome allocation_id delivered returned damaged", "delivery_confirmed"),
        ("hold_id lot_ids reason", "hold_placed"),
        ("hold_id", "hold_lifted"),
        ("consignment_id profile lot_id item quantity", "consignment_declared"),
        ("consignment_id step facility", "step_reported"),
        ("consignment_id step facility lot_id quantity to_area", "step_reported"),
        ("consignment_id certificate_id type issuer valid_from valid_until lot_ids", "certificate_issued"),
        ("consignment_id from_party to_party given_at taken_at seal_given seal_found", "custody_handed"),
        ("consignment_id sample_id laboratory result sampled_at", "lab_reported"),
        ("consignment_id batch_id facility agent", "lots_disinfected"),
        ("consignment_id action parent_id child_ids", "lots_aggregated"),
        ("consignment_id facility lot_ids", "lots_observed"),
        ("consignment_id lot_id quantity to_party reason", "lots_returned"),
        ("consignment_id lot_id quantity facility reason", "lots_destroyed"),
        ("consignment_id withdrawn_event_id reason", "report_withdrawn"),
        ("consignment_id check_id reason", "check_waived"),
        ("consignment_id logger_id celsius", "temperature_read"),
        ("premises_id finding_id text deadline lot_ids", "finding_reported"),
        ("premises_id finding_id", "finding_mended"),
        ("driver_id result", "driver_tested"),
    ],
)
def test_kind_from_headings(columns: str, kind: str) -> None:
    common = COMMON & find_kind(kind).columns.keys()
    assert detect_kind(columns.split()).name == kind
    assert detect_kind({*columns.split(), *common, "event_id"}).name == kind


def test_what_could_be_two_kinds_is_asked() -> None:
    with pytest.raises(BaogongError, match="could be reserve_floor_set or reserve_plan_set: say which with --kind"):
        detect_kind({"item", "quantity", *COMMON})


def test_what_fits_none_is_told_how_far_it_is() -> None:
    with pytest.raises(BaogongError, match=r"nearest is stock_received, which .*does not know 'colour'") as caught:
        detect_kind({"lot_id", "item", "warehouse", "quantity", "expires_on", "colour", *COMMON})
    assert caught.value.code == USAGE
    with pytest.raises(BaogongError, match="no column has a name that is known here: map"):
        detect_kind({"品名", "数量"})


def test_a_misspelt_kind_is_told_its_neighbour() -> None:
    with pytest.raises(BaogongError, match="did you mean 'stock_received'"):
        find_kind("stock_recieved")


def test_a_kind_says_which_columns_a_file_lacks() -> None:
    kind = find_kind("household_registered")
    lacking = kind.missing({"household_id", "grid", "tier", *COMMON})
    assert lacking == ["adults or children or elderly or infants or members"]
    assert kind.missing({"household_id", "grid", "tier", "adults", "area"}, ["source", "occurred_at"]) == []


def test_a_kind_with_two_lists_is_only_said_in_json() -> None:
    assert [kind.name for kind in all_kinds().values() if kind.only_json] == ["lots_transformed"]
    assert find_kind("lots_transformed").lines is None
    assert find_kind("custody_handed").lines == "quantities"
