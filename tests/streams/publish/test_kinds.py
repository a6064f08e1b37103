"""Kinds are found from headings, or the question is asked; never a wrong guess."""

from __future__ import annotations

import pytest

from schemas.errors import USAGE, BaogongError
from schemas.topics import DECLARED
from streams.publish.kinds import GROUPED_BY, ONE_EFFECT, all_kinds, detect_kind, find_kind

COMMON = {"occurred_at", "source", "area"}


def test_every_kind_of_the_publishers_topics_is_known() -> None:
    assert len(all_kinds()) == 19
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
