"""Whatever bytes come: check and mapping end in a verdict, soon, never in an exception."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.epcis.check import check
from streams.epcis.mapping.facts import Said
from streams.epcis.mapping.records import records
from streams.epcis.text import MOST_EVENTS, MOST_VALUES
from tests.streams.epcis.kit import AT, PALLET, PIECE, STORE, changed, document, event, mapped, messages
from tests.streams.epcis.test_refused import VALID


def _whole(events: str) -> bytes:
    return json.dumps(document()).replace('"eventList": []', f'"eventList": [{events}]').encode()


def test_a_document_of_millions_of_nothings_is_refused_before_it_is_taken_apart():
    assert [one.code for one in check(_whole(",".join("1" for _ in range(MOST_VALUES)))).all_problems] == ["too_large"]
    found = check(_whole(",".join("1" for _ in range(MOST_EVENTS + 1)))).all_problems
    assert [(one.path, one.code) for one in found] == [("$.epcisBody.eventList", "too_large")]


def _places(value: Any, route: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(*route, name) for name, _ in parts] + [
        place for name, inner in parts for place in _places(inner, (*route, name))
    ]


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([PIECE, AT, "x:y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_nothing_that_a_document_holds_makes_check_or_mapping_fail(data):
    good = data.draw(st.sampled_from(VALID))
    place = data.draw(st.sampled_from(_places(good)))
    verdict = check(json.dumps(changed(good, *place, to=data.draw(JUNK))).encode())
    if not verdict.problems:
        found = list(records(verdict, Said("c1")))
        assert len(found) == len(verdict.events)
        assert all(one.messages or one.refused or one.kept_out for one in found)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_check_fail(data):
    assert not check(data).accepted


def test_a_chain_of_packages_told_backwards_finds_its_consignment():
    inner = [f"https://id.gs1.org/01/06901234000016/21/{n}" for n in range(2000)]
    waybill = {"bizTransactionList": [{"type": "bol", "bizTransaction": "urn:x:bol:7"}]}
    pairs = list(itertools.pairwise(inner))
    chain = [event("AggregationEvent", action="ADD", parentID=outer, childEPCs=[one]) for outer, one in pairs]
    chain[0] |= waybill
    assert {one.consignment_id for one in messages(*reversed(chain), said=Said())} == {"urn:x:bol:7"}


def test_a_crate_that_went_with_everything_names_no_consignment():
    def seen(number):
        waybill = {"type": "bol", "bizTransaction": f"urn:x:bol:{number}"}
        return event(epcList=[STORE, PALLET], bizLocation={"id": STORE}, bizTransactionList=[waybill])

    alone = event(epcList=[PALLET, PIECE], bizLocation={"id": STORE})
    assert len(mapped(*map(seen, range(20)), alone, said=Said())[-1].messages) == 20
    (fallen,) = mapped(*map(seen, range(21)), alone, said=Said())[-1].messages
    assert fallen.consignment_id == "00/069012340000000016"
