"""Where goods came from and what became of them: packages, transformations, transfers, requests, households."""

from __future__ import annotations

from streams.lineage.graph import How, Kind, Node, lot
from tests.streams.lineage.ledgers import Ledgers

C0, C1 = Node(Kind.CONSIGNMENT, "C0"), Node(Kind.CONSIGNMENT, "C1")
R1, H1 = Node(Kind.REQUEST, "r1", 0), Node(Kind.HOUSEHOLD, "h1")


def lots(nodes: set[Node]) -> set[str]:
    return {node.name for node in nodes if node.kind is Kind.LOT}


def test_from_a_consignment_to_a_household_and_back() -> None:
    ledgers = Ledgers()
    ledgers.declared("C0", ["L1"])
    ledgers.made(["L1"], ["packs"])
    ledgers.moved("packs", "packs-2")
    ledgers.received("packs-2", moved_from=["packs"])
    ledgers.received("packs-3", from_lot_id="packs-2")
    ledgers.asked("r1", "h1")
    ledgers.given("r1", "packs-3")
    lineage = ledgers.whole()
    assert lineage.down([C0]) == {lot("L1"), lot("packs"), lot("packs-2"), lot("packs-3"), R1, H1}
    assert lineage.up([H1]) == {R1, lot("packs-3"), lot("packs-2"), lot("packs"), lot("L1"), C0}
    assert lineage.said(lot("packs"), lot("packs-2")) == {How.MOVED: 6}
    assert lineage.said(lot("L1"), lot("packs")) == {How.MADE: 8}


def test_a_package_is_what_was_put_into_it_but_its_contents_are_not_each_other() -> None:
    ledgers = Ledgers()
    ledgers.declared("C0", ["L1"])
    ledgers.declared("C1", ["L2"])
    ledgers.packed("carton", "L1", "L2", event="p1")
    ledgers.packed("pallet", "carton", event="p2")
    ledgers.received("pallet")
    ledgers.received("pallet-half", from_lot_id="pallet")
    lineage = ledgers.whole()
    assert lineage.down([C0]) == {lot("L1"), lot("carton"), lot("pallet"), lot("pallet-half")}
    assert lineage.up([lot("pallet-half")]) == {lot("pallet"), lot("carton"), lot("L1"), lot("L2"), C0, C1}
    assert lineage.up([lot("L1")]) == {C0, lot("carton"), lot("pallet")}
    assert lots(lineage.down([lot("pallet")])) == {"carton", "L1", "L2", "pallet-half"}


def test_a_declared_pallet_is_unpacked_into_the_lots_that_are_given_out() -> None:
    ledgers = Ledgers()
    ledgers.declared("C0", ["pallet"])
    ledgers.packed("pallet", "L1", action="delete")
    ledgers.received("L1")
    assert ledgers.whole().down([C0]) == {lot("pallet"), lot("L1")}


def test_what_was_repacked_goes_on_with_its_new_package() -> None:
    ledgers = Ledgers()
    ledgers.packed("P1", "L1", "L2", event="p1")
    ledgers.packed("P2", "L1", event="p2")
    lineage = ledgers.whole()
    assert lineage.down([lot("P1")]) == {lot("L1"), lot("L2"), lot("P2")}
    assert lineage.up([lot("P2")]) == {lot("L1"), lot("P1")}


def test_a_withdrawn_report_links_nothing_in_any_order() -> None:
    ledgers = Ledgers()
    ledgers.withdrawn("C0", "wrong")
    ledgers.declared("C0", ["L1"])
    ledgers.made(["L1"], ["L2"], event="wrong")
    ledgers.made(["L1"], ["L3"], event="right")
    ledgers.made(["L1"], ["L3"], event="wrong")
    assert ledgers.whole().down([C0]) == {lot("L1"), lot("L3")}
    assert ledgers.whole().said(lot("L1"), lot("L3")) == {How.MADE: 8}


def test_a_report_sent_to_several_consignments_counts_once_and_two_reports_add_up() -> None:
    ledgers = Ledgers()
    for consignment in ("C0", "C1"):
        ledgers.made(["L1", "L2"], ["L3"], consignment=consignment)
    assert ledgers.whole().said(lot("L1"), lot("L3")) == {How.MADE: 8}
    ledgers.made(["L1"], ["L3"], event="more")
    assert ledgers.whole().said(lot("L1"), lot("L3")) == {How.MADE: 16}


def test_requests_of_one_name_in_two_areas_are_two() -> None:
    ledgers = Ledgers()
    for partition, household in enumerate(("h1", "h2")):
        ledgers.asked("r1", household, partition=partition)
    ledgers.given("r1", "L1", partition=1)
    lineage = ledgers.whole()
    assert lineage.down([lot("L1")]) == {Node(Kind.REQUEST, "r1", 1), Node(Kind.HOUSEHOLD, "h2")}
    assert len(lineage.named(Kind.REQUEST, "r1")) == 2


def test_a_portion_is_followed_from_the_warehouse_to_the_door() -> None:
    ledgers = Ledgers()
    ledgers.asked("r1", "h1")
    line = ledgers.line("r1", "L1", quantity=5)
    ledgers.add("supply", {"type": "allocation_made", **line})
    ledgers.add("supply", {"type": "allocation_released", **line, "quantity": 1, "reason": "hold"})

    def portion() -> tuple[int, int, int, int]:
        (one,) = ledgers.whole().links[lot("L1")][R1].portions.values()
        return one.reserved, one.in_transit, one.delivered, one.released

    assert portion() == (4, 0, 0, 1)
    ordered = {"type": "dispatch_ordered", "dispatch_id": "D1", "requester_id": "h1"}
    ledgers.add("supply", {**ordered, "lines": [{**line, "quantity": 4}]})
    assert portion() == (0, 4, 0, 1)
    ended = {"dispatch_id": "D1", "delivered": 3, "returned": 1, "damaged": 0, "lost": 0}
    ledgers.add(
        "supply",
        {"type": "dispatch_closed", "dispatch_id": "D1", "at": "2022-04-01T09:00:00Z"},
        {"type": "line_delivered", **line, **ended},
    )
    assert portion() == (0, 0, 3, 1)
    (one,) = ledgers.whole().links[lot("L1")][R1].portions.values()
    assert one.delivered_at == "2022-04-01T09:00:00Z"


def test_a_withdrawal_under_another_consignment_s_name_is_found_by_asking() -> None:
    ledgers = Ledgers()
    ledgers.declared("C0", ["L1"])
    ledgers.made(["L1"], ["L2"], consignment="C1", event="wrong")
    assert ledgers.hunt(Kind.LOT, "L2").lineage.up([lot("L2")]) == {lot("L1"), C0}
    ledgers.withdrawn("C1", "wrong")
    assert ledgers.hunt(Kind.LOT, "L2").lineage.up([lot("L2")]) == set()
    assert lots(ledgers.hunt(Kind.CONSIGNMENT, "C0").lineage.down([C0])) == {"L1"}
