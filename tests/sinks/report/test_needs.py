"""Why needs wait, told by the stock of their area and item."""

from __future__ import annotations

import pytest

from sinks.report.needs import REASONS, Table, with_reasons

STOCK: Table = (
    ["area", "item", "lots", "available", "held", "expired", "reserve_floor"],
    [],
    [
        ("a", "more", 1, 6, 0, 0, 5),
        ("a", "floor", 1, 5, 9, 9, 5),
        ("a", "held", 1, 0, 1, 9, 5),
        ("a", "expired", 1, 0, 0, 1, 0),
        ("a", "none", 1, 0, 0, 0, 0),
    ],
)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("more", "next_share"),
        ("floor", "at_floor"),
        ("held", "stock_held"),
        ("expired", "stock_expired"),
        ("none", "no_stock"),
        ("never", "no_stock"),
    ],
)
def test_the_first_reason_that_holds_counts(item: str, reason: str) -> None:
    whole: Table = (
        ["part", "area", "waits", "after"],
        ["String", "String", "", "Int64"],
        [("area", "a", [(item, 3)], 7)],
    )
    names, types, rows = with_reasons(whole, STOCK)
    assert names == ["part", "area", *REASONS, "after"] and len(types) == len(names)
    assert dict(zip(names, rows[0], strict=True)) == {
        "part": "area", "area": "a", "after": 7, **dict.fromkeys(REASONS, 0), reason: 3,
    }  # fmt: skip


def test_all_together_are_the_areas_and_groups_are_not_added() -> None:
    rows = [
        ("all", "", []),
        ("area", "a", [("more", 2), ("floor", 1)]),
        ("area", "b", [("more", 4)]),
        ("group", "a", [("more", 2)]),
        ("item", "a", []),
    ]
    _, _, told = with_reasons((["part", "area", "waits"], ["", "", ""], rows), STOCK)
    assert [row[2:] for row in told] == [(2, 1, 0, 0, 4), (2, 1, 0, 0, 0), (0, 0, 0, 0, 4), (2, 0, 0, 0, 0), (0,) * 5]
